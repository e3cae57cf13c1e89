"""CloudTrail Lake query results, as `get-query-results` prints them or as rows of columns.

A row may hold the whole record in `eventJson`, or the record's fields as columns in any case, structures
written as JSON or in the engine's own `{key=value, …}` form.
Source: CloudTrail User Guide, "CloudTrail Lake queries"; GetQueryResults in the API reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from leastwise.usage.sources.found import Document, Found, as_list, as_value

NAME = "lake"
ORDER = 40

_FIELDS = (
    "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode "
    "errorMessage requestParameters responseElements additionalEventData requestID eventID readOnly resources "
    "eventType apiVersion managementEvent recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId "
    "eventCategory sessionCredentialFromConsole tlsDetails eventContext"
).split()
_NESTED = (
    "type principalId arn accountId accessKeyId userName invokedBy identityProvider sessionContext attributes "
    "sessionIssuer creationDate mfaAuthenticated webIdFederationData federatedProvider sourceIdentity "
    "ec2RoleDelivery onBehalfOf userId identityStoreArn inScopeOf sourceArn sourceAccount issuerType "
    "credentialsIssuedTo assumedRoot tlsVersion cipherSuite clientProvidedHostHeader ARN"
).split()
_BY_LOWER = {name.lower(): name for name in (*_NESTED, *_FIELDS)}
_STRUCTURES = frozenset(
    {"userIdentity", "requestParameters", "responseElements", "resources", "tlsDetails", "additionalEventData"}
)


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
    names = {k.lower() for k in rows[0]} if rows and isinstance(rows[0], dict) else set()
    if "eventjson" not in names and not {"eventname", "eventsource"} <= names:
        return None
    return from_rows([row for row in rows if isinstance(row, dict)])


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
    record = {_BY_LOWER[k]: _value(_BY_LOWER[k], v) for k, v in by_lower.items() if k in _BY_LOWER}
    record = {k: v for k, v in record.items() if v is not None}
    if not record.get("eventName") or not record.get("eventSource"):
        return None
    return msgspec.json.encode(record, enc_hook=str)


def _value(name: str, value: object) -> object:
    if name == "eventTime" and value is not None:
        return _time(str(value))
    if name == "managementEvent":
        return str(value).lower() == "true"
    if not isinstance(value, str):
        return _renamed(value)
    if value in ("", "null"):
        return None
    if name in _STRUCTURES:
        return _structure(value)
    return value


def _time(text: str) -> str:
    """`2023-06-07 23:59:12.000` as the record has it, `2023-06-07T23:59:12Z`."""
    return text[:19].replace(" ", "T") + "Z"


def _structure(text: str) -> object:
    value = as_value(text.encode())
    return value if value is not None else _renamed(_parse(text))


def _renamed(value: object) -> object:
    if isinstance(value, dict):
        return {_BY_LOWER.get(str(k).lower(), str(k)): _renamed(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_renamed(v) for v in value]
    return value


def _parse(text: str) -> object:
    """The engine's own text for rows, maps and arrays: `{a=b, c={d=e}, f=[g, h]}`."""
    opening, closing = text[:1], text[-1:]
    if (opening, closing) == ("{", "}"):
        return {
            key.strip(): _parse(value.strip())
            for key, found, value in (part.partition("=") for part in _split(text[1:-1]))
            if found and value.strip() != "null"
        }
    if (opening, closing) == ("[", "]"):
        return [_parse(part.strip()) for part in _split(text[1:-1]) if part.strip()]
    return text


def _split(text: str) -> list[str]:
    """Parts at the commas of this level; a part without `=` belongs to the value before it."""
    parts: list[str] = []
    depth = start = 0
    for i, char in enumerate(text):
        depth += (char in "{[") - (char in "}]")
        if char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return parts
