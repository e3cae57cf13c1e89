"""What shows a chain: each of its calls with the statements that allow it, and how the first of them is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.binding import binding_of
from leastwise.estate.held import InlinePolicy, User
from leastwise.findings.escalation import Chain
from leastwise.findings.finding import Remedy
from leastwise.findings.idle import permission_set_of
from leastwise.findings.own_steps import GIVES
from leastwise.findings.paths import path_of
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.model.decision import Determining
from leastwise.model.request import Principal, Request
from leastwise.synthesize.guardrails.reached import Step

_SIDES: Final = ("identity", "resource", "trust")


Where = tuple[str, str, int]
"""The account of whoever has a policy, what the policy is called, and the index of a statement."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A call of a chain, and the statements that allow it."""

    request: Request
    by: tuple[Determining, ...]

    @property
    def told(self) -> str:
        """The statements in words."""
        return " and ".join(dict.fromkeys(map(statement_told, self.by)))


@dataclass(frozen=True, slots=True)
class Told:
    """A chain with the rungs of each of its steps."""

    chain: Chain
    rungs: tuple[tuple[Rung, ...], ...]

    @property
    def ladder(self) -> tuple[str, ...]:
        """A line for each step."""
        return tuple(_line(step, rungs) for step, rungs in zip(self.chain.steps, self.rungs, strict=True))

    @property
    def deciding(self) -> Mapping[Where, Determining]:
        """The statements that allow its calls, by where they stand."""
        return {_where(rung.request, one): one for rungs in self.rungs for rung in rungs for one in rung.by}


def told_chains(scene: Scene) -> Mapping[str, Told]:
    """Every chain of the scene with what shows it, by its principal."""
    return {arn: _told(scene.estate, chain) for arn, chain in scene.escalation.chains.items()}


def statement_told(one: Determining) -> str:
    """A statement by its Sid or number, its policy and the line on which it begins."""
    name = f"`{one.sid}`" if one.sid else f"statement {one.index + 1}"
    line = f", line {one.place.line}" if one.place and one.place.line > 1 else ""
    return f"{name} of {one.policy}{line}"


def allowing(estate: Estate, request: Request) -> tuple[Determining, ...]:
    """The statements of identity, resource and trust policies that allow the request."""
    binding = binding_of(estate, _asker(request), request.action, request.resource, context=request.context)
    found = evaluate(request, binding.policies).determining
    return tuple(one for one in found if one.statement.effect == "Allow" and one.policy_type in _SIDES)


def _where(request: Request, by: Determining) -> Where:
    holder = _asker(request).arn if by.policy_type == "identity" else request.resource
    parts = holder.split(":")
    return parts[4] if len(parts) > 4 else "", by.policy, by.index


def _asker(request: Request) -> Principal:
    assert isinstance(request.principal, Principal), "the engine asks as principals that are made out"
    return request.principal


def _told(estate: Estate, chain: Chain) -> Told:
    return Told(chain, tuple(_rungs(estate, step) for step in chain.steps))


def _rungs(estate: Estate, step: Step) -> tuple[Rung, ...]:
    by_action: dict[str, Request] = {}
    for one in step.requests:
        by_action.setdefault(f"{_asker(one).arn}\0{one.action}", one)
    return tuple(Rung(one, allowing(estate, one)) for one in by_action.values())


def _line(step: Step, rungs: tuple[Rung, ...]) -> str:
    path = path_of([one.action for one in step.requests])
    if path is not None and path.category == "self-escalation" and step.way is GIVES:
        path = None  # the public ways of these calls are on oneself
    name = f" ({path.id}, {path.category})" if path else ""
    calls = "; ".join(f"{one.request.action} on {one.request.resource} by {one.told or 'AWS itself'}" for one in rungs)
    return f"{_short(step.by)} {step.way.told}: {_short(step.to)}{name}: {calls}"


def _short(arn: str) -> str:
    parts = arn.split(":", 5)
    return f"{parts[5]} of {parts[4]}" if len(parts) > 5 and parts[4] else arn


def taken_back(estate: Estate, holder: Holder, rung: Rung) -> Remedy:
    """The call is taken out of the policy that allows it, or held to what cannot lead further."""
    action, by = rung.request.action, next(iter(rung.by), None)
    where = statement_told(by) if by else "the policies"
    trusted, _, of_trust = (by.policy if by else "").partition(", trust policy")
    if of_trust == "" and by and by.policy_type != "identity":
        name = quoted(trusted.removeprefix("role/"))
        return Remedy(
            f"take {holder.name} out of {where}, or ask there for a condition that it does not meet",
            f"aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json",
            f"IAM, Roles, {trusted.removeprefix('role/')}, Trust relationships, Edit",
            f'resource "aws_iam_role": assume_role_policy of {trusted.removeprefix("role/")}',
            "AWS::IAM::Role, AssumeRolePolicyDocument",
        )
    return policy_remedy(
        estate,
        holder,
        by.policy if by else "",
        f"take {action} out of {where}, or hold it to resources that do no harm",
    )


def policy_remedy(estate: Estate, holder: Holder, policy: str, says: str) -> Remedy:
    """What is said, with where the policy of that name is changed."""
    permission_set = permission_set_of(holder.arn)
    if permission_set:
        return _of_permission_set(permission_set, says)
    kind = "user" if isinstance(holder, User) else "role"
    for owner, held in _held(estate, holder):
        if isinstance(held, InlinePolicy) and policy == (held.origin or f"{owner}, inline policy {held.name}"):
            of, name = owner.split("/", 1)
            return Remedy(
                says,
                f"aws iam put-{of}-policy --{of}-name {quoted(name)} --policy-name {quoted(held.name)}"
                " --policy-document file://policy.json",
                f"IAM, {of.title()}s, {name}, Permissions, {held.name}, Edit",
                f'resource "aws_iam_{of}_policy": the policy {held.name} of {name}',
                f"AWS::IAM::{of.title()}, Policies, {held.name}",
            )
    if policy.startswith("arn:") and policy.split(":")[4:5] == ["aws"]:
        return Remedy(
            says,
            f"aws iam detach-{kind}-policy --{kind}-name {quoted(holder.name)} --policy-arn {quoted(policy)}",
            f"IAM, {kind.title()}s, {holder.name}, Permissions, Remove",
            f'resource "aws_iam_{kind}_policy_attachment" of {policy}',
            f"AWS::IAM::{kind.title()}, ManagedPolicyArns",
        )
    if policy.startswith("arn:"):
        return Remedy(
            says,
            f"aws iam create-policy-version --policy-arn {quoted(policy)} --policy-document file://policy.json"
            " --set-as-default",
            f"IAM, Policies, {policy.rpartition('/')[2]}, Edit",
            f'resource "aws_iam_policy" {policy.rpartition("/")[2]}',
            f"AWS::IAM::ManagedPolicy, {policy.rpartition('/')[2]}",
        )
    return Remedy(says)


def _held(estate: Estate, holder: Holder) -> Iterator[tuple[str, object]]:
    return ((one.name, one.held) for one in estate.sources(holder))


def _of_permission_set(name: str, says: str) -> Remedy:
    return Remedy(
        f"{says}: in the permission set {name}, from which Identity Center makes the role",
        "aws sso-admin put-inline-policy-to-permission-set --instance-arn INSTANCE --permission-set-arn SET"
        " --inline-policy file://policy.json",
        f"IAM Identity Center, Permission sets, {name}, Permissions",
        f'resource "aws_ssoadmin_permission_set" {name}',
        f"AWS::SSO::PermissionSet, {name}",
    )
