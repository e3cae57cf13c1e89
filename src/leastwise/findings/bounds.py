"""The permissions boundaries and guard rails of an estate, looked at once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leastwise.estate.held import PolicyType
from leastwise.findings.scene import Scene
from leastwise.model.request import Request
from leastwise.synthesize.guardrails.bound import boundaries_of
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker
from leastwise.synthesize.guardrails.by_resources import ByResources
from leastwise.synthesize.guardrails.escapes import Escape
from leastwise.synthesize.guardrails.layers import Layers
from leastwise.synthesize.guardrails.nodes import nodes_of
from leastwise.synthesize.guardrails.reached import Reacher, Step
from leastwise.synthesize.guardrails.ways import ASSUMES, GRANTS, PASSES, TAKES

_VERBS: Final = {ASSUMES: "assumes", TAKES: "takes over", GRANTS: "writes the permissions of"}
_DERIVED: Final = ("aws:principalorg", "aws:resourceorg", "aws:principaltag", "aws:resourcetag")


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
    """Every boundary in use, with the ways in which those whom it binds leave it."""
    asker = scene.escalation.asker
    checker = Checker(asker, Reacher(asker), ByResources(asker), Aim())
    return tuple(checker.checked(one) for one in boundaries_of(scene.estate))


def ladder(escape: Escape) -> Iterator[str]:
    """The steps of an escape, each with its requests."""
    for step in escape.steps:
        asked = "; ".join(f"{request.action} on {request.resource}{_chosen(request)}" for request in step.requests)
        yield f"{step.by} {_done(step)}: {asked}"


def _done(step: Step) -> str:
    if step.way is PASSES:
        return f"runs code as {step.to}, by {step.service}"
    verb = _VERBS.get(step.way)
    return f"{verb} {step.to}" if verb else step.way.told


def _chosen(request: Request) -> str:
    """What of the context was chosen, without what the snapshot tells."""
    told = [
        f"{key} {'absent' if value is None else value}"
        for key, value in request.context.items()
        if not key.lower().startswith(_DERIVED)
    ]
    return f" ({', '.join(told)})" if told else ""
