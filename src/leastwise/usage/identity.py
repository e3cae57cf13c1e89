"""Who made a call: the principal that stays the same from one session to the next.

Source: CloudTrail User Guide, "CloudTrail userIdentity element"; IAM User Guide, "IAM identifiers".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from leastwise.model.arn import parse_arn
from leastwise.usage.sources.split import without_lone_surrogates


class Who(NamedTuple):
    """The principal and what the record says about its session; empty text is "not said"."""

    principal: str
    principal_type: str
    account: str
    principal_id: str
    session: str
    key_type: str
    mfa: str
    token_issued: str
    source_identity: str
    via: str
    federated_provider: str
    on_behalf_of: str
    permission_set: str
    credentials_issued_to: str
    source_arn: str
    ec2_role_delivery: str


class _Issuer(Struct, gc=False, rename="camel"):
    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None


class _Attributes(Struct, gc=False, rename="camel"):
    creation_date: str | None = None
    mfa_authenticated: str | bool | None = None


class _WebIdentity(Struct, gc=False, rename="camel"):
    federated_provider: str | None = None


class _Session(Struct, gc=False, rename="camel"):
    session_issuer: _Issuer | None = None
    attributes: _Attributes | None = None
    web_id_federation_data: _WebIdentity | None = None
    source_identity: str | None = None
    ec2_role_delivery: str | None = None
    assumed_root: str | bool | None = None


class _OnBehalfOf(Struct, gc=False, rename="camel"):
    user_id: str | None = None


class _Scope(Struct, gc=False, rename="camel"):
    source_arn: str | None = None
    credentials_issued_to: str | None = None


class Identity(Struct, gc=False, rename="camel"):
    """The `userIdentity` of a record as far as leastwise reads it."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    identity_provider: str | None = None
    session_context: _Session | None = None
    on_behalf_of: _OnBehalfOf | None = None
    in_scope_of: _Scope | None = None


_DECODER = msgspec.json.Decoder(Identity)
_LENIENT = msgspec.json.Decoder()
_NOBODY = Identity()

_PERMISSION_SET = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}$")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal)")
_KEY_TYPES = {"AKIA": "long-term", "ASIA": "temporary"}


def who(raw: Raw | bytes) -> Who:
    """The caller that a record's `userIdentity` names; principal type `Unknown` when it names none."""
    identity = _identity(raw)
    name, kind = _principal(identity)
    session = identity.session_context or _Session()
    issuer = session.session_issuer or _Issuer()
    attributes = session.attributes or _Attributes()
    scope = identity.in_scope_of or _Scope()
    arn = parse_arn(name)
    return Who(
        principal=name,
        principal_type=kind,
        account=identity.account_id or issuer.account_id or (arn.account if arn else ""),
        principal_id=_principal_id(identity, issuer),
        session=_session_name(identity),
        key_type=_KEY_TYPES.get((identity.access_key_id or "")[:4], ""),
        mfa=_mfa(identity, attributes),
        token_issued=attributes.creation_date or "",
        source_identity=session.source_identity or "",
        via=identity.invoked_by or "",
        federated_provider=_provider(identity, session),
        on_behalf_of=(identity.on_behalf_of or _OnBehalfOf()).user_id or "",
        permission_set=_permission_set(name),
        credentials_issued_to=scope.credentials_issued_to or "",
        source_arn=scope.source_arn or "",
        ec2_role_delivery=session.ec2_role_delivery or "",
    )


def _identity(raw: Raw | bytes) -> Identity:
    if not raw:
        return _NOBODY
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _mended(raw)


def _mended(raw: Raw | bytes) -> Identity:
    """The identity without its parts of the wrong type."""
    try:
        value = _LENIENT.decode(without_lone_surrogates(bytes(raw).decode("utf-8", "replace").encode()))
    except (msgspec.MsgspecError, RecursionError):
        return _NOBODY
    if not isinstance(value, dict):
        return _NOBODY
    kept = {k: v for k, v in value.items() if _is_usable(k, v)}
    return _DECODER.decode(msgspec.json.encode(kept))


def _is_usable(key: object, value: object) -> bool:
    try:
        _DECODER.decode(msgspec.json.encode({key: value}))
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _user(identity: Identity) -> tuple[str, str]:
    account, name = identity.account_id, identity.user_name
    return identity.arn or (f"arn:aws:iam::{account}:user/{name}" if account and name else ""), "User"


def _assumed_role(identity: Identity) -> tuple[str, str]:
    issuer = (identity.session_context or _Session()).session_issuer
    if issuer and issuer.arn:
        return issuer.arn, _role_type(issuer.arn)
    role = _role_of_session(identity.arn or "")
    return role, _role_type(role)


def _role_type(arn: str) -> str:
    return "ServiceLinkedRole" if ":role/aws-service-role/" in arn else "Role"


def _role_of_session(arn: str) -> str:
    """The role of an assumed-role ARN, its path not known: role names are unique in an account."""
    parsed = parse_arn(arn)
    if parsed is None or not parsed.resource.startswith("assumed-role/"):
        return arn
    name = parsed.resource.split("/")[1]
    return f"arn:{parsed.partition}:iam::{parsed.account}:role/{name}"


def _role(identity: Identity) -> tuple[str, str]:
    return identity.arn or "", "Role"


def _federated_user(identity: Identity) -> tuple[str, str]:
    issuer = (identity.session_context or _Session()).session_issuer
    if issuer and issuer.arn:
        return issuer.arn, "Root" if issuer.type == "Root" else "User"
    return identity.arn or "", "FederatedUser"


def _root(identity: Identity) -> tuple[str, str]:
    account = identity.account_id or ""
    return f"arn:{_partition(identity.arn)}:iam::{account}:root" if account else identity.arn or "", "Root"


def _partition(arn: str | None) -> str:
    parsed = parse_arn(arn or "")
    return parsed.partition if parsed else "aws"


def _account(identity: Identity) -> tuple[str, str]:
    return (
        identity.account_id or "",
        "Account" if identity.account_id != "ANONYMOUS_PRINCIPAL" else "Anonymous",
    )


def _service(identity: Identity) -> tuple[str, str]:
    return identity.invoked_by or "", "Service"


def _external(kind: str) -> Callable[[Identity], tuple[str, str]]:
    def name(identity: Identity) -> tuple[str, str]:
        return identity.principal_id or identity.user_name or "", kind

    return name


def _identity_center_user(identity: Identity) -> tuple[str, str]:
    user = (identity.on_behalf_of or _OnBehalfOf()).user_id
    return user or identity.principal_id or identity.user_name or "", "IdentityCenterUser"


_BY_TYPE: dict[str, Callable[[Identity], tuple[str, str]]] = {
    "IAMUser": _user,
    "AssumedRole": _assumed_role,
    "Role": _role,
    "FederatedUser": _federated_user,
    "Root": _root,
    "SAMLUser": _external("SAMLUser"),
    "WebIdentityUser": _external("WebIdentityUser"),
    "AWSAccount": _account,
    "AWSService": _service,
    "IdentityCenterUser": _identity_center_user,
}


def _principal(identity: Identity) -> tuple[str, str]:
    name_of = _BY_TYPE.get(identity.type or "")
    if name_of is None:
        return _unnamed(identity)
    name, kind = name_of(identity)
    return (name, kind) if name else (identity.principal_id or "", "Unknown")


def _unnamed(identity: Identity) -> tuple[str, str]:
    """Some services call each other without a type, told by their own name alone."""
    if not identity.type and not identity.arn and _SERVICE.fullmatch(identity.invoked_by or ""):
        return identity.invoked_by or "", "Service"
    return identity.arn or identity.invoked_by or "", "Unknown"


def _principal_id(identity: Identity, issuer: _Issuer) -> str:
    """`AROA…` or `AIDA…`: tells a role from an earlier one of the same name."""
    return issuer.principal_id or (identity.principal_id or "").partition(":")[0]


def _session_name(identity: Identity) -> str:
    if identity.type not in ("AssumedRole", "FederatedUser", "AWSAccount"):
        return ""
    _, found, session = (identity.principal_id or "").partition(":")
    if found:
        return session
    return (identity.arn or "").rpartition("/")[2] if identity.type != "AWSAccount" else ""


def _mfa(identity: Identity, attributes: _Attributes) -> str:
    """`absent` where the key is not in the request although the record may say "false".

    Source: IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent.
    """
    said = str(attributes.mfa_authenticated).lower() if attributes.mfa_authenticated is not None else ""
    if said == "true":
        return "true"
    web = (identity.session_context or _Session()).web_id_federation_data
    issuer = (identity.session_context or _Session()).session_issuer
    if (web and web.federated_provider) or "/AWSReservedSSO_" in ((issuer.arn if issuer else "") or ""):
        return "absent"
    if identity.type == "IAMUser" and not said:
        return "absent" if (identity.access_key_id or "").startswith("AKIA") else ""
    return said


def _provider(identity: Identity, session: _Session) -> str:
    web = session.web_id_federation_data
    return (web.federated_provider if web else None) or identity.identity_provider or ""


def _permission_set(name: str) -> str:
    """The Identity Center permission set that a reserved role stands for."""
    found = _PERMISSION_SET.search(name) if "/aws-reserved/sso.amazonaws.com/" in name else None
    return found.group(1) if found else ""
