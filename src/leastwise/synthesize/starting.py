"""Where to start without a log: whole services under a boundary, or one access level on named resources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.resources import fits
from leastwise.catalogue.services import AccessLevel, Action, Service
from leastwise.model.arn import parse_arn
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy, Statement

_OWN_LIMITS: Final = (
    "iam:CreateUser",
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:DeletePolicyVersion",
)
"""With which a principal could get out from under its boundary. IAM User Guide, "Permissions boundaries"."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A policy for whole services, and the permissions boundary that caps whatever is attached besides."""

    policy: Policy
    boundary: Policy


@dataclass(frozen=True, slots=True)
class Template:
    """A policy of one access level; `unscoped` are actions of the level of these services that take no resource."""

    policy: Policy
    unscoped: tuple[str, ...]


def starter(services: Sequence[str], *, catalogue: Catalogue) -> Starter:
    """All actions of the services, to be tightened from their use, and a boundary of the same breadth that the
    principal cannot take off. Raises InputError for a service that the catalogue does not know.
    """
    prefixes = sorted({_service(name, catalogue).prefix for name in services})
    patterns = tuple(f"{prefix}:*" for prefix in prefixes)
    allowed = Statement("WholeServices", patterns, ("*",))
    kept = Statement("KeepTheBoundary", _OWN_LIMITS, ("*",), effect="Deny")
    capped = (allowed, kept) if "iam" in prefixes else (allowed,)
    return Starter(Policy((allowed,), name="starter"), Policy(capped, "boundary", name="starter-boundary"))


def _service(name: str, catalogue: Catalogue) -> Service:
    found = catalogue.service(name)
    if found is None:
        near = get_close_matches(name.lower(), catalogue.prefixes, 1)
        hint = f"did you mean `{near[0]}`?" if near else "services are named by their prefix, such as `s3`"
        raise InputError(f"no service `{name}`", help=hint)
    return found


def by_level(level: AccessLevel, arns: Sequence[str], *, catalogue: Catalogue) -> Template:
    """The actions of the level that work on each of the resources, each on its own kind of resource alone.

    Raises InputError for what is no ARN, and for one that is of no resource type that an action of the level takes.
    """
    resources: dict[tuple[str, ...], list[str]] = {}
    services: dict[str, Service] = {}
    for text in arns:
        service = _service_of(text, catalogue)
        services[service.prefix] = service
        actions = tuple(sorted(one.name for one in _at(level, service) if _takes(one, text, service)))
        if not actions:
            raise InputError(f"no action of the level {level} takes `{text}`", help="see `leastwise catalogue show`")
        resources.setdefault(actions, []).append(text)
    statements = [
        Statement(_sid(level, number, len(resources)), actions, tuple(dict.fromkeys(held)))
        for number, (actions, held) in enumerate(sorted(resources.items()), 1)
    ]
    unscoped = sorted(one.name for service in services.values() for one in _at(level, service) if not _scopes(one))
    return Template(Policy(tuple(statements), name="template"), tuple(unscoped))


def _service_of(text: str, catalogue: Catalogue) -> Service:
    arn = parse_arn(text)
    if arn is None:
        raise InputError(f"`{text}` is no ARN", help="write one such as `arn:aws:s3:::bucket/*`")
    return _service(arn.service, catalogue)


def _at(level: AccessLevel, service: Service) -> Iterable[Action]:
    return (action for action in service.actions.values() if action.access_level == level)


def _scopes(action: Action) -> bool:
    return bool(action.resource_types)


def _takes(action: Action, text: str, service: Service) -> bool:
    """Whether the ARN, a wildcard in it standing for some text, is of a resource type of the action."""
    plain = text.replace("*", "x").replace("?", "x")
    kinds = (service.resource_types[use.name] for use in action.resource_types if use.name in service.resource_types)
    return any(fits(plain, template) for kind in kinds for template in kind.templates)


def _sid(level: AccessLevel, number: int, count: int) -> str:
    name = level.title().replace(" ", "")
    return name if count == 1 else f"{name}{number}"
