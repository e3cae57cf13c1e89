"""Who asks, made out from text."""

from __future__ import annotations

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.model.errors import RequestError
from leastwise.model.request import Principal, Request

ACCOUNT = "111122223333"
IAM, STS = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:sts::{ACCOUNT}"


@pytest.mark.parametrize(
    ("text", "kind", "account", "name", "entity", "session"),
    [
        (f"{IAM}:user/ops/ann", "user", ACCOUNT, "ann", f"{IAM}:user/ops/ann", None),
        (f"{IAM}:role/a/b/app", "role", ACCOUNT, "app", f"{IAM}:role/a/b/app", None),
        (f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/app/s@x", "role", ACCOUNT, "app", None, "s@x"),
        (f"{IAM}:root", "root", ACCOUNT, "root", f"{IAM}:root", None),
        (f"{STS}:federated-user/bob", "federated-user", ACCOUNT, "bob", f"{STS}:federated-user/bob", None),
        (f"{IAM}:saml-provider/idp", "federated", ACCOUNT, "idp", None, None),
        ("cognito-identity.amazonaws.com", "federated", "", "", None, None),
        ("sns.eu-west-1.amazonaws.com", "service", "", "sns.eu-west-1.amazonaws.com", None, None),
        ("anonymous", "anonymous", "anonymous", "", None, None),
        ("*", "anonymous", "anonymous", "", None, None),
    ],
)
def test_every_form_of_principal(
    text: str, kind: str, account: str, name: str, entity: str | None, session: str | None
) -> None:
    found = Principal.of(text)
    assert (kind, account, name, entity, session) == (
        found.kind,
        found.account,
        found.name,
        found.entity,
        found.session,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "role/app",
        ACCOUNT,
        "arn:aws:iam::1:user/x",
        f"{IAM}:group/g",
        f"{IAM}:role/",
        f"{STS}:assumed-role/app",
        f"{STS}:assumed-role/a/b/c",
        "arn:aws:s3:::b",
        "x.example.com",
    ],
)
def test_what_names_no_principal_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="cannot make out the principal"):
        Principal.of(text)


def test_the_role_of_a_session_must_be_its_role() -> None:
    session = f"{STS}:assumed-role/app/s"
    assert f"{IAM}:role/x/app" == Principal.of(session, role_arn=f"{IAM}:role/x/app").entity
    with pytest.raises(RequestError, match="is not the role of"):
        Principal.of(session, role_arn=f"{IAM}:role/x/other")


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"{IAM}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", True),
        (f"{STS}:assumed-role/AWSServiceRoleForX/s", True),
        (f"{IAM}:role/app", False),
        (f"{IAM}:user/AWSServiceRoleForX", False),
    ],
)
def test_service_linked_roles_are_known(arn: str, expected: bool) -> None:
    assert expected is Principal.of(arn).is_service_linked


def test_an_action_without_a_service_is_refused() -> None:
    with pytest.raises(RequestError, match="cannot make out the action `getobject`"):
        evaluate(Request(f"{IAM}:user/u", "GetObject"), PolicySet())
