"""What principals at work are granted and used, where the logs would show it: the ground for saying what is unused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.estate.documents import Parsed
from leastwise.findings.idle import Idle, is_for_emergencies
from leastwise.findings.per_policy import PerPolicy
from leastwise.findings.power import is_asked
from leastwise.findings.scene import Scene, account_of, day_of
from leastwise.findings.weights import by_service
from leastwise.model.policy import Statement
from leastwise.prove.actions import action_index
from leastwise.synthesize.prune import Unseen

_PASSING: Final = "iam:PassRole"


@dataclass(frozen=True, slots=True)
class AtWork:
    """A principal with the known actions that it is granted, used, and whose use its account's logs cannot show.

    `services` are the prefixes that it used in any way that is known; all counts are of the window.
    """

    holder: Holder
    granted: int
    used: int
    hidden: int
    services: frozenset[str]
    evidence: tuple[str, ...]


def at_work(scene: Scene) -> tuple[AtWork, ...]:
    """Every principal at work that is older than the window, where the logs cover the window; none without logs.

    Idle principals are not among them, nor service-linked roles, nor those for emergencies. What policies grant that
    are not known is not counted.
    """
    return tuple(_each(scene)) if scene.used is not None else ()


def _each(scene: Scene) -> Iterator[AtWork]:
    hidden = _Hidden(scene)
    for arn, holder in sorted(scene.estate.holders.items()):
        age, account = scene.age(holder), account_of(arn)
        is_ripe = is_asked(arn) and scene.is_covered(account) and (age is None or age > scene.settings.days)
        if is_ripe and not is_for_emergencies(scene, arn) and scene.once(Idle).is_at_work(holder):
            yield _of(scene, holder, hidden)


def _of(scene: Scene, holder: Holder, hidden: _Hidden) -> AtWork:
    index = action_index()
    names = {one.action for one in scene.uses.get(holder.arn, ()) if one.last >= scene.window_first}
    told, services = _accessed(scene, holder.arn)
    places = [place for name in (*names, *told) if (place := index.index_of(name)) is not None]
    used = reduce(or_, (1 << place for place in places), 0)
    prefixes = {name.partition(":")[0].lower() for name in (*names, *told)} | services
    known = scene.once(_known)
    read = reduce(or_, (known.of(parsed) for parsed in scene.estate.identity(holder)), 0)
    granted = scene.granted.bits(holder) & read
    unseen = hidden.of(account_of(holder.arn)) | hidden.passing(granted & of_services(prefixes))
    return AtWork(holder, granted, used, unseen, frozenset(prefixes), tuple(_evidence(scene, holder)))


def _known(_: Scene) -> PerPolicy[int]:
    return PerPolicy(_of_policy)


def _of_policy(parsed: Parsed) -> int:
    """The actions that a known policy grants."""
    allows = (one for one in parsed.policy.statements if one.effect == "Allow" and not parsed.fault)
    return reduce(or_, map(_granted, allows), 0)


def _granted(one: Statement) -> int:
    """The actions of an Allow; where it names no services, those of the services whose resources it names."""
    bits = action_index().bits_of_statement(one)
    is_wide = one.is_not_action or any(set("*?") & set(text.partition(":")[0]) for text in one.actions)
    named = {text.split(":", 3)[2] if text.count(":") > 2 else "*" for text in one.resources}
    if not is_wide or one.is_not_resource or any(name.lower() not in by_service() for name in named):
        return bits
    return bits & of_services(name.lower() for name in named)


def _accessed(scene: Scene, arn: str) -> tuple[set[str], set[str]]:
    """The actions and the services that last-accessed data tells as used in the window."""
    activity = scene.estate.snapshot.activity.get(account_of(arn))
    actions: set[str] = set()
    services: set[str] = set()
    for one in activity.last_accessed.get(arn, ()) if activity else ():
        services |= {one.service.lower()} if _is_within(scene, one.date) else set()
        actions |= {f"{one.service}:{name}" for name, text in one.actions.items() if _is_within(scene, text)}
    return actions, services


def _is_within(scene: Scene, text: str) -> bool:
    day = day_of(text)
    return day is not None and (scene.today - day).days <= scene.settings.days


def _evidence(scene: Scene, holder: Holder) -> Iterator[str]:
    assert scene.used is not None
    uses = [use for use in scene.uses.get(holder.arn, ()) if use.last >= scene.window_first]
    calls = sum(use.events for use in uses)
    yield f"window: {scene.settings.days} days up to {scene.today}; logs from {scene.day_name(scene.used.first)}"
    yield f"calls in the logs: {calls}, of {len({use.action for use in uses})} actions"
    activity = scene.estate.snapshot.activity.get(account_of(holder.arn))
    for one in scene.estate.identity(holder):
        if one.fault:
            yield f"not counted: {one.policy.name}: {one.fault}"
    has_accessed = activity is not None and holder.arn in activity.last_accessed
    yield "last-accessed data: counted as use" if has_accessed else "last-accessed data: the snapshot has none of it"


class _Hidden:
    """The actions whose use the logs of an account cannot show."""

    def __init__(self, scene: Scene) -> None:
        assert scene.used is not None
        self._scene = scene
        self._unmapped = scene.used.unmapped
        self._seen = self._of_accounts(scene)
        self._known: dict[frozenset[str], int] = {}

    def of(self, account: str) -> int:
        seen = self._seen.get(account, frozenset())
        if seen not in self._known:
            unseen = Unseen(seen, self._unmapped, self._scene.catalogue)
            self._known[seen] = _bits(name for name in action_index().names if unseen.why(name))
        return self._known[seen]

    def passing(self, reached: int) -> int:
        """That a role is passed, which no record tells, where it may do what needs it in services that it uses.

        IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
        """
        return action_index().bits_of(_PASSING) if reached & self._needing else 0

    @cached_property
    def _needing(self) -> int:
        """The actions that pass a role."""
        index, catalogue = action_index(), self._scene.catalogue
        known = ((name, catalogue.action(name)) for name in index.names)
        return _bits(name for name, one in known if one is not None and _PASSING in one.dependent_actions)

    def _of_accounts(self, scene: Scene) -> Mapping[str, frozenset[str]]:
        """The services of which each account's logs hold data events."""
        assert scene.used is not None
        found: dict[str, set[str]] = {}
        is_data: dict[str, bool] = {}
        for one in scene.used.uses:
            if one.action not in is_data:
                known = scene.catalogue.action(one.action)
                is_data[one.action] = known is not None and known.is_data_plane
            if is_data[one.action]:
                found.setdefault(account_of(one.principal), set()).add(one.action.partition(":")[0].lower())
        return {account: frozenset(names & scene.used.seen_data) for account, names in found.items()}


def _bits(names: Iterable[str]) -> int:
    places = (action_index().index_of(name) for name in names)
    return reduce(or_, (1 << place for place in places if place is not None), 0)


def of_services(names: Iterable[str]) -> int:
    """The known actions of these services."""
    return reduce(or_, (by_service().get(name, 0) for name in names), 0)
