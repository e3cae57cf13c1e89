"""Patterns for the action names of one service that match no known name outside them.

Of all patterns with the same matches, those stay that no other beats in both characters and drift risk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leastwise.language.values.globs import glob_of
from leastwise.synthesize.action_names import Listed, boundaries, words
from leastwise.synthesize.pattern_drift import Drift, drift_of

_QUOTES_AND_COMMA = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern with what it covers: bit `i` stands for the list's name number `i`. An exact name has no drift."""

    text: str
    covers: int
    drift: Drift

    @property
    def characters(self) -> int:
        """What it adds to a list of actions, quotes and comma with it."""
        return len(self.text) + _QUOTES_AND_COMMA


def patterns_for(listed: Listed, *, kept: Sequence[str] = ()) -> tuple[Pattern, ...]:
    """Each name, each of the patterns `kept` that stood in the list before, and each sound pattern worth a thought.

    A pattern that stood there before has no drift of ours: whatever it will match is granted today.
    """
    best: dict[int, list[Pattern]] = {}
    for text, covers in _found(listed):
        matched = [listed.names[i] for i in bits(covers)]
        one = Pattern(f"{listed.prefix}:{text}", covers, drift_of(text, matched, listed.levels))
        best[covers] = _better(best.get(covers, []), one)
    known = [Pattern(f"{listed.prefix}:{name}", 1 << i, Drift.NONE) for i, name in enumerate(listed.names)]
    held = [Pattern(f"{listed.prefix}:{text}", _covered(text, listed.names), Drift.NONE) for text in kept]
    known += [one for one in held if one.covers]
    return (*known, *(one for same in best.values() for one in same))


def _better(held: list[Pattern], new: Pattern) -> list[Pattern]:
    """Those of equal coverage that none beats in both measures."""
    if any(len(one.text) <= len(new.text) and one.drift.hazard <= new.drift.hazard for one in held):
        return held
    left = [one for one in held if len(one.text) < len(new.text) or one.drift.hazard < new.drift.hazard]
    return [*left, new]


def _found(listed: Listed) -> Iterator[tuple[str, int]]:
    forward = _Turned.of(listed.names, str), _Turned.of(listed.others, str)
    for prefix, covers in _one_sided(*forward, boundaries):
        yield f"{prefix}*", covers
    backward = _Turned.of(listed.names, _reversed), _Turned.of(listed.others, _reversed)
    for suffix, covers in _one_sided(*backward, _boundaries_from_the_end):
        if suffix:
            yield f"*{_reversed(suffix)}", covers
    yield from _two_sided(listed)
    yield from _inner(listed)


def _reversed(text: str) -> str:
    return text[::-1]


def _boundaries_from_the_end(backward: str) -> tuple[int, ...]:
    ends = boundaries(_reversed(backward))
    return tuple(ends[-1] - end for end in reversed((0, *ends[:-1]))) if ends else ()


@dataclass(frozen=True, slots=True)
class _Turned:
    """Names turned so that a beginning is asked for, in order of lower case, each with its number in the list."""

    texts: tuple[str, ...]
    lower: tuple[str, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str], turned: Callable[[str], str]) -> _Turned:
        order = sorted((turned(name).lower(), turned(name), i) for i, name in enumerate(names))
        return cls(tuple(o[1] for o in order), tuple(o[0] for o in order), tuple(o[2] for o in order))


def _one_sided(names: _Turned, others: _Turned, ends_of: Callable[[str], tuple[int, ...]]) -> Iterator[tuple[str, int]]:
    """Beginnings, at each branch of the names' tree: the shortest that no other name has, and those that end a word."""
    waiting = [(0, len(names.lower), -1)] if names.lower else []
    while waiting:
        low, high, parent = waiting.pop()
        shared = _shared(names.lower[low], names.lower[high - 1])
        head = names.lower[low][:shared]
        shortest = max(parent, _shared_with(head, others.lower)) + 1
        covers = sum(1 << names.numbers[i] for i in range(low, high))
        for length in sorted({shortest, *(e for e in ends_of(names.texts[low]) if e > shortest)}):
            if length <= shared and length < len(names.lower[low]):
                yield names.texts[low][:length], covers
        if high - low > 1:
            waiting += [(lo, hi, shared) for lo, hi in _branches(names.lower, low, high, shared)]


def _shared(one: str, other: str) -> int:
    most = min(len(one), len(other))
    return next((i for i in range(most) if one[i] != other[i]), most)


def _shared_with(head: str, others: Sequence[str]) -> int:
    """The longest beginning of `head` that some other name begins with; -1 when there is no other name."""
    place = bisect_left(others, head)
    return max((_shared(head, others[i]) for i in (place - 1, place) if 0 <= i < len(others)), default=-1)


def _branches(lower: Sequence[str], low: int, high: int, depth: int) -> Iterator[tuple[int, int]]:
    start = low
    for place in range(low + 1, high + 1):
        if place == high or lower[place][: depth + 1] != lower[start][: depth + 1]:
            yield start, place
            start = place


def _two_sided(listed: Listed) -> Iterator[tuple[str, int]]:
    """A beginning and an end of whole words, for two names and more."""
    every = [name.lower() for name in (*listed.names, *listed.others)]
    foreign = (1 << len(every)) - (1 << len(listed.names))
    heads, tails = _Holders(every, str.startswith), _Holders(every, str.endswith)
    for head, tail in _ends(listed.names):
        matched = heads.of(head.lower()) & tails.of(tail.lower())
        if matched & foreign or not matched & (matched - 1):
            continue
        covers = sum(1 << b for b in bits(matched) if len(every[b]) >= len(head) + len(tail))
        if covers & (covers - 1):
            yield f"{head}*{tail}", covers


def _ends(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each pair of a beginning and an end of whole words that do not overlap in some name, once."""
    seen: set[tuple[str, str]] = set()
    for name in names:
        ends = boundaries(name)
        for i, end in enumerate(ends[:-1]):
            for begin in ends[i:-1]:
                pair = name[:end], name[begin:]
                if pair not in seen:
                    seen.add(pair)
                    yield pair


class _Holders:
    """Which of the names a text begins or ends, each text asked once."""

    def __init__(self, names: Sequence[str], test: Callable[[str, str], bool]) -> None:
        self._names, self._test = names, test
        self._known: dict[str, int] = {}

    def of(self, text: str) -> int:
        found = self._known.get(text)
        if found is None:
            test = self._test
            found = self._known[text] = sum([1 << i for i, name in enumerate(self._names) if test(name, text)])
        return found


def _inner(listed: Listed) -> Iterator[tuple[str, int]]:
    """Whole words that two names and more have somewhere inside, and no other name has."""
    holders: dict[str, int] = {}
    for i, name in enumerate(listed.names):
        for text in _runs(name):
            holders[text] = holders.get(text, 0) | 1 << i
    lower = [name.lower() for name in listed.names]
    others = "\n".join(name.lower() for name in listed.others)
    for text, held in holders.items():
        if held & (held - 1) and text.lower() not in others:
            yield f"*{text}*", sum(1 << i for i, name in enumerate(lower) if text.lower() in name)


def _runs(name: str) -> set[str]:
    parts = words(name)
    return {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}


def _covered(pattern: str, names: Sequence[str]) -> int:
    test = matcher(pattern)
    return sum(1 << i for i, name in enumerate(names) if test(name.lower()))


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name in lower case fits the pattern of an action, case ignored."""
    return glob_of(pattern.lower()).matcher()


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
