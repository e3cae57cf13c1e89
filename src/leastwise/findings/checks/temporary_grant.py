"""Grants that were meant for a while."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.estate.documents import Parsed
from leastwise.estate.held import InlinePolicy, ManagedPolicy
from leastwise.findings.finding import Found, Severity
from leastwise.findings.idle import Idle, is_for_emergencies
from leastwise.findings.power import RESERVED, core_bits, is_asked, whole_bits
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, day_of
from leastwise.findings.shown import NOT_SHOWN, shown
from leastwise.findings.telling import policy_remedy
from leastwise.findings.weights import NOT_SEEN, heavy, weight
from leastwise.model.request import Request
from leastwise.prove.actions import action_index

_WORD = re.compile(
    r"(?<![a-z])(temp|tmp|temporary|interim|migrations?|migrate|incident|hotfix|poc|trial)(?![a-z])", re.IGNORECASE
)
_DATE = re.compile(r"(?<!\d)(20[0-9]{2})(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12][0-9]|3[01]))?)?(?!\d)")
_ENDS = re.compile(
    r"(expir|valid[-_]?(until|to)|until|end[-_]?date|delete[-_]?(after|on|by)|remove[-_]?(after|on|by))", re.I
)
_CHANGES: Final = 10


@dataclass(frozen=True, slots=True)
class _Meant:
    """A grant meant for a while: the policy, None for all that the principal has; the day of its end, and by what."""

    parsed: Parsed | None
    name: str
    end: date | None
    why: str


@check(
    "LW769",
    "temporary-grant",
    group="risk",
    severity="medium",
    source='IAM User Guide, "Security best practices in IAM", "Regularly review and remove unused permissions"',
)
def temporary_grant(scene: Scene) -> Iterator[Found]:
    """A grant was meant for a while, and the while is over.

    A policy or a principal whose name says so (temp, migration, incident, poc and the like) with a day, a month or a
    year that is past, or with a tag such as `expires` whose day is past. With no date it is told where it is older than
    the window, changes something or reads data, and nothing of it was used: milder, for the name is all there is.
    Graver where it makes an administrator.

    What to do: take it away. Where it is needed after all, give it a name that says for what.

    What it cannot see: descriptions, which are not in a snapshot; tickets; and a date that stands for something else,
    such as the year in which a policy was written.
    """
    for arn, holder in sorted(scene.estate.holders.items()):
        if is_asked(arn) and RESERVED not in arn and not is_for_emergencies(scene, arn):
            meant = next(_meant(scene, holder), None)
            if meant is not None:
                yield _found(scene, holder, meant)


def _meant(scene: Scene, holder: Holder) -> Iterator[_Meant]:
    end = _tagged(holder.tags)
    if end is not None and end[1] < scene.today:
        yield _Meant(None, holder.name, end[1], f"its tag {end[0]}")
    named = [(None, holder.name), *_named(scene, holder)]
    for parsed, name in named:
        day = _last_day(name) if _WORD.search(name) else None
        if day is not None and day < scene.today:
            yield _Meant(parsed, name, day, f"the name {name}")
    for parsed, name in named:
        if _WORD.search(name) and _last_day(name) is None and _is_left(scene, holder, parsed):
            yield _Meant(parsed, name, None, f"the name {name}")


def _named(scene: Scene, holder: Holder) -> Iterator[tuple[Parsed, str]]:
    for source in scene.estate.sources(holder):
        if isinstance(source.held, InlinePolicy):
            yield scene.estate.documents.inline(source.held, source.name), source.held.name
        elif isinstance(source.held, ManagedPolicy) and ":iam::aws:" not in source.held.arn:
            yield scene.estate.documents.managed(source.held), source.held.name


def _is_left(scene: Scene, holder: Holder, parsed: Parsed | None) -> bool:
    """Whether it is old, may do harm, and nothing of it was used where that would have been seen."""
    age = scene.age(holder)
    bits = _bits(scene, holder, parsed)
    if age is None or age <= scene.settings.days or not bits & heavy(_CHANGES):
        return False
    if parsed is None or scene.used is None:
        return scene.once(Idle).is_idle(holder)
    names = (one.action for one in scene.uses.get(holder.arn, ()) if one.last >= scene.window_first)
    places = (action_index().index_of(name) for name in names)
    return scene.is_covered(holder.arn.split(":")[4]) and not any(one and bits >> one & 1 for one in places)


def _found(scene: Scene, holder: Holder, meant: _Meant) -> Found:
    bits = _bits(scene, holder, meant.parsed)
    witness = _shown(scene, holder, meant, bits)
    over = f"was over on {meant.end}" if meant.end else "has no day on which it is over"
    what = "the principal" if meant.parsed is None else f"the grant {meant.name}"
    return Found(
        holder.arn,
        f"{what} was meant for a while and {over}",
        policy_remedy(
            scene.estate, holder, _policy(meant), f"take away {meant.name}, or say in its name what it is for"
        ),
        key=meant.name,
        severity=_severity(scene, holder, meant),
        witness=witness,
        evidence=(f"by {meant.why}", *scene.once(Idle).of(holder).evidence),
        unknown="" if witness else NOT_SHOWN,
        since=meant.end.isoformat() if meant.end else "",
        risk=float(weight(bits)),
        breakage=NOT_SEEN,
    )


def _severity(scene: Scene, holder: Holder, meant: _Meant) -> Severity | None:
    if meant.end is None:
        return "low"
    is_whole = meant.parsed is not None and whole_bits(meant.parsed.policy) & core_bits() == core_bits()
    is_administrator = holder.arn in scene.power.administrators and (meant.parsed is None or is_whole)
    return "high" if is_administrator else None


def _shown(scene: Scene, holder: Holder, meant: _Meant, bits: int) -> Request | None:
    if meant.parsed is None:
        return shown(scene, holder.arn, bits)
    allowed = (one for one in meant.parsed.policy.statements if one.effect == "Allow")
    tried = (shown(scene, holder.arn, action_index().bits_of_statement(one), one) for one in allowed)
    return next(filter(None, tried), None)


def _bits(scene: Scene, holder: Holder, parsed: Parsed | None) -> int:
    granted = scene.granted.bits(holder)
    return granted if parsed is None else granted & scene.granted.joined([parsed])[0]


def _policy(meant: _Meant) -> str:
    return "" if meant.parsed is None else str(meant.parsed.policy.name)


def _tagged(tags: Mapping[str, str]) -> tuple[str, date] | None:
    found = (
        (key, day) for key, value in tags.items() if _ENDS.search(key) and (day := day_of(value) or _last_day(value))
    )
    return next(found, None)


def _last_day(text: str) -> date | None:
    """The last day of what the text names: a day, a month or a year."""
    found = _DATE.search(text)
    if found is None:
        return None
    year, month = int(found.group(1)), int(found.group(2) or 12)
    last = monthrange(year, month)[1]
    return date(year, month, min(int(found.group(3) or last), last))
