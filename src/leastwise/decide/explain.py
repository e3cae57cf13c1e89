"""Why a request was decided so: the determining statements, the ladder of policy types, what is left open or out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from leastwise.decide.binding import Case, Layer, binds_rcps, case_of, must_say
from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import PolicySet
from leastwise.decide.settle import Settled, bound, settle
from leastwise.decide.shape import Either, Every, Fixed, Item, Node, Shape, Some, matched
from leastwise.model.decision import ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, Determining, Outcome, Rung
from leastwise.model.request import Request
from leastwise.model.switches import Switches, alternatives


@dataclass(frozen=True, slots=True)
class Turn:
    """A switch that would change the outcome: its name, the other position, and the outcome then."""

    switch: str
    position: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a decision came about. `settled_by` is the policy type that settled it, `none` when no policy did."""

    settled_by: str
    determining: tuple[Determining, ...]
    ladder: tuple[Rung, ...]
    reason: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with its facts, its shape and its layers."""

    facts: RequestFacts
    case: Case
    shape: Shape
    layers: tuple[Layer, ...]

    def matches(self, item: Item) -> bool | None:
        """Whether a statement matches the request."""
        return matched(item, self.facts) if item.resource(self.facts.resource, self.facts) else False


def asked(request: Request, policies: PolicySet, switches: Switches) -> Asked:
    """The request as it meets the policies."""
    facts = RequestFacts(request, switches)
    one = bound(policies, switches)
    case = case_of(facts, request.is_out_of_reach_of_rcps)
    shape = one.shape(facts, request.is_out_of_reach_of_rcps)
    return Asked(facts, case, shape, one.plan.layers(case))


def explained(request: Request, policies: PolicySet, switches: Switches, settled: Settled) -> Explanation:
    """The explanation of a settled request."""
    one = asked(request, policies, switches)
    items = tuple(_determining(one, settled.outcome))
    statements, reason = _told(items), _reason(one, settled.outcome)
    by = items[0].source if items else settled.label
    return Explanation(by or ("none" if settled.outcome is ALLOW else ""), statements, tuple(_ladder(one)), reason)


def _determining(one: Asked, outcome: Outcome) -> Iterator[Item]:
    """What settled the outcome: every deny that matches, or by what each part allows; nothing in an implicit deny."""
    if outcome is EXPLICIT_DENY:
        yield from (item for item in one.shape.denies.items if one.matches(item))
    if outcome is ALLOW:
        for node in (one.shape.grant, *one.shape.ceilings):
            yield from _granting(node, one)


def _reason(one: Asked, outcome: Outcome) -> str:
    if outcome not in (ALLOW, IMPLICIT_DENY):
        return ""
    return _fixed_reason(one.shape.grant, one, wanted=outcome is ALLOW)


def _told(items: Iterator[Item] | Sequence[Item]) -> tuple[Determining, ...]:
    entries = dict.fromkeys(item.entry for item in items if item.entry is not None)
    return tuple(entry.told() for entry in entries)


def _granting(node: Node, one: Asked) -> Iterator[Item]:
    """The statements by which a part allows: all of the first way that does."""
    if isinstance(node, Some):
        yield from (item for item in node.bundle.of(one.facts.resource) if one.matches(item))
    elif isinstance(node, Every):
        for part in node.parts:
            yield from _granting(part, one)
    elif isinstance(node, Either):
        for part in node.parts:
            if part.ask(matched, one.facts, one.facts.resource):
                yield from _granting(part, one)
                return


def _fixed_reason(node: Node, one: Asked, *, wanted: bool) -> str:
    """Why a part was settled before any statement was asked, if one was."""
    if isinstance(node, Fixed):
        return node.told if node.value is wanted else ""
    if isinstance(node, Some):
        return ""
    found = (_fixed_reason(part, one, wanted=wanted) for part in node.parts)
    return next((told for told in found if told), "")


def _ladder(one: Asked) -> Iterator[Rung]:
    for layer in one.layers:
        if layer.skipped:
            yield Rung(layer.policy_type, "not applicable", layer.level, layer.label, reason=layer.skipped)
        elif layer.is_unknown:
            yield Rung(layer.policy_type, "unknown", layer.level, layer.label)
        else:
            yield _rung(layer, one)


def _rung(layer: Layer, one: Asked) -> Rung:
    for items, word in ((layer.denies, "deny"), (layer.allows, "allow")):
        answers = [(item, one.matches(item)) for item in items]
        hits = [item for item, answer in answers if answer]
        if hits:
            return Rung(layer.policy_type, word, layer.level, layer.label, _told(hits))
        open_ones = [item for item, answer in answers if answer is None]
        if open_ones:
            return Rung(layer.policy_type, "unknown", layer.level, layer.label, _told(open_ones), f"may {word}")
    return Rung(layer.policy_type, "silent", layer.level, layer.label)


def turns(request: Request, policies: PolicySet, switches: Switches, outcome: Outcome) -> tuple[Turn, ...]:
    """The switches on which the outcome turns: every other position of one switch that gives another outcome."""
    found = []
    for name, position, changed in alternatives(switches):
        other = settle(request, policies, changed).outcome
        if other is not outcome:
            found.append(Turn(name, position, other))
    return tuple(found)


_NOT_MODELLED = {
    "lakeformation": "Lake Formation permissions",
    "glue": "Lake Formation permissions",
    "athena": "Lake Formation permissions",
    "eks": "EKS access entries",
    "kms": "",
    "s3": "",
}


def not_considered(request: Request, policies: PolicySet, switches: Switches) -> tuple[str, ...]:
    """What could still change the outcome and was not given or is outside every policy."""
    one = asked(request, policies, switches)
    return tuple(told for holds, told in _gaps(one, policies) if holds)


def _gaps(one: Asked, policies: PolicySet) -> Iterator[tuple[bool, str]]:
    facts, case = one.facts, one.case
    principal = facts.principal
    is_role = principal.kind == "role"
    yield not facts.told_owner and facts.resource != "*", f"the resource's account: taken as {facts.owner}"
    yield is_role and principal.entity is None, "the path of the role: its ARN was not given"
    yield not policies.resource and not case.is_star and not must_say(case), "a resource policy: none was given"
    yield is_role and not policies.session, "session policies passed when the role was assumed"
    yield not policies.endpoint, "a VPC endpoint policy: none was given"
    yield not policies.scps and case.has_identity, "SCPs: none were given"
    yield not policies.rcps and binds_rcps(case), "RCPs: none were given"
    yield case.is_key and not policies.grants, "grants on the key: none were given"
    yield case.service == "s3" and not policies.acl, "S3 ACLs: none were given"
    yield case.service == "s3" and not policies.public_access_block, "S3 Block Public Access: taken as off"
    gate = _NOT_MODELLED.get(case.service, "")
    yield bool(gate), gate
    yield True, "the account's Regions and the service's own settings"
