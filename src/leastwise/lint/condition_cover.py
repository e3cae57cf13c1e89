"""Which values of a condition its other values cover already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Final

from leastwise.language.matching import plain_steps
from leastwise.language.values.dates import instant
from leastwise.language.values.globs import Glob, arn_glob
from leastwise.language.values.numbers import number
from leastwise.language.values.steps import folded
from leastwise.language.variables import template
from leastwise.lint.condition_values import base_of, blocks_of, family_of
from leastwise.lint.covering import Member, covered
from leastwise.lint.document import Condition, Document

Cover = Iterator[tuple[int, int]]


def covered_values(condition: Condition, document: Document) -> Cover:
    """The place of each value that adds nothing, and the place of one that covers it."""
    find = _BY_FAMILY.get(family_of(condition))
    return find(condition, document) if find else iter(())


def _texts(condition: Condition, document: Document) -> Cover:
    return covered([_member(condition, value.text, document) for value in condition.values])


def _member(condition: Condition, text: str, document: Document) -> Member:
    """A pattern where the operator takes patterns; otherwise, or with variables, the text itself alone."""
    if base_of(condition).endswith("IgnoreCase"):
        return Member(folded(text), None, None)
    if not base_of(condition).endswith("Like"):
        return Member(text, None, None)
    steps = plain_steps(template(text, has_variables=document.policy.has_variables, has_wildcards=True))
    glob = Glob(steps) if steps is not None else None
    return Member(text, glob, glob)


def _arns(condition: Condition, document: Document) -> Cover:
    members = []
    for value in condition.values:
        steps = plain_steps(template(value.text, has_variables=document.policy.has_variables, has_wildcards=True))
        glob = arn_glob(steps) if steps is not None else None
        members.append(Member(value.text, glob, glob))
    return covered(members)


def _blocks(condition: Condition, document: Document) -> Cover:
    """The widest block first wherever several begin alike; what ends before the widest so far ends is inside it."""
    places = {id(value): place for place, value in enumerate(condition.values)}
    found = [(isinstance(block, IPv4Network), block, places[id(value)]) for value, block in blocks_of(condition)]
    ordered = sorted(found, key=lambda one: (one[0], int(one[1].network_address), one[1].prefixlen, one[2]))
    widest: tuple[bool, int, int] | None = None
    for is_v4, block, place in ordered:
        last = int(block.broadcast_address)
        if widest is not None and widest[0] == is_v4 and last <= widest[1]:
            yield place, widest[2]
        else:
            widest = (is_v4, last, place)


def _numbers(condition: Condition, document: Document) -> Cover:
    return _ordered(condition, number)


def _dates(condition: Condition, document: Document) -> Cover:
    return _ordered(condition, instant)


def _ordered(condition: Condition, read: Callable[[str], Decimal | None]) -> Cover:
    """Of bounds the farthest one counts; otherwise one of those that are equal."""
    values = [(value, place) for place, one in enumerate(condition.values) if (value := read(one.text)) is not None]
    pick = next((pick for part, pick in _FARTHEST.items() if part in base_of(condition)), None)
    first: dict[Decimal, int] = {}
    if pick is not None and values:
        farthest = pick(value for value, _ in values)
        kept = next(place for value, place in values if value == farthest)
        yield from ((place, kept) for _, place in values if place != kept)
        return
    for value, place in values:
        if first.setdefault(value, place) != place:
            yield place, first[value]


_FARTHEST: Final[Mapping[str, Callable[[Iterator[Decimal]], Decimal]]] = {"LessThan": max, "GreaterThan": min}
_BY_FAMILY: Final[Mapping[str, Callable[[Condition, Document], Cover]]] = {
    "strings": _texts,
    "arns": _arns,
    "addresses": _blocks,
    "numerics": _numbers,
    "dates": _dates,
}
