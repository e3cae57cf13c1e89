"""How to retire what is not used any more, in the words of each tool: first so that it can be taken back."""

from __future__ import annotations

from leastwise.estate.assemble import Holder
from leastwise.estate.held import Role
from leastwise.findings.finding import Remedy
from leastwise.findings.idle import permission_set_of


def of_principal(holder: Holder) -> Remedy:
    """The principal shut off so that it can be opened again, and deleted later."""
    if isinstance(holder, Role):
        name = permission_set_of(holder.arn)
        return _of_permission_set(holder, name) if name else _of_role(holder)
    return Remedy(
        "Deactivate the user's access keys and its password, wait until nobody misses it, then delete it",
        f"aws iam list-access-keys --user-name {quoted(holder.name)}; "
        f"aws iam delete-login-profile --user-name {quoted(holder.name)}",
        f"IAM > Users > {holder.name} > Security credentials: manage console access, deactivate each access key",
        "remove the resources `aws_iam_user`, `aws_iam_access_key` and `aws_iam_user_login_profile` of the user",
        "remove the resources AWS::IAM::User and AWS::IAM::AccessKey of the user",
    )


def _of_role(role: Role) -> Remedy:
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    return Remedy(
        "Deny the role everything, wait until nobody misses it, then delete it",
        f"aws iam put-role-policy --role-name {quoted(role.name)} --policy-name retired --policy-document '{deny}'",
        f"IAM > Roles > {role.name} > Add permissions > Create inline policy that denies everything; later Delete",
        'add an `aws_iam_role_policy` that denies `"*"` to the role; later remove the `aws_iam_role`',
        "add an AWS::IAM::RolePolicy that denies everything; later remove the AWS::IAM::Role",
    )


def _of_permission_set(role: Role, name: str) -> Remedy:
    account = role.arn.split(":")[4]
    return Remedy(
        f"Remove the assignments of the permission set {name} in account {account}: Identity Center owns the role",
        "aws sso-admin list-account-assignments --instance-arn INSTANCE --permission-set-arn SET "
        f"--account-id {account}; aws sso-admin delete-account-assignment for each",
        f"IAM Identity Center > AWS accounts > {account}: remove the assignments of {name}",
        f"remove the `aws_ssoadmin_account_assignment` of {name} for account {account}",
        f"remove the AWS::SSO::Assignment of {name} for account {account}",
    )


def narrowed(holder: Holder) -> Remedy:
    """Today's policies replaced by what was used of them."""
    name = permission_set_of(holder.arn) if isinstance(holder, Role) else ""
    return Remedy(
        f"Put the policy of `leastwise propose {holder.arn} --from-current` in place of today's"
        + (f", in the permission set {name}: Identity Center owns the role" if name else ""),
        f"leastwise propose {quoted(holder.arn)} --from-current",
        "IAM Identity Center > Permission sets: edit the inline policy" if name else "IAM: edit the attached policies",
        f"leastwise propose {quoted(holder.arn)} --from-current -f hcl",
        f"leastwise propose {quoted(holder.arn)} --from-current -f cfn",
    )


def quoted(text: str) -> str:
    """The text as one word of a POSIX shell."""
    if text and all(letter.isascii() and (letter.isalnum() or letter in "@%+=:,./-_") for letter in text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"
