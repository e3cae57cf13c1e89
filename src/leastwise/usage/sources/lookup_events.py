"""What `aws cloudtrail lookup-events` prints: each event with its record as a JSON text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Raw

from leastwise.usage.sources.found import Document, Found, as_list, as_object, as_value

NAME = "lookup-events"
ORDER = 20


def find(document: Document) -> Found | None:
    """The record inside each `CloudTrailEvent`."""
    parts = _events(document)
    if parts is None:
        return None
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for part in parts:
        text = as_value((as_object(part) or {}).get("CloudTrailEvent", Raw(b"null")))
        if isinstance(text, str):
            records.append(text.encode("utf-8", "replace"))
        else:
            skipped["event without its record"] += 1
    return Found(records=records, skipped=skipped)


def _events(document: Document) -> Sequence[Raw] | None:
    if isinstance(document, Mapping):
        if "CloudTrailEvent" in document:
            return [Raw(b'{"CloudTrailEvent":' + bytes(document["CloudTrailEvent"]) + b"}")]
        return as_list(document["Events"]) if "Events" in document else None
    first: Mapping[str, Raw] = next(filter(None, map(as_object, document)), {})
    return document if "CloudTrailEvent" in first else None
