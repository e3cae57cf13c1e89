"""How the policies of a request combine: what denies, what must allow, and where the grant may come from.

A shape holds for one principal and one action, whatever the resource and the context. Its parts stand in the order in
which AWS reports them: explicit deny, RCPs, SCPs, the endpoint's policy, then the grant. Source: IAM User Guide, "How
AWS enforcement code logic evaluates requests to allow or deny access"; "Cross-account policy evaluation logic".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from leastwise.decide.index import ResourceIndex
from leastwise.decide.policies import Atom, Entry, Free, ResourceClause
from leastwise.language.conditions import Check, Clause
from leastwise.language.context import Facts
from leastwise.language.matching import ResourceTest
from leastwise.language.values.globs import Glob
from leastwise.model.decision import ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, Outcome

_INDEXED_FROM = 12


class Item:
    """A statement as it bears on one principal: its resources, then all clauses that must hold.

    `source` is its policy type, or `grant` or `acl` where it is no statement. `asked` is the resource that it is asked
    about where that is not the request's.
    """

    __slots__ = ("asked", "atoms", "checks", "entry", "resource", "source")

    def __init__(
        self,
        resource: ResourceTest,
        atoms: Sequence[Atom],
        entry: Entry | None = None,
        *,
        source: str = "",
        asked: str | None = None,
    ) -> None:
        self.resource = resource
        self.asked = asked
        self.atoms = tuple(atoms)
        self.checks: tuple[Check, ...] = tuple(atom.check for atom in atoms)
        self.entry = entry
        self.source = entry.policy_type if entry else source


Match = Callable[[Item, Facts], "bool | None"]
Ask = Callable[[Match, Facts, str], "bool | None"]


def always(resource: str, facts: Facts) -> bool | None:
    """Every resource."""
    return True


def item_of(entry: Entry, given: Sequence[Clause | Free] = (), resource: str | None = None) -> Item:
    """The entry with what must hold besides; `resource` is asked instead of the request's, where one is given."""
    if any(pattern.template for pattern in entry.patterns):
        return Item(always, (ResourceClause(entry, resource), *entry.clauses, *given), entry, asked=resource)
    test = entry.resource if resource is None else _fixed(entry.resource, resource)
    return Item(test, (*entry.clauses, *given), entry, asked=resource)


def _fixed(test: ResourceTest, resource: str) -> ResourceTest:
    return lambda _, facts: test(resource, facts)


def matched(item: Item, facts: Facts) -> bool | None:
    """Whether the clauses of a statement that names the resource hold; None when that turns on what is not known."""
    answer: bool | None = True
    for check in item.checks:
        got = check(facts)
        if not got:
            if got is False:
                return False
            answer = None
    return answer


class Bundle:
    """Statements of which any one suffices; many are found by their resources."""

    __slots__ = ("_index", "items")

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(items)
        self._index: ResourceIndex[Item] | None = None

    def of(self, resource: str) -> Sequence[Item]:
        """The statements that may name the resource."""
        if len(self.items) < _INDEXED_FROM:
            return self.items
        if self._index is None:
            self._index = ResourceIndex((item, _patterns_of(item)) for item in self.items)
        return self._index.of(resource)

    def ask(self, match: Match, facts: Facts, resource: str) -> bool | None:
        """Whether one of them matches."""
        answer: bool | None = False
        for item in self.items if len(self.items) < _INDEXED_FROM else self.of(resource):
            if not item.resource(resource, facts):
                continue
            got = match(item, facts)
            if got:
                return True
            if got is None:
                answer = None
        return answer

    def __bool__(self) -> bool:
        return bool(self.items)


def _patterns_of(item: Item) -> list[Glob] | None:
    """The patterns of which one must name the resource; None when the statement cannot be found by them."""
    entry = item.entry
    if entry is None or item.resource is not entry.resource or entry.statement.is_not_resource or not entry.patterns:
        return None
    return [pattern.glob for pattern in entry.patterns if pattern.glob is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """One of a policy type's Allow statements must match."""

    label: str
    bundle: Bundle

    def ask(self, match: Match, facts: Facts, resource: str) -> bool | None:
        """Whether one matches."""
        return self.bundle.ask(match, facts, resource)

    def failing(self, match: Match, facts: Facts, resource: str) -> str:
        """The policy type that does not allow."""
        return self.label

    def bundles(self) -> Iterator[tuple[str, Bundle]]:
        """The statements in it, by policy type."""
        yield self.label, self.bundle


@dataclass(frozen=True, slots=True)
class Fixed:
    """Settled before any statement is asked, for a reason."""

    label: str
    value: bool
    told: str = ""

    def ask(self, match: Match, facts: Facts, resource: str) -> bool | None:
        """The settled answer."""
        return self.value

    def failing(self, match: Match, facts: Facts, resource: str) -> str:
        """The policy type that does not allow."""
        return self.label

    def bundles(self) -> Iterator[tuple[str, Bundle]]:
        """No statements."""
        return iter(())


@dataclass(frozen=True, slots=True, eq=False)
class Every:
    """All parts must allow."""

    parts: tuple[Node, ...]

    def ask(self, match: Match, facts: Facts, resource: str) -> bool | None:
        """Whether all do."""
        answer: bool | None = True
        for part in self.parts:
            got = part.ask(match, facts, resource)
            if got is False:
                return False
            if got is None:
                answer = None
        return answer

    def failing(self, match: Match, facts: Facts, resource: str) -> str:
        """The policy type of the first part that does not allow."""
        for part in self.parts:
            if part.ask(match, facts, resource) is False:
                return part.failing(match, facts, resource)
        return self.parts[0].failing(match, facts, resource)

    def bundles(self) -> Iterator[tuple[str, Bundle]]:
        """The statements of all parts."""
        for part in self.parts:
            yield from part.bundles()


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One part must allow; the last one is named when none does."""

    parts: tuple[Node, ...]

    def ask(self, match: Match, facts: Facts, resource: str) -> bool | None:
        """Whether one does."""
        answer: bool | None = False
        for part in self.parts:
            got = part.ask(match, facts, resource)
            if got:
                return True
            if got is None:
                answer = None
        return answer

    def failing(self, match: Match, facts: Facts, resource: str) -> str:
        """The policy type of the last part."""
        return self.parts[-1].failing(match, facts, resource)

    def bundles(self) -> Iterator[tuple[str, Bundle]]:
        """The statements of all parts."""
        for part in self.parts:
            yield from part.bundles()


Node = Some | Fixed | Every | Either


_ALLOWED = (ALLOW, "")
_DENIED = (EXPLICIT_DENY, "")
_OPEN = (None, "")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The whole: any of `denies` refuses; every ceiling must allow; `grant` must grant."""

    denies: Bundle
    ceilings: tuple[Node, ...]
    grant: Node
    never_denied: bool = False
    needed: tuple[Node, ...] = field(init=False)
    asks: tuple[tuple[Node, Ask], ...] = field(init=False)

    def __post_init__(self) -> None:
        needed = (*self.ceilings, self.grant)
        object.__setattr__(self, "needed", needed)
        asks = tuple((node, node.bundle.ask if isinstance(node, Some) else node.ask) for node in needed)
        object.__setattr__(self, "asks", asks)

    def ask(self, match: Match, facts: Facts, resource: str) -> tuple[Outcome | None, str]:
        """The outcome and, for an implicit deny, the policy type that does not allow; no outcome when it is open.

        A ceiling that is silent settles the outcome though another is open; an open deny leaves it open.
        """
        if self.never_denied:
            return _ALLOWED
        denied = self.denies.ask(match, facts, resource)
        if denied:
            return _DENIED
        if denied is None:
            return _OPEN
        is_open = False
        for node, ask in self.asks:
            got = ask(match, facts, resource)
            if got is False:
                return IMPLICIT_DENY, node.failing(match, facts, resource)
            is_open = is_open or got is None
        return _OPEN if is_open else _ALLOWED

    def conceivable(self, match: Match, facts: Facts, resource: str) -> frozenset[Outcome]:
        """The outcomes that what is known leaves room for, whatever the rest may be."""
        if self.never_denied:
            return frozenset((ALLOW,))
        denied = self.denies.ask(match, facts, resource)
        answers = [ask(match, facts, resource) for _, ask in self.asks]
        found = set() if denied is False else {EXPLICIT_DENY}
        if denied is not True:
            found |= set() if False in answers else {ALLOW}
            found |= set() if all(answer is True for answer in answers) else {IMPLICIT_DENY}
        return frozenset(found)

    def bundles(self) -> Iterator[tuple[str, Bundle]]:
        """Every Allow in it by policy type, in the order in which they are asked."""
        for node in self.needed:
            yield from node.bundles()
