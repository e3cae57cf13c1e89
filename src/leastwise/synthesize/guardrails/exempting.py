"""The smallest set of exceptions that leaves out those who would break, and nobody else that is known."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.synthesize.guardrails.exceptions import ArnException, Exempt, TagException

_ENTITY: Final = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(role|user)(/.*/|/)([^/]+)")
_CENTER: Final = re.compile(r"(AWSReservedSSO_.+_)[0-9a-f]{16}")
_FOR_EACH: Final = 24
"""Characters that an exception costs besides its text: the quotes, and the reader's time."""

_FOR_PATTERN: Final = 40
"""What a pattern costs besides, for it leaves out whoever comes later under that name."""

_LEAST_PREFIX: Final = 4


@dataclass(frozen=True, slots=True)
class Covered:
    """An exception with the principals, of those who would break, that it leaves out."""

    exception: Exempt
    principals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exempting:
    """Exceptions that together leave out all who would break but those of `left`, which no exception can name."""

    covered: tuple[Covered, ...]
    left: tuple[str, ...] = ()

    @property
    def exceptions(self) -> tuple[Exempt, ...]:
        """The exceptions."""
        return tuple(one.exception for one in self.covered)


def exempting(estate: Estate, breaking: Collection[str], others: Collection[str]) -> Exempting:
    """The exceptions in the fewest characters by a greedy cover: none leaves out one of the `others`.

    An exception is an ARN, a pattern of ARNs by path, by the beginning of a name or by permission set, or a tag.
    """
    named = {arn: found for arn in sorted(set(breaking)) if (found := _ENTITY.fullmatch(arn))}
    spared = [arn for arn in sorted(set(others) - set(breaking)) if _ENTITY.fullmatch(arn)]
    holding: dict[Exempt, set[str]] = {}
    for arn in named:
        for one in _candidates(arn, _tags(estate, arn)):
            holding.setdefault(one, set()).add(arn)
    taken = {one for arn in spared for one in _candidates(arn, _tags(estate, arn)) if one in holding}
    free = {one: frozenset(arns) for one, arns in holding.items() if one not in taken}
    left = tuple(sorted(set(breaking) - set(named)))
    return Exempting(tuple(_needed(_greedy(free, frozenset(named)))), left)


def _candidates(arn: str, tags: Mapping[str, str]) -> Iterator[Exempt]:
    """Every exception that would leave the principal out; equal ones for principals that share one."""
    found = _ENTITY.fullmatch(arn)
    assert found is not None
    partition, account, kind, path, name = found.groups()
    yield ArnException(arn)
    for where in ("*", account):
        head = f"arn:{partition}:iam::{where}:{kind}"
        center = _CENTER.fullmatch(name)
        if center:
            yield ArnException(f"{head}/aws-reserved/sso.amazonaws.com*/{center[1]}*")
            continue
        yield ArnException(f"{head}{path}{name}")
        steps = path.strip("/").split("/") if path != "/" else []
        yield from (ArnException(f"{head}/{'/'.join(steps[: end + 1])}/*") for end in range(len(steps)))
        yield from (ArnException(f"{head}{path}{name[:end]}*") for end in _word_ends(name))
    yield from (TagException(key, value) for key, value in tags.items() if _is_plain(key + value) and value)


def _word_ends(name: str) -> Iterator[int]:
    return (found.end() for found in re.finditer(r"[-_.]", name) if found.end() >= _LEAST_PREFIX)


def _is_plain(text: str) -> bool:
    return not any(sign in text for sign in "*?$")


def _tags(estate: Estate, arn: str) -> Mapping[str, str]:
    holder = estate.holders.get(arn)
    return holder.tags if holder else {}


def _cost(one: Exempt) -> int:
    if isinstance(one, ArnException) and one.pattern.endswith("*"):
        return _FOR_EACH + _FOR_PATTERN + len(one.pattern)
    return _FOR_EACH + (len(one.pattern) if isinstance(one, ArnException) else len(one.key) + len(one.value))


def _greedy(free: Mapping[Exempt, frozenset[str]], wanted: frozenset[str]) -> Iterator[Covered]:
    open_ones = set(wanted)
    while open_ones:
        best = max(free, key=lambda one: (len(free[one] & open_ones) / _cost(one), -_cost(one), str(one)))
        yield Covered(best, tuple(sorted(free[best])))
        open_ones -= free[best]


def _needed(found: Iterator[Covered]) -> Iterator[Covered]:
    """Those that leave out somebody whom no other one does."""
    kept = list(found)
    for one in list(kept):
        rest = {arn for other in kept if other is not one for arn in other.principals}
        if rest.issuperset(one.principals):
            kept.remove(one)
    return iter(kept)
