"""What a snapshot holds, as frozen values: the fields named here are kept, and nothing else is.

A policy document is kept as its text, so that one that cannot be parsed is kept too. A field that is absent from an
older snapshot has its default. No other value of a source, such as a password in a Terraform state, has a place here.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


class Held(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value of a snapshot."""


class InlinePolicy(Held, frozen=True):
    """A policy that is part of its principal. `origin` is the file that it was read from, empty for AWS's answer.

    `unknown` are the paths of values that are not known until apply, for which stands what
    `leastwise.lint.sources.fill` puts there; other values have the same where they hold a document.
    """

    name: str
    document: str
    origin: str = ""
    unknown: tuple[str, ...] = ()


class User(Held, frozen=True):
    """An IAM user; `groups` are names, `attached` and `boundary` ARNs of managed policies."""

    arn: str
    name: str
    id: str = ""
    path: str = "/"
    created: str = ""
    inline: tuple[InlinePolicy, ...] = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None
    tags: dict[str, str] = {}


class Group(Held, frozen=True):
    """An IAM group."""

    arn: str
    name: str
    id: str = ""
    path: str = "/"
    inline: tuple[InlinePolicy, ...] = ()
    attached: tuple[str, ...] = ()


class Role(Held, frozen=True):
    """An IAM role. `instance_profiles` are ARNs.

    `trust` is the text of its trust policy, sensitive where it holds an external id: outputs mask that.
    """

    arn: str
    name: str
    id: str = ""
    path: str = "/"
    created: str = ""
    trust: Annotated[str, msgspec.Meta(extra_json_schema={"x-sensitive": "external ids"})] = ""
    trust_origin: str = ""
    trust_unknown: tuple[str, ...] = ()
    inline: tuple[InlinePolicy, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str | None = None
    tags: dict[str, str] = {}
    instance_profiles: tuple[str, ...] = ()


class ManagedPolicy(Held, frozen=True):
    """A managed policy in its default version; `arn:aws:iam::aws:policy/…` are those that AWS manages."""

    arn: str
    name: str
    document: str
    version: str = ""
    id: str = ""
    path: str = "/"
    origin: str = ""
    unknown: tuple[str, ...] = ()


class Iam(Held, frozen=True):
    """The IAM of one account: who there is, and the policies that are attached to somebody."""

    account: str
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[ManagedPolicy, ...] = ()


class LastUsed(Held, frozen=True):
    """When and in which Region a role was last assumed; empty when not in AWS's tracking period."""

    date: str = ""
    region: str = ""


class ServiceUse(Held, frozen=True):
    """When a principal last tried a service, and its actions where AWS tracks them. IAM, GetServiceLastAccessedDetails.

    `date` is empty where the service was not used in the tracking period.
    """

    service: str
    date: str = ""
    actions: dict[str, str] = {}


class Activity(Held, frozen=True):
    """What an account's IAM tells about use: apart from `Iam`, since it changes every day.

    `roles` are by ARN. `credentials` are the rows of the credential report, their columns named as AWS names them.
    `last_accessed` are by the ARN of the principal.
    """

    account: str
    roles: dict[str, LastUsed] = {}
    credentials: tuple[dict[str, str], ...] = ()
    last_accessed: dict[str, tuple[ServiceUse, ...]] = {}


class Grant(Held, frozen=True):
    """A grant on a KMS key. `context_equals` is None where it has no such constraint."""

    grantee: str
    operations: tuple[str, ...]
    id: str = ""
    context_equals: dict[str, str] | None = None
    context_subset: dict[str, str] = {}


class Acl(Held, frozen=True):
    """A grant of an S3 ACL: `grantee` is a canonical user id, `AllUsers`, `AuthenticatedUsers` or `LogDelivery`."""

    grantee: str
    permission: str


class Resource(Held, frozen=True):
    """A resource with what its service says of who may use it.

    `type` is the name of its kind, such as `sqs:queue`, as the Service Authorization Reference has it.
    `policies` are the texts of its policies by what holds each: `policy` for the resource's own; one that has none has
    no entry. `shared_with` are account numbers, ARNs of organisations or OUs, or `all`, where it is shared without a
    policy. `settings` are switches that bear on access, such as `BlockPublicPolicy`. `bucket` is that of an access
    point.
    """

    arn: str
    account: str
    type: str
    region: str = ""
    policies: dict[str, str] = {}
    shared_with: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    acl: tuple[Acl, ...] = ()
    settings: dict[str, bool | str] = {}
    bucket: str = ""
    origin: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def is_of_account(self) -> bool:
        """Whether it stands for what belongs to the whole account in a Region, under the ARN of the account's root."""
        return self.type.endswith(":account")


class Share(Held, frozen=True):
    """A resource share of AWS RAM that the account owns: what it shares, with whom, under which permissions."""

    arn: str
    name: str
    account: str
    region: str = ""
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


class Tagged(Held, frozen=True):
    """The tags of a resource, whatever its type."""

    arn: str
    tags: dict[str, str] = {}


class Resources(Held, frozen=True):
    """What one collector, or one file, told about the resources of an account in one Region (empty: global).

    `collector` is its name, such as `sqs`. An empty list says that there are none, once nothing is in `NotRead`.
    """

    account: str
    collector: str
    region: str = ""
    resources: tuple[Resource, ...] = ()
    shares: tuple[Share, ...] = ()
    tagged: tuple[Tagged, ...] = ()


PolicyType = Literal["scp", "rcp"]


class OrganizationPolicy(Held, frozen=True):
    """An SCP or RCP."""

    id: str
    name: str
    type: PolicyType
    document: str
    is_aws_managed: bool = False
    origin: str = ""
    unknown: tuple[str, ...] = ()


class Node(Held, frozen=True):
    """The root, an OU or an account of an organisation, with the ids of the policies attached to it directly."""

    id: str
    name: str
    type: Literal["root", "ou", "account"]
    parent: str = ""
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()
    status: str = ""


class Delegation(Held, frozen=True):
    """An account that is a delegated administrator, and of which services."""

    account: str
    services: tuple[str, ...] = ()


class Organization(Held, frozen=True):
    """An organisation: its tree and the policies on it. `enabled` are the policy types that are switched on."""

    id: str
    management_account: str
    nodes: tuple[Node, ...] = ()
    policies: tuple[OrganizationPolicy, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    enabled: tuple[PolicyType, ...] = ()


class PermissionSet(Held, frozen=True):
    """A permission set of IAM Identity Center. `customer_managed` and a boundary of that kind are `path` + `name`."""

    arn: str
    name: str
    inline: str = ""
    attached: tuple[str, ...] = ()
    customer_managed: tuple[str, ...] = ()
    boundary: str = ""
    accounts: tuple[str, ...] = ()


class Assignment(Held, frozen=True):
    """Who has a permission set in an account."""

    permission_set: str
    account: str
    principal_type: Literal["USER", "GROUP"]
    principal: str


class Person(Held, frozen=True):
    """A user of the identity store. `groups` are ids."""

    id: str
    name: str
    groups: tuple[str, ...] = ()


class PersonGroup(Held, frozen=True):
    """A group of the identity store."""

    id: str
    name: str


class IdentityCenter(Held, frozen=True):
    """One instance of IAM Identity Center."""

    instance: str
    identity_store: str = ""
    permission_sets: tuple[PermissionSet, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    users: tuple[Person, ...] = ()
    groups: tuple[PersonGroup, ...] = ()


class NotRead(Held, frozen=True):
    """Something that could not be read, which is not the same as there being none.

    `what` is the operation, such as `sqs.GetQueueAttributes`, or the part of a file; `subject` the ARN or id that it
    was about, empty for all of them; `account` and `region` empty where they are not told; `code` is AWS's error code.
    """

    what: str
    reason: str
    account: str = ""
    region: str = ""
    subject: str = ""
    code: str = ""


Part = Iam | Activity | Resources | Organization | IdentityCenter | NotRead
"""What sources of an estate give, in any order."""
