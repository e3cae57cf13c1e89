"""One invented CloudTrail record, its fields in CloudTrail's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from synthetic.calls import Body, Call, Json, Scene
from synthetic.names import base36, key_tail, uuid
from synthetic.world import Principal, Session

ERROR_SHARE = 0.03
CROSS_ACCOUNT_SHARE = 0.02
INVOKED_SHARE = 0.04

_IAM_NAMES = {
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("lambda", "GetFunction20150331v2"): "lambda:GetFunction",
    ("lambda", "ListFunctions20150331"): "lambda:ListFunctions",
    ("lambda", "UpdateFunctionCode20150331v2"): "lambda:UpdateFunctionCode",
    ("monitoring", "DescribeAlarms"): "cloudwatch:DescribeAlarms",
}
_REASONS = (
    "because no identity-based policy allows the {action} action",
    "because no resource-based policy allows the {action} action",
    "with an explicit deny in a service control policy",
    "with an explicit deny in a resource-based policy",
    "with an explicit deny in an identity-based policy",
    "because no permissions boundary allows the {action} action",
    "because no session policy allows the {action} action",
    "because no VPC endpoint policy allows the {action} action",
    "",
)
_OTHER_ERRORS = (
    ("ThrottlingException", "Rate exceeded"),
    ("ResourceNotFoundException", "Requested resource not found"),
    ("NoSuchKey", "The specified key does not exist."),
    ("ValidationException", "1 validation error detected"),
)
_GLOBAL = {"iam": "us-east-1"}


@dataclass(slots=True)
class Place:
    """Where and when a file's records happen, with the identities already worded there."""

    account: str
    region: str
    identities: dict[tuple[str, Session, int], Json] = field(default_factory=dict)


def record(place: Place, who: Principal, rng: Random, *, at: int) -> Json:
    """A record of `who` doing something habitual at second `at` since 1970."""
    calls = who.data if rng.random() < who.data_share else who.management
    call, session = calls.draw(rng), who.sessions(rng, at // 3600)
    body = call.body(Scene(rng, place.account, place.region, _day(at), who.has))
    invoker = rng.choice(_INVOKERS) if who.kind == "role" and rng.random() < INVOKED_SHARE else ""
    identity = _identity(place, who, session, at // 3600)
    made: Json = {
        "eventVersion": "1.09" if call.is_data else "1.08",
        "userIdentity": identity | {"invokedBy": invoker} if invoker else identity,
        "eventTime": _time(at),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": _GLOBAL.get(call.service, place.region),
        "sourceIPAddress": invoker or session.ip or who.name,
        "userAgent": invoker or (who.agents.draw(rng) if session.ip else who.name),
    }
    failed = who.kind != "service" and rng.random() < ERROR_SHARE
    made |= _failure(rng, call, body, str(identity.get("arn", ""))) if failed else {}
    made |= {"requestParameters": body.request, "responseElements": None if failed else body.response}
    return made | _tail(place, who, call, body, rng) | _route(place, call, session, invoker)


def _tail(place: Place, who: Principal, call: Call, body: Body, rng: Random) -> Json:
    tail: Json = {} if body.extra is None else {"additionalEventData": body.extra}
    tail |= {"requestID": base36(rng, 16) if call.service == "s3" else uuid(rng), "eventID": uuid(rng)}
    tail["readOnly"] = call.reads
    if body.resources:
        tail["resources"] = body.resources
    tail |= {"eventType": "AwsApiCall", "managementEvent": not call.is_data}
    tail["recipientAccountId"] = place.account
    if who.kind == "service" or who.account != place.account:
        tail["sharedEventID"] = uuid(rng)
    return tail


def _route(place: Place, call: Call, session: Session, invoker: str) -> Json:
    route: Json = {}
    if session.endpoint and not invoker:
        route |= {"vpcEndpointId": session.endpoint, "vpcEndpointAccountId": place.account}
    route["eventCategory"] = "Data" if call.is_data else "Management"
    if session.ip and not invoker:
        route["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{call.service}.{place.region}.amazonaws.com",
        }
    return route


def _failure(rng: Random, call: Call, body: Body, arn: str) -> Json:
    if rng.random() < 0.35:
        code, message = rng.choice(_OTHER_ERRORS)
        return {"errorCode": code, "errorMessage": message}
    action = _IAM_NAMES.get((call.service, call.name), f"{call.service}:{call.name}")
    reason = rng.choice(_REASONS).format(action=action)
    text = f"User: {arn} is not authorized to perform: {action} on resource: {body.target} {reason}".rstrip()
    return {"errorCode": "AccessDenied", "errorMessage": text}


def _identity(place: Place, who: Principal, session: Session, hour: int) -> Json:
    key = (who.unique_id, session, hour)
    known = place.identities.get(key)
    if known is None:
        known = place.identities[key] = _IDENTITIES.get(who.kind, _assumed)(who, session, hour)
    return known


def _of_service(who: Principal, session: Session, hour: int) -> Json:
    return {"type": "AWSService", "invokedBy": who.name}


def principal_arn(who: Principal) -> str:
    """The ARN that a user or role goes by; nothing for an AWS service."""
    path = "aws-reserved/sso.amazonaws.com/" if who.kind == "sso" else ""
    kind = {"service": "", "user": "user"}.get(who.kind, "role")
    return f"arn:aws:iam::{who.account}:{kind}/{path}{who.name}" if kind else ""


def _of_user(who: Principal, session: Session, hour: int) -> Json:
    return {
        "type": "IAMUser",
        "principalId": who.unique_id,
        "arn": principal_arn(who),
        "accountId": who.account,
        "accessKeyId": "AKIA" + key_tail(who.unique_id),
        "userName": who.name,
    }


def _assumed(who: Principal, session: Session, hour: int) -> Json:
    mfa = "true" if who.kind == "sso" else "false"
    context: Json = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": who.unique_id,
            "arn": principal_arn(who),
            "accountId": who.account,
            "userName": who.name,
        },
        "webIdFederationData": _federation(who),
        "attributes": {
            "creationDate": _time(hour * 3600 + 7),
            "mfaAuthenticated": mfa,
        },
    }
    if session.name.startswith("i-"):
        context["ec2RoleDelivery"] = "2.0"
    return {
        "type": "AssumedRole",
        "principalId": f"{who.unique_id}:{session.name}",
        "arn": f"arn:aws:sts::{who.account}:assumed-role/{who.name}/{session.name}",
        "accountId": who.account,
        "accessKeyId": "ASIA" + key_tail(who.unique_id, session.name, hour),
        "sessionContext": context,
    }


def _federation(who: Principal) -> Json:
    if who.kind != "oidc":
        return {}
    provider = f"arn:aws:iam::{who.account}:oidc-provider/token.actions.githubusercontent.com"
    repository = who.has.repositories.members[0]
    claims = {"sub": f"repo:example/{repository}:ref:refs/heads/main", "aud": "sts.amazonaws.com"}
    return {"federatedProvider": provider, "attributes": claims}


def _day(at: int) -> str:
    return _date(at // 86400)


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=day))


def _time(at: int) -> str:
    hour, rest = divmod(at % 86400, 3600)
    return f"{_day(at)}T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}Z"


_INVOKERS = ("cloudformation.amazonaws.com", "athena.amazonaws.com", "secretsmanager.amazonaws.com")
_IDENTITIES = {"service": _of_service, "user": _of_user}
