"""How many texts a set holds up to a length, exactly: the patterns' machine walked with a number at each state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_

from leastwise.language.values.automata import Machine
from leastwise.language.values.formulas import All, Leaf, Node
from leastwise.language.values.globs import Glob
from leastwise.language.values.protocol import TooHard
from leastwise.language.values.texts import Texts

BUDGET = 500_000
"""States that one count may take, each as often as it is reached after another number of letters."""

_FRESH = 20
"""A state reached for the first time costs as much as this many reached again."""

_Accepts = Callable[[int], bool]
_Settled = Callable[[int], bool | None]


def count(texts: Texts, length: int = 100, alphabet: int = 256) -> int:
    """The number of texts in the set of at most `length` letters, each one of an alphabet of that size.

    The alphabet holds the colon and every letter that occurs in the set's patterns and words, so it is no smaller than
    those; its other letters are in no pattern. Raises `TooHard` beyond `BUDGET` states.
    """
    return _counted(texts.formula, length, alphabet)


def texts_up_to(length: int, alphabet: int = 256) -> int:
    """The number of all texts of at most `length` letters."""
    return _every(length, alphabet)[length]


@lru_cache(maxsize=64)
def _every(length: int, alphabet: int) -> list[int]:
    """The number of all texts of at most so many letters, for each number up to `length`."""
    found = [1]
    for _ in range(length):
        found.append(found[-1] * alphabet + 1)
    return found


@lru_cache(maxsize=4096)
def _counted(node: Node, length: int, alphabet: int) -> int:
    if isinstance(node, Leaf) and isinstance(node.what, frozenset) and node.holds:
        return sum(len(text) <= length for text in node.what)
    walk = _walk(node, length, alphabet)
    every = _every(length, walk.size)
    first = walk.machine.settled(walk.machine.start, -1)
    verdict = walk.settled(first)
    if verdict is not None:
        return every[length] if verdict else 0
    total = spent = 0
    levels: list[dict[int, int]] = [{first: 1}, *({} for _ in range(length))]
    for left, at in zip(range(length, -1, -1), levels, strict=True):
        spent += len(at)
        if spent + _FRESH * len(walk.letters) > BUDGET:
            raise TooHard(f"more than {BUDGET} states")
        for states, ways in at.items():
            step = walk.step(states)
            total += ways * (step.is_accepted + (step.to_all * every[left - 1] if left else 0))
            for reached, letters, far in step.leads:
                if far <= left:
                    after = levels[length - left + far]
                    after[reached] = after.get(reached, 0) + ways * letters
        at.clear()
    return total


@dataclass(frozen=True, slots=True)
class _Step:
    """What a text leads to from a state: states, each with the number of texts and their length.

    `to_all` letters lead to where each text is in the set; `is_accepted` says that the text so far is.
    """

    is_accepted: bool
    to_all: int
    leads: tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class _Walk:
    """A formula's patterns as one machine over an alphabet of `size` letters, its moves worked out when asked for.

    `accepts` says whether the text so far is in the set, `settled` whether each text that goes on from it is (True),
    none is (False) or neither is known (None). `classes` are letters that move alike: how many, the states in which
    they differ from a letter in no pattern, and how they move; `rest` is the number of letters in no pattern.
    """

    machine: Machine
    accepts: _Accepts
    settled: _Settled
    size: int
    rest: int
    length: int
    classes: Sequence[tuple[int, int, int, int]]
    letters: dict[int, _Step] = field(default_factory=dict)
    strides: dict[int, _Step] = field(default_factory=dict)

    def step(self, states: int) -> _Step:
        """What leads on from the states to where there is a choice again, or a text of the set."""
        found = self.strides.get(states)
        if found is None:
            near = self._letter(states)
            strides = (self._stride(after, letters) for after, letters, _ in near.leads)
            found = _Step(near.is_accepted, near.to_all, tuple(stride for stride in strides if stride))
            self.strides[states] = found
        return found

    def _stride(self, states: int, ways: int) -> tuple[int, int, int] | None:
        """Where all that goes on from the states has to pass, with the ways there; None when it is too far."""
        for far in range(1, self.length + 1):
            near = self._letter(states)
            if near.is_accepted or near.to_all or len(near.leads) > 1:
                return states, ways, far
            if not near.leads:
                return None
            ((states, letters, _),) = near.leads
            ways *= letters
        return None

    def _letter(self, states: int) -> _Step:
        found = self.letters.get(states)
        if found is None:
            ways = self._ways(states)
            verdicts = {after: self.settled(after) for after in ways}
            to_all = sum(letters for after, letters in ways.items() if verdicts[after])
            leads = tuple((after, letters, 1) for after, letters in ways.items() if verdicts[after] is None)
            found = self.letters[states] = _Step(self.accepts(states), to_all, leads)
        return found

    def _ways(self, states: int) -> dict[int, int]:
        """The states after one letter more, each with the number of letters that lead there."""
        machine, alike = self.machine, self.rest
        ways: dict[int, int] = {}
        for letters, here, forward, stay in self.classes:
            if not states & here:
                alike += letters
                continue
            after = (states & forward) << 1 | states & stay
            after = machine.settled(after, after & ~states)
            ways[after] = ways.get(after, 0) + letters
        if alike:
            forward, stay = machine.any_bits | machine.part_bits, machine.free_loops | machine.part_loops
            after = (states & forward) << 1 | states & stay
            after = machine.settled(after, after & ~states)
            ways[after] = ways.get(after, 0) + alike
        return ways


def _walk(node: Node, length: int, alphabet: int) -> _Walk:
    machine = Machine()
    accepts, settled = _asks(node, machine)
    letters = {*machine.letters, ":"}
    classes: dict[tuple[int, int, int], int] = {}
    for letter in sorted(letters):
        here = machine.letters.get(letter, 0) | (machine.part_bits | machine.part_loops if letter == ":" else 0)
        move = (here, *machine.moves(letter))
        classes[move] = classes.get(move, 0) + 1
    size = max(alphabet, len(letters))
    moves = [(n, *move) for move, n in classes.items()]
    return _Walk(machine, accepts, settled, size, size - len(letters), length, moves)


def _asks(node: Node, machine: Machine) -> tuple[_Accepts, _Settled]:
    if isinstance(node, Leaf):
        return _leaves_asks([node], machine, holds=node.holds)
    is_all = isinstance(node, All)
    alike = [part for part in node.parts if isinstance(part, Leaf) and part.holds != is_all]
    others = [part for part in node.parts if not (isinstance(part, Leaf) and part.holds != is_all)]
    asks = [_leaves_asks(alike, machine, holds=not is_all)] if alike else []
    return _joined([*asks, *(_asks(part, machine) for part in others)], decisive=not is_all)


def _leaves_asks(leaves: Iterable[Leaf], machine: Machine, *, holds: bool) -> tuple[_Accepts, _Settled]:
    """Whether one of the leaves is met or, where they do not hold, none of their patterns is."""
    first = len(machine.ends)
    for leaf in leaves:
        _add(leaf, machine)
    ends, spans = reduce(or_, machine.ends[first:], 0), reduce(or_, machine.spans[first:], 0)
    for_ever = ends & machine.free_loops

    def settled(states: int) -> bool | None:
        if states & for_ever:
            return holds
        return None if states & spans else not holds

    return (lambda states: (states & ends != 0) == holds), settled


def _add(leaf: Leaf, machine: Machine) -> None:
    if isinstance(leaf.what, Glob):
        machine.add(leaf.what.steps, ignore_case=leaf.what.ignore_case)
        return
    for text in sorted(leaf.what):
        machine.add((text,))


def _joined(asks: Sequence[tuple[_Accepts, _Settled]], *, decisive: bool) -> tuple[_Accepts, _Settled]:
    """Every ask or, where True is decisive, one of them."""

    def accepts(states: int) -> bool:
        return any(ask(states) == decisive for ask, _ in asks) == decisive

    def settled(states: int) -> bool | None:
        found = {ask(states) for _, ask in asks}
        return decisive if decisive in found else None if None in found else not decisive

    return accepts, settled
