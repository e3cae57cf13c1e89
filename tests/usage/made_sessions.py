"""Calls by sessions of one broad role, and the calls that began them."""

from __future__ import annotations

from made_logs import ACCOUNT, a_record

ROLE = f"arn:aws:iam::{ACCOUNT}:role/broad"
ISSUED = "2024-05-01T00:00:00Z"


def by_role(number: int, session: str, name: str = "GetObject", **fields: object) -> dict[str, object]:
    """A call by a session of the broad role."""
    issuer = {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE, "accountId": ACCOUNT, "userName": "broad"}
    attributes = {"creationDate": fields.pop("issued", ISSUED), "mfaAuthenticated": "false"}
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/broad/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {"sessionIssuer": issuer, "attributes": attributes, **dict(fields.pop("context", {}))},  # type: ignore[call-overload]
    }
    return a_record(number, userIdentity=identity, eventName=name, **fields)


def assuming(number: int, session: str) -> dict[str, object]:
    """A call by which alice assumes the broad role under this name."""
    return a_record(
        number,
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        requestParameters={"roleArn": ROLE, "roleSessionName": session},
        resources=[{"ARN": ROLE, "accountId": ACCOUNT, "type": "AWS::IAM::Role"}],
        managementEvent=True,
        eventCategory="Management",
    )
