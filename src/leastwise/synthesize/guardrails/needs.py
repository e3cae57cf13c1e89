"""What principals needed as a boundary has to let it through: actions with their calls, and what no log can show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.language.matching import names_action
from leastwise.model.policy import Policy
from leastwise.prove.actions import action_index
from leastwise.synthesize.evidence import calls_of
from leastwise.synthesize.propose import Options, rests_of
from leastwise.synthesize.prune import Unseen
from leastwise.usage.first_uses import first_uses
from leastwise.usage.observed import Observed, Use, Window


@dataclass(frozen=True, slots=True)
class Need:
    """An action that was used: by how many calls, of how many principals, when."""

    action: str
    calls: int
    principals: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Needs:
    """All that was needed. `hidden` are actions that are granted and that no log can show, with the reason.

    `on` are the resources of those actions of which a boundary should name them, as policies have them. `silent` are
    the principals of whom there is no call.
    """

    used: tuple[Need, ...]
    on: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, str]
    silent: tuple[str, ...]
    calls: int
    first: datetime | None
    last: datetime | None

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that has to be let through."""
        return tuple(sorted({*(one.action for one in self.used), *self.hidden}, key=str.lower))


def needs_of(
    observed: Observed,
    principals: Sequence[str],
    *,
    estate: Estate | None,
    catalogue: Catalogue,
    window: Window,
    outcomes: Collection[str],
) -> Needs:
    """What these principals needed; raises StoreError when the store cannot be read."""
    held = frozenset(observed.names(window))
    uses = {one: observed.uses(one, window) for one in principals if one in held}
    by_action: dict[str, list[tuple[str, Use]]] = defaultdict(list)
    for name, found in uses.items():
        for use in found:
            if use.outcome in outcomes and use.kind == "mapped" and use.action:
                by_action[use.action].append((name, use))
    counted = [use for several in by_action.values() for _, use in several]
    hidden = {} if estate is None else dict(_hidden(observed, estate, catalogue, window, uses, principals))
    options = Options(window=window, outcomes=frozenset(outcomes))
    grants = [grant for one in uses for grant in rests_of(observed, one, catalogue=catalogue, options=options)]
    on: dict[str, set[str]] = {}
    for name in BECOMING:
        if name in by_action:
            on[name] = {grant.resource for grant in grants if grant.action == name}
        elif name in hidden and estate is not None:
            on[name] = set(_granted_on(estate, principals, name))
    return Needs(
        tuple(_need(action, by_action[action]) for action in sorted(by_action, key=str.lower)),
        {name: tuple(sorted(resources)) for name, resources in on.items()},
        {action: why for action, why in sorted(hidden.items()) if action not in by_action},
        tuple(one for one in principals if one not in held),
        calls_of(counted),
        min((one.first for one in counted if one.first), default=None),
        max((one.last for one in counted if one.last), default=None),
    )


BECOMING: Final = ("iam:PassRole", "sts:AssumeRole")
"""The actions by which a principal comes to act as a role, of which a boundary names the roles."""


def _granted_on(estate: Estate, principals: Iterable[str], action: str) -> Iterator[str]:
    """The resources on which the principals' own policies allow the action."""
    for arn in principals:
        holder = estate.holder(estate.principal(arn))
        for parsed in () if holder is None else estate.identity(holder):
            for one in parsed.policy.statements:
                if one.effect == "Allow" and names_action(one, action.lower()):
                    yield from ("*",) if one.is_not_resource else one.resources


def _need(action: str, uses: Sequence[tuple[str, Use]]) -> Need:
    own = [use for _, use in uses]
    return Need(
        action,
        calls_of(own),
        len({name for name, _ in uses}),
        min((one.first for one in own if one.first), default=None),
        max((one.last for one in own if one.last), default=None),
    )


def _hidden(
    observed: Observed,
    estate: Estate,
    catalogue: Catalogue,
    window: Window,
    uses: Mapping[str, Sequence[Use]],
    principals: Iterable[str],
) -> Iterator[tuple[str, str]]:
    """What is granted and would not show in the logs of its account, of services that are named or that were used."""
    seen = _data_seen(observed, catalogue, window)
    for arn in principals:
        holder = estate.holder(estate.principal(arn))
        if holder is None:
            continue
        own = uses.get(arn, ())
        unmapped = frozenset(one.event_source.partition(".")[0] for one in own if one.kind == "unmapped")
        unseen = Unseen(seen.get(arn.split(":")[4], frozenset()), unmapped, catalogue)
        prefixes = {one.action.partition(":")[0] for one in own if one.action}
        for action in _granted([one.policy for one in estate.identity(holder)], prefixes):
            why = unseen.why(action)
            if why:
                yield action, why


def _data_seen(observed: Observed, catalogue: Catalogue, window: Window) -> Mapping[str, frozenset[str]]:
    """By account, the services of which the logs hold data events."""
    found: dict[str, set[str]] = defaultdict(set)
    for use in first_uses(observed, window):
        known = catalogue.action(use.action)
        if known is not None and known.is_data_plane and use.principal.count(":") >= _COLONS:
            found[use.principal.split(":")[4]].add(use.action.partition(":")[0])
    return {account: frozenset(prefixes) for account, prefixes in found.items()}


_COLONS = 5


def _granted(policies: Iterable[Policy], prefixes: Collection[str]) -> tuple[str, ...]:
    """The actions that the policies allow by a name of their own, or by a pattern where the service was used."""
    index, bits = action_index(), 0
    used = 0
    for prefix in prefixes:
        used |= index.bits_of(f"{prefix}:*")
    for policy in policies:
        for one in policy.statements:
            if one.effect == "Allow":
                named = [text for text in one.actions if not set(text) & {"*", "?"}] if not one.is_not_action else []
                for text in named:
                    bits |= index.bits_of(text)
                bits |= index.bits_of_statement(one) & used
    return index.told(bits)
