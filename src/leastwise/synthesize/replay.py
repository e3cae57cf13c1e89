"""Every observed request decided again under policies that are to be tried: what would break, and what cannot be told.

A request that was allowed was let through by every policy type, so that only what the candidate changes can break it.
Where a snapshot is at hand, everything that binds the request today is asked as well: a resource's own policy may allow
what an identity policy no longer does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue
from leastwise.decide.policies import PolicySet
from leastwise.model.decision import Determining
from leastwise.model.errors import InputError, RequestError
from leastwise.model.request import ContextValue, Principal
from leastwise.synthesize.asking import Answer, Asking, joined
from leastwise.synthesize.grants import Names, names_in
from leastwise.synthesize.trial import Trial
from leastwise.usage.distinct import Apart, Distinct, actions_of, distinct
from leastwise.usage.observed import EVERYTHING, Observed, Window
from leastwise.usage.outcomes import DENIED, FAILED, SUCCEEDED
from leastwise.usage.told import ALL_KEYS, IN_REQUEST, TIMES, columns_for, context_told, needed

Verdict = Literal["allowed", "breaks", "undecided", "denied already", "stays denied", "newly allowed"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "allowed",
    "breaks",
    "undecided",
    "denied already",
    "stays denied",
    "newly allowed",
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What becomes of equal requests, and by what; `keys` are the context keys on which it turns.

    With `is_any`, `resource` is one of several on which it comes to the same. `was_denied` tells the end in the log.
    """

    verdict: Verdict
    request: Distinct
    was_denied: bool
    by: tuple[Determining, ...] = ()
    reason: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replay:
    """What would become of all requests of a window.

    `requests` and `calls` count by verdict, `accounts` the calls by account and verdict: that of the principal, for
    RCPs that of the resource where it is known. `rows` are those whose verdict is neither `allowed` nor `stays denied`,
    those with most calls first. `left_out` counts calls that were not replayed, by reason; `notes` say what was not
    looked at.
    """

    requests: Mapping[Verdict, int]
    calls: Mapping[Verdict, int]
    rows: tuple[Replayed, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    first: datetime | None = None
    last: datetime | None = None
    accounts: Mapping[tuple[str, Verdict], int] = field(default_factory=dict)

    @property
    def breaks(self) -> tuple[Replayed, ...]:
        """What would be denied from now on."""
        return self.of("breaks")

    def of(self, verdict: Verdict) -> tuple[Replayed, ...]:
        """The rows of one verdict."""
        return tuple(one for one in self.rows if one.verdict == verdict)


@dataclass(frozen=True, slots=True)
class Options:
    """Which requests: the window, one principal or all, and the ends of calls that count as needed."""

    window: Window = EVERYTHING
    principal: str = ""
    outcomes: frozenset[str] = frozenset({SUCCEEDED})


def replay(observed: Observed, trial: Trial, *, catalogue: Catalogue, options: Options) -> Replay:
    """What becomes of every request of the window; raises StoreError when the store cannot be read."""
    return decided(requests(observed, trial, options), trial, catalogue=catalogue)


@dataclass(frozen=True)
class Requests:
    """The requests of a window: those that must still be allowed, and those that were denied, with what names mean.

    `failed` counts the calls that ended otherwise. `finer` gives those that must still be allowed for some actions,
    told apart by all that the log tells; None where they are so already.
    """

    needed: Sequence[Distinct]
    denied: Sequence[Distinct]
    apart: Apart
    names: Names
    failed: int = 0
    finer: Callable[[Collection[str]], Requests] | None = None


def decided(asked: Requests, trial: Trial, *, catalogue: Catalogue) -> Replay:
    """What becomes of the requests."""
    names = asked.names if trial.estate is None else replace(asked.names, inventory=frozenset(trial.estate.resources))
    work = _Work(trial, Asking(names, catalogue, trial.estate))
    keys = needed(trial.keys) | ALL_KEYS
    facts = _Facts.of(asked.apart, keys, asked.apart.columns)
    left = [one for one in asked.needed if not work.was_allowed(one, facts, is_final=asked.finer is None)]
    if left and asked.finer is not None:
        finer = asked.finer(frozenset(one.action.lower() for one in left))
        told = {(one.principal, one.action, one.resource if not one.is_any else "") for one in left}
        work.asking.names = replace(finer.names, inventory=names.inventory)
        finer_facts = _Facts.of(finer.apart, keys, finer.apart.columns)
        for one in finer.needed:
            if not told.isdisjoint({(one.principal, one.action, one.resource), (one.principal, one.action, "")}):
                work.was_allowed(one, finer_facts, is_final=True)
    denied_facts = _Facts.of(asked.apart, keys, asked.apart.every_column)
    for one in asked.denied:
        work.was_denied(one, denied_facts)
    if asked.failed:
        work.left_out["failed for a reason other than a denial"] = asked.failed
    return Replay(
        dict(work.requests),
        dict(work.calls),
        tuple(work.rows),
        dict(work.left_out),
        tuple(_notes(trial)),
        work.first,
        work.last,
        dict(work.accounts),
    )


_EVERY: Final = tuple(sorted(ALL_KEYS))


def requests(observed: Observed, trial: Trial, options: Options, columns: Sequence[str] | None = None) -> Requests:
    """The requests of a window, told apart by what the candidate reads; with `columns`, by these."""
    if columns is not None:
        return _requests(observed, Apart(tuple(columns), None, not trial.keys.isdisjoint(TIMES)), options)
    keys = needed(trial.keys)
    told = columns_for(sorted(keys))
    every = columns_for([*_EVERY, *sorted(keys), IN_REQUEST])
    names = actions_of(observed, options.window, sorted(options.outcomes), options.principal)
    apart = Apart(
        told,
        trial.scoped(names),
        not trial.keys.isdisjoint(TIMES),
        tuple(column for column in every if column not in told),
    )
    found = _requests(observed, apart, options)
    if trial.estate is None or (trial.candidate.is_of_ceilings_alone and not trial.candidate.rcps):
        return found
    fine = Apart(every, None, apart.by_hour)
    return replace(found, finer=lambda actions: _requests(observed, fine, options, actions))


def _requests(observed: Observed, apart: Apart, options: Options, actions: Collection[str] | None = None) -> Requests:
    found = distinct(
        observed,
        apart,
        outcomes=sorted({*options.outcomes, FAILED, *(() if actions is not None else (DENIED,))}),
        window=options.window,
        principal=options.principal,
        actions=actions,
    )
    return Requests(
        tuple(one for one in found if one.outcome in options.outcomes),
        tuple(one for one in found if one.outcome == DENIED),
        apart,
        names_in(observed, {}, frozenset(one.how for one in found)),
        sum(one.events for one in found if one.outcome == FAILED and FAILED not in options.outcomes),
    )


def _order(one: Replayed) -> tuple[int, int, str, str, str]:
    request = one.request
    return VERDICTS.index(one.verdict), -request.events, request.principal, request.action, request.resource


@dataclass
class _Facts:
    """What the rows of one question tell of the keys that were asked for, each row's facts read once."""

    apart: Apart
    keys: tuple[str, ...]
    _read: dict[tuple[object, ...], Mapping[str, ContextValue]] = field(default_factory=dict)

    @classmethod
    def of(cls, apart: Apart, keys: Iterable[str], columns: Collection[str]) -> _Facts:
        """The keys of which these columns tell."""
        held = frozenset(columns)
        return cls(apart, tuple(sorted(key for key in keys if held.issuperset(columns_for([key])))))

    def context(self, one: Distinct, when: datetime | None = None) -> Mapping[str, ContextValue]:
        """The context of a request, at a time where that counts."""
        key = (one.facts, when)
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = context_told(self.keys, self.apart.row(one), when)
        return found

    def times(self, one: Distinct) -> tuple[datetime | None, ...]:
        """The times at which a request has to be asked."""
        return (one.first, one.last) if self.apart.by_hour else (None,)


@dataclass
class _Work:
    """The replay in the making; equal questions are asked once."""

    trial: Trial
    asking: Asking
    requests: Counter[Verdict] = field(default_factory=Counter)
    calls: Counter[Verdict] = field(default_factory=Counter)
    accounts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    _rows: dict[tuple[object, ...], Replayed] = field(default_factory=dict)
    _counted: set[int] = field(default_factory=set)
    _answers: dict[tuple[object, ...], Answer] = field(default_factory=dict)
    _principals: dict[str, Principal | None] = field(default_factory=dict)

    def was_allowed(self, one: Distinct, facts: _Facts, *, is_final: bool) -> bool:
        """Takes in a request that must still be allowed; False where more has to be known of it, unless it is final."""
        who = self._asker(one)
        if who is None:
            return True
        answer = None if self.trial.keeps(who, one.action) else self._alone(who, one, facts)
        is_of_ceilings = self.trial.candidate.is_of_ceilings_alone
        if answer is None or answer.is_allowed:
            self._count("allowed", one)
        elif self.trial.estate is None or (is_of_ceilings and not answer.is_open):
            self._add("undecided" if answer.is_open else "breaks", one, answer)
        elif is_final:
            self._asked_of_all(who, one, facts, answer)
        else:
            return False
        return True

    def _asked_of_all(self, who: Principal, one: Distinct, facts: _Facts, alone: Answer) -> None:
        """Asks everything that binds the request, where the candidate alone does not allow it."""
        before, after = self._wholes(who, one, facts)
        if after.is_allowed:
            self._count("allowed", one)
        elif after.is_open:
            self._add("undecided", one, alone if alone.is_open else after)
        else:
            is_already = not before.is_open and not before.is_allowed
            self._add("denied already" if is_already else "breaks", one, after)

    def was_denied(self, one: Distinct, facts: _Facts) -> None:
        """Takes in a request that was denied."""
        who = self._asker(one)
        if who is None:
            return
        answer = self._anew(who, one, facts)
        if answer is None or not (answer.is_allowed or answer.is_open):
            self._count("stays denied", one)
        else:
            self._add("newly allowed" if answer.is_allowed else "undecided", one, answer, was_denied=True)

    def _anew(self, who: Principal, one: Distinct, facts: _Facts) -> Answer | None:
        """The answer to a request that was denied; None where the candidate changes nothing for it."""
        if self.trial.estate is None:
            return self._alone(who, one, facts) if self._may_be_by_it(one) else None
        if not self._is_eased(who, one, facts):
            return None
        before, after = self._wholes(who, one, facts)
        return None if before.is_allowed or (before.is_open and after.is_open) else after

    def _may_be_by_it(self, one: Distinct) -> bool:
        """Whether what denied it may be of a type that is tried; newer logs name the type."""
        types = self.trial.candidate.types
        if not one.denied_by:
            return "identity" in types
        return any(_DENIED_BY[kind] == one.denied_by for kind in types)

    def _is_eased(self, who: Principal, one: Distinct, facts: _Facts) -> bool:
        """Whether the candidate may let through what the policies in its place do not."""
        if not self.trial.candidate.is_of_ceilings_alone:
            return True
        before, after = self.trial.ceilings(who, self._owner(one))
        if before is None or after is None:
            return False
        if self._asked(who, one, facts, before).is_allowed:
            return False
        is_now = self._asked(who, one, facts, after)
        return is_now.is_allowed or is_now.is_open

    def _asker(self, one: Distinct) -> Principal | None:
        if one.first is not None:
            self.first = min(self.first or one.first, one.first)
        if one.last is not None:
            self.last = max(self.last or one.last, one.last)
        name = one.principal
        if name not in self._principals:
            self._principals[name] = self._found(name)
        if self._principals[name] is None:
            self.left_out[f"by a principal of type {one.principal_type or 'Unknown'}"] += one.events
        return self._principals[name]

    def _found(self, name: str) -> Principal | None:
        try:
            return self.trial.estate.principal(name) if self.trial.estate else Principal.of(name)
        except RequestError:
            return None
        except InputError:
            return Principal.of(name)  # it is no longer there; its calls are as they were

    def _alone(self, who: Principal, one: Distinct, facts: _Facts) -> Answer | None:
        """The answer of what the candidate changes; None where it changes nothing for the request."""
        policies = self.trial.alone(who, self._owner(one))
        return None if policies is None else self._asked(who, one, facts, policies)

    def _asked(self, who: Principal, one: Distinct, facts: _Facts, policies: PolicySet) -> Answer:
        asker = who.arn if self.trial.reads_principals else (who.is_service_linked, who.in_management_account)
        on = ("", "") if one.is_any else (one.resource, one.how)
        times = facts.times(one)
        key = (id(policies), asker, one.action, on, one.facts, times)
        found = self._answers.get(key)
        if found is None:
            known = self.trial.derived(who, self._owner(one))
            answers = [self.asking.ask(who, one, policies, {**facts.context(one, when), **known}) for when in times]
            found = self._answers[key] = joined(answers)
        return found

    def _account(self, one: Distinct) -> str:
        """Whose policies are tried on it: the principal's account, for RCPs that of the resource."""
        who = self._principals[one.principal]
        return (self._owner(one) if self.trial.candidate.rcps else "") or (who.account if who else "")

    def _owner(self, one: Distinct) -> str:
        estate = self.trial.estate
        return (estate.owner(one.resource) or "") if estate and self.trial.reads_owners and not one.is_any else ""

    def _wholes(self, who: Principal, one: Distinct, facts: _Facts) -> tuple[Answer, Answer]:
        """The answers of everything that binds the request, today and with the candidate."""
        before: list[Answer] = []
        after: list[Answer] = []
        for when in facts.times(one):
            context = facts.context(one, when)
            for on in self.asking.places(one, who):
                binding, tried = self.trial.whole(who, one.action, on.resource, context)
                before.append(self.asking.at(on, who, one, binding.policies, binding.request.context))
                after.append(self.asking.at(on, who, one, tried, binding.request.context))
        return joined(before, one), joined(after, one)

    def _count(self, verdict: Verdict, one: Distinct) -> None:
        self.calls[verdict] += one.events
        self.accounts[self._account(one), verdict] += one.events
        request = hash((verdict, one.principal, one.action, "" if one.is_any else one.resource))
        if request not in self._counted:
            self._counted.add(request)
            self.requests[verdict] += 1

    def _add(self, verdict: Verdict, one: Distinct, answer: Answer, *, was_denied: bool = False) -> None:
        self._count(verdict, one)
        by = answer.decision.determining if answer.decision and not answer.is_open else ()
        on = "" if one.is_any else one.resource
        places = tuple((found.policy_type, found.policy, found.index) for found in by)
        key = (verdict, was_denied, one.principal, one.action, on, places, answer.told)
        before = self._rows.get(key)
        joint = one if before is None else _together(before.request, one)
        self._rows[key] = Replayed(verdict, joint, was_denied, by, answer.told, answer.keys)

    @property
    def rows(self) -> list[Replayed]:
        """What is not as it was, those with most calls first."""
        return sorted(self._rows.values(), key=_order)


def _together(one: Distinct, other: Distinct) -> Distinct:
    """Two requests that differ in nothing but facts on which nothing turned."""
    firsts = [time for time in (one.first, other.first) if time is not None]
    lasts = [time for time in (one.last, other.last) if time is not None]
    return replace(
        one, events=one.events + other.events, first=min(firsts, default=None), last=max(lasts, default=None)
    )


_DENIED_BY: Final[Mapping[str, str]] = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "scp": "service control policy",
    "rcp": "resource control policy",
}


def _notes(trial: Trial) -> Iterator[str]:
    if trial.estate is None:
        yield "there is no snapshot: resource policies and the policies beside the candidate were not looked at"
    yield "session policies were not looked at: no log holds them"
