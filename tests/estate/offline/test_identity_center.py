"""Answers of Identity Center become one instance, and what is missing of a permission set is told."""

from __future__ import annotations

from pathlib import Path

from written import read, reasons

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
ID = "ps-0123456789abcdef"
SET = f"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/{ID}"
GROUP = "9067aaaa00-11111111-2222-3333-4444-555555555555"
INLINE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'

WHOLE: dict[str, object] = {
    "list-instances.json": {"Instances": [{"InstanceArn": INSTANCE, "IdentityStoreId": "d-9067aaaa00"}]},
    "list-permission-sets.json": {"PermissionSets": [SET]},
    f"describe-permission-set-{ID}.json": {"PermissionSet": {"PermissionSetArn": SET, "Name": "Developer"}},
    f"get-inline-policy-for-permission-set-{ID}.json": {"InlinePolicy": INLINE},
    f"list-managed-policies-in-permission-set-{ID}.json": {
        "AttachedManagedPolicies": [{"Name": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
    },
    f"list-customer-managed-policy-references-in-permission-set-{ID}.json": {
        "CustomerManagedPolicyReferences": [{"Name": "deploy", "Path": "/team/"}]
    },
    f"get-permissions-boundary-for-permission-set-{ID}.json": {
        "PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "edge", "Path": "/"}}
    },
    f"list-account-assignments-111122223333-{ID}.json": {
        "AccountAssignments": [
            {"AccountId": "111122223333", "PermissionSetArn": SET, "PrincipalType": "GROUP", "PrincipalId": GROUP},
            {"AccountId": "111122223333", "PermissionSetArn": SET, "PrincipalType": "USER", "PrincipalId": "ann"},
        ]
    },
    "list-users.json": {"Users": [{"UserId": "ann", "UserName": "ann@example.com", "IdentityStoreId": "d-9067aaaa00"}]},
    "list-groups.json": {"Groups": [{"GroupId": GROUP, "DisplayName": "staff", "IdentityStoreId": "d-9067aaaa00"}]},
    f"list-group-memberships-{GROUP}.json": {
        "GroupMemberships": [{"GroupId": GROUP, "MemberId": {"UserId": "ann"}}],
    },
}


def test_an_instance_is_put_together(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert [] == reasons(found)
    (center,) = found.identity_centers
    (held,) = center.permission_sets
    assert (INSTANCE, "d-9067aaaa00") == (center.instance, center.identity_store)
    assert (SET, "Developer", INLINE) == (held.arn, held.name, held.inline)
    assert (("arn:aws:iam::aws:policy/ReadOnlyAccess",), ("/team/deploy",), "/edge", ("111122223333",)) == (
        held.attached,
        held.customer_managed,
        held.boundary,
        held.accounts,
    )
    assert {("GROUP", GROUP), ("USER", "ann")} == {(one.principal_type, one.principal) for one in center.assignments}
    assert [("ann", "ann@example.com", (GROUP,))] == [(one.id, one.name, one.groups) for one in center.users]
    assert [(GROUP, "staff")] == [(one.id, one.name) for one in center.groups]


def test_a_key_in_front_says_which_permission_set(tmp_path: Path) -> None:
    files: dict[str, object] = {}
    for number, (name, content) in enumerate(WHOLE.items()):
        assert isinstance(content, dict)
        is_about = "in-permission-set" in name or "for-permission-set" in name
        files[f"{number}.json"] = ({"PermissionSetArn": SET} if is_about else {}) | content
    assert read(tmp_path / "named", WHOLE) == read(tmp_path / "keyed", files)


def test_what_is_missing_of_a_permission_set_is_told(tmp_path: Path) -> None:
    missing = (f"get-inline-policy-for-permission-set-{ID}.json", f"list-group-memberships-{GROUP}.json")
    found = read(tmp_path, {name: content for name, content in WHOLE.items() if name not in missing})
    assert {("sso-admin.GetInlinePolicyForPermissionSet", SET), ("identitystore.ListGroupMemberships", GROUP)} == {
        (one.what, one.subject) for one in found.not_read
    }


def test_an_answer_about_no_permission_set_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE | {"more.json": {"InlinePolicy": INLINE}})
    reason = "neither its name nor a key `PermissionSetArn` in front tells the permission set"
    assert [("sso-admin.GetInlinePolicyForPermissionSet", reason)] == reasons(found)
