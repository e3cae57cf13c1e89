"""Texts of policies as patterns: one step a letter, each step a set of letters, once or any number of times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_COLONS: Final = 5
_VARIABLE = re.compile(r"\$\{([*?$]|[^\s,'{}]+(?:,\s?'[^'{}]*')?)\}")


@dataclass(frozen=True, slots=True)
class Letters:
    """These letters, or with `is_rest` all others."""

    listed: frozenset[str]
    is_rest: bool = False

    def __contains__(self, letter: str) -> bool:
        return (letter in self.listed) is not self.is_rest


class Step(NamedTuple):
    """One letter of a set, or with `repeats` any number of them, none included."""

    letters: Letters
    repeats: bool = False


Pattern = tuple[Step, ...]
Language = tuple[Pattern, ...]
"""The texts that fit one of the patterns."""

ALL_LETTERS: Final = Letters(frozenset(), is_rest=True)
NO_COLON: Final = Letters(frozenset(":"), is_rest=True)
STAR: Final = Step(ALL_LETTERS, repeats=True)
COLON: Final = Step(Letters(frozenset(":")))
ANYTHING: Final[Language] = ((STAR,),)
EMPTY: Final[Language] = ((),)
_WILD: Final = {"*": STAR, "?": Step(ALL_LETTERS)}


def plain(text: str) -> Pattern:
    """The pattern that only this text fits."""
    return tuple(Step(Letters(frozenset(letter))) for letter in text)


def words(texts: Iterable[str]) -> Language:
    """Exactly these texts."""
    return tuple(map(plain, texts))


def in_any_case(pattern: Pattern) -> Pattern:
    """The pattern with each letter up to U+00FF in both its cases."""
    return tuple(Step(Letters(step.letters.listed | {_other_case(x) for x in step.letters.listed})) for step in pattern)


def _other_case(letter: str) -> str:
    other = letter.swapcase()
    return other if len(other) == 1 and ord(letter) <= 0xFF and ord(other) <= 0xFF else letter


def holds_variable(text: str) -> bool:
    """Whether a policy variable stands in the text, other than an escaped sign."""
    return any(len(found) > 1 for found in _VARIABLE.findall(text))


def written(text: str, *, has_escapes: bool, has_wildcards: bool) -> Pattern:
    """The text of a policy as a pattern: `${*}` is a star as it stands, `*` any run of letters."""
    return tuple(_steps(text, has_escapes, has_wildcards))


def _steps(text: str, has_escapes: bool, has_wildcards: bool) -> Iterator[Step]:
    position = 0
    for found in _VARIABLE.finditer(text) if has_escapes else ():
        yield from _plain_steps(text[position : found.start()], has_wildcards)
        yield from plain(found.group(1))
        position = found.end()
    yield from _plain_steps(text[position:], has_wildcards)


def _plain_steps(text: str, has_wildcards: bool) -> Iterator[Step]:
    for letter in text:
        yield _WILD[letter] if has_wildcards and letter in _WILD else Step(Letters(frozenset(letter)))


def parts_of(pattern: Pattern) -> list[Pattern]:
    """The parts between the first five plain colons; the sixth may hold more."""
    parts: list[list[Step]] = [[]]
    for step in pattern:
        if step == COLON and len(parts) <= _COLONS:
            parts.append([])
            continue
        parts[-1].append(step)
    return [tuple(part) for part in parts]


def joined(parts: Iterable[Pattern]) -> Pattern:
    """The six parts of an ARN as one pattern, in the first five of which no wildcard stands for a colon."""
    steps: list[Step] = []
    for number, part in enumerate(parts):
        steps += [COLON] if number else []
        steps += part if number == _COLONS else without_colons(part)
    return tuple(steps)


def without_colons(pattern: Pattern) -> Pattern:
    """The pattern's texts that hold no colon."""
    return tuple(Step(_without_colon(step.letters), step.repeats) for step in pattern)


def _without_colon(letters: Letters) -> Letters:
    listed = letters.listed | {":"} if letters.is_rest else letters.listed - {":"}
    return Letters(listed, letters.is_rest)


def fits(text: str, language: Language) -> bool:
    """Whether the text fits one of the patterns."""
    return any(_fits(text, pattern) for pattern in language)


def _fits(text: str, pattern: Pattern) -> bool:
    at = _skipped({0}, pattern)
    for letter in text:
        here = [place for place in at if place < len(pattern) and letter in pattern[place].letters]
        at = _skipped({place if pattern[place].repeats else place + 1 for place in here}, pattern)
    return len(pattern) in at


def _skipped(at: set[int], pattern: Pattern) -> set[int]:
    """The places, and those behind steps that may stand for nothing."""
    for place in range(len(pattern)):
        if place in at and pattern[place].repeats:
            at.add(place + 1)
    return at
