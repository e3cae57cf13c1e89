"""Everything of a snapshot that binds one request, put together as the decision engine takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from leastwise.decide.facts import owner_of
from leastwise.decide.policies import AccessPoint, AclGrant, KeyGrant, PolicySet
from leastwise.estate.documents import Documents, Parsed, not_known
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import Group, InlinePolicy, ManagedPolicy, NotRead, PolicyType, Resource, Role, User
from leastwise.estate.mentions import Mentions
from leastwise.estate.tree import Level, Tree
from leastwise.model.errors import InputError, RequestError
from leastwise.model.policy import Policy
from leastwise.model.request import UNKNOWN, ContextValue, Principal, Request, Unknown, principal_of

Holder = User | Role
_SHORT = re.compile(r"(user|role)/\S+")
_ACCOUNT = re.compile(r"\d{12}")
_PATTERN = re.compile(r"[*?]")
_BUCKET: Final = "arn:aws:s3:::"
_ASSUMING: Final = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession")
_ABOUT_ROLES: Final = (*_ASSUMING, "sts:setsourceidentity")
_LISTING_GRANTS: Final = "kms.ListGrants"
_NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class Source:
    """An identity policy where it stands: its text, None where it is not all known, whose it is, and what is held."""

    text: str | None
    name: str
    held: InlinePolicy | ManagedPolicy | None = None


@dataclass(frozen=True)
class Binding:
    """What binds a request: the policies, the request with the facts that the snapshot tells, and what is not known.

    `levels` are the names of the levels of SCPs and of RCPs. `doubts` say in words which policies are not known.
    """

    request: Request
    policies: PolicySet
    levels: Mapping[str, tuple[str, ...]]
    doubts: tuple[str, ...]


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
        """Every resource by its ARN."""
        sets = (one for sets in self.snapshot.resources.values() for one in sets)
        return {one.arn: one for part in sets for one in part.resources}

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

    def policies_on(self, action: str, resource: str) -> Sequence[Policy] | Unknown:
        """The policies of the resource itself for the action."""
        return _Binding(self, principal_of("anonymous"), action, resource).of_the_resource()

    def is_any_grant_unread(self, held: Resource) -> bool:
        """Whether there may be grants on the key that were not read."""
        return any(one.what == _LISTING_GRANTS and one.subject == held.arn for one in self.snapshot.not_read)

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
        in_management = self._is_managing(named.account)
        if holder is None:
            if named.kind in ("user", "role") and self.is_read(named.account):
                raise self._missing(text, named.name)
            return Principal.of(text, in_management_account=in_management)
        role_arn = holder.arn if named.kind == "role" else None
        tags = holder.tags if named.session is None else holder.tags or None
        return Principal.of(
            text, role_arn=role_arn, user_id=holder.id or None, tags=tags, in_management_account=in_management
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

    def owner(self, arn: str) -> str | None:
        """The account that owns the resource; None where neither its ARN nor the snapshot tells."""
        found = self.resource(arn)
        return owner_of(arn) or (found.account if found else None)

    def binding(
        self,
        principal: Principal,
        action: str,
        resource: str,
        *,
        context: Mapping[str, ContextValue] | None = None,
        is_complete: bool = False,
        endpoint: str | None = None,
        is_brief: bool = False,
    ) -> Binding:
        """Everything that binds the request; `endpoint` is the VPC endpoint on its way, by its id or ARN.

        With `is_brief`, identity policies that say nothing of the action are left out.
        """
        about = self.mentions.about(action) if is_brief else None
        work = _Binding(self, principal, action, resource, about)
        policies = work.policies(endpoint)
        owner = self.owner(resource)
        given = {key.lower() for key in context or ()}
        derived = {key: value for key, value in work.of_organizations(owner).items() if key.lower() not in given}
        told = {**derived, **(context or {}), **dict.fromkeys(work.open_keys, UNKNOWN)}
        request = Request(
            principal,
            action,
            resource,
            told,
            owner,
            is_complete,
            self._is_managing(owner or principal.account),
        )
        return Binding(request, policies, work.names, tuple(dict.fromkeys(work.doubts)))

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

    def _is_managing(self, account: str) -> bool:
        return any(tree.organization.management_account == account for tree in self.trees)

    def is_read(self, account: str) -> bool:
        """Whether the account's users and roles are held."""
        return account in self.snapshot.iam


class _Binding:
    """One request, and what binds it, in the making."""

    def __init__(
        self, estate: Estate, principal: Principal, action: str, resource: str, about: frozenset[str] | None = None
    ) -> None:
        self.estate = estate
        self.who = principal
        self.action = action.lower()
        self.on = resource
        self.about = about
        self.open_keys: dict[str, None] = {}
        self.doubts: list[str] = []
        self.names: dict[str, tuple[str, ...]] = {}

    def policies(self, endpoint: str | None) -> PolicySet:
        """The policy set."""
        estate, holder = self.estate, self.estate.holder(self.who)
        held = estate.resource(self.on)
        boundary = estate.boundary(holder) if holder else None
        owner = estate.owner(self.on) or self.who.account
        return PolicySet(
            identity=self._identity(holder),
            boundary=None if boundary is None else self._kept(boundary),
            resource=self.of_the_resource(),
            endpoint=self._endpoint(endpoint),
            scps=self._levels(self.who.account, "scp") if self._has_account() else (),
            rcps=self._levels(owner, "rcp"),
            access_point=self._access_point(held),
            grants=self._grants(held),
            acl=[AclGrant(one.grantee, one.permission) for one in held.acl] if held and has_acl(held) else (),
            public_access_block=held is not None and self._is_blocked(held),
        )

    def of_organizations(self, owner: str | None) -> dict[str, ContextValue]:
        """The context keys that the organisation tree tells of principal and resource."""
        found: dict[str, ContextValue] = {}
        for prefix, account in (("Principal", self.who.account if self._has_account() else ""), ("Resource", owner)):
            tree = self.estate.tree_of(account) if account else None
            if tree is not None and account is not None:
                found[f"aws:{prefix}OrgID"] = tree.organization.id
                path = tree.path(account)
                found[f"aws:{prefix}OrgPaths"] = UNKNOWN if path is None else [path]
        return found

    def _has_account(self) -> bool:
        return self.who.kind in ("user", "role", "root", "federated-user")

    def _kept(self, parsed: Parsed) -> Policy:
        self.open_keys |= dict.fromkeys(parsed.open_keys)
        if parsed.fault:
            self.doubts.append(f"{parsed.policy.name}: {parsed.fault}")
        return parsed.policy

    def _identity(self, holder: Holder | None) -> Sequence[Policy] | Unknown:
        if holder is not None:
            return [self._kept(one) for one in self.estate.identity(holder, self.about)]
        if self._has_account() and self.who.kind != "root":
            self.doubts.append(f"identity policies of {self.who.arn}: they are not in the snapshot")
            return UNKNOWN
        return ()

    def _levels(self, account: str, kind: PolicyType) -> Sequence[Sequence[Policy]] | Unknown:
        found = self.estate.levels(account, kind)
        if found is None:
            self.doubts.append(f"{kind.upper()}s of account {account}: they are not in the snapshot")
            return UNKNOWN
        self.names[kind] = tuple(level.name for level in found)
        return [[self._kept(one) for one in level.policies] for level in found]

    def of_the_resource(self) -> Sequence[Policy] | Unknown:
        """The policies of the resource itself, a role's trust policy among them."""
        held, role = self.estate.resource(self.on), self.estate.holders.get(self.on)
        if self.action in _ABOUT_ROLES:
            return self._trust(role)
        if held is not None and held.bucket:
            held = self.estate.resource(_bucket_of(held))
        if held is not None and held.type != "ec2:vpc-endpoint":
            unread = [
                one for one in self.estate.snapshot.not_read if one.subject == held.arn and one.what != _LISTING_GRANTS
            ]
            if unread:
                self._doubt(unread[0])
                return UNKNOWN
            names = [name for name in held.policies if self._is_meant(name, held)]
            return [self._kept(self.estate.documents.of_resource(held, name)) for name in names]
        return self._unheld()

    def _trust(self, role: Holder | None) -> Sequence[Policy] | Unknown:
        """The trust policy; a role that is not there, where its account was read, trusts nobody."""
        if isinstance(role, Role):
            return [self._kept(self.estate.documents.trust(role))]
        if self.estate.is_read(self.estate.owner(self.on) or "") and not _PATTERN.search(self.on):
            return [Policy((), "trust", name=f"{self.on}, which is not there")]
        self.doubts.append(f"trust policy of {self.on}: it is not in the snapshot")
        return UNKNOWN

    def _is_meant(self, name: str, held: Resource) -> bool:
        """Whether the policy is the resource's own, or that of the qualifier which the request names."""
        rest = self.on[len(held.arn) :].lstrip(":/")
        return name == "policy" or (bool(rest) and name == rest)

    def _unheld(self) -> Sequence[Policy] | Unknown:
        """No policy for a resource that the snapshot does not hold, but where reading such was not possible."""
        if self.on == "*":
            return ()
        service, owner = self.on.split(":", 3)[2] if self.on.count(":") >= 5 else "", self.estate.owner(self.on)
        region = self.on.split(":", 5)[3] if self.on.count(":") >= 5 else ""
        for one in self.estate.snapshot.not_read:
            is_there = one.account in ("", owner or self.who.account) and one.region in ("", region)
            if one.what.partition(".")[0] == service and is_there and one.subject in ("", self.on):
                self._doubt(one)
                return UNKNOWN
        return ()

    def _doubt(self, one: NotRead) -> None:
        self.doubts.append(f"resource policy of {self.on}: {one.what} was not read: {one.reason}")

    def _endpoint(self, endpoint: str | None) -> Sequence[Policy]:
        if endpoint is None:
            return ()
        found = [one for arn, one in self.estate.resources.items() if arn == endpoint or arn.endswith(f"/{endpoint}")]
        if not found:
            raise RequestError(
                f"no VPC endpoint `{endpoint}` in the snapshot", help="give its id, such as `vpce-1a2b3c`"
            )
        return [self._kept(self.estate.documents.of_resource(found[0], name)) for name in found[0].policies]

    def _access_point(self, held: Resource | None) -> AccessPoint | None:
        if held is None or not held.bucket:
            return None
        own = self._kept(self.estate.documents.of_resource(held, "policy")) if "policy" in held.policies else None
        _, _, key = self.on.partition(f"{held.arn}/object/")
        bucket = _bucket_of(held)
        return AccessPoint(own, f"{bucket}/{key}" if key else bucket)

    def _grants(self, held: Resource | None) -> Sequence[KeyGrant] | Unknown:
        if held is None or held.type != "kms:key":
            return ()
        if self.estate.is_any_grant_unread(held):
            self.doubts.append(f"grants of {held.arn}: they were not read")
            return UNKNOWN
        return [
            KeyGrant(
                one.grantee,
                one.operations,
                held.arn,
                None if one.context_equals is None else tuple(one.context_equals.items()),
                tuple(one.context_subset.items()),
            )
            for one in held.grants
        ]

    def _is_blocked(self, held: Resource) -> bool:
        """Whether S3 Block Public Access keeps out whom only a public policy lets in, by the bucket or its account."""
        sets = self.estate.snapshot.resources.get(held.account, ())
        whole = [one for part in sets for one in part.resources if one.type == "s3:account"]
        return any(one.settings.get("RestrictPublicBuckets") is True for one in (held, *whole))


def has_acl(held: Resource) -> bool:
    """Whether ACLs count, which they do not where the bucket owns its objects. S3 User Guide, "Object Ownership"."""
    return held.settings.get("ObjectOwnership") != "BucketOwnerEnforced"


def _bucket_of(point: Resource) -> str:
    """The ARN of an access point's bucket."""
    return point.bucket if point.bucket.startswith("arn:") else f"{_BUCKET}{point.bucket}"
