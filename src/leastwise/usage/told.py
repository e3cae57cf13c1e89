"""What a stored row tells of the condition keys of its request: a value, that the key was absent, or nothing.

Source: IAM User Guide, "AWS global condition context keys"; CloudTrail User Guide, "CloudTrail userIdentity element",
"CloudTrail record contents".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from leastwise.language.context import is_list_key
from leastwise.model.request import UNKNOWN, ContextValue
from leastwise.usage.context import read

Row = Mapping[str, str]
"""A column of the store → its text; empty where the record does not say."""

_Teller = Callable[[Row], ContextValue]
TIMES: Final = ("aws:currenttime", "aws:epochtime")
"""The keys that tell one call from another one however alike they are."""

IN_REQUEST: Final = "context"
"""The column with what the parameters of the call tell."""


def columns_for(keys: Iterable[str]) -> tuple[str, ...]:
    """The columns that tell of these keys, given in lower case."""
    found: dict[str, None] = {}
    for key in keys:
        columns, _ = _TOLD.get(key, ((IN_REQUEST,), None))
        found.update(dict.fromkeys(columns))
    return tuple(found)


def context_told(keys: Iterable[str], row: Row, when: datetime | None = None) -> dict[str, ContextValue]:
    """The context of a call: what its parameters tell, and these keys, UNKNOWN where the row does not tell them."""
    asked = read(row.get(IN_REQUEST, ""))
    told = {key.lower(): value for key, value in asked.items()}
    found: dict[str, ContextValue] = {}
    for key in (*keys, *told):
        if key in told:
            found[key] = told[key] if len(told[key]) != 1 or is_list_key(key) else told[key][0]
        elif key in TIMES:
            found[key] = _time(key, when)
        elif key in _TOLD:
            found[key] = _TOLD[key][1](row)
        else:
            found[key] = _in_request(key, told)
    return found


def _time(key: str, when: datetime | None) -> ContextValue:
    if when is None:
        return UNKNOWN
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if key == "aws:currenttime" else int(when.timestamp())


def _in_request(key: str, told: Mapping[str, tuple[str, ...]]) -> ContextValue:
    """A tag that is not among the tags of a request which has some is absent; of the rest no record tells."""
    if key.startswith("aws:requesttag/") and "aws:tagkeys" in told:
        return None
    return UNKNOWN


def _or_unknown(column: str) -> _Teller:
    return lambda row: row[column] or UNKNOWN


def _or_absent(column: str) -> _Teller:
    return lambda row: row[column] or None


def _source_ip(row: Row) -> ContextValue:
    """The caller's address; none where the call came through an endpoint, or from a service that calls for others."""
    if row["vpc_endpoint"]:
        return None
    if row["via"]:
        return UNKNOWN
    return _address(row["source_address"])


def _vpc_source_ip(row: Row) -> ContextValue:
    return _address(row["source_address"]) if row["vpc_endpoint"] else _unless_via(row)


def _address(text: str) -> ContextValue:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return UNKNOWN


def _unless_via(row: Row) -> ContextValue:
    """Absent from a call that the principal itself made, not through an endpoint."""
    return UNKNOWN if row["via"] or row["vpc_endpoint"] else None


def _endpoint(row: Row) -> ContextValue:
    if row["vpc_endpoint"].startswith("vpce-"):
        return row["vpc_endpoint"]
    return _unless_via(row)


def _endpoint_account(row: Row) -> ContextValue:
    return row["vpc_endpoint_account"] or _unless_via(row)


def _mfa(row: Row) -> ContextValue:
    return {"true": "true", "false": "false", "absent": None}.get(row["mfa"], UNKNOWN)


def _mfa_age(row: Row) -> ContextValue:
    return None if row["mfa"] == "absent" or row["key_type"] == "long-term" else UNKNOWN


def _token_issued(row: Row) -> ContextValue:
    if row["token_issued"]:
        return row["token_issued"]
    return None if row["key_type"] == "long-term" else UNKNOWN


def _via_service(row: Row) -> ContextValue:
    return _forwarded(row, "true", "false")


def _called_via(row: Row) -> ContextValue:
    return _forwarded(row, UNKNOWN, None)


def _called_via_last(row: Row) -> ContextValue:
    return _forwarded(row, row["via"], None)


def _forwarded(row: Row, forwarded: ContextValue, otherwise: ContextValue) -> ContextValue:
    """The one value where a service called for somebody else, the other where nobody but the principal itself did.

    A service that works with a role of its own is named in the record as one that calls with somebody's session is, and
    only the second sets the keys: of a role it is not known. IAM User Guide, "AWS global condition context keys",
    aws:ViaAWSService.
    """
    if not row["via"] or row["principal_type"] == "ServiceLinkedRole":
        return otherwise
    return UNKNOWN if row["principal_type"] in ("Role", "Service") else forwarded


def _kms_via(row: Row) -> ContextValue:
    if not row["via"]:
        return None
    prefix = row["via"].removesuffix(".amazonaws.com")
    return f"{prefix}.{row['region']}.amazonaws.com" if row["region"] else UNKNOWN


def _user_id(row: Row) -> ContextValue:
    if not row["principal_id"]:
        return UNKNOWN
    if row["principal_type"] == "Role":
        return f"{row['principal_id']}:{row['session']}" if row["session"] else UNKNOWN
    return row["principal_id"] if row["principal_type"] == "User" else UNKNOWN


def _source_arn(row: Row) -> ContextValue:
    return row["source_arn"] or (UNKNOWN if row["principal_type"] == "Service" else None)


def _source_account(row: Row) -> ContextValue:
    arn = row["source_arn"].split(":", 5)
    if len(arn) == 6 and arn[4]:
        return arn[4]
    return UNKNOWN if row["principal_type"] == "Service" else None


def _function(row: Row) -> ContextValue:
    issued = row["credentials_issued_to"]
    return issued if ":lambda:" in issued else UNKNOWN


_VIA = ("via", "vpc_endpoint")
_BY = ("via", "principal_type")
_TOLD: Final[Mapping[str, tuple[tuple[str, ...], _Teller]]] = {
    "aws:requestedregion": (("region",), _or_unknown("region")),
    "aws:sourceip": (("source_address", *_VIA), _source_ip),
    "aws:vpcsourceip": (("source_address", *_VIA), _vpc_source_ip),
    "aws:sourcevpce": (_VIA, _endpoint),
    "aws:sourcevpc": (_VIA, _unless_via),
    "aws:sourcevpcarn": (_VIA, _unless_via),
    "aws:vpceaccount": (("vpc_endpoint_account", *_VIA), _endpoint_account),
    "aws:vpceorgid": (_VIA, _unless_via),
    "aws:vpceorgpaths": (_VIA, _unless_via),
    "aws:multifactorauthpresent": (("mfa",), _mfa),
    "aws:multifactorauthage": (("mfa", "key_type"), _mfa_age),
    "aws:tokenissuetime": (("token_issued", "key_type"), _token_issued),
    "aws:securetransport": (("secure_transport",), _or_unknown("secure_transport")),
    "aws:viaawsservice": (_BY, _via_service),
    "aws:calledvia": (_BY, _called_via),
    "aws:calledviafirst": (_BY, _called_via),
    "aws:calledvialast": (_BY, _called_via_last),
    "aws:sourceidentity": (("source_identity",), _or_absent("source_identity")),
    "aws:federatedprovider": (("federated_provider",), _or_absent("federated_provider")),
    "aws:userid": (("principal_id", "session", "principal_type"), _user_id),
    "aws:sourcearn": (("source_arn", "principal_type"), _source_arn),
    "aws:sourceaccount": (("source_arn", "principal_type"), _source_account),
    "aws:currenttime": ((), _or_unknown("first")),
    "aws:epochtime": ((), _or_unknown("first")),
    "ec2:roledelivery": (("ec2_role_delivery",), _or_unknown("ec2_role_delivery")),
    "lambda:sourcefunctionarn": (("credentials_issued_to",), _function),
    "identitystore:userid": (("on_behalf_of",), _or_unknown("on_behalf_of")),
    "kms:viaservice": (("via", "region"), _kms_via),
}
"""Key → the columns that tell of it, and how. A key that is not here is one of the request's parameters."""

FOLLOWING: Final = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:username",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "s3:resourceaccount",
        "kms:calleraccount",
    }
)
"""Keys that follow from who asked and whose resource it is: the decision derives them, no column is needed."""


def needed(keys: Iterable[str]) -> frozenset[str]:
    """The keys, in lower case, that a row has to be asked about; tags of the principal are in no row."""
    lowered = {key.lower() for key in keys}
    return frozenset(key for key in lowered if key not in FOLLOWING and not key.startswith("aws:principaltag/"))


ALL_KEYS: Final = frozenset(_TOLD)
"""Every key of which a column tells by itself."""
