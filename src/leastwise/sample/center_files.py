"""Identity Center, as `aws sso-admin` and `aws identitystore` print it: file name to content."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from leastwise.sample.authorization import moment
from leastwise.sample.chance import uuid
from leastwise.sample.people import group_id
from leastwise.sample.values import Assignment, Company, Json, PermissionSet, Person


def center_files(company: Company) -> Iterator[tuple[str, Json]]:
    """Every file of the folder `identity-center`."""
    yield "list-instances", {"Instances": [_instance(company)]}
    arns = [_arn(company, permission_set.id) for permission_set in company.permission_sets]
    yield "list-permission-sets", {"PermissionSets": arns}
    for permission_set in company.permission_sets:
        yield from _permission_set(permission_set, company)
    by_place: dict[tuple[str, str], list[Assignment]] = defaultdict(list)
    for assignment in company.assignments:
        by_place[(assignment.account, assignment.permission_set)].append(assignment)
    for (account, set_id), members in by_place.items():
        told = [_assignment(member, company) for member in members]
        yield f"list-account-assignments-{account}-{set_id}", {"AccountAssignments": told}
    yield from _store(company)


def _store(company: Company) -> Iterator[tuple[str, Json]]:
    yield "list-users", {"Users": [_user(person, company) for person in company.people]}
    yield "list-groups", {"Groups": [_group(group, company) for group in company.groups]}
    for group in company.groups:
        members = [_membership(person, group, company.store) for person in company.people if group in person.groups]
        yield f"list-group-memberships-{group_id(company.store, group)}", {"GroupMemberships": members}


def _instance(company: Company) -> Json:
    return {
        "InstanceArn": f"arn:aws:sso:::instance/{company.instance}",
        "IdentityStoreId": company.store,
        "OwnerAccountId": company.management,
        "CreatedDate": moment(company.today - timedelta(days=1800), "instance"),
        "Status": "ACTIVE",
    }


def _arn(company: Company, permission_set: str) -> str:
    return f"arn:aws:sso:::permissionSet/{company.instance}/{permission_set}"


def _permission_set(permission_set: PermissionSet, company: Company) -> Iterator[tuple[str, Json]]:
    set_id = permission_set.id
    told: Json = {
        "Name": permission_set.name,
        "PermissionSetArn": _arn(company, set_id),
        "Description": permission_set.description,
        "CreatedDate": moment(company.today - timedelta(days=1700), set_id),
        "SessionDuration": f"PT{permission_set.hours}H",
    }
    managed = [{"Name": arn.rpartition("/")[2], "Arn": arn} for arn in permission_set.managed]
    references = [{"Name": name, "Path": "/"} for name in permission_set.references]
    inline = json.dumps(permission_set.inline, separators=(",", ":")) if permission_set.inline else ""
    yield f"describe-permission-set-{set_id}", {"PermissionSet": told}
    yield f"get-inline-policy-for-permission-set-{set_id}", {"InlinePolicy": inline}
    yield f"list-managed-policies-in-permission-set-{set_id}", {"AttachedManagedPolicies": managed}
    yield (
        f"list-customer-managed-policy-references-in-permission-set-{set_id}",
        {"CustomerManagedPolicyReferences": references},
    )


def _assignment(assignment: Assignment, company: Company) -> Json:
    return {
        "AccountId": assignment.account,
        "PermissionSetArn": _arn(company, assignment.permission_set),
        "PrincipalType": "GROUP",
        "PrincipalId": group_id(company.store, assignment.group),
    }


def _user(person: Person, company: Company) -> Json:
    return {
        "UserName": person.email,
        "UserId": person.id,
        "Name": {"FamilyName": person.family, "GivenName": person.given},
        "DisplayName": f"{person.given} {person.family}",
        "Emails": [{"Value": person.email, "Type": "work", "Primary": True}],
        "IdentityStoreId": company.store,
    }


def _group(group: str, company: Company) -> Json:
    return {
        "GroupId": group_id(company.store, group),
        "DisplayName": group,
        "IdentityStoreId": company.store,
    }


def _membership(person: Person, group: str, store: str) -> Json:
    return {
        "IdentityStoreId": store,
        "MembershipId": uuid(store, "member", group, person.id),
        "GroupId": group_id(store, group),
        "MemberId": {"UserId": person.id},
    }
