"""Whom a principal may act as: by assuming a role, by running code as it, or by taking a principal over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import fill
from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.held import Role, User
from leastwise.model.request import ContextValue, Request
from leastwise.prove.actions import action_index
from leastwise.prove.world import templates_of
from leastwise.synthesize.guardrails.possible import Asker, Found
from leastwise.synthesize.guardrails.service_trust import services_of
from leastwise.synthesize.guardrails.ways import (
    ASSUMES,
    EDITING,
    GRANTING,
    GRANTS,
    PASSES,
    PASSING,
    RUNNING,
    TAKES,
    TAKING,
    Way,
)

_ASSUME: Final = "sts:AssumeRole"
_PASSING: Final = "iam:PassRole"
_ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_SERVICE_LINKED: Final = ":role/aws-service-role/"
_RESERVED: Final = ":role/aws-reserved/"
"""Roles that only the service that made them changes. IAM Identity Center User Guide, "Referencing permission sets in
resource policies"."""
_ACCOUNT: Final = re.compile(r"(?:arn:[^:]+:iam::)?([0-9]{12})(?::root)?\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """What a principal does, by requests that are all allowed, and the ARN of what it gains by it.

    `service` is the service that a role is passed to, empty otherwise.
    """

    way: Way
    by: str
    to: str
    requests: tuple[Request, ...]
    service: str = ""

    @property
    def is_grant(self) -> bool:
        """Whether what it gains may do anything from then on."""
        return self.way is GRANTS


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one principal to others, and what of it was not settled, by whom it may lead to."""

    found: tuple[Step, ...]
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass
class Reacher:
    """Finds the steps of principals, each principal's once; with `only`, no steps but those to these principals."""

    asker: Asker
    only: frozenset[str] | None = None
    _steps: dict[str, Steps] = field(default_factory=dict)
    _acting: dict[str, Steps] = field(default_factory=dict)
    _trusted_services: dict[str, Mapping[str, Found]] = field(default_factory=dict)

    @property
    def estate(self) -> Estate:
        """The estate that is asked."""
        return self.asker.estate

    def steps(self, arn: str) -> Steps:
        """Every step that the principal may take to another principal."""
        if arn not in self._steps:
            acting, given = self.acting(arn), self.given(arn)
            doubts = (*acting.doubts, *given.doubts, *self.running(arn))
            self._steps[arn] = Steps((*acting.found, *given.found), tuple(dict.fromkeys(doubts)))
        return self._steps[arn]

    def acting(self, arn: str) -> Steps:
        """The steps by which it acts as another: assumes it, runs something as it, or takes it over."""
        if arn not in self._acting:
            doubts: list[tuple[str, str]] = []
            found = tuple(chain(self._assumed(arn, doubts), self._passed(arn, doubts), self._taken(arn, doubts)))
            self._acting[arn] = Steps(found, tuple(dict.fromkeys(doubts)))
        return self._acting[arn]

    def given(self, arn: str) -> Steps:
        """The steps by which it lets another do anything."""
        doubts: list[tuple[str, str]] = []
        found = tuple(self._given(arn, doubts))
        return Steps(found, tuple(dict.fromkeys(doubts)))

    def _assumed(self, arn: str, doubts: list[tuple[str, str]]) -> Iterator[Step]:
        may = self.asker.may_grant(arn, _ASSUME)
        for role in self._trusting(arn):
            if role.arn not in self._naming and not (may and self.asker.may_grant_on(arn, _ASSUME, role.arn)):
                continue
            for who in self._as_named(arn, role):
                found = self.asker.on(who, _ASSUME, role.arn)
                if found.request is not None:
                    yield Step(ASSUMES, arn, role.arn, (found.request,))
                    break
                if found.doubt:
                    doubts.append((role.arn, found.doubt))

    @cached_property
    def _naming(self) -> frozenset[str]:
        """The roles whose trust policies name more than accounts, so that no other policy has to allow it.

        IAM User Guide, "AWS JSON policy elements: Principal", "AWS account principals".
        """
        return frozenset(one.arn for one in self._roles if _names_more_than_accounts(self.estate, one))

    def _trusting(self, arn: str) -> Iterator[Role]:
        """The roles whose trust policies may let the principal in."""
        account = arn.split(":")[4]
        seen = dict.fromkeys(chain(self._by_trusted.get(account, ()), self._by_trusted.get("*", ())))
        return (self._role(one) for one in seen if one != arn)

    def _role(self, arn: str) -> Role:
        found = self.estate.holders[arn]
        assert isinstance(found, Role)
        return found

    def _as_named(self, arn: str, role: Role) -> Iterator[str]:
        """The principal, and those of its sessions that the trust policy names."""
        yield arn
        holder = self.estate.holders[arn]
        for statement in self.estate.documents.trust(role).policy.statements:
            for text in (statement.principals or {}).get("AWS", ()):
                if ":assumed-role/" in text and isinstance(holder, Role) and self.estate.role_of(text) == arn:
                    yield text

    @cached_property
    def _by_trusted(self) -> Mapping[str, Sequence[str]]:
        """The roles by the accounts whose principals their trust policies may let in, `*` for any."""
        found: dict[str, list[str]] = {}
        for role in self._roles:
            for key in dict.fromkeys(_trusted(self.estate, role)):
                found.setdefault(key, []).append(role.arn)
        return found

    @cached_property
    def _roles(self) -> tuple[Role, ...]:
        return tuple(one for one in self._asked if isinstance(one, Role))

    @cached_property
    def _asked(self) -> tuple[Holder, ...]:
        """The users and roles to whom steps are looked for, in the order of their ARNs."""
        holders, only = self.estate.holders, self.only
        arns = sorted(holders if only is None else (one for one in only if one in holders))
        return tuple(one for one in map(holders.__getitem__, arns) if isinstance(one, User) or _is_own(one))

    @cached_property
    def _by_account(self) -> Mapping[str, Sequence[Holder]]:
        found: dict[str, list[Holder]] = {}
        for one in self._asked:
            found.setdefault(one.arn.split(":")[4], []).append(one)
        return found

    def _near(self, arn: str) -> Iterator[Holder]:
        """The other users and roles of the principal's account, which alone its calls of IAM can be about."""
        return (one for one in self._by_account.get(arn.split(":")[4], ()) if one.arn != arn)

    def _changeable(self, arn: str) -> Iterator[Holder]:
        return (one for one in self._near(arn) if _RESERVED not in one.arn)

    def _roles_near(self, arn: str) -> Iterator[Role]:
        return (one for one in self._near(arn) if isinstance(one, Role))

    def _passed(self, arn: str, doubts: list[tuple[str, str]]) -> Iterator[Step]:
        if not self.asker.may_grant(arn, _PASSING):
            return
        for role in self._roles_near(arn):
            if not self.asker.may_grant_on(arn, _PASSING, role.arn):
                continue
            for service, assumed in self._services(role).items():
                passed = self.asker.on(arn, _PASSING, role.arn, context={"iam:PassedToService": service})
                ways = self._run(arn, service) if passed.request is not None else _Made((), passed.doubt)
                if passed.request is not None and ways.requests and assumed.request is not None:
                    requests = (passed.request, *ways.requests, assumed.request)
                    yield Step(PASSES, arn, role.arn, requests, service)
                    break
                if ways.requests or ways.doubt:
                    doubts.append((role.arn, ways.doubt or assumed.doubt))

    def _run(self, arn: str, service: str) -> _Made:
        """What the principal may call so that something of the service runs as a role that it passes."""
        if service in PASSING:
            return self._made(arn, PASSING[service])
        names = [one for one in service.split(".") if load_catalogue().service(one) is not None]
        granted, limited = self.asker.granted(arn)
        index = action_index()
        writes = [
            action.name
            for name in names
            for action in index.actions(index.bits_of(f"{name}:*") & granted & limited)
            if action.access_level == "Write"
        ]
        if names and not writes:
            return _Made(())
        return _Made((), f"it may pass a role to {service}, and what then runs as the role is not known here")

    def _made(self, arn: str, sets: Iterable[tuple[str, ...]]) -> _Made:
        """The requests of the first set of calls that are all allowed."""
        doubt = ""
        for actions in sets:
            made = self._together(arn, actions)
            if made.requests:
                return made
            doubt = doubt or made.doubt
        return _Made((), doubt)

    def _together(self, arn: str, actions: Sequence[str]) -> _Made:
        """The requests of the calls, those about one type of resource about the same one."""
        by_pattern: dict[str, list[str]] = {}
        for action in actions:
            for pattern in _patterns(action, arn):
                by_pattern.setdefault(pattern, []).append(action)
        found: list[Request] = []
        for pattern, several in by_pattern.items():
            made = self._on_one(arn, several, pattern)
            if not made.requests:
                return made
            found += made.requests
        return _Made(tuple(sorted(found, key=lambda one: actions.index(one.action))))

    def _on_one(self, arn: str, actions: Sequence[str], pattern: str) -> _Made:
        """The requests of the calls about one resource of the pattern."""
        asked = [self.asker.anywhere(arn, action, pattern) for action in actions]
        for one in asked:
            if one.request is None:
                return _Made((), one.doubt)
        for place in dict.fromkeys(one.request.resource for one in asked if one.request is not None):
            shown = [
                one.request
                if one.request is not None and one.request.resource == place
                else self.asker.on(arn, action, place).request
                for action, one in zip(actions, asked, strict=True)
            ]
            if None not in shown:
                return _Made(tuple(one for one in shown if one is not None))
        return _Made((), f"no one resource was found for all of {', '.join(actions)}")

    def _services(self, role: Role) -> Mapping[str, Found]:
        if role.arn not in self._trusted_services:
            self._trusted_services[role.arn] = services_of(self.estate, role)
        return self._trusted_services[role.arn]

    def _taken(self, arn: str, doubts: list[tuple[str, str]]) -> Iterator[Step]:
        """Principals that are taken over as they are: a role lets itself be assumed, a user gets credentials."""
        kinds = {kind: [one for one in actions if self.asker.may_grant(arn, one)] for kind, actions in TAKING.items()}
        for other in self._changeable(arn) if any(kinds.values()) else ():
            for action in kinds["role" if isinstance(other, Role) else "user"]:
                if not self.asker.may_grant_on(arn, action, other.arn):
                    continue
                found = self.asker.on(arn, action, other.arn, context=boundary_keys(other))
                if found.request is not None:
                    yield Step(TAKES, arn, other.arn, (found.request,))
                    break
                if found.doubt:
                    doubts.append((other.arn, found.doubt))

    def _given(self, arn: str, doubts: list[tuple[str, str]]) -> Iterator[Step]:
        """Principals to which the caller may give any permissions."""
        for other, action, resource, context in self._gifts(arn):
            if not self.asker.may_grant_on(arn, action, resource):
                continue
            found = self.asker.on(arn, action, resource, context=context)
            if found.request is not None:
                yield Step(GRANTS, arn, other.arn, (found.request,))
            elif found.doubt:
                doubts.append((other.arn, found.doubt))

    def _gifts(self, arn: str) -> Iterator[tuple[Holder, str, str, Mapping[str, ContextValue]]]:
        groups = self._groups.get(arn.split(":")[4], {})
        for other in self._near(arn):
            keys = boundary_keys(other)
            ways = GRANTING["role" if isinstance(other, Role) else "user"]
            for action in ways if _RESERVED not in other.arn else ():
                yield other, action, other.arn, {**keys, **_attached(action)}
            for name in other.groups if isinstance(other, User) else ():
                for action in GRANTING["group"] if name in groups else ():
                    yield other, action, groups[name], _attached(action)
            for policy in other.attached:
                if policy.split(":")[4] != "aws":
                    yield other, EDITING[0], policy, {}

    @cached_property
    def _groups(self) -> Mapping[str, Mapping[str, str]]:
        return {
            account: {one.name: one.arn for one in part.groups} for account, part in self.estate.snapshot.iam.items()
        }

    def running(self, arn: str) -> Iterator[tuple[str, str]]:
        """Which role a function, an instance or a job has is not in a snapshot: what may be entered stays open."""
        for service, sets in RUNNING.items():
            if not any(all(self.asker.may_grant(arn, one) for one in actions) for actions in sets):
                continue
            trusting = [role for role in self._roles_near(arn) if service in self._services(role)]
            made = self._made(arn, sets) if trusting else _Made(())
            if made.requests:
                names = ", ".join(dict.fromkeys(one.action for one in made.requests))
                for role in trusting:
                    yield role.arn, f"{names}: whether anything runs as {role.arn} is not in the snapshot"


@dataclass(frozen=True, slots=True)
class _Made:
    requests: tuple[Request, ...]
    doubt: str = ""


def boundary_keys(one: Holder) -> Mapping[str, ContextValue]:
    """What `iam:PermissionsBoundary` is in calls about the principal: the boundary that it has, or absent.

    Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
    Management (IAM)".
    """
    return {"iam:PermissionsBoundary": one.boundary}


def _attached(action: str) -> Mapping[str, ContextValue]:
    return {"iam:PolicyARN": _ADMINISTRATOR} if action.startswith("iam:Attach") else {}


def _is_own(role: Role) -> bool:
    """Whether it is no service-linked role, which can be neither passed, edited nor assumed by others."""
    return _SERVICE_LINKED not in role.arn


def _names_more_than_accounts(estate: Estate, role: Role) -> bool:
    allowed = (one for one in estate.documents.trust(role).policy.statements if one.effect == "Allow")
    return any(
        one.is_not_principal or not all(map(_ACCOUNT.match, (one.principals or {}).get("AWS", ()))) for one in allowed
    )


def _trusted(estate: Estate, role: Role) -> Iterator[str]:
    """The accounts that the trust policy may let in, `*` for any."""
    for statement in estate.documents.trust(role).policy.statements:
        if statement.effect != "Allow":
            continue
        if statement.is_not_principal:
            yield "*"
        for text in (statement.principals or {}).get("AWS", ()):
            account = _ACCOUNT.match(text)
            if account:
                yield account.group(1)
            elif text.startswith("arn:") and text.count(":") >= 5:
                yield text.split(":")[4]
            else:
                yield "*"


def _patterns(action: str, arn: str) -> tuple[str, ...]:
    """What a principal's call for the action must be allowed on in its account: each type that it needs, a pattern."""
    known = load_catalogue().action(action)
    service = load_catalogue().service(action.partition(":")[0])
    if known is None or service is None:
        return ("*",)
    places = {"Partition": arn.split(":")[1], "Account": arn.split(":")[4]}
    needed = [
        service.resource_types[use.name].templates[0]
        for use in known.resource_types
        if use.required and use.name in service.resource_types
    ]
    return tuple(dict.fromkeys(fill(one, places) for one in needed or templates_of(known)[:1])) or ("*",)
