"""The finding that a user or role lies unused."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.assemble import Holder
from leastwise.findings.finding import Found
from leastwise.findings.idle import Idle, permission_set_of
from leastwise.findings.retiring import of_principal
from leastwise.findings.scene import Scene
from leastwise.findings.weights import DORMANT, weight


def dormant(scene: Scene, holder: Holder, kind: str) -> Iterator[Found]:
    """The principal, where it is idle."""
    known = scene.once(Idle)
    if not known.is_idle(holder):
        return
    seen, age = known.of(holder), scene.age(holder)
    may_all = scene.power.is_administrator(holder)
    name = permission_set_of(holder.arn)
    since = f"since {seen.day}" if seen.day else "as far back as anything tells"
    yield Found(
        holder.arn,
        f"the {kind} {holder.name} was not used {since}" + (", and may do everything" if may_all else ""),
        of_principal(holder),
        evidence=(
            f"window: {scene.settings.days} days up to {scene.today}",
            f"made {age} days ago" if age is not None else "when it was made is not known",
            *((f"of the permission set {name}",) if name else ()),
            *seen.evidence,
        ),
        unknown="" if age is not None else "when it was made is not known: it may be new",
        since=seen.day.isoformat() if seen.day else "",
        risk=float(weight(scene.granted.bits(holder))),
        breakage=DORMANT,
    )
