"""How a principal makes itself an administrator in one step: by its policies, groups and boundary, or by a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.held import User
from leastwise.findings.power import RESERVED, Power
from leastwise.model.request import ContextValue, Request
from leastwise.synthesize.guardrails.possible import Asker
from leastwise.synthesize.guardrails.reached import Step, boundary_keys
from leastwise.synthesize.guardrails.ways import (
    ASSIGNING,
    ASSIGNS,
    CREATING,
    EDITING,
    EDITS,
    GRANTING,
    IDENTITY_CENTER,
    REMOVES,
    REMOVING,
    REPLACES,
    REPLACING,
    Way,
)

GROWS: Final = Way("grows", "gives itself any permissions")
JOINS: Final = Way("joins-administrators", "makes itself a member of a group of administrators")
GIVES: Final = Way("gives", "gives another any permissions")
MAKES: Final = Way("makes-administrator", "makes an administrator")

ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_VERSION: Final = "iam:SetDefaultPolicyVersion"
_NO_BOUNDARY: Final[Mapping[str, ContextValue]] = {"iam:PermissionsBoundary": None}
_KEYS_OF_USER: Final = ("iam:CreateAccessKey", "iam:CreateLoginProfile")

_Asked = tuple[str, str, Mapping[str, ContextValue]]


@dataclass
class OwnSteps:
    """Asks what each principal may do to itself and by itself."""

    estate: Estate
    asker: Asker
    power: Power

    def steps(self, arn: str) -> Iterator[Step]:
        """Every single step by which it, or one that it makes, is an administrator from then on."""
        holder = self.estate.holders[arn]
        yield from self._grows(holder)
        yield from self._joins(holder)
        yield from self._makes(arn)
        yield from self._assigns(arn)

    def doubts(self, arn: str) -> Iterator[str]:
        """What of it turns on what no snapshot holds: the versions of a policy that are not its default."""
        holder = self.estate.holders[arn]
        for policy in self._own_policies(holder) if self.asker.may_grant(arn, _VERSION) else ():
            if self.asker.on(arn, _VERSION, policy).request is not None:
                yield f"{_VERSION} on {policy}: what its other versions say is not in the snapshot"

    def _grows(self, holder: Holder) -> Iterator[Step]:
        if not self.power.is_held_by_boundary(holder):
            for request in self._allowed(holder.arn, self._gifts(holder)):
                yield Step(GROWS, holder.arn, holder.arn, (request,))
            return
        first = next(self._allowed(holder.arn, self._gifts(holder)), None)
        for way, request in self._unbound(holder):
            if self.power.without_boundary(holder):
                yield Step(way, holder.arn, holder.arn, (request,))
            elif first is not None:
                yield Step(way, holder.arn, holder.arn, (request, first))

    def _gifts(self, holder: Holder) -> Iterator[_Asked]:
        """The calls on itself, its groups and its own policies by which it may do what it writes."""
        if RESERVED in holder.arn:
            return
        keys = boundary_keys(holder)
        for action in GRANTING["user" if isinstance(holder, User) else "role"]:
            yield action, holder.arn, {**keys, **_attached(action)}
        for group in self._groups(holder):
            yield from ((action, group, _attached(action)) for action in GRANTING["group"])
        yield from ((EDITING[0], policy, {}) for policy in self._own_policies(holder))

    def _groups(self, holder: Holder) -> Iterator[str]:
        names = holder.groups if isinstance(holder, User) else ()
        part = self.estate.snapshot.iam[holder.arn.split(":")[4]]
        return (one.arn for one in part.groups if one.name in names)

    def _own_policies(self, holder: Holder) -> Iterator[str]:
        """Its customer managed policies, those of its groups among them."""
        names = holder.groups if isinstance(holder, User) else ()
        part = self.estate.snapshot.iam[holder.arn.split(":")[4]]
        of_groups = [arn for one in part.groups if one.name in names for arn in one.attached]
        return (arn for arn in dict.fromkeys((*holder.attached, *of_groups)) if arn.split(":")[4] != "aws")

    def _unbound(self, holder: Holder) -> Iterator[tuple[Way, Request]]:
        """The calls by which its boundary no longer holds it."""
        kind = "user" if isinstance(holder, User) else "role"
        boundary = holder.boundary or ""
        for way, action, on in (
            (REMOVES, REMOVING[kind], holder.arn),
            (REPLACES, REPLACING[kind], holder.arn),
            (EDITS, EDITING[0], boundary),
        ):
            if boundary.split(":")[4:5] == ["aws"] and way is EDITS:
                continue
            context = {"iam:PermissionsBoundary": ADMINISTRATOR} if way is REPLACES else boundary_keys(holder)
            for request in self._allowed(holder.arn, [(action, on, {} if way is EDITS else context)]):
                yield way, request

    def _joins(self, holder: Holder) -> Iterator[Step]:
        if not isinstance(holder, User) or self.power.is_held_by_boundary(holder):
            return
        account = holder.arn.split(":")[4]
        groups = [one for one in sorted(self.power.groups) if one.split(":")[4] == account]
        for request in self._allowed(holder.arn, (("iam:AddUserToGroup", group, {}) for group in groups)):
            yield Step(JOINS, holder.arn, request.resource, (request,))

    def _makes(self, arn: str) -> Iterator[Step]:
        """A user or a role is made without boundary, and given what the caller writes."""
        for action, kind in CREATING.items():
            head = arn.split(":")
            every = f"arn:{head[1]}:iam::{head[4]}:{kind}/*"
            if not any(self.asker.may_grant(arn, one) for one in GRANTING[kind]):
                continue
            made = self.asker.anywhere(arn, action, every, context=_NO_BOUNDARY).request
            requests = None if made is None else self._furnished(arn, made, kind, every)
            if requests is not None:
                yield Step(MAKES, arn, requests[0].resource, requests)

    def _furnished(self, arn: str, made: Request, kind: str, every: str) -> tuple[Request, ...] | None:
        for action in GRANTING[kind]:
            keys = {**_NO_BOUNDARY, **_attached(action)}
            given = self.asker.on(arn, action, made.resource, context=keys).request
            if given is None:
                given = self.asker.anywhere(arn, action, every, context=keys).request
            again = given and self.asker.on(arn, made.action, given.resource, context=_NO_BOUNDARY).request
            if given is None or not again:
                continue
            if kind == "role":
                return again, given
            key = next(self._allowed(arn, ((one, given.resource, {}) for one in _KEYS_OF_USER)), None)
            if key is not None:
                return again, given, key
        return None

    def _assigns(self, arn: str) -> Iterator[Step]:
        """People get permissions by Identity Center, where the account administers it."""
        account = arn.split(":")[4]
        tree = self.estate.tree_of(account)
        if tree is None or not any(self.asker.may_grant(arn, one) for one in ASSIGNING):
            return
        administering = [one.account for one in tree.organization.delegations if IDENTITY_CENTER in one.services]
        if account in (tree.organization.management_account, *administering):
            for action in ASSIGNING:
                request = self.asker.anywhere(arn, action, "*").request
                if request is not None:
                    yield Step(ASSIGNS, arn, request.resource, (request,))

    def _allowed(self, arn: str, asked: Iterator[_Asked] | list[_Asked]) -> Iterator[Request]:
        for action, resource, context in asked:
            if self.asker.may_grant(arn, action):
                request = self.asker.on(arn, action, resource, context=context).request
                if request is not None:
                    yield request


def _attached(action: str) -> Mapping[str, ContextValue]:
    return {"iam:PolicyARN": ADMINISTRATOR} if action.startswith("iam:Attach") else {}
