"""Policies as people write them: the same needs, granted in many styles, none of them too little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from leastwise.sample.calls import CALLS, UNLOGGED
from leastwise.sample.chance import hexes, letters, uuid
from leastwise.sample.values import Habit, Json


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on the ARNs that it is needed on."""

    action: str
    resources: tuple[str, ...]

    @property
    def service(self) -> str:
        """The service's prefix."""
        return self.action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a style may hang a condition on."""

    app: str
    organization: str
    endpoint: str


@lru_cache(maxsize=512)
def fillers(account: str, region: str, name: str) -> Mapping[str, str]:
    """What stands for a resource's name and the ids that follow from it."""
    found = {
        "account": account,
        "region": region,
        "name": name,
        "key": uuid("key", account, name),
        "suffix": letters(6, "secret", account, name),
        "database": name.replace("-", "_"),
    }
    return MappingProxyType(found)


def vpc_endpoint(account: str, region: str) -> str:
    """The account's VPC endpoint in the Region."""
    return f"vpce-0{hexes(16, 'endpoint', account, region)}"


def grants_for(
    account: str, region: str, *, habits: Iterable[Habit], unlogged: Iterable[tuple[str, str]]
) -> tuple[Grant, ...]:
    """What the habits need, and the unlogged actions on the named application."""
    found: dict[str, set[str]] = defaultdict(set)
    for habit in habits:
        found[habit.action].add(CALLS[habit.action].on.format(**fillers(account, region, habit.name)))
    for action, name in unlogged:
        found[action].add(UNLOGGED[action].format(**fillers(account, region, name)))
    return tuple(Grant(action, tuple(sorted(found[action]))) for action in sorted(found))


def document(statements: Sequence[Json]) -> Json:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Iterable[str], resources: Iterable[str] = ("*",), **more: object) -> Json:
    """An Allow; `more` are further elements."""
    return {"Effect": "Allow", "Action": _one_or_all(actions), "Resource": _one_or_all(resources), **more}


def deny(actions: Iterable[str], resources: Iterable[str] = ("*",), **more: object) -> Json:
    """A Deny; `more` are further elements."""
    return allow(actions, resources, **more) | {"Effect": "Deny"}


def styled(style: str, grants: Sequence[Grant], setting: Setting) -> Json:
    """The policy of a style that grants at least this."""
    return document(STYLES[style](grants, setting))


def _one_or_all(names: Iterable[str]) -> str | list[str]:
    found = sorted(set(names))
    return found[0] if len(found) == 1 else found


def _passing(grant: Grant) -> Json:
    receivers = ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]
    return allow(
        [grant.action],
        grant.resources,
        Sid="PassOwnRoles",
        Condition={"StringEquals": {"iam:PassedToService": receivers}},
    )


def _by_resources(grants: Sequence[Grant]) -> list[tuple[tuple[str, ...], list[Grant]]]:
    found: dict[tuple[str, tuple[str, ...]], list[Grant]] = defaultdict(list)
    for grant in grants:
        if grant.action != "iam:PassRole":
            found[(grant.service, grant.resources)].append(grant)
    return [(key[1], members) for key, members in sorted(found.items())]


def _passed(grants: Sequence[Grant]) -> list[Json]:
    return [_passing(grant) for grant in grants if grant.action == "iam:PassRole"]


def scoped(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    """Each action on its own resources."""
    return [allow((g.action for g in members), on) for on, members in _by_resources(grants)] + _passed(grants)


def _by_verb(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    statements = [
        allow((_verb(g.action) if on != ("*",) or g.service == "ec2" else g.action for g in members), on)
        for on, members in _by_resources(grants)
    ]
    return statements + _passed(grants)


def _verb(action: str) -> str:
    service, _, name = action.partition(":")
    verb = next((verb for verb in ("Describe", "List", "Get") if name.startswith(verb)), "")
    return f"{service}:{verb}*" if verb else action


def _service_wide(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    statements = [
        allow([f"{members[0].service}:*"] if members[0].service in _HARMLESS else (g.action for g in members), on)
        for on, members in _by_resources(grants)
    ]
    return statements + _passed(grants)


def _everywhere(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    open_ones = [g for g in grants if g.service in _HARMLESS]
    rest = [g for g in grants if g.service not in _HARMLESS]
    statements = [allow(g.action for g in open_ones)] if open_ones else []
    return statements + scoped(rest, setting)


def _not_action(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    buckets = {resource for g in grants if g.service == "s3" for resource in g.resources if resource != "*"}
    if not buckets:
        return scoped(grants, setting)
    kept = ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy"]
    first: Json = {"Sid": "AllButTheBucketItself", "Effect": "Allow", "NotAction": kept, "Resource": sorted(buckets)}
    return [first, *scoped([g for g in grants if g.service != "s3" or g.resources == ("*",)], setting)]


def _tagged(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    condition = {"StringEquals": {"aws:ResourceTag/app": setting.app}}
    return [
        statement | {"Condition": condition} if members[0].service in _TAGGED and on != ("*",) else statement
        for (on, members), statement in zip(_by_resources(grants), scoped(grants, setting), strict=False)
    ] + _passed(grants)


def _in_organization(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    condition = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": setting.organization}}
    fence = deny(["s3:*", "sqs:*", "sns:*"], Sid="StayInTheOrganization", Condition=condition)
    return [*scoped(grants, setting), fence]


def _through_endpoint(grants: Sequence[Grant], setting: Setting) -> list[Json]:
    condition = {"StringEquals": {"aws:SourceVpce": setting.endpoint}}
    if not setting.endpoint:
        return _in_organization(grants, setting)
    return [
        statement | {"Condition": condition} if members[0].service == "s3" else statement
        for (on, members), statement in zip(_by_resources(grants), scoped(grants, setting), strict=False)
    ] + _passed(grants)


_HARMLESS = frozenset({"s3", "dynamodb", "sqs", "sns", "logs", "kinesis", "athena", "cloudwatch", "secretsmanager"})
"""Services whose every action leads to no other principal."""
_TAGGED = frozenset({"dynamodb", "secretsmanager", "sqs", "sns", "kms"})
STYLES: Mapping[str, Callable[[Sequence[Grant], Setting], list[Json]]] = {
    "scoped": scoped,
    "by-verb": _by_verb,
    "service-wide": _service_wide,
    "everywhere": _everywhere,
    "not-action": _not_action,
    "tagged": _tagged,
    "in-organization": _in_organization,
    "through-endpoint": _through_endpoint,
}
STYLE_NAMES = (*STYLES, "scoped", "scoped", "service-wide", "service-wide", "everywhere")
"""The styles in their shares."""
