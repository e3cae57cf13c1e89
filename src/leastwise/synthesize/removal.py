"""When to take away a grant that nobody is seen to use: by what the fleet's grants of its kind did at that age.

A grant stays when the denials to expect of its removal cost as much as it weighs, or more: the chance of a first use
within the horizon, times the cost of a denial, against the action's weight. The guide's page is `removal`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.synthesize.holdings import Holding
from leastwise.synthesize.survival import Curve, Granted, Soon, curves
from leastwise.usage.first_uses import FirstUse

DENIAL_COST: Final = 10
"""What one denied call costs, in units of risk weight."""
HORIZON: Final = 30
FEWEST_PRINCIPALS: Final = 20
"""Principals seen in the log, with grants of their own, from which a fleet can be learned."""
FEWEST_OF_CLASS: Final = 5
"""Principals that must have grants of a class for its curve to count."""

Words = Callable[[str], str]
"""A word about an action, such as its access level."""
_DEPTHS: Final = (0, 1, 2)
"""With age and kind of principal, without its age, and by name or pattern alone."""
IsVisible = Callable[[str, str], bool]
"""Whether the log shows it when somebody in this account uses this action."""


@dataclass(frozen=True, slots=True)
class Log:
    """The days up to, not with, `end` of which there is a log, in each account from the first day that holds a use."""

    begins: Mapping[str, int]
    end: int

    def begin(self, account: str) -> int:
        """The first day of an account's log."""
        return self.begins.get(account, self.end)


@dataclass(frozen=True, slots=True)
class Unused:
    """A grant that is not seen in use: since how many days, whether it was granted in that time, and what to expect.

    `soon` is None where too few like it were watched; `like` says what they have in common.
    """

    action: str
    days: int
    is_young: bool
    soon: Soon | None
    like: str

    def __str__(self) -> str:
        since = f"granted {self.days} days ago" if self.is_young else f"not seen in the {self.days} days of the log"
        if self.soon is None:
            return f"{since}; too few grants like it were watched to tell more"
        return (
            f"{since}: {odds(self.soon.chance)} grants like it ({self.like}, unused for {self.soon.told_at} days) "
            f"is first used in the next {HORIZON} days"
        )


@dataclass(frozen=True)
class Law:
    """How long grants lie unused before they are first used, by class: the fleet's own record.

    `levels` are the curves of ever wider classes. `principals` were seen in the log, with grants of their own.
    """

    levels: tuple[Mapping[str, Curve], ...]
    log: Log
    level: Words
    principals: int

    def unused(self, holding: Holding, action: str) -> Unused:
        """What to expect of a grant that nobody is seen to use: told by the narrowest class that tells anything."""
        one, is_young = _granted(holding, action, self.log, None)
        days = self.log.end - one.granted
        for depth, known in enumerate(self.levels):
            curve = known.get(_class(one, self.level, depth))
            soon = curve.soon(days, HORIZON) if curve is not None else None
            if soon is not None:
                return Unused(action, days, is_young, soon, _class(one, self.level, max(depth, 1)))
        return Unused(action, days, is_young, None, _class(one, self.level, 1))


def log_of(firsts: Iterable[FirstUse], end: int) -> Log:
    """The days that there is a log of, by the uses in it."""
    begins: dict[str, int] = {}
    for use in firsts:
        account = _account(use.principal)
        begins[account] = min(use.day, begins.get(account, use.day))
    return Log(begins, end)


def law(
    fleet: Iterable[Holding], firsts: Sequence[FirstUse], *, log: Log, level: Words, is_visible: IsVisible
) -> Law | str:
    """What the fleet tells of its grants; if it is too small for that, why it tells nothing.

    Principals that the log does not know at all are left out: that nobody uses what they have says nothing about
    those who are at work. So are roles of AWS's own services, which nobody edits.
    """
    used: dict[str, dict[str, int]] = {}
    for use in firsts:
        if use.day < log.end:
            used.setdefault(use.principal, {})[use.action.lower()] = use.day
    active = [one for one in fleet if one.actions and one.principal in used and one.kind != "role of AWS"]
    if len(active) < FEWEST_PRINCIPALS:
        return f"{len(active)} principals with grants of their own are in the log, and {FEWEST_PRINCIPALS} are needed"
    grants: list[Granted] = []
    held: Counter[str] = Counter()
    for one in active:
        own = list(_grants(one, used[one.principal], log, level, is_visible))
        held.update({_class(grant, level, depth) for grant in own for depth in _DEPTHS})
        grants += own
    levels = tuple(_curves(grants, log, level, depth, held) for depth in _DEPTHS)
    return Law(levels, log, level, len(active))


def _curves(
    grants: Sequence[Granted], log: Log, level: Words, depth: int, held: Mapping[str, int]
) -> Mapping[str, Curve]:
    begin = min((one.granted for one in grants), default=log.end)
    found = curves(grants, begin=begin, end=log.end, group=lambda one: _class(one, level, depth))
    return {name: curve for name, curve in found.items() if held[name] >= FEWEST_OF_CLASS}


def _grants(
    holding: Holding, used: Mapping[str, int], log: Log, level: Words, is_visible: IsVisible
) -> Iterator[Granted]:
    """The grants that the log would show in use; those of one level and naming that are unused are one value."""
    account = holding.account
    alike: dict[tuple[str, str], list[str]] = {}
    for action, naming in holding.actions.items():
        first = used.get(action.lower())
        if first is not None:
            yield _granted(holding, action, log, first)[0]
        elif is_visible(account, action):
            alike.setdefault((level(action), naming), []).append(action)
    for several in alike.values():
        yield replace(_granted(holding, several[0], log, None)[0], count=len(several))


def _granted(holding: Holding, action: str, log: Log, first: int | None) -> tuple[Granted, bool]:
    """The grant as it was watched: from its granting, or from the first day of the log where it is older."""
    begin, created = log.begin(holding.account), holding.created
    is_young = created is not None and created > begin
    granted = created if is_young and created is not None else begin
    granted = min(granted, log.end) if first is None else min(granted, first)
    traits = f"{holding.actions[action]}, {holding.kind}, {'young' if is_young else 'older than the log'}"
    return Granted(action, traits, granted, first), is_young


def _class(one: Granted, level: Words, depth: int) -> str:
    """Its access level, and what else it is told apart by: less of it the deeper."""
    return f"{level(one.action)}, {one.kind.rsplit(', ', depth)[0]}"


def stays(one: Unused, weight: int, *, cost: int = DENIAL_COST) -> bool:
    """Whether the denials to expect of its removal cost as much as the grant weighs, or more."""
    return one.soon is not None and one.soon.chance * cost >= weight


def odds(chance: float) -> str:
    """`1 in 3`, `7 in 10`, `fewer than 1 in 1,000`."""
    if chance < 1 / 1_000:
        return "fewer than 1 in 1,000"
    if chance <= 2 / 5:
        return f"1 in {round(1 / chance):,}"
    return f"{min(round(10 * chance), 9)} in 10"


def _account(principal: str) -> str:
    return principal.split(":")[4] if principal.count(":") > 4 else ""
