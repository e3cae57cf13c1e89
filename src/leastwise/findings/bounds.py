"""The permissions boundaries and guard rails of an estate, looked at once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.estate.held import PolicyType
from leastwise.findings.scene import Scene
from leastwise.synthesize.guardrails.bound import Bound, boundaries_of
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker
from leastwise.synthesize.guardrails.by_resources import ByResources
from leastwise.synthesize.guardrails.escapes import Escape, Search, chosen
from leastwise.synthesize.guardrails.layers import Layers
from leastwise.synthesize.guardrails.nodes import nodes_of
from leastwise.synthesize.guardrails.outside import Guarded, Outside, accepted_with
from leastwise.synthesize.guardrails.reached import Reacher, Step
from leastwise.synthesize.guardrails.ways import PASSES, VERBS


@dataclass(frozen=True, slots=True)
class ByType:
    """The layers of one organisation, of SCPs and of RCPs."""

    scps: Layers
    rcps: Layers

    def of(self, kind: PolicyType) -> Layers:
        """The layers of one policy type."""
        return self.scps if kind == "scp" else self.rcps


def organisations(scene: Scene) -> tuple[ByType, ...]:
    """The layers of each organisation of the estate."""
    return tuple(ByType(Layers(nodes, "scp"), Layers(nodes, "rcp")) for nodes in nodes_of(scene.estate))


def checked_boundaries(scene: Scene) -> tuple[Checked, ...]:
    """Every boundary in use, with the ways in which those whom it binds leave it; doubts only where there are none."""
    asker = scene.escalation.asker
    checker = Checker(asker, Reacher(asker), ByResources(asker), Aim())
    return tuple(_checked(checker, one) for one in boundaries_of(scene.estate))


def _checked(checker: Checker, bound: Bound) -> Checked:
    """What is found of the boundary; what is not certain is settled only where nothing certain is found."""
    if bound.policy is None:
        return checker.checked(bound)
    allowed = accepted_with(checker.asker, bound, ())
    search = Search(
        checker.asker, checker.reacher, _Hasty(checker.asker, Guarded(bound, allowed), checker.by_resources)
    )
    escapes = tuple(escape for arn in bound.principals for escape in search.escapes(arn))
    if escapes or not search.doubts:
        return Checked(bound, allowed, escapes, (), ())
    return checker.checked(bound)


class _Hasty(Outside):
    """Takes it that more may be done as any principal, where only a doubt turns on it: a proof is not worth it yet."""

    def is_open(self, arn: str) -> bool:
        return True


def ladder(escape: Escape) -> Iterator[str]:
    """The steps of an escape, each with its requests."""
    for step in escape.steps:
        asked = "; ".join(f"{request.action} on {request.resource}{chosen(request, ' ')}" for request in step.requests)
        yield f"{step.by} {_done(step)}: {asked}"


def _done(step: Step) -> str:
    if step.way is PASSES:
        return f"runs code as {step.to}, by {step.service}"
    verb = VERBS.get(step.way)
    return f"{verb} {step.to}" if verb else step.way.told
