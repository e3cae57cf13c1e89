"""IAM Identity Center and its identity store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from leastwise.estate.answers import Answer
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Assignment, IdentityCenter, PermissionSet, Person, PersonGroup

_READS: Final = (
    "sso-admin.ListInstances",
    "sso-admin.ListPermissionSets",
    "sso-admin.DescribePermissionSet",
    "sso-admin.GetInlinePolicyForPermissionSet",
    "sso-admin.ListManagedPoliciesInPermissionSet",
    "sso-admin.ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso-admin.GetPermissionsBoundaryForPermissionSet",
    "sso-admin.ListAccountsForProvisionedPermissionSet",
    "sso-admin.ListAccountAssignments",
    "identitystore.ListUsers",
    "identitystore.ListGroups",
    "identitystore.ListGroupMemberships",
)
_NONE: Final = ("ResourceNotFoundException",)


@collector("identity-center", scope="every-region", reads=_READS)
def instances(api: Api) -> Iterator[IdentityCenter]:
    """Instances of IAM Identity Center: permission sets, assignments, users and groups."""
    for one in api.rows("sso-admin.ListInstances", "Instances"):
        is_own = one.text("OwnerAccountId") in ("", api.account) or api.is_asking
        if is_own and one.text("PrimaryRegion") in ("", api.region):
            yield _instance(api, one.text("InstanceArn"), one.text("IdentityStoreId"))


def _instance(api: Api, instance: str, store: str) -> IdentityCenter:
    arns = api.texts("sso-admin.ListPermissionSets", "PermissionSets", subject=instance, InstanceArn=instance)
    sets = [_permission_set(api, instance, arn) for arn in list(arns)]
    assignments = tuple(one for held in sets for one in _assignments(api, instance, held))
    groups = list(api.rows("identitystore.ListGroups", "Groups", subject=instance, IdentityStoreId=store))
    users = api.rows("identitystore.ListUsers", "Users", subject=instance, IdentityStoreId=store)
    members = _members(api, store, groups)
    return IdentityCenter(
        instance,
        store,
        tuple(sets),
        assignments,
        tuple(Person(one.text("UserId"), one.text("UserName"), tuple(members[one.text("UserId")])) for one in users),
        tuple(PersonGroup(one.text("GroupId"), one.text("DisplayName")) for one in groups),
    )


def _permission_set(api: Api, instance: str, arn: str) -> PermissionSet:
    about = {"subject": arn, "InstanceArn": instance, "PermissionSetArn": arn}
    described = api.call("sso-admin.DescribePermissionSet", **about)
    inline = api.call("sso-admin.GetInlinePolicyForPermissionSet", **about)
    attached = api.rows("sso-admin.ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", **about)
    own = api.rows(
        "sso-admin.ListCustomerManagedPolicyReferencesInPermissionSet", "CustomerManagedPolicyReferences", **about
    )
    boundary = api.call("sso-admin.GetPermissionsBoundaryForPermissionSet", absent=_NONE, **about)
    accounts = api.texts("sso-admin.ListAccountsForProvisionedPermissionSet", "AccountIds", **about)
    return PermissionSet(
        arn,
        described.text("PermissionSet", "Name") if described else "",
        inline.text("InlinePolicy") if inline else "",
        tuple(one.text("Arn") for one in attached),
        tuple(map(_reference, own)),
        _boundary(boundary.row("PermissionsBoundary")) if boundary else "",
        tuple(accounts),
    )


def _boundary(one: Answer) -> str:
    own = one.row("CustomerManagedPolicyReference")
    return one.text("ManagedPolicyArn") or (_reference(own) if own.has("Name") else "")


def _reference(one: Answer) -> str:
    return f"{one.text('Path') or '/'}{one.text('Name')}"


def _assignments(api: Api, instance: str, held: PermissionSet) -> Iterator[Assignment]:
    for account in held.accounts:
        for one in api.rows(
            "sso-admin.ListAccountAssignments",
            "AccountAssignments",
            subject=held.arn,
            InstanceArn=instance,
            AccountId=account,
            PermissionSetArn=held.arn,
        ):
            is_group = one.text("PrincipalType") == "GROUP"
            yield Assignment(held.arn, account, "GROUP" if is_group else "USER", one.text("PrincipalId"))


def _members(api: Api, store: str, groups: list[Answer]) -> dict[str, list[str]]:
    """The groups of each user."""
    found: dict[str, list[str]] = defaultdict(list)
    for group in (one.text("GroupId") for one in groups):
        for one in api.rows(
            "identitystore.ListGroupMemberships",
            "GroupMemberships",
            subject=group,
            IdentityStoreId=store,
            GroupId=group,
        ):
            found[one.text("MemberId", "UserId")].append(group)
    return found
