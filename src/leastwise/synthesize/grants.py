"""From observed uses to what a policy must grant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leastwise.catalogue.load import Catalogue
from leastwise.model.arn import Arn, literal, parse_arn
from leastwise.usage.observed import Observed, Use
from leastwise.usage.requests import INSTANCE_PROFILE, PASSED
from leastwise.usage.resources import BY_NAME, PATTERN, RECORDED, REQUESTED, SECRET_SUFFIX, UNNAMED

_ENDS_SECRET = re.compile(r"-[A-Za-z0-9]{6}")
Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Operator, key and values of each condition."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource pattern under conditions; `scope` is how the resource is known."""

    action: str
    resource: str
    scope: str
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Names:
    """What the whole log tells of names: IAM entities by account, kind and name, and roles of instance profiles.

    `inventory` are the ARNs of resources that a snapshot holds.
    """

    entities: Mapping[tuple[str, str, str], frozenset[str]]
    profile_roles: Mapping[str, frozenset[str]]
    inventory: frozenset[str] = frozenset()


def names_of(arns: Iterable[str], profile_pairs: Iterable[tuple[str, str]]) -> Names:
    """The names in whole ARNs of IAM entities, and the roles that were put into instance profiles."""
    entities: dict[tuple[str, str, str], set[str]] = {}
    for text in arns:
        key = _entity(text)
        if key:
            entities.setdefault(key, set()).add(text)
    roles: dict[str, set[str]] = {}
    for profile, role in profile_pairs:
        roles.setdefault(profile, set()).add(role)
    return Names({k: frozenset(v) for k, v in entities.items()}, {k: frozenset(v) for k, v in roles.items()})


def names_in(observed: Observed, told: Mapping[str, str], hows: Collection[str] = (BY_NAME, INSTANCE_PROFILE)) -> Names:
    """The names that the whole log tells; `told` are roles in instance profiles, by name or ARN of the profile.

    Only for resources that are known in one of these ways does the log have to be looked through.
    """
    pairs: list[tuple[str, str]] = []
    if INSTANCE_PROFILE in hows:
        pairs = [(profile, role) for _, profile, role in observed.pairs_of_call("AddRoleToInstanceProfile", PASSED)]
    names = names_of(observed.named_like("arn:%:iam::%") if BY_NAME in hows or told else (), pairs)
    if not told:
        return names
    profiles = {arn for (_, kind, _), arns in names.entities.items() if kind == "instance-profile" for arn in arns}
    profiles |= set(observed.named_like("arn:%:instance-profile/%", how="instance-profile"))
    given = {
        p: frozenset({told.get(p) or told[p.rpartition("/")[2]]})
        for p in profiles
        if p in told or p.rpartition("/")[2] in told
    }
    return replace(names, profile_roles={**names.profile_roles, **given})


def _entity(text: str) -> tuple[str, str, str] | None:
    """Account, kind and name of an IAM entity; names are unique among those whatever the path."""
    arn = parse_arn(text)
    kind, _, path = arn.resource.partition("/") if arn else ("", "", "")
    if arn is None or arn.service != "iam" or not path:
        return None
    return arn.account, kind, path.rpartition("/")[2]


def known_path(text: str, names: Names) -> frozenset[str]:
    """The whole ARNs of an entity that a request gave by name alone; empty when no log tells its path."""
    key = _entity(text)
    return names.entities.get(key, frozenset()) if key else frozenset()


def grants_of(use: Use, *, principal: str, names: Names, catalogue: Catalogue) -> list[Grant]:
    """What one use needs; nothing for a passed role that no log names."""
    conditions = _conditions(use, catalogue)
    pairs = _resources(use, principal, names, catalogue)
    return [Grant(use.action, resource, scope, conditions) for resource, scope in pairs]


def _resources(use: Use, principal: str, names: Names, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    if use.how == INSTANCE_PROFILE:
        for role in sorted(names.profile_roles.get(use.resource, ())):
            yield literal(role), REQUESTED
    elif use.how == BY_NAME:
        yield from ((text, use.how) for text in by_name(use.resource, names))
    elif use.how in (RECORDED, REQUESTED):
        yield literal(use.resource), use.how
    elif use.how == PATTERN and (secrets := secrets_named(use.resource, names.inventory)):
        yield from ((literal(arn), REQUESTED) for arn in secrets)
    elif use.how == UNNAMED and means_caller(use.action, principal, catalogue):
        yield literal(principal), REQUESTED
    else:
        yield use.resource, use.how


def secrets_named(pattern: str, inventory: Collection[str]) -> tuple[str, ...]:
    """The secrets of the inventory that a request without the letters which AWS adds to a name may have meant.

    Source: IAM User Guide, "Amazon Secrets Manager ARNs"; AWS Secrets Manager User Guide, "Secret".
    """
    if not pattern.endswith(SECRET_SUFFIX):
        return ()
    head = pattern.removesuffix(SECRET_SUFFIX)
    return tuple(sorted(arn for arn in inventory if _ENDS_SECRET.fullmatch(arn, len(head)) and arn.startswith(head)))


def by_name(text: str, names: Names) -> list[str]:
    """Patterns for an IAM entity that was named without its path: its whole ARN when the log has it.

    Names are unique in an account whatever the path, so that `role/x` and `role/*/x` together are one role.
    Source: IAM User Guide, "IAM identifiers".
    """
    known = known_path(text, names)
    if known:
        return sorted(literal(arn) for arn in known)
    arn = parse_arn(text)
    if arn is None:
        return [literal(text)]
    kind, _, name = arn.resource.partition("/")
    return [literal(text), _under_any_path(arn, kind, name)]


def _under_any_path(arn: Arn, kind: str, name: str) -> str:
    return literal(str(replace(arn, resource=f"{kind}/"))) + f"*/{literal(name)}"


def means_caller(action: str, principal: str, catalogue: Catalogue) -> bool:
    """Whether the call, which names no resource, is about the caller: IAM calls about a user that name none are.

    Source: IAM API Reference, `UserName`.
    """
    known = catalogue.action(action)
    if known is None or not action.startswith("iam:") or ":user/" not in principal:
        return False
    return {t.name for t in known.resource_types} == {"user"}


def _conditions(use: Use, catalogue: Catalogue) -> Conditions:
    if use.inferred == PASSED:
        services = use.conditions().get("iam:PassedToService", ())
        return (("StringEquals", "iam:PassedToService", services),) if services else ()
    if use.action.startswith("kms:"):
        service = _via_service(use, catalogue)
        return (("StringEquals", "kms:ViaService", (service,)),) if service else ()
    return ()


def _via_service(use: Use, catalogue: Catalogue) -> str:
    """The service through which a key was used, where that service is known to pass the caller's identity on.

    Source: AWS KMS Developer Guide, "kms:ViaService"; data of iam-policy-autopilot.
    """
    told = use.conditions().get("kms:ViaService", ())
    if told:
        return told[0]
    prefix = use.via.removesuffix(".amazonaws.com")
    if not use.via or not use.region or prefix not in catalogue.forwarding_prefixes():
        return ""
    return f"{prefix}.{use.region}.amazonaws.com"
