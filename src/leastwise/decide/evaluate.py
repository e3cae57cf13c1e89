"""One request and everything that binds it, to one decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from leastwise.decide.changes import Change, changes
from leastwise.decide.explain import Explanation, Turn, asked, explained, not_considered, turns
from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import PolicySet
from leastwise.decide.residual import Residual, residual
from leastwise.decide.settle import Settled, bound, searched
from leastwise.decide.shape import matched
from leastwise.model.decision import DEPENDS, Completion, Determining, Outcome, Rung
from leastwise.model.request import Request
from leastwise.model.switches import DEFAULT, Switches


def evaluate(request: Request, policies: PolicySet, *, switches: Switches = DEFAULT) -> Decision:
    """The decision on one request; it explains itself when asked.

    DEPENDS only where two completions of what is not known give two outcomes. Raises RequestError for a request that no
    caller of AWS could make. Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or
    deny access".
    """
    facts = RequestFacts(request, switches)
    shape = bound(policies, switches).shape(
        facts, request.resource_in_management_account or request.resource_is_aws_managed
    )
    outcome, label = shape.ask(matched, facts, facts.resource)
    if outcome is not None:
        return Decision(outcome, label, request, policies, switches)
    found = searched(request, shape, switches)
    return Decision(found.outcome, found.label, request, policies, switches, found)


def evaluate_many(
    requests: Iterable[Request], policies: PolicySet, *, switches: Switches = DEFAULT
) -> Iterator[Decision]:
    """The decision on each request, in their order, under policies compiled once."""
    shape_of = bound(policies, switches).shape
    for request in requests:
        facts = RequestFacts(request, switches)
        is_out_of_reach = request.resource_in_management_account or request.resource_is_aws_managed
        shape = shape_of(facts, is_out_of_reach)
        outcome, label = shape.ask(matched, facts, facts.resource)
        if outcome is not None:
            yield Decision(outcome, label, request, policies, switches)
        else:
            found = searched(request, shape, switches)
            yield Decision(found.outcome, found.label, request, policies, switches, found)


class Decision(msgspec.Struct, eq=False, gc=False):
    """What becomes of one request. How it came about is worked out when it is asked for."""

    outcome: Outcome
    label: str
    request: Request
    policies: PolicySet
    switches: Switches
    settled: Settled | None = None
    explained: Explanation | None = None

    def __repr__(self) -> str:
        return f"Decision({self.outcome}, {self.request.action} on {self.request.resource})"

    @property
    def explanation(self) -> Explanation:
        """Determining statements and ladder."""
        if self.explained is None:
            settled = self.settled or Settled(self.outcome, self.label)
            self.explained = explained(self.request, self.policies, self.switches, settled)
        return self.explained

    @property
    def settled_by(self) -> str:
        """The policy type that settled it; `none` when none had to, empty when it depends."""
        return self.explanation.settled_by

    @property
    def determining(self) -> tuple[Determining, ...]:
        """The statements that settled it; none in an implicit deny."""
        return self.explanation.determining

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Each policy type that was given, and what it says."""
        return self.explanation.ladder

    @property
    def completions(self) -> tuple[Completion, ...]:
        """When something is open, every outcome that is possible, each with what would have to be for it."""
        search = self.settled.search if self.settled else None
        return tuple(search.found.values()) if search else ()

    @property
    def possible(self) -> tuple[Outcome, ...]:
        """The outcomes that are possible."""
        return tuple(one.outcome for one in self.completions) or (self.outcome,)

    @property
    def is_every_outcome_told(self) -> bool:
        """Whether no other outcome is possible; a search through very many unknowns stops before it knows."""
        search = self.settled.search if self.settled else None
        return search is None or search.is_complete

    @property
    def residual(self) -> Residual | None:
        """The condition left under which the request is allowed; None when nothing is left open."""
        if self.outcome is not DEPENDS:
            return None
        one = asked(self.request, self.policies, self.switches)
        return residual(one.shape, one.facts, self.possible)

    @property
    def not_considered(self) -> tuple[str, ...]:
        """What could still change the outcome and was not given."""
        return not_considered(self.request, self.policies, self.switches)

    @property
    def turns_on(self) -> tuple[Turn, ...]:
        """The switches on which the outcome turns."""
        return turns(self.request, self.policies, self.switches, self.outcome)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The smallest changes of context or policies that would change whether the request is allowed."""
        return changes(self.request, self.policies, self.switches, self.outcome)
