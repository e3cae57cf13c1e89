"""Which actions of a principal stay without being seen in use: told by last-accessed data, or by the fleet's record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import SENSITIVE, weight_of
from leastwise.estate.assemble import Estate
from leastwise.synthesize.accessed import NEVER_TRACKED, TRACKED, Accessed, service_uses
from leastwise.synthesize.holdings import Holding, holdings
from leastwise.synthesize.prune import Unseen
from leastwise.synthesize.removal import DENIAL_COST, Law, Unused, law, log_of, stays
from leastwise.usage.days import DAY
from leastwise.usage.first_uses import FirstUse
from leastwise.usage.observed import Use, Window

_SHOWN: Final = 8
_PASSING: Final = "iam:PassRole"


@dataclass(frozen=True)
class Sparing:
    """What stays unseen, by action in lower case with the reason, and what is worth knowing besides.

    `elsewhere` are actions that last-accessed data itself tells as used; `services` what it tells so of prefixes alone;
    `likely` are actions that may be in use. `asked` are sensitive actions that are not seen in use: no chance makes
    them stay. `notes` are facts, one a line.
    """

    elsewhere: Mapping[str, str]
    services: Mapping[str, str]
    likely: Mapping[str, str]
    asked: tuple[Unused, ...]
    notes: tuple[str, ...]

    @property
    def told(self) -> frozenset[str]:
        """The reasons that tell of use itself, not of a chance of it."""
        return frozenset({*self.elsewhere.values(), *self.services.values()})


def sparing(
    estate: Estate,
    principal: str,
    *,
    unseen: Unseen,
    uses: Sequence[Use],
    firsts: Sequence[FirstUse],
    window: Window,
    newest: datetime | None,
    cost: int = 0,
) -> Sparing:
    """What of a principal's policies to spare.

    `uses` are its own in the window, `firsts` those of everybody in all of the log, `cost` is that of a denial, the
    default where it is 0.
    """
    work = _Work.of(estate, principal, unseen, uses, firsts, window, newest)
    told = tuple(work.unused())
    likely = work.by_account() | work.by_service() | work.passing()
    for one in told:
        if stays(one, work.weight(one.action), cost=cost or DENIAL_COST) and work.weight(one.action) < SENSITIVE:
            likely.setdefault(one.action.lower(), str(one))
    accessed = work.accessed
    elsewhere = {action.lower(): reason for action, reason in accessed.actions.items()} if accessed else {}
    services = accessed.unexplained if accessed else {}
    kept = {*elsewhere, *likely}
    asked = tuple(one for one in told if work.weight(one.action) >= SENSITIVE and one.action.lower() not in kept)
    return Sparing(elsewhere, services, likely, asked, tuple(work.notes(told)))


@dataclass(frozen=True)
class _Work:
    own: Holding
    law: Law | str
    accessed: Accessed | None
    unseen: Unseen
    visible: _Visible
    used: Collection[str]

    @classmethod
    def of(
        cls,
        estate: Estate,
        principal: str,
        unseen: Unseen,
        uses: Sequence[Use],
        firsts: Sequence[FirstUse],
        window: Window,
        newest: datetime | None,
    ) -> _Work:
        end = _end(window, newest)
        log = log_of(firsts, end)
        fleet = holdings(estate, unseen.catalogue)
        own = next(one for one in fleet if one.principal == principal)
        begin = log.begin(own.account)
        if window.since is not None:
            begin = max(begin, int(window.since.timestamp()) // DAY)
        told = service_uses(estate, principal)
        accessed = None if told is None else Accessed(told, begin, end, *_logged(uses))
        level = _Levels(unseen.catalogue)
        visible = _Visible(unseen, firsts)
        found = law(fleet, firsts, log=log, level=level.of, is_visible=visible.there)
        used = frozenset(use.action.lower() for use in firsts if use.principal == principal)
        return cls(own, found, accessed, unseen, visible, used)

    def weight(self, action: str) -> int:
        return weight_of(action, self.unseen.catalogue)

    def unused(self) -> Iterator[Unused]:
        """What is named, not used, and would show in the log if it were."""
        if isinstance(self.law, str):
            return
        for action in self.own.actions:
            if action.lower() not in self.used and self.visible.there(self.own.account, action):
                yield self.law.unused(self.own, action)

    def by_account(self) -> dict[str, str]:
        """What only data events show, where other accounts have those of the service and this one has none."""
        hidden = (
            action
            for action in self.own.actions
            if not self.unseen.why(action) and not self.visible.there(self.own.account, action)
        )
        return {
            action.lower(): f"no data event of `{action.partition(':')[0]}` is in the logs of its account"
            for action in hidden
        }

    def by_service(self) -> dict[str, str]:
        """What is named of services that last-accessed data has used, and the log has not."""
        if self.accessed is None:
            return {}
        told = ((action.lower(), self.accessed.of_service(action)) for action in self.own.actions)
        return {action: reason for action, reason in told if reason}

    def passing(self) -> dict[str, str]:
        """That a role is passed, where an action that needs it is told as used: nothing else would tell of it."""
        used = self.accessed.actions if self.accessed else {}
        known = ((name, self.unseen.catalogue.action(name)) for name in sorted(used))
        names = [name for name, one in known if one is not None and _PASSING in one.dependent_actions]
        if not names or _PASSING not in self.own.actions or _PASSING.lower() in self.used:
            return {}
        return {_PASSING.lower(): f"`{names[0]}`, which last-accessed data has used, needs it, and nothing records it"}

    def notes(self, told: Sequence[Unused]) -> Iterator[str]:
        if isinstance(self.law, str):
            yield f"no chance of a first use is told: {self.law}"
        elif told and all(one.soon is None for one in told):
            yield "no chance of a first use is told: too few grants like what goes were watched for long enough"
        if self.accessed is None:
            yield "the snapshot has no last-accessed data of it: use before the log began would not show"
            return
        named = (one for one in self.own.actions if one.lower() not in NEVER_TRACKED)
        never = sorted({one.partition(":")[0] for one in named} & self.accessed.never_used)
        if never:
            more = f" and {len(never) - _SHOWN} more" if len(never) > _SHOWN else ""
            yield (
                f"last-accessed data has no use of {', '.join(never[:_SHOWN])}{more} in the {TRACKED} days that IAM "
                f"looks back, longer than the log's {self.accessed.end - self.accessed.begin}"
            )


class _Levels:
    """The access level of each action, found once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, str] = {}

    def of(self, action: str) -> str:
        found = self._known.get(action)
        if found is None:
            known = self._catalogue.action(action)
            found = self._known[action] = known.access_level if known else "Write"
        return found


class _Visible:
    """What the log of an account shows: actions of the data plane only where one of their service is in it."""

    def __init__(self, unseen: Unseen, firsts: Sequence[FirstUse]) -> None:
        self._unseen = unseen
        self._known: dict[tuple[str, str], bool] = {}
        self._hidden: dict[str, bool] = {}
        self._is_data: dict[str, bool] = {}
        self._data = {
            (use.principal.split(":")[4], use.action.partition(":")[0])
            for use in firsts
            if use.principal.count(":") > 4 and self._of_data(use.action)
        }

    def there(self, account: str, action: str) -> bool:
        found = self._known.get((account, action))
        if found is None:
            found = self._known[account, action] = self._is_there(account, action)
        return found

    def _is_there(self, account: str, action: str) -> bool:
        hidden = self._hidden.get(action)
        if hidden is None:
            hidden = self._hidden[action] = bool(self._unseen.why(action))
        return not hidden and (not self._of_data(action) or (account, action.partition(":")[0]) in self._data)

    def _of_data(self, action: str) -> bool:
        found = self._is_data.get(action)
        if found is None:
            known = self._unseen.catalogue.action(action)
            found = self._is_data[action] = known is not None and known.is_data_plane
        return found


def _end(window: Window, newest: datetime | None) -> int:
    """The first day that is not in the log."""
    if window.until is not None:
        return -(-int(window.until.timestamp()) // DAY)
    return int(newest.timestamp()) // DAY + 1 if newest is not None else 0


def _logged(uses: Sequence[Use]) -> tuple[frozenset[str], frozenset[str]]:
    """The actions that were tried, whatever came of it, and the prefixes of all that was called."""
    actions = {one.action.lower() for one in uses} | {one.denied_action.lower() for one in uses}
    prefixes = {action.partition(":")[0] for action in actions if action}
    return frozenset(actions), frozenset(prefixes | {one.event_source.partition(".")[0].lower() for one in uses})
