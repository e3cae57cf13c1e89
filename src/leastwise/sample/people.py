"""Identity Center: people, groups, permission sets, who has which where, and the roles that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leastwise.sample import trusts
from leastwise.sample.aws_policies import AWS_PREFIX
from leastwise.sample.chance import hexes, number, uuid
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, document
from leastwise.sample.names import FAMILY, GIVEN
from leastwise.sample.values import Assignment, Json, PermissionSet, Person, Role

CUSTOM_POLICY = "developer-additions"
_DEVELOPER: Json = document(
    [
        allow(["cloudformation:DescribeStacks", "cloudwatch:Describe*", "lambda:GetFunction", "logs:*"]),
        allow(["sqs:GetQueueAttributes", "sqs:ReceiveMessage"], Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ]
)
_SETS = (
    ("AdministratorAccess", "Everything", ("AdministratorAccess",), (), None, 1),
    ("Developer", "Look into what the team runs", (), (CUSTOM_POLICY,), _DEVELOPER, 8),
    ("ReadOnlyAccess", "Look, do not touch", ("ReadOnlyAccess",), (), None, 8),
    ("PowerUserAccess", "Everything but IAM", ("PowerUserAccess",), (), None, 8),
    ("SecurityAudit", "Security settings", ("SecurityAudit",), (), None, 8),
    ("Billing", "Costs", ("job-function/Billing",), (), None, 4),
)
_GROUP_OF: Mapping[str, str] = {
    "AdministratorAccess": "platform-admins",
    "ReadOnlyAccess": "engineers",
    "PowerUserAccess": "engineers",
    "SecurityAudit": "security",
    "Billing": "finance",
}
_SETS_OF: Mapping[str, tuple[str, ...]] = {
    "workload": ("Developer", "AdministratorAccess", "ReadOnlyAccess"),
    "operations": ("AdministratorAccess", "SecurityAudit", "Billing"),
    "sandbox": ("PowerUserAccess", "AdministratorAccess"),
    "suspended": (),
}
_NEEDS: Mapping[str, tuple[tuple[str, str, int], ...]] = {
    "AdministratorAccess": (
        ("iam:ListRoles", "weekly", 2),
        ("ec2:DescribeVpcs", "weekly", 2),
        ("s3:ListAllMyBuckets", "weekly", 1),
    ),
    "Developer": (
        ("logs:DescribeLogGroups", "workdays", 3),
        ("logs:StartQuery", "workdays", 2),
        ("lambda:GetFunction", "workdays", 1),
        ("cloudformation:DescribeStacks", "weekly", 2),
    ),
    "ReadOnlyAccess": (("ec2:DescribeInstances", "workdays", 2), ("rds:DescribeDBInstances", "weekly", 1)),
    "PowerUserAccess": (("ec2:DescribeInstances", "workdays", 2), ("s3:ListAllMyBuckets", "workdays", 1)),
    "SecurityAudit": (("iam:ListUsers", "workdays", 1), ("securityhub:GetFindings", "workdays", 2)),
    "Billing": (("ce:GetCostAndUsage", "workdays", 2),),
}


def permission_sets_of(seed: int) -> tuple[PermissionSet, ...]:
    """The company's permission sets."""
    return tuple(
        PermissionSet(
            f"ps-{hexes(16, seed, 'set', name)}",
            name,
            told,
            tuple(f"{AWS_PREFIX}{policy}" for policy in managed),
            references,
            inline,
            hours,
        )
        for name, told, managed, references, inline, hours in _SETS
    )


def people_of(seed: int, roles: int, teams: Sequence[str]) -> tuple[Person, ...]:
    """The people, each in `engineers` and a team's group or in another group."""
    return tuple(_person(seed, place, teams) for place in range(max(12, roles // 8)))


def _person(seed: int, place: int, teams: Sequence[str]) -> Person:
    given = GIVEN[place % len(GIVEN)]
    family = FAMILY[(place + place // len(GIVEN)) % len(FAMILY)]
    lap = place // (len(GIVEN) * len(FAMILY))
    special = {0: "platform-admins", 1: "security", 2: "finance"}.get(place % 12)
    groups = (special,) if special else ("engineers", team_group(teams[place % len(teams)]))
    email = f"{given}.{family}{lap or ''}@company.example"
    return Person(uuid(seed, "person", place), given.title(), family.title(), email, groups)


def team_group(team: str) -> str:
    """The group of a team's developers."""
    return f"developers-{team}"


def assign(draft: Draft, sets: Sequence[PermissionSet], people: Sequence[Person]) -> list[Assignment]:
    """The permission sets that are assigned in the account, their roles there after this."""
    wanted = _SETS_OF[draft.kind][: max(1, draft.most_roles // 6)]
    by_name = {permission_set.name: permission_set for permission_set in sets}
    found = []
    for name in wanted:
        group = _GROUP_OF.get(name) or team_group(draft.team)
        emails = tuple(person.email for person in people if group in person.groups)
        _add_role(draft, by_name[name], emails or (people[0].email,))
        found.append(Assignment(draft.id, by_name[name].id, group))
    return found


def _add_role(draft: Draft, permission_set: PermissionSet, emails: tuple[str, ...]) -> None:
    home = draft.regions[0]
    path = f"/aws-reserved/sso.amazonaws.com/{'' if home == 'us-east-1' else home + '/'}"
    name = f"AWSReservedSSO_{permission_set.name}_{hexes(16, 'sso', draft.id, permission_set.name)}"
    for reference in permission_set.references:
        statements = [allow(["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "logs:FilterLogEvents"])]
        draft.managed(reference, document(statements), told="What developers have besides")
    references = tuple(f"arn:aws:iam::{draft.id}:policy/{reference}" for reference in permission_set.references)
    first = number("people", draft.id, permission_set.name) % len(emails)
    draft.roles.append(
        Role(
            draft.id,
            name,
            path,
            "identity-center",
            draft.ago(500, 1500, "born", name),
            home,
            trusts.identity_center(draft.id),
            (("AwsSSOInlinePolicy", permission_set.inline),) if permission_set.inline else (),
            (*permission_set.managed, *references),
            habits=tuple(
                draft.habit(action, permission_set.name.lower(), rhythm, calls, by=name)
                for action, rhythm, calls in _NEEDS[permission_set.name]
            ),
            session="person",
            sessions=(*emails[first:], *emails[:first])[:4],
            has_mfa=True,
        )
    )


def group_id(store: str, group: str) -> str:
    """The id of a group in the identity store."""
    return uuid(store, "group", group)
