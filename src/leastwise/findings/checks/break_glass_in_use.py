"""Ways in for emergencies that are used on ordinary days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.shown import NOT_SHOWN, shown
from leastwise.findings.weights import SHARED
from leastwise.prove.actions import action_index

_DRILL: Final = 1
_SHOWN: Final = 8
_RISK: Final = 100.0


@check(
    "LW770",
    "break-glass-in-use",
    group="risk",
    severity="medium",
    source='AWS Well-Architected Framework, Security Pillar, "SEC03-BP03 Establish emergency access process"',
    needs_usage=True,
)
def break_glass_in_use(scene: Scene) -> Iterator[Found]:
    """A principal for emergencies is used on more than one day of the window: it has become an ordinary way in.

    One day is a drill, or one emergency. Which principals these are is told by the settings' patterns of ARNs.

    What to do: find out who needs it and for what, and give them that by Identity Center.

    What it cannot see: whether the days were emergencies. Of each action the logs' store keeps the first and the last
    day on each resource, so that the days are counted too low, never too high.
    """
    for arn, holder in sorted(scene.estate.holders.items()):
        if not is_asked(arn) or not is_for_emergencies(scene, arn):
            continue
        uses = [one for one in scene.uses.get(arn, ()) if one.last >= scene.window_first]
        days = sorted({day for one in uses for day in (one.first, one.last) if day >= scene.window_first})
        if len(days) > _DRILL:
            names = sorted({one.action for one in uses})
            witness = shown(scene, arn, _bits(names))
            yield Found(
                arn,
                f"it was used on {len(days)} days of the last {scene.settings.days} at least",
                Remedy(f"Find out who uses {holder.name} and give them what they need by Identity Center"),
                witness=witness,
                evidence=(
                    f"days: {', '.join(map(scene.day_name, days[:_SHOWN]))}",
                    f"actions: {', '.join(names[:_SHOWN])}",
                ),
                unknown="" if witness else NOT_SHOWN,
                since=scene.day_name(days[0]),
                risk=_RISK,
                breakage=SHARED,
            )


def _bits(names: list[str]) -> int:
    return sum(action_index().bits_of(name) for name in names)
