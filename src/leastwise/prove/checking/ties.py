"""Clauses between keys that a certificate may use, each with the axiom under which it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from leastwise.prove.written import RESOURCE, Literal, Test

_VARIABLE = re.compile(r"\$\{[^*?$}][^}]*\}")
_NETWORK: Final = frozenset({"aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"})


def is_tie(axiom: object, literals: Sequence[Literal], axioms: Collection[str]) -> bool:
    """Whether one of the literals is true of every request, by an axiom that may be used or by meaning alone."""
    if axiom is None:
        return _is_widening(literals)
    if axiom not in axioms or len(literals) != 2:
        return False
    ties = _TIES.get(str(axiom))
    return ties is not None and ties(literals)


def _is_widening(literals: Sequence[Literal]) -> bool:
    """A resource that fits a pattern with variables fits the same pattern with stars in their place."""
    if len(literals) != 2 or literals[0][1] or not literals[1][1]:
        return False
    narrow, wide = literals[0][0], literals[1][0]
    stars = tuple(_VARIABLE.sub("*", value) for value in narrow.values)
    return (
        narrow.on == wide.on == RESOURCE
        and narrow.has_variables
        and (narrow.kind, True, stars) == (wide.kind, wide.has_variables, wide.values)
    )


def _is_there(test: Test) -> bool:
    return (test.operator, test.values) == ("StringLike", ("*",))


def _ties_tags(literals: Sequence[Literal]) -> bool:
    """A request tag is there just when aws:TagKeys lists its key."""
    by_key = sorted(literals, key=lambda literal: literal[0].on)
    (tag, tag_holds), (keys, keys_hold) = by_key
    name = tag.on.removeprefix("aws:requesttag/")
    is_listed = (keys.on, keys.operator, keys.values) == (
        "aws:tagkeys",
        "ForAnyValue:StringEqualsIgnoreCase",
        (name,),
    )
    is_plain = "${" not in name  # not to be read as a policy variable
    return is_plain and name != tag.on and _is_there(tag) and is_listed and tag_holds is not keys_hold


def _parts_networks(literals: Sequence[Literal]) -> bool:
    """A request has a public address or comes through an endpoint."""
    (one, first), (other, second) = literals
    keys = {one.on, other.on}
    return not first and not second and _is_there(one) and _is_there(other) and _are_apart(keys)


def _are_apart(keys: set[str]) -> bool:
    return "aws:sourceip" in keys and len(keys & _NETWORK) == 1


def _ties_mfa(literals: Sequence[Literal]) -> bool:
    """The age of an MFA is there only where MFA is present and true."""
    (age, age_holds), (present, is_true) = literals
    return (
        age.on == "aws:multifactorauthage"
        and _is_there(age)
        and not age_holds
        and (present.on, present.operator, present.values) == ("aws:multifactorauthpresent", "Bool", ("true",))
        and is_true
    )


_TIES: Final[Mapping[str, Callable[[Sequence[Literal]], bool]]] = {
    "request-tags": _ties_tags,
    "network": _parts_networks,
    "mfa": _ties_mfa,
}
