"""EventBridge envelopes around CloudTrail records, single, in a list, or one to a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from leastwise.usage.sources.found import Document, Found, as_object

NAME = "eventbridge"
ORDER = 30


def find(document: Document) -> Found | None:
    """The `detail` of each envelope that carries a CloudTrail record.

    Source: CloudTrail User Guide, "Integrate with EventBridge"; detail types end in "via CloudTrail".
    """
    if isinstance(document, Mapping):
        if "detail" not in document or "detail-type" not in document:
            return None
        return _found([document])
    envelopes: list[Mapping[str, object]] = [as_object(part) or {} for part in document]
    if "detail-type" not in next(filter(None, envelopes), {}):
        return None
    return _found(envelopes)


def _found(envelopes: list[Mapping[str, object]]) -> Found:
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for envelope in envelopes:
        kind = bytes(envelope.get("detail-type", b""))  # type: ignore[call-overload]
        if b"via CloudTrail" in kind:
            records.append(bytes(envelope.get("detail", b"null")))  # type: ignore[call-overload]
        else:
            skipped["EventBridge event of another kind"] += 1
    return Found(records=records, skipped=skipped)
