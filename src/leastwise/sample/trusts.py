"""Trust policies as they are usually written."""

from __future__ import annotations

from leastwise.sample.values import Json

GITHUB = "token.actions.githubusercontent.com"


def _trust(principal: Json, action: str | list[str] = "sts:AssumeRole", condition: Json | None = None) -> Json:
    statement: Json = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def service(name: str, account: str) -> Json:
    """An AWS service on behalf of the account."""
    condition: Json = {"StringEquals": {"aws:SourceAccount": account}}
    return _trust({"Service": f"{name}.amazonaws.com"}, condition=condition if name in _SENDS_SOURCE else None)


def several_services(*names: str) -> Json:
    """Any of the AWS services."""
    return _trust({"Service": [f"{name}.amazonaws.com" for name in names]})


def account_root(account: str) -> Json:
    """Whoever the account lets."""
    return _trust({"AWS": f"arn:aws:iam::{account}:root"})


def principals(*arns: str) -> Json:
    """These principals."""
    return _trust({"AWS": list(arns) if len(arns) > 1 else arns[0]})


def account_root_with_mfa(account: str) -> Json:
    """Whoever the account lets, when they signed in with MFA."""
    return _trust({"AWS": f"arn:aws:iam::{account}:root"}, condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})


def vendor(account: str, external_id: str) -> Json:
    """Another company's account, with an external id."""
    condition: Json = {"StringEquals": {"sts:ExternalId": external_id}}
    return _trust({"AWS": f"arn:aws:iam::{account}:root"}, condition=condition)


def organization_account(account: str, organization: str) -> Json:
    """An account of the organization, as long as it is one."""
    condition: Json = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    return _trust({"AWS": f"arn:aws:iam::{account}:root"}, condition=condition)


def github(account: str, repository: str) -> Json:
    """The main branch of one repository at GitHub."""
    condition: Json = {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:{repository}:ref:refs/heads/main",
        }
    }
    return _trust(_provider(account), "sts:AssumeRoleWithWebIdentity", condition)


def github_without_subject(account: str) -> Json:
    """Every repository at GitHub: the subject is not looked at."""
    condition: Json = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    return _trust(_provider(account), "sts:AssumeRoleWithWebIdentity", condition)


def identity_center(account: str) -> Json:
    """Identity Center, as it makes its roles."""
    provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_{account[:8]}aabbccdd_DO_NOT_DELETE"
    condition: Json = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    return _trust({"Federated": provider}, ["sts:AssumeRoleWithSAML", "sts:TagSession"], condition)


def _provider(account: str) -> Json:
    return {"Federated": f"arn:aws:iam::{account}:oidc-provider/{GITHUB}"}


_SENDS_SOURCE = frozenset({"states", "scheduler"})
