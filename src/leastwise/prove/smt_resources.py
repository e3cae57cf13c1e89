"""The resource of a request as a solver has it: one string, or the six parts of an ARN with a string for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from leastwise.prove.smt_texts import (
    COLON,
    EVERYTHING,
    FALSE,
    TRUE,
    Pattern,
    Run,
    Unsupported,
    asserted,
    conj,
    disj,
    equals,
    from_parts,
    implies,
    matches,
    neg,
    parts_of,
    resource_parts,
)
from leastwise.prove.written import Test

Encoding = Literal["one", "segments"]
"""An ARN as one string, or as six strings of which the first five hold no colon."""

_NAME: Final = "resource"
_FREE: Final[Pattern] = (Run(COLON),)
SIX_PARTS: Final[Pattern] = from_parts([*[_FREE] * 5, EVERYTHING])
"""Any text with five colons or more."""

_SEGMENTS: Final = tuple(f"{_NAME}.{number}" for number in range(6))
_ACCOUNT: Final = _SEGMENTS[4]
_HAS_NO_PARTS: Final = f"{_NAME}.has-no-parts"
"""That the resource is `*` or another text with fewer parts; which one makes no difference to a policy."""


def declared_resource(arn: Encoding) -> tuple[str, ...]:
    """The commands that make the resource known to a solver."""
    if arn == "one":
        return (f"(declare-const {_NAME} String)",)
    return (
        f"(declare-const {_HAS_NO_PARTS} Bool)",
        *(f"(declare-const {name} String)" for name in _SEGMENTS),
        *(asserted(matches(name, _FREE)) for name in _SEGMENTS[:-1]),
    )


def is_star_or_arn(arn: Encoding) -> str:
    """That the resource is `*` or has six parts."""
    return disj([equals(_NAME, "*"), matches(_NAME, SIX_PARTS)]) if arn == "one" else TRUE


def names_resource(test: Test, arn: Encoding) -> str:
    """That a Resource or NotResource element takes in the resource; raises Unsupported for policy variables."""
    found = [resource_parts(text, test.kind, has_variables=test.has_variables) for text in test.values]
    named = disj(_has_parts(parts, arn) for parts in found if parts is not None)
    asked = {"Resource": named, "NotResource": neg(named)}.get(test.operator)
    if asked is None:
        raise Unsupported(f"no test of a resource is called `{test.operator}`")
    return asked


def _has_parts(parts: Sequence[Pattern], arn: Encoding) -> str:
    if not parts:
        return TRUE
    if arn == "one":
        return matches(_NAME, from_parts(parts))
    each = (TRUE if part in (EVERYTHING, _FREE) else matches(name, part) for name, part in _named(parts))
    return conj([neg(_HAS_NO_PARTS), *each])


def _named(parts: Sequence[Pattern]) -> list[tuple[str, Pattern]]:
    return list(zip(_SEGMENTS, parts, strict=True))


def fits_one_of(patterns: Sequence[Pattern], arn: Encoding, *, holds: bool) -> str:
    """That the resource fits one of the patterns, or none of them.

    With `segments` a text of fewer parts is not told from another, so that one of them is never ruled out; raises
    Unsupported for a pattern that can be cut into parts in several ways.
    """
    fits = disj(_fits(pattern, arn, is_short_in=holds) for pattern in patterns)
    return fits if holds else neg(fits)


def _fits(pattern: Pattern, arn: Encoding, *, is_short_in: bool) -> str:
    if arn == "one" or pattern == EVERYTHING:
        return matches(_NAME, pattern)
    parts = parts_of(pattern)
    before = parts[: len(_SEGMENTS) - 1]
    if any(isinstance(step, Run) and COLON not in step.without for part in before for step in part):
        raise Unsupported("a pattern of resources has a run that may pass a colon before its sixth part")
    if len(parts) == len(_SEGMENTS):
        return _has_parts(parts, arn)
    return _HAS_NO_PARTS if is_short_in else FALSE


def has_account(name: str) -> str:
    """With `segments`: that the text called `name` is the resource's account, where its ARN names one of 12 letters."""
    return implies(conj([neg(_HAS_NO_PARTS), f"(= 12 (str.len {_ACCOUNT}))"]), f"(= {name} {_ACCOUNT})")
