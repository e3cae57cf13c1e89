"""A copy of a principal for another account: its role with the proposed policies, mapped, and what to try there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from leastwise.model.arn import Arn, parse_arn
from leastwise.synthesize.propose import Proposal
from leastwise.synthesize.task_roles import Today, trust_of_nobody
from leastwise.usage.observed import Use
from leastwise.usage.outcomes import SUCCEEDED

_ACCOUNT: Final = re.compile(r"\d{12}")
_GLOBAL_NAMES: Final = ("s3",)
"""Services whose resources are named without an account, so that one of the same name is the same one."""
_MOST_RESOURCES: Final = 50
"""Resources of one input of the simulator."""

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Substitution:
    """What stands for what in the copy: account ids, Regions, and beginnings of names."""

    accounts: Mapping[str, str]
    regions: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def arn(self, text: str) -> str:
        """The ARN, or other text, as it is in the copy."""
        parts = parse_arn(text)
        if parts is None:
            return self._plain(text)
        region, account = self.regions.get(parts.region, parts.region), self.accounts.get(parts.account, parts.account)
        return str(Arn(parts.partition, parts.service, region, account, self.name(parts.resource)))

    def _plain(self, text: str) -> str:
        """An account id, a Region, or a service in a Region as `s3.eu-west-1.amazonaws.com`; else the text as it is."""
        if _ACCOUNT.fullmatch(text):
            return self.accounts.get(text, text)
        for old, new in self.regions.items():
            if text == old or f".{old}.amazonaws.com" in text:
                return text.replace(old, new)
        return text

    def name(self, text: str) -> str:
        """The name, or path of names, each beginning that is mapped replaced; the longest that fits counts."""
        if not self.prefixes:
            return text
        known = "|".join(re.escape(old) for old in sorted(self.prefixes, key=len, reverse=True))
        return re.sub(rf"(?:^|(?<=[/:]))(?:{known})", lambda found: self.prefixes[found[0]], text)

    def document(self, value: object) -> object:
        """A policy document, or a part of one, with every text in it mapped."""
        if isinstance(value, str):
            return self.arn(value)
        if isinstance(value, Mapping):
            return {str(key): self.document(inner) for key, inner in value.items()}
        if isinstance(value, Sequence):
            return [self.document(inner) for inner in value]
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the log shows, as it is to be tried: how often it was made, under which names it is logged.

    An `inferred` one is no call of its own: it is needed by another.
    """

    action: str
    resource: str
    count: int
    events: tuple[str, ...]
    inferred: bool


@dataclass(frozen=True, slots=True)
class Copied:
    """A policy of the copy."""

    name: str
    document: Json


@dataclass(frozen=True, slots=True)
class Mirror:
    """The copy: role, trust policy, boundary, policies; the calls to try; inputs of the simulator; what to look at.

    `boundary_policy` is the boundary's document where the snapshot has it. `left_out` counts calls that the
    simulator cannot be asked about, since their resource is known as a pattern alone.
    """

    principal: str
    name: str
    path: str
    trust: Json
    boundary: str | None
    boundary_policy: Copied | None
    policies: tuple[Copied, ...]
    plan: tuple[Call, ...]
    simulations: tuple[Json, ...]
    left_out: int
    warnings: tuple[str, ...]


def mirror(
    found: Proposal,
    uses: Iterable[Use],
    *,
    mapped: Substitution,
    today: Today | None = None,
    boundary: str | None = None,
) -> Mirror:
    """The copy of the proposal's principal; `boundary` is the text of its boundary's document, if known."""
    own = parse_arn(mapped.arn(found.principal)) or Arn("aws", "iam", "", "", found.principal)
    trust = _trust(own, today, mapped)
    policies = tuple(Copied(mapped.name(p.name), _object(mapped.document(p.document))) for p in found.policies)
    edge = mapped.arn(today.boundary) if today and today.boundary else None
    plan = _plan(uses, mapped)
    boundary_policy = _boundary(edge, boundary, mapped)
    simulations, left_out = _simulations(plan, policies, boundary_policy)
    return Mirror(
        principal=found.principal,
        name=own.resource.rpartition("/")[2],
        path=today.path if today else "/",
        trust=trust,
        boundary=edge,
        boundary_policy=boundary_policy,
        policies=policies,
        plan=plan,
        simulations=simulations,
        left_out=left_out,
        warnings=tuple(_warnings(found, trust, policies, plan, mapped)),
    )


def _object(value: object) -> Json:
    assert isinstance(value, Mapping)
    return value


def _trust(own: Arn, today: Today | None, mapped: Substitution) -> Json:
    held = json.loads(today.trust) if today and today.trust else None
    return _object(mapped.document(held)) if isinstance(held, dict) else trust_of_nobody(own)


def _boundary(arn: str | None, text: str | None, mapped: Substitution) -> Copied | None:
    if arn is None or text is None or ":aws:policy/" in arn:
        return None
    return Copied(arn.rpartition("/")[2], _object(mapped.document(json.loads(text))))


def _plan(uses: Iterable[Use], mapped: Substitution) -> tuple[Call, ...]:
    """Every action and resource that was used with success, the most frequent first."""
    counts: dict[tuple[str, str, bool], int] = {}
    events: dict[tuple[str, str, bool], set[str]] = {}
    for use in uses:
        if use.outcome == SUCCEEDED and use.kind == "mapped":
            key = (use.action, mapped.arn(use.resource), bool(use.inferred))
            counts[key] = counts.get(key, 0) + use.count
            events.setdefault(key, set()).add(use.event_name)
    order = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(Call(key[0], key[1], counts[key], tuple(sorted(events[key])), key[2]) for key in order)


def _simulations(
    plan: Iterable[Call], policies: Sequence[Copied], boundary: Copied | None
) -> tuple[tuple[Json, ...], int]:
    """Inputs of `aws iam simulate-custom-policy --cli-input-json`, and how many calls are in none.

    The simulator asks every action about every resource, so that only resources with the same actions go together.
    IAM API reference, "SimulateCustomPolicy".
    """
    by_resource: dict[tuple[str, tuple[tuple[str, str], ...]], set[str]] = {}
    left_out = 0
    for call in plan:
        if "*" in call.resource.removeprefix("*") or "?" in call.resource:
            left_out += 1
            continue
        by_resource.setdefault((call.resource, _context(call, policies)), set()).add(call.action)
    together: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], list[str]] = {}
    for (resource, context), actions in by_resource.items():
        together.setdefault((tuple(sorted(actions)), context), []).append(resource)
    inputs = []
    for (names, context), resources in sorted(together.items()):
        for first in range(0, len(resources), _MOST_RESOURCES):
            part = sorted(resources)[first : first + _MOST_RESOURCES]
            inputs.append(_input(names, part, context, policies, boundary))
    return tuple(inputs), left_out


def _input(
    actions: Sequence[str],
    resources: Sequence[str],
    context: Sequence[tuple[str, str]],
    policies: Sequence[Copied],
    boundary: Copied | None,
) -> Json:
    body: dict[str, object] = {"PolicyInputList": [_packed(policy.document) for policy in policies]}
    if boundary is not None:
        body["PermissionsBoundaryPolicyInputList"] = [_packed(boundary.document)]
    body |= {"ActionNames": list(actions), "ResourceArns": list(resources)}
    if context:
        body["ContextEntries"] = [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"} for key, value in context
        ]
    return body


def _packed(document: Json) -> str:
    return json.dumps(document, separators=(",", ":"))


def _context(call: Call, policies: Sequence[Copied]) -> tuple[tuple[str, str], ...]:
    """A value for each key of the conditions under which the call is allowed."""
    for policy in policies:
        statements = policy.document["Statement"]
        assert isinstance(statements, list)
        for one in statements:
            if call.action in one["Action"] and call.resource in one["Resource"] and "Condition" in one:
                blocks = one["Condition"].values()
                return tuple(sorted((key, values[0]) for block in blocks for key, values in block.items()))
    return ()


def _warnings(
    found: Proposal, trust: Json, policies: Sequence[Copied], plan: Iterable[Call], mapped: Substitution
) -> Iterable[str]:
    targets = set(mapped.accounts.values())
    named = {account for account in _ACCOUNT.findall(json.dumps(trust)) if account not in targets}
    if named:
        yield f"the trust policy names accounts that are not mapped: {', '.join(sorted(named))}"
    if "REPLACE-WITH" in json.dumps(trust):
        yield "no snapshot has the role: its trust policy lets nobody in before it is edited"
    kept = sorted({r for policy in policies for r in _resources(policy) if _is_same(r, found, mapped)})
    if kept:
        more = f" and {len(kept) - 3} more" if len(kept) > 3 else ""
        yield (
            "named without an account, so that the copy has a grant on the same ones: "
            f"{', '.join(kept[:3])}{more}; map them by the beginning of their names"
        )
    others = {(parse_arn(call.resource) or Arn("", "", "", "", "")).account for call in plan} - targets
    others = {account for account in others if _ACCOUNT.fullmatch(account)}
    if others:
        yield f"resources are in accounts that are not mapped: {', '.join(sorted(others))}"


def _resources(policy: Copied) -> Iterable[str]:
    statements = policy.document["Statement"]
    assert isinstance(statements, list)
    return (resource for statement in statements for resource in statement.get("Resource", ()))


def _is_same(resource: str, found: Proposal, mapped: Substitution) -> bool:
    """Whether the resource, named without an account, is one that the principal itself has a grant on."""
    parts = parse_arn(resource)
    if parts is None or parts.service not in _GLOBAL_NAMES or parts.account:
        return False
    originals = {r for policy in found.policies for s in policy.statements for r in s.statement.resources}
    return resource in originals
