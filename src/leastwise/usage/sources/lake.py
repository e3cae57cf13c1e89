"""CloudTrail Lake query results, as `get-query-results` prints them or as rows of columns.

A row may hold the whole record in `eventJson`, or the record's fields as columns in any case, structures
written as JSON or in the engine's own `{key=value, …}` form.
Source: CloudTrail User Guide, "CloudTrail Lake queries"; GetQueryResults in the API reference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from leastwise.usage.sources.found import Document, Found, as_list, as_value

NAME = "lake"
ORDER = 40

_FIELDS = """
eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode
errorMessage requestParameters responseElements additionalEventData requestID eventID readOnly resources
eventType apiVersion managementEvent recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId
eventCategory sessionCredentialFromConsole tlsDetails eventContext
"""
_OF_IDENTITY = """
type principalId arn accountId accessKeyId userName invokedBy identityProvider sessionContext attributes
sessionIssuer creationDate mfaAuthenticated webIdFederationData federatedProvider sourceIdentity
ec2RoleDelivery onBehalfOf userId identityStoreArn inScopeOf sourceArn sourceAccount issuerType
credentialsIssuedTo assumedRoot
"""


def _by_lower(names: str) -> dict[str, str]:
    return {name.lower(): name for name in names.split()}


_OF_RECORD = _by_lower(_FIELDS)
_AS_WRITTEN: Mapping[str, str] = {}
_STRUCTURES: Mapping[str, Mapping[str, str]] = {
    "userIdentity": _by_lower(_OF_IDENTITY),
    "resources": {"arn": "ARN", "arnprefix": "ARNPrefix", "accountid": "accountId"},
    "tlsDetails": {"tlsversion": "tlsVersion", "ciphersuite": "cipherSuite"},
    "requestParameters": _AS_WRITTEN,
    "responseElements": _AS_WRITTEN,
    "additionalEventData": _AS_WRITTEN,
    "eventContext": _AS_WRITTEN,
}
"""Members of a record that are structures, with the record's own spelling of the names in them."""


def find(document: Document) -> Found | None:
    """The record that each row of the result spells out."""
    if not isinstance(document, Mapping):
        return _bare_rows(document)
    if "QueryResultRows" not in document:
        return None
    rows = as_list(document["QueryResultRows"]) or []
    return from_rows([_joined(as_value(row)) for row in rows])


def _bare_rows(document: Document) -> Found | None:
    rows = [as_value(part) for part in document]  # type: ignore[arg-type]
    names = {k.lower() for k in next((row for row in rows if isinstance(row, dict)), {})}
    if "eventjson" not in names and not {"eventname", "eventsource"} <= names:
        return None
    return from_rows([row if isinstance(row, dict) else {} for row in rows])


def from_rows(rows: Sequence[Mapping[str, object]]) -> Found:
    """The records of rows given as column name → value."""
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        record = _record(row)
        if record is None:
            skipped["row that names no call"] += 1
        else:
            records.append(record)
    return Found(records=records, skipped=skipped)


def _joined(row: object) -> dict[str, object]:
    columns = row if isinstance(row, list) else [row]
    return {k: v for column in columns if isinstance(column, dict) for k, v in column.items()}


def _record(row: Mapping[str, object]) -> bytes | None:
    by_lower = {k.lower(): v for k, v in row.items()}
    whole = by_lower.get("eventjson")
    if isinstance(whole, str):
        return whole.encode("utf-8", "replace")
    record = {name: _value(name, by_lower[k]) for k, name in _OF_RECORD.items() if k in by_lower}
    record = {k: v for k, v in record.items() if v is not None}
    if not record.get("eventName") or not record.get("eventSource"):
        return None
    return msgspec.json.encode(record, enc_hook=str)


def _value(name: str, value: object) -> object:
    if value is None or value in ("", "null"):
        return None
    if name == "eventTime":
        return _time(value)
    if name == "managementEvent":
        return str(value).lower() == "true"
    if name not in _STRUCTURES:
        return value
    whole = as_value(value.encode("utf-8", "replace")) if isinstance(value, str) else value
    return _renamed(whole if whole is not None else _parse(str(value)), _STRUCTURES[name])


def _time(value: object) -> str:
    """`2023-06-07 23:59:12.000` as the record has it, `2023-06-07T23:59:12Z`; other texts as they are."""
    text = str(value)
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "Z"))
    except ValueError:
        return text
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return text


def _renamed(value: object, names: Mapping[str, str], depth: int = 0) -> object:
    """The value with the record's own spelling of names; what is nested too deeply is left out."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        named = {names.get(str(k).lower(), str(k)): v for k, v in value.items() if v is not None}
        return {k: _renamed(v, names, depth + 1) for k, v in named.items()}
    if isinstance(value, list | tuple):
        if value and all(isinstance(v, tuple) and len(v) == 2 for v in value):
            return _renamed({k: _parse(v) if isinstance(v, str) else v for k, v in value}, names, depth)
        return [_renamed(v, names, depth + 1) for v in value]
    return value


def _parse(text: str, depth: int = 0) -> object:
    """The engine's own text for rows, maps and arrays: `{a=b, c={d=e}, f=[g, h]}`.

    Structures inside a map are JSON; a policy document was a text in the record and stays one.
    """
    ends = text[:1] + text[-1:]
    if ends not in ("{}", "[]"):
        return text
    if depth > _MAX_DEPTH:
        return None
    whole = as_value(text.encode("utf-8", "replace"))
    if whole is not None:
        return text if isinstance(whole, dict) and "Statement" in whole else whole
    if ends == "[]":
        return [_parse(part.strip(), depth + 1) for part in _split(text[1:-1]) if part.strip()]
    pairs = (part.partition("=") for part in _members(text[1:-1]))
    return {key.strip(): _parse(value.strip(), depth + 1) for key, _, value in pairs if value.strip() != "null"}


def _members(text: str) -> list[str]:
    """Parts that begin with a name and `=`; one that does not belongs to the value before it."""
    members: list[str] = []
    for part in _split(text):
        if members and not _MEMBER.match(part):
            members[-1] += f",{part}"
        elif "=" in part:
            members.append(part)
    return members


def _split(text: str) -> list[str]:
    """Parts at the commas of this level, those inside brackets or JSON texts left alone."""
    parts: list[str] = []
    depth = start = 0
    for mark in _MARK.finditer(text):
        letter = mark.group()
        if letter == "," and depth == 0:
            parts.append(text[start : mark.start()])
            start = mark.end()
        elif letter in _STEP:
            depth = max(0, depth + _STEP[letter])
    parts.append(text[start:])
    return parts


_MEMBER = re.compile(r"\s*[A-Za-z_][\w.:/-]*=")
_MARK = re.compile(r'(?<=[:\[{,])\s*"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_STEP = {"{": 1, "[": 1, "}": -1, "]": -1}
_MAX_DEPTH = 20
