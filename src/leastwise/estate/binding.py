"""Everything of an estate that binds one request, put together as the decision engine takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import best_type
from leastwise.decide.policies import AccessPoint, AclGrant, KeyGrant, PolicySet
from leastwise.decide.services import acl_actions
from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.documents import Parsed, perhaps_allowed
from leastwise.estate.held import NotRead, PolicyType, Resource, Role
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy
from leastwise.model.request import UNKNOWN, ContextValue, Principal, Request, Unknown, principal_of

_PATTERN = re.compile(r"[*?]")
_BUCKET: Final = "arn:aws:s3:::"
_ASSUMING: Final = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession")
_ABOUT_ROLES: Final = (*_ASSUMING, "sts:setsourceidentity")


@dataclass(frozen=True)
class Binding:
    """What binds a request: the policies, the request with the facts that the snapshot tells, and what is not known.

    `levels` are the names of the levels of SCPs and of RCPs. `doubts` say in words which policies are not known.
    """

    request: Request
    policies: PolicySet
    levels: Mapping[str, tuple[str, ...]]
    doubts: tuple[str, ...]


def binding_of(
    estate: Estate,
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
    about = estate.mentions.about(action) if is_brief else None
    work = _Work(estate, principal, action, resource, about)
    policies = work.policies(endpoint)
    owner = estate.owner(resource)
    given = {key.lower() for key in context or ()}
    of_snapshot = {**work.of_organizations(owner), **resource_tags(estate, action, resource)}
    derived = {key: value for key, value in of_snapshot.items() if key.lower() not in given}
    told = {**derived, **(context or {}), **dict.fromkeys(work.open_keys, UNKNOWN)}
    in_management_account = estate.is_managing(owner or principal.account)
    request = Request(principal, action, resource, told, owner, is_complete, in_management_account)
    return Binding(request, policies, work.names, tuple(dict.fromkeys(work.doubts)))


def policies_on(estate: Estate, action: str, resource: str) -> Sequence[Policy] | Unknown:
    """The policies of the resource itself for the action."""
    return _Work(estate, principal_of("anonymous"), action, resource).of_the_resource()


def has_account(who: Principal) -> bool:
    """Whether the principal is one of an account."""
    return who.kind in ("user", "role", "root", "federated-user")


def organization_keys(estate: Estate, who: Principal, owner: str | None) -> dict[str, ContextValue]:
    """The context keys that the organisation tree tells of a principal and of the owner of a resource."""
    found: dict[str, ContextValue] = {}
    for prefix, account in (("Principal", who.account if has_account(who) else ""), ("Resource", owner)):
        tree = estate.tree_of(account) if account else None
        if tree is not None and account is not None:
            found[f"aws:{prefix}OrgID"] = tree.organization.id
            path = tree.path(account)
            found[f"aws:{prefix}OrgPaths"] = UNKNOWN if path is None else [path]
    return found


def resource_tags(estate: Estate, action: str, resource: str) -> dict[str, ContextValue]:
    """The tags of the resource as the keys of a request for the action; none where it may not take them.

    Service Authorization Reference, condition keys; IAM User Guide, "aws:ResourceTag/tag-key".
    """
    tags = estate.tags_of(resource)
    if not tags or not takes_resource_tags(action, resource):
        return {}
    return {f"aws:ResourceTag/{name}": value for name, value in tags.items()}


_SWITCHED: Final = frozenset({"s3", "dynamodb"})
"""Services where a switch of the bucket or of the account, which no snapshot has, decides whether tags count at all.

Amazon S3 User Guide, "Enabling ABAC in general purpose buckets"; Amazon DynamoDB Developer Guide, "Enabling ABAC in
DynamoDB"."""
_UNRELIABLE: Final = "iam:PassRole"
"""Tags of the role that is passed tell nothing reliably: IAM User Guide, "Grant a user permissions to pass a role"."""


@lru_cache(maxsize=65_536)
def takes_resource_tags(action: str, resource: str) -> bool:
    """Whether requests for the action on the resource are sure to carry its tags: as its type has the key."""
    known = load_catalogue().action(action)
    service = load_catalogue().service(action.partition(":")[0])
    if known is None or service is None or service.prefix in _SWITCHED or known.name == _UNRELIABLE:
        return False
    name = best_type(resource, known, service=service)
    of_type = service.resource_types.get(name or "")
    used = (one.condition_keys for one in known.resource_types if one.name == name)
    keys = chain(of_type.condition_keys if of_type is not None else (), *used)
    return any(key.lower().startswith("aws:resourcetag/") for key in keys)


class _Work:
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
            acl=self._acl(held),
            public_access_block=held is not None and self._is_blocked(held),
        )

    def of_organizations(self, owner: str | None) -> dict[str, ContextValue]:
        """The context keys that the organisation tree tells of principal and resource."""
        return organization_keys(self.estate, self.who, owner)

    def _has_account(self) -> bool:
        return has_account(self.who)

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
        if self.action in _ABOUT_ROLES or (role is not None and _is_of_sts(self.action)):
            return self._trust(role)
        if held is not None and held.bucket:
            held = self.estate.resource(_bucket_of(held))
        if held is not None and held.type != "ec2:vpc-endpoint":
            unread = self.estate.unread_about(held.arn)
            if unread is not None:
                self._doubt(unread)
                return UNKNOWN
            if self._is_block_unread(held):
                self.doubts.append(f"Block Public Access of account {held.account}: it was not read")
                return UNKNOWN
            names = [name for name in held.policies if self._is_meant(name, held)]
            own: Sequence[Policy] | Unknown = [self._policy(held, name) for name in names]
        else:
            own = self._unheld()
        return own if isinstance(own, Unknown) else [*own, *self._of_account(held), *self._shared(held)]

    def _policy(self, held: Resource, name: str) -> Policy:
        return self._kept(self.estate.documents.of_resource(held, name))

    def _of_account(self, held: Resource | None) -> Iterator[Policy]:
        """The policies that are those of all of the service in the account and Region."""
        if self.on.count(":") < _COLONS:
            return
        service, region = self.on.split(":")[2:4]
        for one in self.estate.of_account(self.estate.owner(self.on) or "", service, region):
            yield from (self._policy(one, name) for name in one.policies if one is not held)

    def _shared(self, held: Resource | None) -> Iterator[Policy]:
        """What lets other accounts in without a policy: a share, of which it is not known what it permits."""
        owner = self.estate.owner(self.on)
        if not self._has_account() or owner in (None, self.who.account):
            return
        names = [f"share {one.name}" for one in self.estate.shares_of(self.on) if self._is_among(one.principals)]
        if held is not None and held.arn == self.on and self._is_among(held.shared_with):
            names.append(f"sharing of {self.on}")
        yield from (self._kept(perhaps_allowed(name, "what it permits is not looked at")) for name in names)

    def _is_among(self, shared_with: Iterable[str]) -> bool:
        """Whether the principal is, or belongs to, one of those: accounts, principals, OUs, organisations, `all`."""
        tree = self.estate.tree_of(self.who.account)
        way = tree.way(self.who.account) if tree is not None else None
        inside = {node.id for node in way or ()} | ({tree.organization.id} if tree is not None else set())
        own = {"all", self.who.account, self.who.arn, self.who.entity}
        return any(one in own or (":organizations:" in one and one.rpartition("/")[2] in inside) for one in shared_with)

    def _is_block_unread(self, held: Resource) -> bool:
        """Whether it is not known if the account blocks the public, for whom that counts."""
        unread = (one for one in self.estate.snapshot.not_read if one.what == _ACCOUNT_BLOCK)
        is_open = held.type.startswith("s3:") and self.who.account != held.account
        return is_open and any(one.account == held.account for one in unread)

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
        """No policy for a resource that the snapshot does not hold, but where such were not read.

        Of another account's it is not known unless resources of its service were read there, since without a policy
        nobody but its own account gets at it, and that would be a decision.
        """
        if self.on.count(":") < _COLONS:
            return ()
        service, region = self.on.split(":")[2:4]
        owner = self.estate.owner(self.on)
        around = self.estate.unread_around(service, owner or self.who.account, region)
        unread = self.estate.unread_about(self.on) or around
        if unread is not None:
            self._doubt(unread)
            return UNKNOWN
        is_of_another = self._has_account() and owner not in (None, self.who.account)
        if is_of_another and service in _WITH_POLICIES and not self.estate.has_read(owner, service):
            self.doubts.append(f"resource policy of {self.on}: the snapshot holds none of such of account {owner}")
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
        own: Policy | Unknown | None = self._policy(held, "policy") if "policy" in held.policies else None
        unread = self.estate.unread_about(held.arn)
        if own is None and unread is not None:
            self._doubt(unread)
            own = UNKNOWN
        _, _, key = self.on.partition(f"{held.arn}/object/")
        bucket = _bucket_of(held)
        return AccessPoint(own, f"{bucket}/{key}" if key else bucket)

    def _acl(self, held: Resource | None) -> Sequence[AclGrant] | Unknown:
        """The grants of the ACL; those to the owner give its own people nothing, whom their policies must allow.

        Amazon S3 User Guide, "How Amazon S3 authorizes a request".
        """
        if held is None or not has_acl(held):
            return ()
        to_groups = [one for one in held.acl if one.grantee in _GROUPS]
        to_accounts = [one for one in held.acl if one.grantee not in _GROUPS]
        if self.who.account == held.account:
            to_accounts = []
        others = [one for one in to_accounts if one.grantee != held.settings.get("OwnerId")]
        allowed = (acl_actions(one.permission, is_on_object=False) for one in others)
        if self._has_account() and self.who.canonical_id is None and any(self.action in one for one in allowed):
            self.doubts.append(
                f"ACL of {held.arn}: the canonical id of account {self.who.account} is not in the snapshot"
            )
            return UNKNOWN
        return [AclGrant(one.grantee, one.permission) for one in (*to_groups, *to_accounts)]

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
        whole = self.estate.of_account(held.account, "s3")
        return any(one.settings.get("RestrictPublicBuckets") is True for one in (held, *whole))


_COLONS: Final = 5
_ACCOUNT_BLOCK: Final = "s3control.GetPublicAccessBlock"
_GROUPS: Final = ("AllUsers", "AuthenticatedUsers", "LogDelivery")
_WITH_POLICIES: Final = frozenset(
    {
        "acm-pca",
        "backup",
        "codeartifact",
        "dynamodb",
        "ecr",
        "elasticfilesystem",
        "es",
        "events",
        "execute-api",
        "glue",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "s3",
        "s3express",
        "s3tables",
        "s3vectors",
        "secretsmanager",
        "ses",
        "sns",
        "sqs",
        "vpc-lattice",
    }
)
"""Services whose resources may have policies. IAM User Guide, "AWS services that work with IAM"."""


def _is_of_sts(action: str) -> bool:
    """Whether it is a pattern of actions of AWS STS, which roles are asked for by their trust policies."""
    return action.startswith("sts:") and _PATTERN.search(action) is not None


def has_acl(held: Resource) -> bool:
    """Whether ACLs count, which they do not where the bucket owns its objects. S3 User Guide, "Object Ownership"."""
    return held.settings.get("ObjectOwnership") != "BucketOwnerEnforced"


def _bucket_of(point: Resource) -> str:
    """The ARN of an access point's bucket."""
    return point.bucket if point.bucket.startswith("arn:") else f"{_BUCKET}{point.bucket}"
