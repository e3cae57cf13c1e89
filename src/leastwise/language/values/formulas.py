"""Boolean formulas over patterns and lists of words, kept short: negation at the leaves only, lists merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from leastwise.language.values.globs import STAR, Glob
from leastwise.language.values.steps import folded

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A pattern or a list of words; with `holds` False, every text but those."""

    what: Glob | frozenset[str]
    holds: bool = True


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is; none of its parts is an All."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True where one part is; none of its parts is a Some."""

    parts: tuple[Node, ...]


Node = Leaf | All | Some

NOTHING = Leaf(frozenset())
EVERYTHING = Leaf(frozenset(), holds=False)


def words(texts: Iterable[str]) -> Leaf:
    """True for these texts."""
    return Leaf(frozenset(texts))


def leaf(glob: Glob) -> Leaf:
    """True for what matches the pattern."""
    if glob.steps == (STAR,):
        return EVERYTHING
    literal = None if glob.ignore_case else glob.literal
    return Leaf(glob) if literal is None else words((literal,))


def opposite(node: Node) -> Node:
    """True exactly where the formula is not."""
    if isinstance(node, Leaf):
        return Leaf(node.what, not node.holds)
    parts = tuple(opposite(part) for part in node.parts)
    return Some(parts) if isinstance(node, All) else All(parts)


def disj(nodes: Iterable[Node]) -> Node:
    """True where one of the formulas is."""
    return opposite(conj(opposite(node) for node in nodes))


def conj(nodes: Iterable[Node]) -> Node:
    """True where all of the formulas are."""
    within: frozenset[str] | None = None
    without: set[str] = set()
    rest: dict[Node, None] = {}
    for node in _flat(nodes):
        if not (isinstance(node, Leaf) and isinstance(node.what, frozenset)):
            rest[node] = None
        elif node.holds:
            within = node.what if within is None else within & node.what
        else:
            without |= node.what
    if within is not None:
        test = test_of(All(tuple(rest)))
        return words(text for text in within if text not in without and test(text))
    denied = {opposite(node) for node in rest if isinstance(node, Leaf)}
    if not denied.isdisjoint(rest):
        return NOTHING
    if any(isinstance(node, Some) and any(part in denied for part in node.parts) for node in rest):
        return conj([*(_without(node, denied) for node in rest), Leaf(frozenset(without), holds=False)])
    parts = [node for node in rest if not (isinstance(node, Some) and any(part in rest for part in node.parts))]
    if without:
        parts.append(Leaf(frozenset(without), holds=False))
    return EVERYTHING if not parts else parts[0] if len(parts) == 1 else All(tuple(parts))


def _without(node: Node, denied: set[Node]) -> Node:
    """The formula without choices that cannot be."""
    if not isinstance(node, Some):
        return node
    parts = tuple(part for part in node.parts if part not in denied)
    return parts[0] if len(parts) == 1 else Some(parts) if parts else NOTHING


def _flat(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        if isinstance(node, All):
            yield from node.parts
        else:
            yield node


@lru_cache(maxsize=4096)
def test_of(node: Node) -> Test:
    """Whether the formula is true of a text."""
    if isinstance(node, Leaf):
        return _leaf_test(node)
    if isinstance(node, Some):
        return _some_test(node.parts)
    negative = _some_test(tuple(opposite(part) for part in node.parts))
    return lambda text: not negative(text)


def _leaf_test(node: Leaf) -> Test:
    what = node.what
    test = what.__contains__ if isinstance(what, frozenset) else what.matcher()
    return test if node.holds else lambda text: not test(text)


def _some_test(parts: tuple[Node, ...]) -> Test:
    """One look-up for all words, one for all patterns of each plain shape, the rest in turn."""
    listed: frozenset[str] = frozenset()
    heads, tails, lowered = [], [], []
    tests: list[Test] = []
    for part in parts:
        glob = part.what if isinstance(part, Leaf) and part.holds else None
        if isinstance(glob, frozenset):
            listed |= glob
            continue
        match (glob.ignore_case, glob.steps) if glob else None:
            case (False, (str(head), star)) if star is STAR:
                heads.append(head)
            case (False, (star, str(tail))) if star is STAR:
                tails.append(tail)
            case (True, (str(text),)):
                lowered.append(text)
            case _:
                tests.append(test_of(part))
    return _first_of([*_plain_tests(listed, tuple(heads), tuple(tails), frozenset(lowered)), *tests])


def _plain_tests(
    listed: frozenset[str], heads: tuple[str, ...], tails: tuple[str, ...], lowered: frozenset[str]
) -> Iterable[Test]:
    if listed:
        yield listed.__contains__
    if heads:
        yield lambda text: text.startswith(heads)
    if tails:
        yield lambda text: text.endswith(tails)
    if lowered:
        yield lambda text: folded(text) in lowered


def _first_of(tests: list[Test]) -> Test:
    if not tests:
        return lambda text: False
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda text: first(text) or second(text)
    return lambda text: any(test(text) for test in tests)
