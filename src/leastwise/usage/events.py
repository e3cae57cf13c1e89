"""A CloudTrail record as far as leastwise reads it; the rest of it is never decoded.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw, Struct

from leastwise.usage.sources import Found, recognise
from leastwise.usage.sources.split import without_lone_surrogates


class Tls(Struct, gc=False):
    """Only what tells a secure transport."""

    tlsVersion: str | None = None  # noqa: N815


class Event(Struct, gc=False, rename="camel"):
    """One record; parts that are decoded on demand stay raw bytes."""

    event_source: str
    event_name: str
    event_id: str | None = msgspec.field(name="eventID", default=None)
    request_id: str | None = msgspec.field(name="requestID", default=None)
    event_time: str | None = None
    event_type: str | None = None
    event_category: str | None = None
    management_event: bool | None = None
    aws_region: str | None = None
    recipient_account_id: str | None = None
    source_ip_address: str | None = msgspec.field(name="sourceIPAddress", default=None)
    user_agent: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    vpc_endpoint_id: str | None = None
    vpc_endpoint_account_id: str | None = None
    shared_event_id: str | None = msgspec.field(name="sharedEventID", default=None)
    tls_details: Tls | None = None
    session_credential_from_console: Raw = Raw()
    user_identity: Raw = Raw()
    resources: Raw = Raw()
    request_parameters: Raw = Raw()
    response_elements: Raw = Raw()
    additional_event_data: Raw = Raw()


class _File(Struct, gc=False):
    records: list[Event] = msgspec.field(name="Records")


@dataclass(slots=True)
class Read:
    """What one file gave: its events, and what was left aside with the reason."""

    events: list[Event] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    mended: int = 0
    """Records with a field of the wrong type; the field is taken as absent."""

    @property
    def records(self) -> int:
        return len(self.events) + self.skipped.total()


_FILE = msgspec.json.Decoder(_File)
_EVENT = msgspec.json.Decoder(Event)
_ANY = msgspec.json.Decoder()

_TEXT_FIELDS = frozenset(f.encode_name for f in msgspec.structs.fields(Event) if f.type in (str, str | None))
_RAW_FIELDS = frozenset(f.encode_name for f in msgspec.structs.fields(Event) if f.type is Raw)


class NotCloudTrail(ValueError):  # noqa: N818
    """The bytes are not a CloudTrail log; the text says why."""


def read_events(data: bytes | bytearray | memoryview) -> Read:
    """The events of one file of any recognised shape.

    Raises NotCloudTrail when nothing in it is a CloudTrail record. Records that cannot be used are
    counted under a reason, never dropped in silence.
    """
    try:
        return _kept(_FILE.decode(data).records)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _read_slowly(bytes(data))


_SUMMARIES = {"Insight": "insight event", "Aggregated": "aggregated event"}
"""Categories of records that are statistics about calls, not calls."""


def _kept(events: list[Event]) -> Read:
    read = Read(events)
    summaries = [_SUMMARIES[e.event_category] for e in events if e.event_category in _SUMMARIES]
    if summaries:
        read.events = [e for e in events if e.event_category not in _SUMMARIES]
        read.skipped.update(summaries)
    return read


def _read_slowly(data: bytes) -> Read:
    found = recognise(data)
    if found.reason:
        raise NotCloudTrail(found.reason)
    read = read_found(found)
    if not read.events and found.records and not any(_names_a_call(r) for r in found.records):
        raise NotCloudTrail("no CloudTrail record in it")
    return read


def read_found(found: Found) -> Read:
    """The events of records that were already cut out, each decoded by itself."""
    read = Read(skipped=Counter(found.skipped))
    for record in found.records:
        _read_record(record, read)
    return read


def _names_a_call(record: bytes) -> bool:
    return b'"eventName"' in record or b'"eventSource"' in record


def _read_record(record: bytes, read: Read) -> None:
    try:
        event = _EVENT.decode(record)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        mended = _mend(record)
        if isinstance(mended, str):
            read.skipped[mended] += 1
            return
        event = mended
        read.mended += 1
    if event.event_category in _SUMMARIES:
        read.skipped[_SUMMARIES[event.event_category]] += 1
        return
    read.events.append(event)


def _mend(record: bytes) -> Event | str:
    """The event without its fields of the wrong type, or why it is none."""
    text = without_lone_surrogates(record.decode("utf-8", "replace").encode())
    try:
        value = _ANY.decode(text)
        event = event_of(value) if isinstance(value, dict) else None
    except RecursionError:
        return "record nested too deeply"
    except msgspec.MsgspecError:
        return "not a CloudTrail record"
    if event is None and isinstance(value, dict):
        return _SUMMARIES.get(str(value.get("eventCategory")), "not a CloudTrail record")
    return event or "not a CloudTrail record"


def event_of(value: dict[str, object]) -> Event | None:
    """The event that an already decoded record is; fields of the wrong type are taken as absent."""
    usable: dict[str, object] = {k: v for k, v in value.items() if k in _TEXT_FIELDS and isinstance(v, str)}
    if isinstance(value.get("eventID"), int | float):
        usable["eventID"] = str(value["eventID"])
    usable |= {k: v for k, v in value.items() if k in _RAW_FIELDS and v is not None}
    if isinstance(value.get("managementEvent"), bool):
        usable["managementEvent"] = value["managementEvent"]
    tls = value.get("tlsDetails")
    if isinstance(tls, dict) and isinstance(tls.get("tlsVersion"), str):
        usable["tlsDetails"] = {"tlsVersion": tls["tlsVersion"]}
    if not usable.get("eventSource") or not usable.get("eventName"):
        return None
    return _EVENT.decode(msgspec.json.encode(usable))


def decoded(raw: Raw) -> object:
    """The value of a raw part; None when it is absent or nested too deeply to be worth reading."""
    if not raw:
        return None
    try:
        return _ANY.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
