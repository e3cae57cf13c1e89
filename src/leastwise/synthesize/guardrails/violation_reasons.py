"""Which policy type denied a logged call: as the log says, or as the snapshot's policies decide it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.model.decision import EXPLICIT_DENY, IMPLICIT_DENY
from leastwise.model.errors import InputError, RequestError
from leastwise.model.policy import Kind
from leastwise.model.request import ContextValue, Principal
from leastwise.synthesize.asking import Answer, Asking, joined
from leastwise.synthesize.grants import Names
from leastwise.usage.distinct import Apart, Distinct
from leastwise.usage.told import ALL_KEYS, IN_REQUEST, columns_for, context_told

By = Literal["log", "replay", "unknown"]
KIND_OF: Final[Mapping[str, Kind]] = {
    "service control policy": "scp",
    "resource control policy": "rcp",
    "permissions boundary": "boundary",
    "session policy": "session",
    "identity-based policy": "identity",
    "resource-based policy": "resource",
    "role trust policy": "trust",
    "VPC endpoint policy": "endpoint",
}
"""IAM User Guide, "Troubleshoot access denied error messages"."""

GUARDS: Final[tuple[Kind, ...]] = ("scp", "rcp", "boundary", "session")
"""Policy types that hold principals back, whatever grants them something."""

_KEYS: Final = tuple(sorted(ALL_KEYS))
COLUMNS: Final = columns_for([*_KEYS, IN_REQUEST])


@dataclass(frozen=True, slots=True)
class Reason:
    """What denied a call: the policy type, how, the policy as far as it is told, its statement, and who says so.

    `policy_type` is empty where that is not known; `told` says why.
    """

    policy_type: Kind | Literal[""] = ""
    denial: str = ""
    policy: str = ""
    statement: int | None = None
    by: By = "unknown"
    told: str = ""


@dataclass
class Reasons:
    """The reasons of denied calls, equal ones worked out once."""

    apart: Apart
    names: Names
    catalogue: Catalogue
    estate: Estate | None = None
    _known: dict[tuple[object, ...], Reason] = field(default_factory=dict)
    _contexts: dict[tuple[object, ...], Mapping[str, ContextValue]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asking = Asking(self.names, self.catalogue, self.estate)

    def of(self, one: Distinct) -> Reason:
        """The reason of a denied call."""
        kind = KIND_OF.get(one.denied_by)
        if kind is not None:
            return Reason(kind, one.denial, one.denying_policy or self._attached(kind, one), by="log")
        if self.estate is None:
            return Reason(told="the log does not say, and there is no snapshot to decide it again")
        key = (one.principal, one.action, one.resource, one.how, one.facts)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._replayed(one, self.estate)
        return found

    def _attached(self, kind: Kind, one: Distinct) -> str:
        """The policy, where there is only one of the type: a boundary."""
        who = self._asker(one.principal) if kind == "boundary" else None
        holder = self.estate.holder(who) if self.estate is not None and who is not None else None
        return (holder.boundary or "") if holder is not None else ""

    def _asker(self, name: str) -> Principal | None:
        if self.estate is None:
            return None
        try:
            return self.estate.principal(name)
        except InputError:
            return None

    def _replayed(self, one: Distinct, estate: Estate) -> Reason:
        try:
            who = estate.principal(one.principal)
        except RequestError:
            return Reason(told=f"no policy binds a principal of type {one.principal_type or 'Unknown'}")
        except InputError:
            return Reason(told="the principal is not in the snapshot")
        return _reason(self._answer(who, one, estate))

    def _answer(self, who: Principal, one: Distinct, estate: Estate) -> Answer:
        answers = []
        for on in self.asking.places(one, who):
            binding = binding_of(estate, who, one.action, on.resource, context=self.context(one, one.first))
            answers.append(self.asking.at(on, who, one, binding.policies, binding.request.context))
        return joined(answers, one)

    def context(self, one: Distinct, when: datetime | None) -> Mapping[str, ContextValue]:
        """What the log tells of the call."""
        key = (one.facts, when)
        found = self._contexts.get(key)
        if found is None:
            found = self._contexts[key] = context_told(_KEYS, self.apart.row(one), when)
        return found


def _reason(answer: Answer) -> Reason:
    decision = answer.decision
    if decision is None or answer.outcome not in (EXPLICIT_DENY, IMPLICIT_DENY):
        told = answer.told if answer.is_open else "the snapshot's policies allow it"
        return Reason(told=told or "the log does not settle it")
    if answer.outcome is EXPLICIT_DENY and decision.determining:
        first = decision.determining[0]
        kind = first.policy_type
        return Reason(_kind(kind), "explicit", first.policy, first.index, by="replay")
    return Reason(_kind(decision.settled_by), "implicit", by="replay", told=answer.told)


def _kind(text: str) -> Kind | Literal[""]:
    return next((kind for kind in KIND_OF.values() if kind == text), "")
