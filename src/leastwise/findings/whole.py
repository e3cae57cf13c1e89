"""What each principal that is no administrator may do on every resource, by class of risk, and what of it was used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from leastwise.catalogue.risks import Risk, risk_of
from leastwise.estate.assemble import Holder
from leastwise.findings.finding import Found, Severity
from leastwise.findings.idle import permission_set_of
from leastwise.findings.power import is_asked
from leastwise.findings.retiring import narrowed
from leastwise.findings.scene import Scene, account_of
from leastwise.findings.shown import NOT_SHOWN, shown
from leastwise.findings.weights import NARROWED, NOT_SEEN, by_service, services, weight
from leastwise.prove.actions import action_index

MANAGING: Final = ("iam", "organizations", "sso")
_SHOWN: Final = 6
_TWICE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Whole:
    """What a principal may do on every resource under no condition, and of that, what it did in the window."""

    holder: Holder
    bits: int
    used: int

    @property
    def permission_set(self) -> str:
        """The permission set that it is of, empty for none."""
        return permission_set_of(self.holder.arn)


def wholes(scene: Scene) -> Sequence[Whole]:
    """Every principal with such a grant that is neither an administrator nor a service-linked role."""
    return tuple(_wholes(scene))


def _wholes(scene: Scene) -> Iterator[Whole]:
    index = action_index()
    for arn, holder in sorted(scene.estate.holders.items()):
        bits = scene.power.whole(holder) if is_asked(arn) and arn not in scene.power.administrators else 0
        if bits:
            names = {one.action for one in scene.uses.get(arn, ()) if one.last >= scene.window_first}
            used = sum(1 << place for name in names if (place := index.index_of(name)) is not None)
            yield Whole(holder, bits, used)


@lru_cache(maxsize=16)
def scopable(risk: Risk) -> int:
    """The actions of a class that can be held to resources: for the others `*` is all that can be written."""
    index = action_index()
    return sum(
        1 << place
        for place, name in enumerate(index.names)
        if risk_of(name) == risk and index.action(place).resource_types
    )


@lru_cache(maxsize=1)
def managing() -> int:
    """The actions that manage permissions of principals, of organisations and of people."""
    index, own = action_index(), by_service()
    bits = sum(own[name] for name in MANAGING)
    return sum(
        1 << place
        for place, name in enumerate(index.names)
        if bits >> place & 1 and index.action(place).access_level == "Permissions management"
    )


def granted_everywhere(
    scene: Scene, wanted: int, *, does: str, severity: Callable[[bool], Severity], least: int = 1
) -> Iterator[Found]:
    """One finding for each principal that may do some of the wanted actions everywhere; unused ones weigh twice.

    `does` says what they do, `severity` how grave it is that they are unused, or not, `least` how many count.
    """
    for one in scene.once(wholes):
        bits = one.bits & wanted
        if bits.bit_count() >= least:
            is_unused = scene.is_covered(account_of(one.holder.arn)) and not bits & one.used
            yield _found(scene, one, bits, does, is_unused=is_unused, severity=severity(is_unused))


def _found(scene: Scene, one: Whole, bits: int, does: str, *, is_unused: bool, severity: Severity) -> Found:
    arn = one.holder.arn
    witness = shown(scene, arn, bits)
    names = sorted(action_index().told(bits), key=lambda name: (-weight(action_index().bits_of(name)), name))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    evidence = [f"services: {', '.join(services(bits))}"]
    evidence += [f"none of it was used in {scene.settings.days} days"] if is_unused else []
    return Found(
        arn,
        f"it {does} on every resource: {', '.join(names[:_SHOWN])}{more}",
        narrowed(one.holder),
        severity=severity,
        witness=witness,
        evidence=tuple(evidence),
        unknown="" if witness else NOT_SHOWN,
        risk=weight(bits) * (_TWICE if is_unused else 1.0),
        breakage=NOT_SEEN if is_unused else NARROWED,
    )
