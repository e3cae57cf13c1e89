"""Claims in words: what must hold of a request, a line for each key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from leastwise.language.conditions import Clause
from leastwise.language.operator_names import split_operator
from leastwise.language.values import TooHard, ValueSet, meet
from leastwise.prove.theories import Claim
from leastwise.prove.written import RESOURCE

_IS: Final[Mapping[str, tuple[str, str]]] = {
    "StringEquals": ("is", "is not"),
    "StringEqualsIgnoreCase": ("is, in any case of letters,", "is not, in any case of letters,"),
    "StringLike": ("fits", "does not fit"),
    "ArnEquals": ("fits", "does not fit"),
    "ArnLike": ("fits", "does not fit"),
    "NumericEquals": ("is", "is not"),
    "NumericLessThan": ("is below", "is not below"),
    "NumericLessThanEquals": ("is at most", "is not at most"),
    "NumericGreaterThan": ("is above", "is not above"),
    "NumericGreaterThanEquals": ("is at least", "is not at least"),
    "DateEquals": ("is", "is not"),
    "DateLessThan": ("is before", "is not before"),
    "DateLessThanEquals": ("is no later than", "is later than"),
    "DateGreaterThan": ("is after", "is not after"),
    "DateGreaterThanEquals": ("is no earlier than", "is earlier than"),
    "Bool": ("is", "is not"),
    "BinaryEquals": ("is", "is not"),
    "IpAddress": ("is in", "is not in"),
}
"""How a positive operator is said to hold of a value, and not to hold."""

_OPPOSITE: Final[Mapping[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


def conditions_told(claims: Sequence[Claim]) -> tuple[str, ...]:
    """What must hold of a request for the claims to be true, a line each, the resource first."""
    ordered = sorted(claims, key=lambda claim: (claim.atom.key != RESOURCE, not claim.holds, claim.atom.key))
    by_key: dict[str, list[Claim]] = {}
    for claim in ordered:
        by_key.setdefault(claim.atom.key, []).append(claim)
    return tuple(dict.fromkeys(line for several in by_key.values() for line in _key_told(several)))


def _key_told(claims: Sequence[Claim]) -> Iterator[str]:
    """What is claimed of one key; that it may be absent only where it may, given all claims."""
    clause = claims[0].atom.clause
    if clause is None or clause.is_list:
        yield from map(claim_told, claims)
        return
    may_be_absent = all(claim.fits_absent for claim in claims)
    if may_be_absent and _is_nothing([claim.allowed for claim in claims]):
        yield f"`{clause.written_key}` is absent"
        return
    for claim in claims:
        told = claim_told(claim)
        yield told if may_be_absent else told.replace(_OR_ABSENT, "")


_OR_ABSENT: Final = "is absent, or "


def _is_nothing(sets: Sequence[ValueSet]) -> bool:
    try:
        return meet(sets).is_empty
    except TooHard:
        return False


def claim_told(claim: Claim) -> str:
    """One claim in words."""
    atom = claim.atom
    if atom.key == RESOURCE and atom.test is not None:
        values = _listed(atom.test.values, "or")
        return f"the resource is {'in' if claim.holds else 'not in'} {values}"
    if atom.clause is None:
        return f"{atom}" if claim.holds else f"not: {atom}"
    return _clause_told(atom.clause, holds=claim.holds)


def _clause_told(clause: Clause, *, holds: bool) -> str:
    name = split_operator(clause.operator)
    key = f"`{clause.written_key}`"
    if name is None or name.base == "Null":
        is_absent = clause.on_absent is holds
        return f"{key} is {'absent' if is_absent else 'present'}"
    base = _OPPOSITE.get(name.base, name.base)
    fits = holds is (base == name.base)
    values = _listed(clause.values, "or" if fits else "nor")
    if name.qualifier == "ForAllValues":
        said = _IS[base][base != name.base]
        return f"every value of {key} {said} {values}" if holds else f"some value of {key} fails: {said} {values}"
    if name.qualifier == "ForAnyValue":
        said = _IS[base][base != name.base]
        return f"some value of {key} {said} {values}" if holds else f"no value of {key} {said} {values}"
    may_be_absent = _OR_ABSENT if clause.on_absent is holds else ""
    if clause.reach == "never":
        return f"{key} is {'absent' if may_be_absent else 'present'}"
    return f"{key} {may_be_absent}{_IS[base][not fits]} {values}"


def _listed(values: Sequence[str], last: str) -> str:
    told = [f"`{value}`" for value in values]
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if len(told) > 1 else "".join(told) or "nothing"
