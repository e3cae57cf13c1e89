"""Files that a trail delivers, bare lists of records, and single records."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Raw

from leastwise.usage.sources.found import Document, Found, as_list, as_object

NAME = "trail"
ORDER = 10


def find(document: Document) -> Found | None:
    """The records under `Records`, of a bare list, or the one record that the document is."""
    if not isinstance(document, Mapping):
        return _bare_list(document)
    if "Records" in document:
        parts = as_list(document["Records"])
        if parts is None:
            return Found(reason="not a CloudTrail log: `Records` is not a list")
        return Found(records=[bytes(p) for p in parts])
    if "digestS3Object" in document or "digestPublicKeyFingerprint" in document:
        return Found(skipped={"digest file": 1})
    if "eventSource" in document and "eventName" in document and "detail" not in document:
        body = b",".join(b'"' + _key(k) + b'":' + bytes(v) for k, v in document.items())
        return Found(records=[b"{" + body + b"}"])
    return None


def _key(name: str) -> bytes:
    return name.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def _bare_list(parts: Document) -> Found | None:
    records = [bytes(p) for p in parts if isinstance(p, Raw)]
    named = next((o for o in map(as_object, records) if o), {})
    if not records or "eventName" in named:
        return Found(records=records)
    return None
