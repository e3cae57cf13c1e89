"""The ordinary inhabitants of an account: roles of applications, of AWS services and of people, users, resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import cycle

from leastwise.sample import trusts
from leastwise.sample.archetypes import APPS, ARCHETYPES, REFUSED, SERVICE_LINKED, SERVICE_LINKED_NEEDS, Archetype
from leastwise.sample.aws_policies import AWS_PREFIX, literal_actions
from leastwise.sample.chance import hexes, number, pick, unique_id
from leastwise.sample.draft import Draft
from leastwise.sample.grants import (
    STYLE_NAMES,
    Setting,
    allow,
    document,
    fillers,
    grants_for,
    scoped,
    styled,
    vpc_endpoint,
)
from leastwise.sample.guardrails import BOUNDARY
from leastwise.sample.names import CI_ORGANIZATION, FAMILY, GIVEN, VENDORS
from leastwise.sample.resources import add_resources
from leastwise.sample.rhythm import SEASONAL
from leastwise.sample.values import Fault, Group, Habit, Json, Key, Role, User

_BOUNDED = ("function", "task", "job")
_WITH_ENDPOINT = ("task", "instance")


def populate(draft: Draft) -> None:
    """The account has as many roles, users and policies as it may."""
    for kind, archetypes in cycle(APPS[draft.kind]):
        if draft.room <= 0:
            break
        app = draft.next_app(kind)
        for archetype in archetypes[: draft.room]:
            add_role(draft, ARCHETYPES[archetype], app)
        add_resources(draft, app, archetypes)
    while draft.places > 0:
        _USERS[draft.places % len(_USERS)](draft)
    while len(draft.policies) < draft.most_policies:
        _add_spare_policy(draft)


def add_role(
    draft: Draft,
    archetype: Archetype,
    app: str,
    *,
    trust: Json | None = None,
    policy: Json | None = None,
    name: str = "",
    until: date | None = None,
) -> Role:
    """A role of an archetype, with a policy of some style; `until` is when its use ended."""
    name = draft.fresh(name or archetype.role.format(app=app))
    habits = tuple(_need(draft, need, app, by=name, until=until) for need in archetype.needs)
    endpoint = vpc_endpoint(draft.id, draft.region_of(app)) if archetype.name in _WITH_ENDPOINT else ""
    attached = tuple(f"{AWS_PREFIX}{policy_name}" for policy_name in archetype.attached)
    wanted = policy or _policy(draft, archetype, app, name=name, habits=habits, endpoint=endpoint)
    inline, managed = draft.own_policy(name, wanted) if wanted["Statement"] else ((), ())
    role = Role(
        draft.id,
        name,
        archetype.path,
        archetype.name,
        _created(draft, name, habits),
        draft.region_of(app),
        trust or _trust(draft, archetype, app),
        inline,
        (*attached, *managed),
        _boundary(draft, archetype, name),
        (("app", app), ("team", draft.team)),
        habits,
        archetype.unlogged,
        archetype.session,
        _sessions(archetype, app, draft.id),
        archetype.trusted if archetype.trusted not in _TRUSTS else "",
        pick(REFUSED, draft.id, name) if archetype.is_refused_at_times and not policy else "",
        endpoint=endpoint,
    )
    draft.roles.append(role)
    _remember_lookalike(draft, role)
    return role


def _policy(
    draft: Draft, archetype: Archetype, app: str, *, name: str, habits: tuple[Habit, ...], endpoint: str
) -> Json:
    """What the role needs and its AWS managed policies do not name, in some style."""
    attached = tuple(f"{AWS_PREFIX}{policy_name}" for policy_name in archetype.attached)
    unlogged = [(action, app) for action in archetype.unlogged]
    grants = grants_for(draft.id, draft.region_of(app), habits=habits, unlogged=unlogged)
    own = [grant for grant in grants if grant.action not in literal_actions(attached)]
    return styled(pick(STYLE_NAMES, "style", draft.id, name), own, Setting(app, draft.organization, endpoint))


def bucket_name(draft: Draft, app: str) -> str:
    """The application's bucket: names of buckets are unique in the world."""
    return f"{draft.company}-{app}-{draft.id}"


def _need(draft: Draft, need: tuple[str, str, int], app: str, *, by: str, until: date | None) -> Habit:
    action, rhythm, calls = need
    name = bucket_name(draft, app) if action.startswith("s3:") else app
    return draft.habit(action, name, rhythm, calls, by=by, until=until)


def _created(draft: Draft, name: str, habits: tuple[Habit, ...]) -> date:
    is_young = number("young", draft.id, name) % 8 == 0 and all(
        habit.rhythm in ("daily", "workdays", "weekly") and not habit.until for habit in habits
    )
    return draft.ago(40, 380, "born", name) if is_young else draft.ago(900, 2100, "born", name)


def _boundary(draft: Draft, archetype: Archetype, name: str) -> str:
    wanted = archetype.name in _BOUNDED and number("bounded", draft.id, name) % 6 == 0
    arn = f"arn:aws:iam::{draft.id}:policy/{BOUNDARY}"
    return arn if wanted and any(policy.arn == arn for policy in draft.policies) else ""


def _trust(draft: Draft, archetype: Archetype, app: str) -> Json:
    make = _TRUSTS.get(archetype.trusted)
    return make(draft, app) if make else trusts.service(archetype.trusted, draft.id)


def _github(draft: Draft, app: str) -> Json:
    return trusts.github(draft.id, f"{CI_ORGANIZATION.format(company=draft.company)}/{app}")


def _vendor(draft: Draft, app: str) -> Json:
    _, account = pick(VENDORS, draft.id, app)
    return trusts.vendor(account, hexes(16, "external id", draft.id, app))


def _organization(draft: Draft, app: str) -> Json:
    return trusts.organization_account(draft.management, draft.organization)


_TRUSTS: Mapping[str, Callable[[Draft, str], Json]] = {
    "github": _github,
    "vendor": _vendor,
    "organization": _organization,
}


def _sessions(archetype: Archetype, app: str, account: str) -> tuple[str, ...]:
    if archetype.session == "instance":
        return tuple(f"i-0{hexes(16, account, app, place)}" for place in range(3))
    names = {"function": app, "github": "GitHubActions", "vendor": f"{app}-collector", "reader": "inventory"}
    return (names[archetype.session],) if archetype.session in names else ()


def _remember_lookalike(draft: Draft, role: Role) -> None:
    seasonal = next((rhythm for rhythm in SEASONAL if role.archetype == f"{rhythm}-job"), "")
    if seasonal:
        draft.lookalikes.append(Fault("seasonal-job", draft.id, (role.arn,), how=seasonal))
    kind = {"vendor": "vendor-with-external-id", "reader": "trust-inside-organization"}.get(role.archetype, "")
    if kind:
        draft.lookalikes.append(Fault(kind, draft.id, (role.arn,)))


def add_service_linked(draft: Draft, count: int) -> None:
    """Roles of AWS services, which only these can assume."""
    for name, service, policy in SERVICE_LINKED[:count]:
        habits = tuple(
            draft.habit(action, service, rhythm, calls, by=name)
            for action, rhythm, calls in SERVICE_LINKED_NEEDS.get(service, ())
        )
        draft.roles.append(
            Role(
                draft.id,
                draft.fresh(name),
                f"/aws-service-role/{service}.amazonaws.com/",
                "service-linked",
                draft.joined,
                draft.regions[0],
                trusts.several_services(service),
                attached=(f"{AWS_PREFIX}aws-service-role/{policy}",),
                habits=habits,
                session="service-linked",
                service=service,
            )
        )


def add_user(draft: Draft, *, name: str = "", habits: tuple[Habit, ...] | None = None) -> User:
    """A user of a machine, with a key that works every day."""
    app = draft.next_app("sync")
    name = draft.fresh(name or f"svc-{app}")
    region, bucket = draft.region_of(app), bucket_name(draft, app)
    if habits is None:
        habits = (
            draft.habit("s3:PutObject", bucket, "daily", 2, by=name),
            draft.habit("s3:GetBucketLocation", bucket, "daily", 1, by=name),
        )
    own = scoped(grants_for(draft.id, region, habits=habits, unlogged=()), Setting(app, draft.organization, ""))
    created = draft.ago(900, 2000, "born", name)
    user = User(
        draft.id,
        name,
        "/service/",
        "machine-user",
        created,
        region,
        inline=(("access", document(own)),) if own else (),
        tags=(("team", draft.team),),
        keys=(key_of(draft, name, created),),
        habits=habits,
    )
    draft.users.append(user)
    return user


def _add_machine(draft: Draft) -> None:
    add_user(draft)


def _add_person(draft: Draft) -> None:
    """A person who signs in with a second factor and has what the group has."""
    group = _staff(draft)
    name = f"{pick(GIVEN, draft.id, draft.places)[0]}.{pick(FAMILY, 'family', draft.id, draft.places)}"
    name = draft.fresh(name)
    habits = tuple(
        draft.habit(action, name, rhythm, 2, by=name)
        for action, rhythm in (("ec2:DescribeInstances", "workdays"), ("s3:ListAllMyBuckets", "weekly"))
    )
    used = draft.ago(1, 3, "password", name)
    created = draft.ago(900, 2000, "born", name)
    draft.users.append(
        User(
            draft.id,
            name,
            "/",
            "person",
            created,
            draft.regions[0],
            groups=(group.name,),
            tags=(("team", draft.team),),
            has_password=True,
            has_mfa=True,
            password_used=used,
            habits=habits,
        )
    )


def _staff(draft: Draft) -> Group:
    """The account's group of people: reading, and nothing without a second factor."""
    found = next((group for group in draft.groups if group.name == "staff"), None)
    if found is None:
        condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
        kept = ["iam:ChangePassword", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
        fence: Json = {
            "Sid": "NothingWithoutMfa",
            "Effect": "Deny",
            "NotAction": kept,
            "Resource": "*",
            "Condition": condition,
        }
        attached = (f"{AWS_PREFIX}IAMUserChangePassword", f"{AWS_PREFIX}ReadOnlyAccess")
        found = Group(draft.id, "staff", draft.joined, (("require-mfa", document([fence])),), attached)
        draft.groups.append(found)
    return found


_USERS: tuple[Callable[[Draft], None], ...] = (_add_machine, _add_person, _add_machine)


def key_of(draft: Draft, name: str, created: date, place: int = 1) -> Key:
    """The user's first or second access key."""
    return Key(unique_id("AKIA", draft.id, name, place)[:20], created)


def _add_spare_policy(draft: Draft) -> None:
    app = draft.next_app("archive")
    count = _LONG if number("long", draft.id, app) % 5 == 0 else 1
    on = fillers(draft.id, draft.region_of(app), app)
    tables = ["arn:aws:dynamodb:{region}:{account}:table/{name}".format(**on) + f"-{n}" for n in range(count)]
    statements = [allow(["dynamodb:GetItem", "dynamodb:Query"], tables)]
    draft.managed(f"{app}-read", document(statements), path="/app/", told="Read access, attached to nobody")


_LONG = 70
"""So many tables nearly fill a managed policy."""
