"""Patterns as machines whose states are the bits of one integer, and the search of several at once.

State `i` of a pattern: its first `i` characters are matched. A star is a loop on a state.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import chain, product
from operator import or_

from leastwise.language.values.protocol import TooHard
from leastwise.language.values.steps import ANY, CAPITAL_OF, STAR, STAR_IN_PART, Step, Steps

_RIVALS = 50
"""So many comparisons of states cost as much as a state."""
_LOOKS = 40
"""So many steps to places that are known, or worse than known, cost as much as a state."""

FRIENDLY = "xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_/."
"""Letters for members, the likeliest to be read without a second look first."""


@dataclass(slots=True)
class Machine:
    """Patterns side by side in one integer; `spans[k]` holds the states of the `k`-th, `ends[k]` its last one."""

    letters: dict[str, int] = field(default_factory=dict)
    any_bits: int = 0
    part_bits: int = 0
    free_loops: int = 0
    part_loops: int = 0
    start: int = 0
    width: int = 0
    ends: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    below: dict[int, int] = field(default_factory=dict)

    def add(self, steps: Iterable[Step], *, ignore_case: bool = False) -> None:
        """One pattern more; steps that ignore case are in lower case."""
        bit = first = 1 << self.width
        self.start |= first
        for step in steps:
            if isinstance(step, str):
                for letter in step:
                    self._on_letter(letter, bit)
                    if ignore_case and letter in CAPITAL_OF:
                        self._on_letter(CAPITAL_OF[letter], bit)
                    bit <<= 1
            elif step is STAR:
                self.free_loops |= bit
                self.below[bit] = bit - first
            elif step is STAR_IN_PART:
                self.part_loops |= bit
            else:
                if step is ANY:
                    self.any_bits |= bit
                else:
                    self.part_bits |= bit
                bit <<= 1
        self.ends.append(bit)
        self.spans.append((bit << 1) - first)
        self.width = bit.bit_length()

    def _on_letter(self, letter: str, bit: int) -> None:
        self.letters[letter] = self.letters.get(letter, 0) | bit

    def moves(self, letter: str) -> tuple[int, int]:
        """The states that a letter leads on from, and those that it leads back to."""
        forward = self.letters.get(letter, 0) | self.any_bits
        if letter == ":":
            return forward, self.free_loops
        return forward | self.part_bits, self.free_loops | self.part_loops

    def run(self, text: str, states: int) -> int:
        """The states after `text`, from `states`."""
        known: dict[str, tuple[int, int]] = {}
        for letter in text:
            if letter not in known:
                known[letter] = self.moves(letter)
            forward, stay = known[letter]
            states = (states & forward) << 1 | states & stay
            if not states:
                return 0
        return states

    def settled(self, states: int, fresh: int) -> int:
        """`states` without those that a star newly reached in `fresh` makes idle: all before it in its pattern."""
        hot = states & fresh & self.free_loops
        while hot:
            bit = hot & -hot
            states &= ~self.below[bit]
            hot ^= bit
        return states


def runner(steps: Steps) -> Callable[[str], bool]:
    """Whether a text matches the steps, in time linear in its length."""
    machine = Machine()
    machine.add(steps)
    end = machine.ends[0]
    return lambda text: machine.run(text, 1) & end != 0


@lru_cache(maxsize=1 << 16)
def may_begin(steps: Steps, head: str) -> bool:
    """Whether a text that matches the steps may begin with `head`."""
    machine = Machine()
    machine.add(steps)
    return machine.run(head, machine.start) != 0


def places(steps: Sequence[Step], text: str) -> list[int]:
    """The lengths of the beginnings of `text` that match the steps, shortest first."""
    machine = Machine()
    machine.add(steps)
    states, end = 1, machine.ends[0]
    found = [0] if end == 1 else []
    for index, letter in enumerate(text, 1):
        forward, stay = machine.moves(letter)
        states = (states & forward) << 1 | states & stay
        if states & end:
            found.append(index)
        if not states:
            break
    return found


@dataclass(frozen=True, slots=True)
class Goal:
    """What a search looks for: states that are `reached`, by way of states that are still `open`.

    `toward` are the patterns that must match, by number: states nearer to their ends are tried first. `held` are all
    that it is good to match; of the others it is good to be in fewer states.
    """

    reached: Callable[[int], bool]
    open: Callable[[int], bool]
    toward: tuple[int, ...]
    held: tuple[int, ...]


def search(machine: Machine, goal: Goal, *, head: str, budget: int) -> tuple[str | None, int]:
    """A text beginning with `head` that leads to the goal, or None when there is none; and how many states it took.

    Raises `TooHard` beyond `budget` states.
    """
    first = machine.settled(machine.run(head, machine.start), -1)
    if not goal.open(first):
        return None, 1
    alphabet = _alphabet(machine)
    seen: dict[int, tuple[int, str]] = {first: (first, "")}
    queue = [(0, 0, 0, first)]
    while queue:
        _, _, depth, states = heapq.heappop(queue)
        if goal.reached(states):
            return head + _path(seen, states), len(seen)
        for letter, here, forward, stay in alphabet:
            if here and not states & here:
                continue
            after = (states & forward) << 1 | states & stay
            after = machine.settled(after, after & ~states)
            if after in seen or not goal.open(after):
                continue
            if len(seen) >= budget:
                raise TooHard(f"more than {budget} states")
            seen[after] = (states, letter)
            heapq.heappush(queue, (_distance(machine, goal, after) + depth, -len(seen), depth + 1, after))
    return None, len(seen)


def search_by_choice(machine: Machine, goal: Goal, *, head: str, budget: int) -> tuple[str | None, int]:
    """As `search`, but each held pattern is in one state at a time, and a place with idle states more is not looked at.

    It settles patterns that count characters from their end (`*a???`), of which `search` has to tell too many apart.
    """
    alphabet = _alphabet(machine)
    spans = [machine.spans[k] for k in goal.held]
    wanted = reduce(or_, spans, 0)
    first = machine.settled(machine.run(head, machine.start), -1)
    least: dict[int, list[int]] = {}
    seen: dict[int, tuple[int, str]] = {}
    queue: list[tuple[int, int, int, int]] = []
    spent = looks = 0

    def enter(after: int, before: int, letter: str, depth: int) -> None:
        nonlocal spent, looks
        looks += 1
        held, others = after & wanted, after & ~wanted
        rivals = least.setdefault(held, [])
        if any(rival & others == rival for rival in rivals) or not goal.open(after):
            return
        spent += 1 + len(rivals) // _RIVALS
        if spent + looks // _LOOKS > budget:
            raise TooHard(f"more than {budget} states")
        rivals[:] = [rival for rival in rivals if rival & others != others]
        rivals.append(others)
        seen[after] = (before, letter)
        heapq.heappush(queue, (_distance(machine, goal, after) + depth, -len(seen), depth, after))

    for choice in _choices(first, first & ~wanted, spans):
        enter(choice, choice, "", 0)
    while queue:
        _, _, depth, states = heapq.heappop(queue)
        if goal.reached(states):
            return head + _path(seen, states), len(seen)
        for letter, here, forward, stay in alphabet:
            if here and not states & here:
                continue
            after = (states & forward) << 1 | states & stay
            others = machine.settled(after & ~wanted, after & ~states)
            for choice in _choices(after, others, spans):
                enter(choice, states, letter, depth + 1)
    return None, len(seen)


def _choices(states: int, others: int, spans: Sequence[int]) -> Iterator[int]:
    """The other patterns' states with each way to choose one state a span; none from a span without."""
    return (reduce(or_, chosen, others) for chosen in product(*(_bits(states & span) for span in spans)))


def _bits(states: int) -> list[int]:
    bits = []
    while states:
        bits.append(states & -states)
        states &= states - 1
    return bits or [0]


def _path(seen: dict[int, tuple[int, str]], states: int) -> str:
    letters: list[str] = []
    before, letter = seen[states]
    while letter:
        letters.append(letter)
        before, letter = seen[before]
    return "".join(reversed(letters))


def _distance(machine: Machine, goal: Goal, states: int) -> int:
    """How far the patterns that must match are from their ends, together."""
    return sum(machine.ends[k].bit_length() - (states & machine.spans[k]).bit_length() for k in goal.toward)


def _alphabet(machine: Machine) -> list[tuple[str, int, int, int]]:
    """A letter for each way to move: itself, the states in which it differs from a letter that is in no pattern.

    A letter in no pattern comes first and stands for all its like.
    """
    candidates = chain(FRIENDLY, map(chr, range(0xA1, 0xD800)))
    fresh = next(letter for letter in candidates if letter not in machine.letters and letter != ":")
    letters = [(fresh, 0, *machine.moves(fresh))]
    order = {letter: index for index, letter in enumerate(FRIENDLY)}
    known = set()
    for letter in sorted({*machine.letters, ":"}, key=lambda c: (order.get(c, len(order)), c)):
        here = machine.letters.get(letter, 0) | (machine.part_bits | machine.part_loops if letter == ":" else 0)
        moves = machine.moves(letter)
        if here and moves not in known:
            known.add(moves)
            letters.append((letter, here, *moves))
    return letters
