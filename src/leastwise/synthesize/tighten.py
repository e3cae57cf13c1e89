"""A proposal held against what the principal is granted today: written anew and pruned, replayed and proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import takes_resource_tags
from leastwise.estate.excerpt import excerpt
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.synthesize.buffer import COSTS
from leastwise.synthesize.change import Change, change, rare
from leastwise.synthesize.conditions import KEYS, Kind, calls_of, conditioned, with_resource_tags, with_tags
from leastwise.synthesize.fitting import Fitted, fit_policy
from leastwise.synthesize.generalise import counter_evidence
from leastwise.synthesize.grants import Grant
from leastwise.synthesize.judge import Judged, judged
from leastwise.synthesize.propose import Options, Proposal, propose, rests_of
from leastwise.synthesize.prune import Kept, Pruned, Unseen, pruned
from leastwise.synthesize.replay import Options as ReplayOptions
from leastwise.synthesize.replay import Requests, requests
from leastwise.synthesize.sparing import Sparing, sparing
from leastwise.synthesize.today import Granted, Today, today
from leastwise.synthesize.trial import Candidate, Trial, keys_of
from leastwise.synthesize.wildcards import Wildcard
from leastwise.usage.distinct import Apart, distinct
from leastwise.usage.first_uses import first_uses
from leastwise.usage.observed import Observed, Use
from leastwise.usage.told import IN_REQUEST, columns_for, needed

Way = Literal["written", "pruned"]


@dataclass(frozen=True, slots=True)
class Named:
    """A policy of a proposal; `source` is the one of today's that it takes the place of, if any."""

    name: str
    policy: Policy
    source: Granted | None = None


@dataclass(frozen=True)
class Tightened:
    """Policies for a principal with what shows that they are safe.

    `kept` stays though nobody is seen to use it; `unsure` are wide patterns of today's under which something goes that
    no log could show; `sparing` is what was found out about the rest that goes. `change` is None where today's policies
    are not known. `asked` is what was replayed. `others` are those who share the policies, each judged by itself,
    `wildcards` the action patterns that it took to fit.
    `unused_matches` are known resources that a pattern of the proposal names and that nobody of them used.
    """

    way: Way
    proposal: Proposal
    policies: tuple[Named, ...]
    judged: Judged
    asked: Requests
    today: Today | None = None
    change: Change | None = None
    kept: tuple[Kept, ...] = ()
    unsure: tuple[str, ...] = ()
    others: tuple[tuple[str, Judged], ...] = ()
    wildcards: tuple[Wildcard, ...] = ()
    unused_matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sparing: Sparing | None = None

    @property
    def is_proved(self) -> bool:
        """Whether it is proved that nothing new is granted."""
        return self.judged.proof is not None and self.judged.proof.holds


@dataclass(frozen=True)
class Ground:
    """What a proposal is made from besides the use: the estate, if there is a snapshot, and the service data."""

    catalogue: Catalogue
    data_seen: frozenset[str]
    estate: Estate | None = None


def tightened(
    observed: Observed,
    principal: str,
    *,
    ground: Ground,
    options: Options,
    way: Way | None = None,
    conditions: Sequence[Kind] = (),
) -> Tightened:
    """The proposal in one way; without one, in the way that is proved and changes fewer lines of today's policies.

    `conditions` are the kinds of conditions that what is written anew gets where the calls bear them out.
    """
    known = frozenset(ground.estate.resources) if ground.estate is not None else options.inventory
    work = _Work(observed, principal, ground, replace(options, inventory=known), tuple(conditions))
    if options.group:
        return work.shared()
    if work.today is None:
        return work.written()
    if way is not None:
        return work.pruned() if way == "pruned" else work.written()
    if not work.today.is_known:
        return work.written()
    ways = [work.pruned(), work.written()]
    told = ways[0].sparing.told if ways[0].sparing else frozenset()
    keeps_use = any(one.reason in told for one in ways[0].kept)
    return min(ways, key=lambda one: _cost(one, keeps_use and one.way == "written"))


def _cost(one: Tightened, forgets_use: bool) -> tuple[bool, bool, bool, int]:
    return bool(one.judged.replay.breaks), not one.is_proved, forgets_use, one.change.size if one.change else 0


@dataclass(frozen=True)
class _Work:
    observed: Observed
    principal: str
    ground: Ground
    options: Options
    conditions: tuple[Kind, ...]

    @cached_property
    def today(self) -> Today | None:
        """The policies of the principal, where the snapshot holds it."""
        estate = self.ground.estate
        is_held = estate is not None and self.principal in estate.holders
        return today(estate, self.principal) if estate is not None and is_held else None

    @property
    def everyone(self) -> tuple[str, ...]:
        """It, and those of the group that shares the policies."""
        return tuple(dict.fromkeys((self.principal, *self.options.group)))

    @cached_property
    def uses(self) -> Sequence[Use]:
        """All that it did."""
        return self.observed.uses(self.principal, self.options.window)

    @cached_property
    def rests(self) -> Mapping[Grant, Sequence[Use]]:
        """What its calls needed."""
        return rests_of(self.observed, self.principal, catalogue=self.ground.catalogue, options=self.options)

    @cached_property
    def proposal(self) -> Proposal:
        """The policies written from use alone."""
        ground = self.ground
        found = propose(
            self.observed,
            self.principal,
            catalogue=ground.catalogue,
            data_seen=ground.data_seen,
            options=self.options,
        )
        return self._conditioned(found) if self.conditions else found

    def _conditioned(self, found: Proposal) -> Proposal:
        window, apart = self.options.window, Apart(columns_for([*KEYS, IN_REQUEST]))
        outcomes = sorted(self.options.outcomes)
        several = (
            distinct(self.observed, apart, outcomes=outcomes, window=window, principal=one) for one in self.everyone
        )
        rows = [row for found in several for row in found]
        days: dict[str, set[int]] = {}
        for one in (one for name in self.everyone for one in self.observed.daily(window, name)):
            days.setdefault(one.action, set()).add(one.day)
        counted = {action: len(several) for action, several in days.items()}
        tagged = with_tags(found, self._tags()) if "principal-tags" in self.conditions else found
        estate = self.ground.estate
        if "resource-tags" in self.conditions and estate is not None:
            tagged = with_resource_tags(tagged, estate.tags_of, takes_resource_tags, self._tags())
        return conditioned(tagged, calls_of(rows, apart), self.conditions, counted)

    def _tags(self) -> Mapping[str, str]:
        """The tags that everyone who gets the policies bears with the same value, as the snapshot has them."""
        estate = self.ground.estate
        holders = [estate.holders.get(name) if estate else None for name in self.everyone]
        tags = [set(one.tags.items()) if one else set() for one in holders]
        return dict(sorted(set.intersection(*tags)))

    def written(self) -> Tightened:
        """Written anew; with action wildcards only where the exact lists are more than can be attached."""
        found = self._written()
        return replace(found, unused_matches=self._unused_matches())

    def _unused_matches(self) -> Mapping[str, tuple[str, ...]]:
        """What the snapshot has against each pattern that stands for more than was seen."""
        used = {use.resource for name in self.everyone for use in self.observed.uses(name, self.options.window)}
        known = set(self.options.inventory) - used
        statements = (one for policy in self.proposal.policies for one in policy.statements)
        patterns = sorted({one.pattern for statement in statements for one in statement.widenings})
        matched = {pattern: counter_evidence(pattern, known) for pattern in patterns}
        return {pattern: found for pattern, found in matched.items() if found}

    def _written(self) -> Tightened:
        policies = [Named(one.name, parse_policy(one.document, name=one.name)) for one in self.proposal.policies]
        fitted = self._fitted([one.policy for one in policies]) if self.proposal.too_many else None
        if fitted is None:
            return self._tightened("written", policies, ())
        stem = policies[0].name.removesuffix("-1")
        named = [replace(one, name=f"{stem}-{place}") for place, one in enumerate(fitted.policies, 1)]
        found = self._tightened("written", [Named(one.name, one) for one in named], ())
        return replace(found, wildcards=fitted.wildcards)

    def _fitted(self, documents: Sequence[Policy]) -> Fitted | None:
        """The policies as many as can be attached, proved to mean the same; None where that cannot be had."""
        whole = replace(documents[0], statements=tuple(one for policy in documents for one in policy.statements))
        options = self.options
        try:
            found = fit_policy(
                whole, limit=options.limit, attachable=options.attachable, catalogue=self.ground.catalogue
            )
        except InputError:
            return None
        return found if found.fits else None

    def shared(self) -> Tightened:
        """Written anew for everyone of the group."""
        found = self.written()
        documents = [one.policy for one in found.policies]
        works = (_for(self, name) for name in self.everyone[1:])
        judged_by = tuple((one.principal, one.judged(documents)) for one in works)
        return replace(found, others=judged_by)

    def judged(self, documents: Sequence[Policy]) -> Judged:
        """The policies for this principal."""
        asked = self._asked(documents)
        return judged(documents, asked, self.ground.estate, self.today, self.ground.catalogue)

    def pruned(self) -> Tightened:
        """Today's policies, pruned and scoped."""
        assert self.today is not None
        unmapped = frozenset(one.event_source.partition(".")[0] for one in self.uses if one.kind == "unmapped")
        unseen = Unseen(self.ground.data_seen, unmapped, self.ground.catalogue)
        spared = self._spared(unseen)
        unseen = replace(unseen, elsewhere=spared.elsewhere, likely=spared.likely, services=spared.services)
        left = pruned(self.today.granted, self.rests, unseen)
        policies = [_named(one) for one in left if one.policy is not None]
        kept = tuple(each for one in left for each in one.kept)
        unsure = tuple(dict.fromkeys(text for one in left for text in one.unsure))
        return replace(self._tightened("pruned", policies, kept), unsure=unsure, sparing=spared)

    def _spared(self, unseen: Unseen) -> Sparing:
        """What else may be in use, by last-accessed data and by what the fleet did with grants of its own."""
        assert self.ground.estate is not None
        window = self.options.window
        return sparing(
            self.ground.estate,
            self.principal,
            unseen=unseen,
            uses=self.uses,
            firsts=first_uses(self.observed, replace(window, since=None)),
            window=window,
            newest=self.observed.newest(),
            cost=COSTS[self.options.buffer],
        )

    def _tightened(self, way: Way, policies: Sequence[Named], kept: tuple[Kept, ...]) -> Tightened:
        documents = [one.policy for one in policies]
        asked = self._asked(documents)
        found = judged(documents, asked, self.ground.estate, self.today, self.ground.catalogue)
        changed = self._change(documents, kept) if self.today else None
        return Tightened(way, self.proposal, tuple(policies), found, asked, self.today, changed, kept)

    def _asked(self, documents: Sequence[Policy]) -> Requests:
        """Its requests, told apart by what any policy that may bear on them reads."""
        estate = self.ground.estate
        keys = {key for policy in documents for key in keys_of(policy)}
        if estate is not None and self.today is not None:
            named = {use.denied_resource or use.resource for use in self.uses}
            keys |= set(keys_read(Estate(excerpt(estate, self.principal, named))))
        columns = columns_for([*sorted(needed(keys)), IN_REQUEST])
        asked = ReplayOptions(self.options.window, self.principal, self.options.outcomes)
        trial = Trial(Candidate(identity=tuple(documents)), estate)
        return requests(self.observed, trial, asked, columns)

    def _change(self, documents: Iterable[Policy], kept: Iterable[Kept]) -> Change:
        assert self.today is not None
        notes = {action: each.reason for each in kept for action in each.actions}
        removed, added = change(self.today.policies, documents, rests=self.rests, notes=notes)
        granted = frozenset(grant.action for grant in self.rests)
        days = self.observed.daily(self.options.window, self.principal)
        return Change(removed, added, rare(days, granted))


def _for(work: _Work, name: str) -> _Work:
    """The same for somebody else."""
    return _Work(work.observed, name, work.ground, work.options, work.conditions)


def _named(one: Pruned) -> Named:
    """What is left of a policy: under its name where it is the principal's alone, otherwise as one of its own."""
    assert one.policy is not None
    name = one.granted.name.rpartition("/")[2]
    named = name if one.granted.standing == "inline" or one.is_unchanged else f"{name}-scoped"
    return Named(named, replace(one.policy, name=named), one.granted)


def keys_read(estate: Estate) -> frozenset[str]:
    """The context keys, in lower case, that any policy of the estate reads."""
    return frozenset(key for policy in _policies(estate) for key in keys_of(policy))


def _policies(estate: Estate) -> Iterator[Policy]:
    for holder in estate.holders.values():
        yield from (one.policy for one in estate.identity(holder))
        boundary = estate.boundary(holder)
        if boundary is not None:
            yield boundary.policy
    for tree in estate.trees:
        yield from (estate.documents.of_organization(one).policy for one in tree.organization.policies)
    for _, held in estate.with_policies():
        yield from (estate.documents.of_resource(held, name).policy for name in held.policies)
