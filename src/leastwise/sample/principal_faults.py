"""Faults of single principals: administrators nobody remembers, trust without limits, use that ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from leastwise.sample import trusts
from leastwise.sample.archetypes import ARCHETYPES, Archetype
from leastwise.sample.aws_policies import ADMINISTRATOR, AWS_PREFIX
from leastwise.sample.chance import digits, pick
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, document, grants_for
from leastwise.sample.populate import add_role, add_user, bucket_name, key_of
from leastwise.sample.resources import add_resources
from leastwise.sample.values import Fault, Group, Habit, Json, Role

BREAK_GLASS_USERS = ("breakglass-1", "breakglass-2")
_FORGOTTEN = ("legacy-admin", "terraform-bootstrap", "jenkins-old", "poc-setup", "migration-2021")
_EMERGENCY = Archetype(
    "break-glass", "", "", "drill", (("iam:ListRoles", "yearly", 2), ("ec2:DescribeVpcs", "yearly", 3))
)


def plain_role(
    draft: Draft,
    name: str,
    archetype: str,
    trust: Json,
    *,
    policy: Json | None = None,
    attached: tuple[str, ...] = (),
    habits: tuple[Habit, ...] = (),
    boundary: str = "",
    path: str = "/",
    session: str = "function",
    service: str = "",
    unlogged: tuple[str, ...] = (),
) -> Role:
    """A role outside the applications, with exactly this policy."""
    role = Role(
        draft.id,
        name,
        path,
        archetype,
        draft.ago(900, 2100, "born", name),
        draft.regions[0],
        trust,
        (("access", policy),) if policy else (),
        attached,
        boundary,
        (("team", draft.team),),
        habits,
        unlogged,
        session,
        (name,),
        service,
    )
    draft.roles.append(role)
    return role


def forgotten_admin(draft: Draft) -> None:
    """An administrator whose use ended long ago."""
    name = draft.fresh(pick(_FORGOTTEN, draft.id, len(draft.roles)))
    until = draft.ago(140, 700, "until", name)
    habit = draft.habit("iam:ListRoles", name, "weekly", 2, by=name, until=until)
    trust = trusts.account_root(draft.id)
    role = plain_role(
        draft, name, "administrator", trust, attached=(ADMINISTRATOR,), habits=(habit,), session="chained"
    )
    draft.faults.append(Fault("forgotten-admin", draft.id, (role.arn,), how="role", policies=(ADMINISTRATOR,)))


def forgotten_admin_user(draft: Draft) -> None:
    """A person who left, in a group of administrators."""
    group = administrators(draft)
    name = draft.fresh(pick(("j.harlow", "tmp-consultant", "m.oduya", "root-backup"), draft.id))
    user = add_user(draft, name=name, habits=())
    last = draft.ago(200, 390, "password", name)
    draft.users[-1] = replace(
        user,
        path="/",
        archetype="person",
        groups=(group.name,),
        keys=(),
        has_password=True,
        password_used=last,
        has_mfa=True,
    )
    arn = draft.users[-1].arn
    draft.faults.append(Fault("forgotten-admin", draft.id, (arn,), how="user", policies=(ADMINISTRATOR,)))


def administrators(draft: Draft) -> Group:
    """The account's group of administrators."""
    found = next((group for group in draft.groups if group.name == "administrators"), None)
    if found is None:
        found = Group(draft.id, "administrators", draft.joined, attached=(ADMINISTRATOR,))
        draft.groups.append(found)
    return found


def unknown_trust(draft: Draft) -> None:
    """An account outside the organization may assume the role, and needs no external id."""
    app = draft.next_app("exchange")
    name, stranger = draft.fresh(f"{app}-external"), digits(12, "stranger", draft.id, app)
    bucket = bucket_name(draft, app)
    habits = (
        draft.habit("s3:GetBucketLocation", bucket, "weekly", 1, by=name),
        draft.habit("s3:ListBucket", bucket, "weekly", 2, by=name),
    )
    grants = grants_for(draft.id, draft.regions[0], habits=habits, unlogged=())
    policy = document([allow([grant.action], grant.resources) for grant in grants])
    trust = trusts.account_root(stranger)
    role = plain_role(draft, name, "external", trust, policy=policy, habits=habits, session="vendor")
    draft.faults.append(Fault("unknown-trust", draft.id, (role.arn,), how=stranger))


def unused_role(draft: Draft) -> None:
    """A role of an application that was switched off."""
    archetype = ARCHETYPES[pick(("function", "task", "job", "workflow"), draft.id, len(draft.roles))]
    app = draft.next_app("retired")
    role = add_role(draft, replace(archetype, unlogged=()), app, until=draft.ago(130, 700, "until", app))
    add_resources(draft, app, (archetype.name,))
    draft.faults.append(Fault("unused-role", draft.id, (role.arn,)))


def never_used_role(draft: Draft) -> None:
    """A role that was made and never assumed."""
    name = draft.fresh(f"{draft.next_app('pilot')}-function")
    policy = document([allow(["dynamodb:GetItem", "sqs:SendMessage"])])
    role = plain_role(draft, name, "function", trusts.service("lambda", draft.id), policy=policy, service="lambda")
    draft.faults.append(Fault("unused-role", draft.id, (role.arn,), how="never"))


def unused_user(draft: Draft) -> None:
    """A user whose key last worked long ago."""
    name = draft.fresh(f"svc-{draft.next_app('feed')}")
    last = draft.ago(150, 700, "until", name)
    bucket = bucket_name(draft, name)
    add_user(draft, name=name, habits=(draft.habit("s3:PutObject", bucket, "daily", 2, by=name, until=last),))
    draft.faults.append(Fault("unused-user", draft.id, (draft.users[-1].arn,)))


def unused_key(draft: Draft) -> None:
    """A second key that was made for a rotation and never used."""
    user = add_user(draft)
    second = key_of(draft, user.name, draft.ago(300, 800, "second", user.name), 2)
    draft.users[-1] = replace(user, keys=(*user.keys, second))
    draft.faults.append(Fault("unused-key", draft.id, (user.arn,), how=second.id))


def password_without_mfa(draft: Draft) -> None:
    """A person who signs in with a password alone."""
    name = draft.fresh(pick(("k.lindqvist", "p.marchetti", "s.oyelaran", "t.brandvold"), draft.id))
    bucket = bucket_name(draft, "shared")
    habits = (draft.habit("s3:ListAllMyBuckets", bucket, "workdays", 1, by=name),)
    user = add_user(draft, name=name, habits=habits)
    draft.users[-1] = replace(
        user,
        path="/",
        archetype="person",
        keys=(),
        has_password=True,
        password_used=draft.ago(1, 3, "password", name),
    )
    draft.faults.append(Fault("password-without-mfa", draft.id, (draft.users[-1].arn,)))


def over_broad_role(draft: Draft) -> None:
    """Whole services on everything, for a handful of actions."""
    services = ("s3", "dynamodb", "sqs", "sns", "kinesis", "athena", "logs", "secretsmanager", "cloudwatch", "ec2")
    names = [f"{service}:{'Describe*' if service == 'ec2' else '*'}" for service in services]
    policy = document([allow([*names, "kms:Decrypt"])])
    function = replace(ARCHETYPES["function"], attached=())
    app = draft.next_app("core")
    role = add_role(draft, function, app, policy=policy)
    draft.roles[-1] = replace(role, boundary="")
    add_resources(draft, app, (function.name,))
    draft.faults.append(Fault("over-broad-role", draft.id, (role.arn,), how="whole services"))


def temporary_grant(draft: Draft) -> None:
    """A grant for a migration that is over."""
    app, source = draft.next_app("store"), bucket_name(draft, "old-store")
    end = draft.ago(150, 330, "migration", app)
    function = ARCHETYPES["function"]
    owner = function.role.format(app=app)
    moved = replace(
        draft.habit("s3:DeleteObject", source, "daily", 3, by=owner), since=end - timedelta(days=18), until=end
    )
    title = f"temp-migration-{end:%Y-%m}"
    policy = document([allow(["s3:DeleteObject", "s3:GetObject", "s3:ListBucket"], _whole(source), Sid="Migration")])
    role = add_role(draft, function, app)
    created = draft.ago(900, 2100, "born", app)
    inline, habits = (*role.inline, (title, policy)), (*role.habits, moved)
    draft.roles[-1] = replace(role, created=created, inline=inline, habits=habits)
    add_resources(draft, app, (function.name,))
    draft.faults.append(Fault("temporary-grant", draft.id, (role.arn,), how=title))


def break_glass_without_mfa(draft: Draft) -> None:
    """The way in for emergencies is open without a second factor."""
    role = _break_glass(draft, "emergency-access", trusts.account_root(draft.management))
    draft.faults.append(Fault("break-glass-without-mfa", draft.id, (role.arn,)))


def break_glass(draft: Draft) -> None:
    """The way in for emergencies, with a second factor."""
    role = _break_glass(draft, "break-glass", trusts.account_root_with_mfa(draft.management))
    draft.roles[-1] = replace(role, has_mfa=True)
    draft.lookalikes.append(Fault("break-glass-with-mfa", draft.id, (role.arn,), policies=(ADMINISTRATOR,)))


def _break_glass(draft: Draft, name: str, trust: Json) -> Role:
    name = draft.fresh(name)
    habits = tuple(
        Habit(action, name, rhythm, calls, drill_day(draft.seed)) for action, rhythm, calls in _EMERGENCY.needs
    )
    path = "/emergency/"
    return plain_role(
        draft, name, "break-glass", trust, attached=(ADMINISTRATOR,), habits=habits, path=path, session="drill"
    )


def drill_day(seed: int) -> int:
    """The salt of the day of the yearly drill, one for the whole company."""
    return (seed * 37 + 101) % 336


def github_without_subject(draft: Draft) -> None:
    """Any repository at GitHub may deploy."""
    archetype = ARCHETYPES[pick(("function-deploy", "service-deploy"), draft.id, len(draft.roles))]
    role = add_role(draft, archetype, draft.next_app("site"), trust=trusts.github_without_subject(draft.id))
    draft.faults.append(Fault("github-trust-without-subject", draft.id, (role.arn,)))


def seasonal(rhythm: str, draft: Draft) -> None:
    """A job that runs once a month, quarter or year: silence is no sign that it is not needed."""
    add_role(draft, ARCHETYPES[f"{rhythm}-job"], draft.next_app("close"))


def audited_vendor(draft: Draft) -> None:
    """A known vendor, as its manual asks for it."""
    role = add_role(draft, ARCHETYPES["vendor"], draft.next_app("partner"))
    draft.roles[-1] = replace(role, attached=(*role.attached, f"{AWS_PREFIX}SecurityAudit"))


def _whole(bucket: str) -> list[str]:
    return [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
