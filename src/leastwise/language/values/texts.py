"""Sets of texts: every Boolean combination of patterns and lists of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import overload

from leastwise.language.values import mixed
from leastwise.language.values.formulas import (
    EVERYTHING,
    NOTHING,
    Leaf,
    Node,
    conj,
    disj,
    leaf,
    opposite,
    test_of,
    words,
)
from leastwise.language.values.globs import Glob
from leastwise.language.values.protocol import ValueSet
from leastwise.language.values.searching import some_members


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts for which a formula over patterns and words is true; letters beyond ASCII have one case only."""

    formula: Node
    _tests: list[Callable[[str], bool]] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def family(self) -> str:
        """All sets of texts are one family."""
        return "text"

    @classmethod
    def literals(cls, texts: Iterable[str]) -> Texts:
        """Exactly these texts."""
        return cls(words(texts))

    @classmethod
    def globs(cls, globs: Iterable[Glob]) -> Texts:
        """Every text that matches one of the patterns."""
        return cls(disj(leaf(glob) for glob in globs))

    @classmethod
    def union(cls, sets: Iterable[Texts]) -> Texts:
        """Every text that is in one of the sets."""
        return cls(disj(one.formula for one in sets))

    @classmethod
    def all(cls) -> Texts:
        """Every text."""
        return cls(EVERYTHING)

    @classmethod
    def none(cls) -> Texts:
        """No text."""
        return cls(NOTHING)

    @property
    def finite(self) -> frozenset[str] | None:
        """The texts themselves when they are listed, None otherwise."""
        if isinstance(self.formula, Leaf) and isinstance(self.formula.what, frozenset) and self.formula.holds:
            return self.formula.what
        return None

    def __contains__(self, text: str, /) -> bool:
        return self.test()(text)

    @overload
    def __and__(self, other: Texts, /) -> Texts: ...
    @overload
    def __and__(self, other: ValueSet, /) -> ValueSet: ...
    def __and__(self, other: ValueSet, /) -> ValueSet:
        return Texts(conj((self.formula, other.formula))) if isinstance(other, Texts) else mixed.both(self, other)

    @overload
    def __or__(self, other: Texts, /) -> Texts: ...
    @overload
    def __or__(self, other: ValueSet, /) -> ValueSet: ...
    def __or__(self, other: ValueSet, /) -> ValueSet:
        return Texts(disj((self.formula, other.formula))) if isinstance(other, Texts) else mixed.either(self, other)

    def __invert__(self) -> Texts:
        return Texts(opposite(self.formula))

    def __le__(self, other: ValueSet, /) -> bool:
        return (self & ~other).is_empty()

    def is_empty(self) -> bool:
        """No text is in the set; raises `TooHard` when that takes too many states to settle."""
        return self.member() is None

    def member(self) -> str | None:
        """A text of the set, the patterns' own texts first; None when the set is empty."""
        return next(iter(some_members(self.formula, 1)), None)

    def members(self, count: int, /) -> tuple[str, ...]:
        """Up to `count` different texts of the set, fewer only when there are no more."""
        return some_members(self.formula, count)

    def listed(self, limit: int, /) -> tuple[str, ...] | None:
        """Every text of the set when there are at most `limit`, None when there are more."""
        found = self.members(limit + 1)
        return found if len(found) <= limit else None

    def test(self) -> Callable[[str], bool]:
        """The quickest way to ask for membership many times."""
        if not self._tests:
            self._tests.append(test_of(self.formula))
        return self._tests[0]
