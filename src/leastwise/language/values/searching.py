"""Members of formulas over patterns: the patterns' own texts first, then a search of all patterns at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain, cycle, islice
from operator import or_

from leastwise.language.values.automata import FRIENDLY, Goal, Machine, may_begin, search, search_by_choice
from leastwise.language.values.formulas import (
    EVERYTHING,
    NOTHING,
    All,
    Leaf,
    Node,
    Some,
    conj,
    disj,
    opposite,
    test_of,
    words,
)
from leastwise.language.values.globs import STAR, Glob
from leastwise.language.values.protocol import TooHard

BUDGET = 30_000
"""States that one question may take."""

_QUICK = 5_000
"""States after which the search goes on by choice."""

_LEAVES_TRIED = 100
_FILLINGS = (("x", "x"), ("a", "a"), ("", "x"), ("x1", "1"), ("0", "0"), ("y", "y"), ("x/y", "x"))
_PLAIN = ("x", "y", "a", "0", "x1", "x-2", "x/3", "")


@lru_cache(maxsize=4096)
def some_members(node: Node, count: int) -> tuple[str, ...]:
    """Up to `count` texts of which the formula is true, fewer only when there are no more."""
    if isinstance(node, Leaf) and isinstance(node.what, frozenset) and node.holds:
        return tuple(sorted(node.what, key=lambda text: (not text, len(text), text)))[:count]
    node = _narrowed(node)
    test = test_of(node)
    found = list(islice(dict.fromkeys(text for text in _candidates(node, count) if test(text)), count))
    while len(found) < count:
        text = _searched(conj((node, opposite(words(found)))))
        if text is None:
            break
        found.append(text)
    return tuple(found)


def _narrowed(node: Node) -> Node:
    """The formula without what cannot be true, or false, of a text that begins as all of its texts do."""
    must = _must_match(node)
    head = _common_head(must)
    if not head or not isinstance(node, All):
        return node
    kept = [Leaf(glob) for glob in must]
    return conj((*kept, _given(All(tuple(part for part in node.parts if part not in kept)), head)))


def _common_head(must: Iterable[Glob]) -> str:
    return max((glob.literal_head for glob in must if not glob.ignore_case), key=len, default="")


def _candidates(node: Node, count: int) -> Iterator[str]:
    leaves = list(islice(_leaves(node), _LEAVES_TRIED))
    globs = [leaf.what for leaf in leaves if leaf.holds and isinstance(leaf.what, Glob)]
    held = len(globs)
    ruled_out = set(_parts(node))  # what fits a pattern that must not match is no member
    globs += [leaf.what for leaf in leaves if not leaf.holds and isinstance(leaf.what, Glob) and leaf not in ruled_out]
    listed = (sorted(leaf.what)[:5] for leaf in leaves if isinstance(leaf.what, frozenset) and leaf.holds)
    filled = (glob.filled(star=star, single=single) for star, single in _FILLINGS for glob in globs)
    in_a_row = "".join(glob.filled(star="", single="x") for glob in globs[:held])
    more = (glob.filled(star=str(n), single=letter) for n, letter in _numbered(count) for glob in globs[:held])
    plain = (f"x{n}" for n, _ in _numbered(count))
    return chain(chain.from_iterable(listed), filled, (in_a_row,) if held else (), _PLAIN, more, plain)


def _numbered(count: int) -> Iterable[tuple[int, str]]:
    """Numbers and letters, enough to find `count` texts where the first few do not fit."""
    return zip(range(2 * count if count > 1 else 0), cycle(FRIENDLY), strict=False)


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
        return
    for part in node.parts:
        yield from _leaves(part)


def _searched(node: Node) -> str | None:
    left = BUDGET
    for branch in _branches(node):
        text, used = _found(branch, left)
        if text is not None:
            return text
        left -= used
        if left <= 0:
            raise TooHard(f"more than {BUDGET} states")
    return None


def _branches(node: Node) -> Iterator[Node]:
    """Formulas whose texts together are those of `node`, each with a pattern that must match where there is one."""
    if isinstance(node, Some):
        for part in node.parts:
            yield from _branches(part)
        return
    choices = [part for part in node.parts if isinstance(part, Some)] if isinstance(node, All) else []
    if not choices or _must_match(node):
        yield node
        return
    choice = min(choices, key=lambda some: len(some.parts))
    others = tuple(part for part in _parts(node) if part is not choice)
    for part in choice.parts:
        is_list = isinstance(part, Leaf) and isinstance(part.what, frozenset)
        yield from _branches(conj((part, *others)) if is_list else All((*_parts(part), *others)))


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, All) else (node,)


def _must_match(node: Node) -> list[Glob]:
    return [part.what for part in _parts(node) if isinstance(part, Leaf) and part.holds and isinstance(part.what, Glob)]


def _found(node: Node, budget: int) -> tuple[str | None, int]:
    head = _common_head(_must_match(node))
    node = _given(node, head)
    if isinstance(node, Leaf) and isinstance(node.what, frozenset) and node.holds:
        return next(iter(some_members(node, 1)), None), 1
    machine = Machine()
    goal = _goal(node, machine)
    try:
        return search(machine, goal, head=head, budget=min(budget, _QUICK))
    except TooHard:
        text, used = search_by_choice(machine, goal, head=head, budget=budget)
        return text, used + _QUICK


def _given(node: Node, head: str) -> Node:
    """The formula for texts that begin with `head`: patterns that begin otherwise are false, some are true."""
    if isinstance(node, Leaf):
        return _leaf_given(node, head)
    if isinstance(node, Some):
        return disj(_given(part, head) for part in node.parts)
    parts = []
    for part in node.parts:
        known = _given(part, head)
        if known == NOTHING:
            return NOTHING
        if known != EVERYTHING:
            parts.append(known)
    return conj(parts)


def _leaf_given(node: Leaf, head: str) -> Leaf:
    what = node.what
    if isinstance(what, frozenset):
        return Leaf(frozenset(text for text in what if text.startswith(head)), node.holds)
    known = what.literal_head
    if what.ignore_case:
        return node
    if known and head.startswith(known) and what.steps[1:] == (STAR,):
        return Leaf(frozenset(), not node.holds)
    return node if may_begin(what.steps, head) else Leaf(frozenset(), node.holds)


_Ask = Callable[[int], bool]


def _goal(node: Node, machine: Machine) -> Goal:
    """What a search for the formula looks for; its patterns are added to the machine, those that must match first."""
    held: list[int] = []
    reached, still = _asks(node, machine, held)
    return Goal(reached, still, tuple(range(len(_must_match(node)))), tuple(held))


def _asks(node: Node, machine: Machine, held: list[int]) -> tuple[_Ask, _Ask]:
    if isinstance(node, Leaf):
        return _leaves_asks([node], machine, held, holds=node.holds)
    is_all = isinstance(node, All)
    alike = [part for part in node.parts if isinstance(part, Leaf) and part.holds != is_all]
    alone = [part for part in node.parts if isinstance(part, Leaf) and part.holds == is_all]
    others = [part for part in node.parts if not isinstance(part, Leaf)]
    asks = [_asks(part, machine, held) for part in alone]
    asks += [_leaves_asks(alike, machine, held, holds=not is_all)] if alike else []
    asks += [_asks(part, machine, held) for part in others]
    return _every(asks) if is_all else _any(asks)


def _leaves_asks(leaves: Sequence[Leaf], machine: Machine, held: list[int], *, holds: bool) -> tuple[_Ask, _Ask]:
    """Whether one of the leaves is met or, where they do not hold, none of their patterns is.

    The numbers of patterns that are wanted go to `held`.
    """
    first = len(machine.ends)
    for leaf in leaves:
        _add(leaf, machine)
    if holds:
        held.extend(range(first, len(machine.ends)))
    ends, spans = reduce(or_, machine.ends[first:], 0), reduce(or_, machine.spans[first:], 0)
    if holds:
        return (lambda states: states & ends != 0), (lambda states: states & spans != 0)
    for_ever = ends & machine.free_loops
    return (lambda states: not states & ends), (lambda states: not states & for_ever)


def _add(leaf: Leaf, machine: Machine) -> None:
    if isinstance(leaf.what, Glob):
        machine.add(leaf.what.steps, ignore_case=leaf.what.ignore_case)
        return
    for text in sorted(leaf.what):
        machine.add((text,))


def _every(asks: Iterable[tuple[_Ask, _Ask]]) -> tuple[_Ask, _Ask]:
    reached, still = zip(*asks, strict=True)
    return (lambda states: all(ask(states) for ask in reached)), (lambda states: all(ask(states) for ask in still))


def _any(asks: Iterable[tuple[_Ask, _Ask]]) -> tuple[_Ask, _Ask]:
    reached, still = zip(*asks, strict=True)
    return (lambda states: any(ask(states) for ask in reached)), (lambda states: any(ask(states) for ask in still))
