"""Ways to become an administrator in one step or several, and boundaries that do not bind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leastwise.sample import trusts
from leastwise.sample.aws_policies import ADMINISTRATOR
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, document
from leastwise.sample.guardrails import BOUNDARY, delegated_boundary, publishing_boundary
from leastwise.sample.populate import add_user
from leastwise.sample.principal_faults import administrators, plain_role
from leastwise.sample.values import Fault, Json, Role, Step

_READING = ("ec2:DescribeInstances", "daily", 2)


def attach_own(draft: Draft) -> None:
    """The role may attach any policy to itself."""
    name = draft.fresh("onboarding-automation")
    own = f"arn:aws:iam::{draft.id}:role/platform/{name}"
    role = _holder(draft, name, [allow(["iam:AttachRolePolicy"], [own])])
    _escalation(draft, "attach-own", [Step(role.arn, ("iam:AttachRolePolicy",), ADMINISTRATOR)])


def new_version(draft: Draft) -> None:
    """The role may write a new version of a policy that it has."""
    name = draft.fresh("config-sync")
    title = draft.fresh(f"{name}-policy")
    arn = f"arn:aws:iam::{draft.id}:policy/{title}"
    draft.taken.discard(title)
    policy = document([allow([_READING[0]]), allow(["iam:CreatePolicyVersion"], [arn], Sid="KeepInSync")])
    assert arn == draft.managed(title, policy)
    role = _holder(draft, name, [], attached=(arn,))
    _escalation(draft, "new-version", [Step(role.arn, ("iam:CreatePolicyVersion",), arn)])


def update_trust(draft: Draft) -> None:
    """The role may let itself into an administrator."""
    target = administrator(draft)
    actions = ("iam:UpdateAssumeRolePolicy", "sts:AssumeRole")
    role = _holder(draft, draft.fresh("trust-rotation"), [allow(actions, [target.arn])])
    _escalation(draft, "update-trust", [Step(role.arn, actions, target.arn)])


def pass_to_function(draft: Draft) -> None:
    """The role may run code as an administrator."""
    target = administrator(draft)
    actions = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    role = _holder(draft, draft.fresh("function-factory"), [allow(actions)])
    _escalation(draft, "pass-to-function", [Step(role.arn, actions, target.arn)])


def add_to_group(draft: Draft) -> None:
    """A user may make itself a member of the administrators."""
    group = administrators(draft)
    user = add_user(draft, name="svc-membership")
    grant = document([allow(["iam:AddUserToGroup"], [group.arn], Sid="Membership")])
    draft.users[-1] = replace(user, inline=(*user.inline, ("membership", grant)))
    _escalation(draft, "add-to-group", [Step(user.arn, ("iam:AddUserToGroup",), group.arn)])


def assume_then_put(draft: Draft) -> None:
    """The role may assume another, which may write its own policy."""
    second_name, first_name = draft.fresh("tenant-setup"), draft.fresh("ticket-bot")
    first_arn, second_arn = (f"arn:aws:iam::{draft.id}:role/platform/{name}" for name in (first_name, second_name))
    first = _holder(draft, first_name, [allow(["sts:AssumeRole"], [second_arn])], assumes=second_arn)
    put = [allow(["iam:PutRolePolicy"], [second_arn])]
    second = _holder(draft, second_name, put, trust=trusts.principals(first_arn))
    last = Step(second.arn, ("iam:PutRolePolicy",), ADMINISTRATOR)
    _escalation(draft, "put-own", [last])
    _escalation(draft, "assume-then-put", [Step(first.arn, ("sts:AssumeRole",), second.arn), last])


def assume_then_pass(draft: Draft) -> None:
    """The role may assume another, which may start an instance as an administrator."""
    target = administrator(draft)
    second_name, first_name = draft.fresh("image-builder"), draft.fresh("pipeline-runner")
    first_arn, second_arn = (f"arn:aws:iam::{draft.id}:role/platform/{name}" for name in (first_name, second_name))
    first = _holder(draft, first_name, [allow(["sts:AssumeRole"], [second_arn])], assumes=second_arn)
    start = [allow(["ec2:RunInstances"]), allow(["iam:PassRole"], [f"arn:aws:iam::{draft.id}:role/platform/*"])]
    second = _holder(draft, second_name, start, trust=trusts.principals(first_arn))
    last = Step(second.arn, ("iam:PassRole", "ec2:RunInstances"), target.arn)
    _escalation(draft, "pass-to-instance", [last])
    _escalation(draft, "assume-then-pass", [Step(first.arn, ("sts:AssumeRole",), second.arn), last])


def administrator(draft: Draft) -> Role:
    """The account's automation, an administrator that uses few actions."""
    name = "platform-automation"
    found = next((role for role in draft.roles if role.name == name), None)
    if found:
        return found
    habits = [
        draft.habit(action, name, rhythm, 2, by=name)
        for action, rhythm in (
            ("cloudformation:DescribeStacks", "workdays"),
            ("iam:ListRoles", "weekly"),
            ("ec2:DescribeRegions", "workdays"),
        )
    ]
    trust = trusts.several_services("lambda", "ec2")
    role = plain_role(
        draft,
        draft.fresh(name),
        "automation",
        trust,
        attached=(ADMINISTRATOR,),
        habits=tuple(habits),
        path="/platform/",
        service="lambda",
    )
    told = Fault("over-broad-role", draft.id, (role.arn,), how="administrator", policies=(ADMINISTRATOR,))
    draft.faults.append(told)
    return role


def creates_without_boundary(draft: Draft) -> None:
    """A role that makes roles may make them without the boundary that binds it."""
    name = draft.fresh("role-maker")
    actions = ("iam:CreateRole", "iam:PutRolePolicy")
    made = f"arn:aws:iam::{draft.id}:role/team/*"
    role = _holder(draft, name, [allow(actions, [made])], boundary=_makers_boundary(draft), path="/team/")
    steps = (Step(role.arn, actions, made),)
    _gap(draft, role, "creates-without-boundary", steps)


def boundary_removable(draft: Draft) -> None:
    """An administrator within a boundary, who may remove it."""
    boundary = _makers_boundary(draft)
    role = _holder(draft, draft.fresh("team-admin"), [], attached=(ADMINISTRATOR,), boundary=boundary, path="/team/")
    steps = (Step(role.arn, ("iam:DeleteRolePermissionsBoundary",), ADMINISTRATOR),)
    _gap(draft, role, "boundary-removable", steps)


def boundary_editable(draft: Draft) -> None:
    """An administrator within a boundary, who may write a new version of it."""
    boundary = _makers_boundary(draft)
    name = draft.fresh("team-policies")
    statements = [allow(["iam:CreatePolicyVersion"], [boundary]), allow(["iam:*"])]
    role = _holder(draft, name, statements, boundary=boundary, path="/tools/")
    _gap(draft, role, "boundary-editable", (Step(role.arn, ("iam:CreatePolicyVersion",), boundary),))


def boundary_required(draft: Draft) -> None:
    """A role that makes roles, each with a boundary: as it should be."""
    made = f"arn:aws:iam::{draft.id}:role/made/*"
    boundary = f"arn:aws:iam::{draft.id}:policy/{BOUNDARY}"
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    statements = [allow(["iam:CreateRole", "iam:PutRolePolicy"], [made], Sid="WithBoundary", Condition=condition)]
    role = _holder(draft, draft.fresh("tenant-roles"), statements)
    draft.lookalikes.append(Fault("creates-with-boundary", draft.id, (role.arn,), policies=(boundary,)))


def passes_unbound(draft: Draft) -> None:
    """A role within a boundary, which may run code as an administrator without one."""
    target = administrator(draft)
    actions = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    statements = [allow(["iam:PassRole"], [target.arn]), allow(actions[1:])]
    name = draft.fresh("function-publisher")
    role = _holder(draft, name, statements, boundary=_publishers_boundary(draft), path="/publishing/")
    _gap(draft, role, "passes-unbound", (Step(role.arn, actions, target.arn),))


def passes_bounded(draft: Draft) -> None:
    """A role within a boundary, which may run code as a role within the same one: as it should be."""
    boundary = _publishers_boundary(draft)
    reading = document([allow([_READING[0], "s3:GetObject", "sqs:SendMessage"])])
    runner = plain_role(
        draft,
        draft.fresh("published-runner"),
        "automation",
        trusts.service("lambda", draft.id),
        policy=reading,
        habits=(draft.habit(_READING[0], "published-runner", "daily", 1, by="published-runner"),),
        boundary=boundary,
        path="/publishing/",
        service="lambda",
    )
    statements = [allow(["iam:PassRole"], [runner.arn]), allow(["lambda:CreateFunction", "lambda:InvokeFunction"])]
    role = _holder(draft, draft.fresh("app-publisher"), statements, boundary=boundary, path="/publishing/")
    draft.lookalikes.append(Fault("passes-bounded", draft.id, (role.arn,), policies=(boundary,)))


def _holder(
    draft: Draft,
    name: str,
    statements: Sequence[Json],
    *,
    trust: Json | None = None,
    attached: tuple[str, ...] = (),
    boundary: str = "",
    path: str = "/platform/",
    assumes: str = "",
) -> Role:
    """A role that reads a little every day, and may do more than that."""
    action, rhythm, calls = _READING
    policy = document([allow([action]), *statements]) if not attached else None
    habits = [draft.habit(action, name, rhythm, calls, by=name)]
    if assumes:
        habits.append(draft.habit("sts:AssumeRole", assumes, "daily", 1, by=name))
    return plain_role(
        draft,
        name,
        "automation",
        trust or trusts.service("lambda", draft.id),
        policy=policy,
        attached=attached,
        habits=tuple(habits),
        boundary=boundary,
        path=path,
        session="chained" if trust else "function",
        service="" if trust else "lambda",
    )


def _makers_boundary(draft: Draft) -> str:
    name = f"{BOUNDARY}-makers"
    found = next((policy.arn for policy in draft.policies if policy.name == name), "")
    return found or draft.managed(name, delegated_boundary(draft.id), told="Ceiling of those who make roles")


def _publishers_boundary(draft: Draft) -> str:
    name = f"{BOUNDARY}-publishers"
    found = next((policy.arn for policy in draft.policies if policy.name == name), "")
    return found or draft.managed(name, publishing_boundary(draft.id), told="Ceiling of those who publish functions")


def _escalation(draft: Draft, how: str, steps: Sequence[Step]) -> None:
    kind = "escalation" if len(steps) == 1 else "escalation-chain"
    draft.faults.append(Fault(kind, draft.id, (steps[0].source,), how=how, chain=tuple(steps)))


def _gap(draft: Draft, role: Role, how: str, steps: tuple[Step, ...]) -> None:
    gap = Fault("boundary-gap", draft.id, (role.arn,), how=how, chain=steps, policies=(role.boundary,))
    draft.faults.append(gap)
