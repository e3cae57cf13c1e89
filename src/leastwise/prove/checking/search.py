"""Whether several languages share a text, by a search through all that can be read letter by letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from leastwise.prove.checking.patterns import ALL_LETTERS, Language, Pattern, Step

MOST_STATES: Final = 100_000
MOST_TEXTS: Final = 1_000

Signed = tuple[Language, bool]
"""A language, and whether a text is to be in it."""


def is_nothing(languages: Sequence[Signed], *, most_states: int = MOST_STATES) -> bool:
    """Whether no text is in every language as its sign says; False too when the search is given up."""
    machine = _Machine(languages)
    seen = {machine.start}
    waiting = [machine.start]
    while waiting:
        state = waiting.pop()
        if machine.accepts(state):
            return False
        for after in machine.followers(state):
            if after not in seen:
                seen.add(after)
                waiting.append(after)
        if len(seen) > most_states:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Span:
    """Where one language lies among the places: all its places, its ends, and those from which anything goes on."""

    places: int
    ends: int
    free: int
    is_wanted: bool


class _Machine:
    """All patterns side by side; a state is an integer whose bits are the places reached in them.

    A pattern of `n` steps has the places 0 to `n`; place `n` is its end, from which no letter leads on.
    """

    def __init__(self, languages: Sequence[Signed]) -> None:
        self._steps: list[Step | None] = []  # behind each place; None at an end
        self._spans: list[_Span] = []
        first = 0
        for language, is_wanted in languages:
            for pattern in language:
                first |= 1 << len(self._steps)
                self._steps += [*pattern, None]
            self._spans.append(self._span(language, is_wanted))
        self._skips = _bits(at for at, step in enumerate(self._steps) if step and step.repeats)
        self._moves = self._moves_of()
        self.start = self._settled(first)

    def _span(self, language: Language, is_wanted: bool) -> _Span:
        size = sum(len(pattern) + 1 for pattern in language)
        places = range(len(self._steps) - size, len(self._steps))
        ends = _bits(at for at in places if self._steps[at] is None)
        free = _bits(at for at in places if self._steps[at] == (ALL_LETTERS, True) and ends >> at + 1 & 1)
        return _Span(_bits(places), ends, free, is_wanted)

    def _moves_of(self) -> list[tuple[int, int]]:
        """For each letter that matters the places from which it leads to the next one, and those at which it stays.

        First for a letter that no step names; for a named one, the steps that name it are the other way round.
        """
        other = {False: 0, True: 0}
        named: dict[str, dict[bool, int]] = {}
        for at, step in enumerate(self._steps):
            if step is None:
                continue
            other[step.repeats] |= step.letters.is_rest << at
            for letter in step.letters.listed:
                named.setdefault(letter, {False: 0, True: 0})[step.repeats] |= 1 << at
        moves = [(other[False], other[True])]
        moves += [(other[False] ^ named[x][False], other[True] ^ named[x][True]) for x in sorted(named)]
        return list(dict.fromkeys(moves))

    def _settled(self, state: int) -> int:
        """With the places behind steps that may stand for nothing, less those that make no difference any more."""
        while more := (state & self._skips) << 1 & ~state:
            state |= more
        for span in self._spans:
            if state & span.free:
                state = state & ~span.places | (state & span.free) & -(state & span.free)
        return state

    def accepts(self, state: int) -> bool:
        """Whether the text read so far is in every language as its sign says."""
        return all(bool(state & (span.ends | span.free)) is span.is_wanted for span in self._spans)

    def followers(self, state: int) -> Iterator[int]:
        """The states after one letter more from which some text may still be accepted."""
        for moves, stays in self._moves:
            after = self._settled((state & moves) << 1 | state & stays)
            if not any((not after & s.places) if s.is_wanted else (after & s.free) for s in self._spans):
                yield after


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def listed(language: Language) -> frozenset[str] | None:
    """All texts of the language, None when they are not few."""
    found: set[str] = set()
    for pattern in language:
        if any(step.repeats or step.letters.is_rest for step in pattern) or _count(pattern) > MOST_TEXTS:
            return None
        found |= {"".join(letters) for letters in product(*(sorted(step.letters.listed) for step in pattern))}
    return frozenset(found) if len(found) <= MOST_TEXTS else None


def _count(pattern: Pattern) -> int:
    count = 1
    for step in pattern:
        count = min(count * len(step.letters.listed), MOST_TEXTS + 1)
    return count
