"""A snapshot made ready to be asked: who there is, with which policies, what resources, under which ceilings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from leastwise.decide.facts import owner_of
from leastwise.estate.documents import Documents, Parsed, not_known
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import (
    Group,
    InlinePolicy,
    ManagedPolicy,
    NotRead,
    PolicyType,
    Resource,
    Resources,
    Role,
    Share,
    User,
)
from leastwise.estate.mentions import Mentions
from leastwise.estate.tree import Level, Tree
from leastwise.model.errors import InputError, RequestError
from leastwise.model.request import Principal

Holder = User | Role
_SHORT = re.compile(r"(user|role)/\S+")
_ACCOUNT = re.compile(r"\d{12}")
LISTING_GRANTS: Final = "kms.ListGrants"
_NEAR: Final = 3
_FOR_ALL: Final = ("glue:rootcatalog",)
"""Resources whose policies are those of all of their service. AWS Glue Developer Guide, "Resource-based policies"."""


@dataclass(frozen=True, slots=True)
class Source:
    """An identity policy where it stands: its text, None where it is not all known, whose it is, and what is held."""

    text: str | None
    name: str
    held: InlinePolicy | ManagedPolicy | None = None


@dataclass
class Estate:
    """A snapshot, made ready to be asked."""

    snapshot: Snapshot
    documents: Documents = field(default_factory=Documents)
    _sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    _allowing: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _ceilings: dict[tuple[str, str], tuple[Level, ...] | None] = field(default_factory=dict)

    @cached_property
    def holders(self) -> Mapping[str, Holder]:
        """Every user and role by its ARN."""
        users = {one.arn: one for part in self.snapshot.iam.values() for one in part.users}
        return {**users, **{one.arn: one for part in self.snapshot.iam.values() for one in part.roles}}

    @cached_property
    def _sessions(self) -> Mapping[tuple[str, str], Role]:
        return {(account, one.name): one for account, part in self.snapshot.iam.items() for one in part.roles}

    @cached_property
    def _groups(self) -> Mapping[tuple[str, str], Group]:
        return {(account, one.name): one for account, part in self.snapshot.iam.items() for one in part.groups}

    @cached_property
    def _managed(self) -> Mapping[str, ManagedPolicy]:
        own = {one.arn: one for part in self.snapshot.iam.values() for one in part.policies}
        return {**self.snapshot.aws_policies, **own}

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """Every resource by its ARN, but for what belongs to a whole account."""
        return {one.arn: one for part in self._sets for one in part.resources if not one.is_of_account}

    @cached_property
    def _sets(self) -> tuple[Resources, ...]:
        return tuple(one for sets in self.snapshot.resources.values() for one in sets)

    @cached_property
    def _of_accounts(self) -> Mapping[tuple[str, str], tuple[Resource, ...]]:
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in (one for part in self._sets for one in part.resources):
            if one.is_of_account or one.type in _FOR_ALL:
                found.setdefault((one.account, one.type.partition(":")[0]), []).append(one)
        return {key: tuple(several) for key, several in found.items()}

    @cached_property
    def _shares(self) -> Mapping[str, tuple[Share, ...]]:
        found: dict[str, list[Share]] = {}
        for share in self.shares():
            for arn in share.resources:
                found.setdefault(arn, []).append(share)
        return {arn: tuple(several) for arn, several in found.items()}

    @cached_property
    def canonical_ids(self) -> Mapping[str, str]:
        """The canonical user ids of accounts, as far as their buckets tell."""
        owned = ((one.account, one.settings.get("OwnerId")) for one in self.resources.values())
        return {account: number for account, number in owned if isinstance(number, str)}

    def of_account(self, account: str, service: str, region: str | None = None) -> tuple[Resource, ...]:
        """What belongs to all of a service in the account, in one Region or in any."""
        found = self._of_accounts.get((account, service), ())
        return tuple(one for one in found if region is None or one.region == region)

    @cached_property
    def _tagged(self) -> Mapping[str, Mapping[str, str]]:
        return {one.arn: one.tags for part in self._sets for one in part.tagged}

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """The tags of the resource that the ARN names, as far as they were read."""
        return self._tagged.get(arn, {})

    def shares_of(self, arn: str) -> tuple[Share, ...]:
        """The resource shares of AWS RAM that the resource is in."""
        return self._shares.get(arn, ())

    def every_resource(self) -> Iterator[tuple[str, Resource]]:
        """Every resource, and what belongs to each account, by what to call it."""
        yield from sorted(self.resources.items())
        for one in (one for part in self._sets for one in part.resources if one.is_of_account):
            yield f"{one.type} {one.account}{f' in {one.region}' if one.region else ''}", one

    def with_policies(self) -> Iterator[tuple[str, Resource]]:
        """Those of them that have policies."""
        return ((name, one) for name, one in self.every_resource() if one.policies)

    def shares(self) -> Iterator[Share]:
        """Every resource share."""
        return (share for part in self._sets for share in part.shares)

    @cached_property
    def trees(self) -> tuple[Tree, ...]:
        """The organisations."""
        about = tuple(one for one in self.snapshot.not_read if one.what.startswith("organizations."))
        return tuple(Tree(one, self.documents, about) for one in self.snapshot.organizations)

    def tree_of(self, account: str) -> Tree | None:
        """The organisation that the account is in, as far as the snapshot tells."""
        return next((tree for tree in self.trees if account in tree.nodes), None)

    @cached_property
    def mentions(self) -> Mentions:
        """The documents of all users and roles, by the actions that they are about."""
        found = Mentions()
        texts = {source.text for one in self.holders.values() for source in self.sources(one)}
        found.add(text for text in texts if text is not None)
        return found

    def allowing(self, action: str, resource: str) -> frozenset[str]:
        """The users and roles with an identity policy that may allow the action, or some action of a pattern, there."""
        texts = self.mentions.allowing_on(action, resource)
        found = self._allowing.get(texts)
        if found is None:
            found = self._allowing[texts] = frozenset(
                arn
                for arn, one in self.holders.items()
                if any(source.text is None or source.text in texts for source in self.sources(one))
            )
        return found

    def having_ids(self, ids: frozenset[str]) -> set[str]:
        """The users and roles with one of these unique ids, by which a policy names those that it was written for."""
        return {self._by_id[one] for one in ids if one in self._by_id}

    @cached_property
    def _by_id(self) -> Mapping[str, str]:
        return {one.id: arn for arn, one in self.holders.items() if one.id}

    def sources(self, holder: Holder) -> tuple[Source, ...]:
        """What the identity policies of a user, its groups' among them, or of a role are made from."""
        found = self._sources.get(holder.arn)
        if found is None:
            found = self._sources[holder.arn] = tuple(self._sources_of(holder))
        return found

    def unread_about(self, arn: str) -> NotRead | None:
        """What was not read of the resource itself, its grants aside; None where nothing is known to be missing."""
        about = (one for one in self.snapshot.not_read if one.subject == arn and one.what != LISTING_GRANTS)
        return next(about, None)

    def unread_around(self, service: str, account: str, region: str) -> NotRead | None:
        """What was not read of a service, as ARNs name it, in an account and Region, for which one may be missing."""
        for one in self.snapshot.not_read:
            is_there = one.account in ("", account) and one.region in ("", region)
            if service_of(one.what) in ("*", service) and is_there and not one.subject:
                return one
        return None

    def is_any_grant_unread(self, held: Resource) -> bool:
        """Whether there may be grants on the key that were not read."""
        return any(one.what == LISTING_GRANTS and one.subject == held.arn for one in self.snapshot.not_read)

    def role_of(self, arn: str) -> str:
        """The ARN of a session's role, whose path the session's ARN does not tell; any other ARN as it is."""
        if ":assumed-role/" not in arn:
            return arn
        head, _, rest = arn.partition(":assumed-role/")
        account, name = head.rpartition(":")[2], rest.partition("/")[0]
        role = self._sessions.get((account, name))
        return role.arn if role else f"{head.replace(':sts:', ':iam:')}:role/{name}"

    def principal(self, text: str) -> Principal:
        """The principal that an ARN or a short ARN such as `role/deploy` names, with what the snapshot tells of it.

        Raises InputError where its account is in the snapshot and it is not, RequestError where it names none.
        """
        if _SHORT.fullmatch(text):
            text = self._whole(text)
        named = Principal.of(text)
        holder = self.holder(named)
        in_management, canonical = self.is_managing(named.account), self.canonical_ids.get(named.account)
        if holder is None:
            if named.kind in ("user", "role") and self.is_read(named.account):
                raise self._missing(text, named.name)
            return Principal.of(text, canonical_id=canonical, in_management_account=in_management)
        role_arn = holder.arn if named.kind == "role" else None
        tags = holder.tags if named.session is None else holder.tags or None
        return Principal.of(
            text,
            role_arn=role_arn,
            user_id=holder.id or None,
            canonical_id=canonical,
            tags=tags,
            in_management_account=in_management,
        )

    def holder(self, principal: Principal) -> Holder | None:
        """The user or role whose policies the principal has."""
        if principal.kind == "role" and principal.session is not None:
            return self._sessions.get((principal.account, principal.name))
        return self.holders.get(principal.arn)

    def identity(self, holder: Holder, about: frozenset[str] | None = None) -> Iterator[Parsed]:
        """The identity policies; with `about`, only those of these texts, and those that are not known."""
        for one in self.sources(holder):
            if about is None or one.text is None or one.text in about:
                yield self._parsed(one)

    def managed(self, arn: str) -> ManagedPolicy | None:
        """The managed policy of this ARN, if the snapshot holds it."""
        return self._managed.get(arn)

    def boundary(self, holder: Holder) -> Parsed | None:
        """The permissions boundary, if there is one."""
        if holder.boundary is None:
            return None
        found = self._managed.get(holder.boundary)
        return not_known("boundary", holder.boundary) if found is None else self.documents.managed(found, "boundary")

    def levels(self, account: str, kind: PolicyType) -> tuple[Level, ...] | None:
        """The SCPs or RCPs that bind the account, level by level; None where that is not known."""
        key = (account, kind)
        if key not in self._ceilings:
            tree = self.tree_of(account)
            self._ceilings[key] = self._without_tree() if tree is None else tree.levels(account, kind)
        return self._ceilings[key]

    def resource(self, arn: str) -> Resource | None:
        """The resource that the ARN names or is part of, such as the bucket of an object."""
        at = arn
        while at.count(":") >= 5:
            found = self.resources.get(at)
            if found is not None:
                return found
            cut = max(at.rfind("/"), at.rfind(":"))
            at = at[:cut]
        return None

    def has_read(self, account: str | None, service: str) -> bool:
        """Whether resources of the service, as ARNs name it, were looked for in the account."""
        sets = self.snapshot.resources.get(account or "", ())
        return any(service_of(f"{part.collector}.") == service for part in sets) or any(
            one.arn.split(":")[2:3] == [service] for part in sets for one in part.resources
        )

    def owner(self, arn: str) -> str | None:
        """The account that owns the resource; None where neither its ARN nor the snapshot tells."""
        found = self.resource(arn)
        return owner_of(arn) or (found.account if found else None)

    def _sources_of(self, holder: Holder) -> Iterator[Source]:
        yield from self._own(holder, f"{'user' if isinstance(holder, User) else 'role'}/{holder.name}")
        account = holder.arn.split(":")[4]
        for name in holder.groups if isinstance(holder, User) else ():
            group = self._groups.get((account, name))
            if group is None:
                yield Source(None, f"group/{name}")
            else:
                yield from self._own(group, f"group/{name}")

    def _own(self, one: Holder | Group, owner: str) -> Iterator[Source]:
        for inline in one.inline:
            yield Source(None if inline.unknown else inline.document, owner, inline)
        for arn in one.attached:
            managed = self._managed.get(arn)
            yield Source(None if managed is None or managed.unknown else managed.document, arn, managed)

    def _parsed(self, source: Source) -> Parsed:
        if source.held is None:
            return not_known("identity", source.name)
        if isinstance(source.held, ManagedPolicy):
            return self.documents.managed(source.held)
        return self.documents.inline(source.held, source.name)

    def _without_tree(self) -> tuple[Level, ...] | None:
        """No levels where nothing is said of an organisation; not known where one is, or could not be read."""
        is_unread = any(one.what.startswith("organizations.") for one in self.snapshot.not_read)
        return None if is_unread or self.trees else ()

    def _whole(self, text: str) -> str:
        matches = [arn for arn in self.holders if arn.partition(":")[2].endswith(f":{text}")]
        name = text.rpartition("/")[2]
        matches = matches or [
            arn for arn, one in self.holders.items() if one.name == name and f":{text.partition('/')[0]}/" in arn
        ]
        if not matches:
            raise self._missing(text, name)
        if len(matches) > 1:
            listed = ", ".join(f"`{arn}`" for arn in matches[:_NEAR])
            raise RequestError(f"`{text}` is in {len(matches)} accounts", help=f"give the whole ARN, such as {listed}")
        return matches[0]

    def _missing(self, text: str, name: str) -> InputError:
        by_name = {one.name: arn for arn, one in self.holders.items()}
        near = ", ".join(f"`{by_name[one]}`" for one in get_close_matches(name, by_name, _NEAR))
        hint = f"did you mean {near}?" if near else "`leastwise snapshot show` lists what it holds"
        return InputError(f"no principal `{text}` in the snapshot", help=hint)

    def is_managing(self, account: str) -> bool:
        """Whether it is the management account of its organisation."""
        return any(tree.organization.management_account == account for tree in self.trees)

    def is_read(self, account: str) -> bool:
        """Whether the account's users and roles are held."""
        return account in self.snapshot.iam


_ARN_SERVICES: Final[Mapping[str, str]] = {
    "apigateway": "execute-api",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "s3control": "s3",
    "sesv2": "ses",
}


def service_of(operation: str) -> str:
    """The service of an operation, or of a collector, as ARNs name it."""
    name = operation.partition(".")[0]
    return _ARN_SERVICES.get(name, name)
