"""One CloudTrail record, its fields in CloudTrail's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from leastwise.sample.authorization import principal_id
from leastwise.sample.calls import CALLS, GLOBAL_SERVICES, Call
from leastwise.sample.chance import unique_id
from leastwise.sample.grants import fillers
from leastwise.sample.sessions import Session, clock
from leastwise.sample.trusts import GITHUB
from leastwise.sample.values import Json, Principal, Role

_ENDPOINT_SERVICES = frozenset({"s3", "dynamodb"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORWARDED: Mapping[str, str] = {"kms:Decrypt": "secretsmanager.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when, and the day's chance."""

    account: str
    region: str
    day: date
    rng: Random


def call_record(scene: Scene, principal: Principal, session: Session, *, action: str, name: str) -> Json:
    """A call that went well."""
    call, rng = CALLS[action], scene.rng
    at = rng.randrange(session.start, max(session.end, session.start + 1))
    values = {**fillers(scene.account, principal.region, name)}
    values |= {"id": _uuid(rng), "hex": f"{rng.getrandbits(64):016x}", "day": str(scene.day), "session": session.name}
    forwarder = _FORWARDED.get(action, "") if rng.random() < 0.5 else ""
    identity = {**session.identity, "invokedBy": forwarder} if forwarder else session.identity
    made = _head(scene, identity, at, call=call, region=principal.region)
    made["sourceIPAddress"] = forwarder or session.address
    made["userAgent"] = forwarder or session.agent
    made["requestParameters"] = _filled(call.request, values)
    made["responseElements"] = None
    resources: list[Json] = [
        {"accountId": scene.account, "type": kind, "ARN": arn.format_map(values)} for kind, arn in call.told
    ]
    return made | _tail(scene, session, call, forwarder=forwarder, resources=resources)


def throttled_record(made: Json) -> Json:
    """The same call, once more, too soon."""
    return _failed(made, "ThrottlingException", "Rate exceeded")


def _failed(made: Json, code: str, message: str) -> Json:
    place = list(made).index("userAgent") + 1
    items = list(made.items())
    items[place:place] = [("errorCode", code), ("errorMessage", message)]
    return dict(items)


def denied_record(scene: Scene, role: Role, session: Session) -> Json:
    """A call that no policy of the role allows."""
    made = call_record(scene, role, session, action=role.denied, name=role.name)
    text = (
        f"User: {session.identity['arn']} is not authorized to perform: {role.denied} on resource: * "
        f"because no identity-based policy allows the {role.denied} action"
    )
    ec2 = role.denied.startswith("ec2:")
    code = "Client.UnauthorizedOperation" if ec2 else "AccessDenied"
    message = f"You are not authorized to perform this operation. {text}" if ec2 else text
    return _failed(made, code, message)


def opening_record(scene: Scene, role: Role, session: Session) -> Json | None:
    """How the session came about, where an event of this account tells it."""
    make = _OPENINGS.get(_opening_kind(role))
    if make is None:
        return None
    event, identity, source, request = make(role, session)
    call = Call(f"sts:{event}", "", event, "sts.amazonaws.com", None, (), reads=True, is_data=False)
    made = _head(scene, identity, max(0, session.start - 2), call=call, region=role.region)
    made |= {"sourceIPAddress": source or session.address, "userAgent": source or session.agent}
    made["requestParameters"] = {"roleArn": role.arn, "roleSessionName": session.name, **request}
    made["responseElements"] = _credentials(scene, role, session)
    resources = [_resource(role.account, "AWS::IAM::Role", role.arn)]
    tail = _tail(scene, session, call, forwarder=source, resources=resources)
    return made | tail | {"sharedEventID": _uuid(scene.rng)} if source else made | tail


def trail_record(scene: Scene, bucket: str) -> Json:
    """CloudTrail looks whether it may still write to its bucket."""
    arn = f"arn:aws:s3:::{bucket}"
    call = Call("s3:GetBucketAcl", arn, "GetBucketAcl", "s3.amazonaws.com", None, (), reads=True, is_data=False)
    source = "cloudtrail.amazonaws.com"
    identity: Json = {"type": "AWSService", "invokedBy": source}
    made = _head(scene, identity, scene.rng.randrange(86_400), call=call, region=scene.region)
    made |= {"sourceIPAddress": source, "userAgent": source}
    host = f"{bucket}.s3.{scene.region}.amazonaws.com"
    made |= {"requestParameters": {"bucketName": bucket, "Host": host, "acl": ""}, "responseElements": None}
    resources = [_resource(scene.account, "AWS::S3::Bucket", arn)]
    session = Session("", identity, source, source, "", 0, 0)
    return made | _tail(scene, session, call, forwarder=source, resources=resources)


def _head(scene: Scene, identity: Json, at: int, *, call: Call, region: str) -> Json:
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": f"{scene.day}T{clock(at)}Z",
        "eventSource": call.source,
        "eventName": call.event,
        "awsRegion": "us-east-1" if call.service in GLOBAL_SERVICES else region,
    }


def _tail(scene: Scene, session: Session, call: Call, *, forwarder: str, resources: list[Json]) -> Json:
    tail: Json = {"requestID": _uuid(scene.rng), "eventID": _uuid(scene.rng), "readOnly": call.reads}
    if resources:
        tail["resources"] = resources
    tail |= {"eventType": "AwsApiCall", "managementEvent": not call.is_data, "recipientAccountId": scene.account}
    if session.endpoint and call.service in _ENDPOINT_SERVICES and not forwarder:
        tail |= {"vpcEndpointId": session.endpoint, "vpcEndpointAccountId": scene.account}
    tail["eventCategory"] = "Data" if call.is_data else "Management"
    if not forwarder and session.address[0].isdigit():
        tail["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": call.source,
        }
    return tail


def _resource(account: str, kind: str, arn: str) -> Json:
    return {"accountId": account, "type": kind, "ARN": arn}


def _opening_kind(role: Role) -> str:
    return "service" if role.service else role.session


Opening = tuple[str, Json, str, Json]
"""Event, identity, the service that it came from or nothing, further parameters."""


def _by_service(role: Role, session: Session) -> Opening:
    service = f"{role.service}.amazonaws.com"
    return "AssumeRole", {"type": "AWSService", "invokedBy": service}, service, {"durationSeconds": 3600}


def _by_github(role: Role, session: Session) -> Opening:
    provider = f"arn:aws:iam::{role.account}:oidc-provider/{GITHUB}"
    subject = github_subject(role.trust)
    identity: Json = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    return "AssumeRoleWithWebIdentity", identity, "", {"durationSeconds": 3600}


def _by_person(role: Role, session: Session) -> Opening:
    provider = f"arn:aws:iam::{role.account}:saml-provider/AWSSSO_{role.account[:8]}aabbccdd_DO_NOT_DELETE"
    identity: Json = {
        "type": "SAMLUser",
        "principalId": f"{principal_id(role)}:{session.name}",
        "userName": session.name,
        "identityProvider": provider,
    }
    return "AssumeRoleWithSAML", identity, "", {"principalArn": provider, "durationSeconds": 28_800}


def _by_account(role: Role, session: Session) -> Opening:
    account = trusted_account(role.trust)
    caller = f"{unique_id('AROA', account)}:{session.name}"
    identity: Json = {"type": "AWSAccount", "principalId": caller, "accountId": account}
    return "AssumeRole", identity, "", {"durationSeconds": 3600}


def github_subject(trust: Json) -> str:
    """The subject that a trust policy of one statement wants, or that of some repository where it wants none."""
    statements = trust["Statement"]
    condition = statements[0]["Condition"]["StringEquals"] if isinstance(statements, list) else {}
    return str(condition.get(f"{GITHUB}:sub", "repo:tools-by-anybody/runner:ref:refs/heads/main"))


def trusted_account(trust: Json) -> str:
    """The account that a trust policy of one statement names."""
    statements = trust["Statement"]
    principal = statements[0]["Principal"] if isinstance(statements, list) else {}
    return str(principal.get("AWS", "::::")).split(":")[4]


def _credentials(scene: Scene, role: Role, session: Session) -> Json:
    return {
        "credentials": {
            "accessKeyId": session.access_key,
            "sessionToken": f"made-up-{scene.rng.getrandbits(128):032x}",
            "expiration": f"{_MONTHS[scene.day.month - 1]} {scene.day.day}, {scene.day.year}, 11:59:59 PM",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{principal_id(role)}:{session.name}",
            "arn": str(session.identity["arn"]),
        },
    }


def _filled(template: Json | None, values: Mapping[str, str]) -> Json | None:
    return None if template is None else {key: _value(value, values) for key, value in template.items()}


def _value(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return value.format_map(values)
    if isinstance(value, dict):
        return _filled(value, values)
    return [_value(part, values) for part in value] if isinstance(value, list) else value


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


_OPENINGS = {
    "service": _by_service,
    "github": _by_github,
    "person": _by_person,
    "vendor": _by_account,
    "reader": _by_account,
}
