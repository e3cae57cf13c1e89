"""Shapes that CloudTrail records come in, one kind of log a file.

A module here defines `NAME`, `ORDER` and `find(value) -> Found | None`, where `value` is the decoded top
level of a document: a dict of raw parts or a list of raw parts. The folder is walked once at import.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from types import ModuleType

import msgspec
from msgspec import Raw

from leastwise.usage.sources.found import Document, Found
from leastwise.usage.sources.split import Value, elements, values, without_lone_surrogates

__all__ = ["Document", "Found", "recognise", "shapes"]

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])
_WORTH_READING = 200
"""Levels of nesting in a record that a decoder takes for certain."""
_MOST_CUT = 128 << 20


def _shape_modules() -> tuple[ModuleType, ...]:
    names = [m.name for m in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    found = [m for m in modules if hasattr(m, "find")]
    if len({m.NAME for m in found}) != len(found):
        raise ImportError("two log shapes have one name")
    return tuple(sorted(found, key=lambda m: (m.ORDER, m.NAME)))


def shapes() -> tuple[tuple[str, Callable[[Document], Found | None]], ...]:
    """Name and recogniser of every shape, in the order in which they are tried."""
    return _SHAPES


def recognise(data: bytes) -> Found:
    """The records in one file's bytes, or the reason why there are none."""
    text = _as_utf8(data).strip()
    if not text:
        return Found(reason="empty file")
    document = _document(text)
    if document is None:
        text = without_lone_surrogates(text)
        document = _document(text)
    if document is not None:
        return _recognise_document(document)
    if _document(text.split(b"\n", 1)[0].strip()) is not None:
        return _recognise_lines(text)
    return _recognise_values(text) or _recognise_lines(text)


_MARKED = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def _as_utf8(data: bytes) -> bytes:
    """The text without its byte order mark, as some shells write one when they redirect output."""
    for mark, encoding in _MARKED.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data


def _recognise_document(document: Document) -> Found:
    for _, find in shapes():
        found = find(document)
        if found is not None:
            return found
    return Found(reason="not a CloudTrail log: no `Records`, no event")


def _document(text: bytes) -> Document | None:
    try:
        return _OBJECT.decode(text) if text.startswith(b"{") else _LIST.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _recognise_lines(text: bytes) -> Found:
    """JSON documents one to a line; a line that is not JSON is counted, not fatal."""
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for line in filter(None, map(bytes.strip, text.splitlines())):
        document = _document(line)
        found = _recognise_document(document) if document is not None else _recognise_values(line)
        if found is None or found.reason:
            skipped["line that is not a CloudTrail record"] += 1
            continue
        records.extend(found.records)
        skipped.update(found.skipped)
    if not records and set(skipped) <= {"line that is not a CloudTrail record"}:
        return Found(reason=_json_fault(text))
    return Found(records=records, skipped=skipped)


def _recognise_values(text: bytes) -> Found | None:
    """Documents one after another, and documents with parts that are nested too deeply for a decoder."""
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for value in (values(text) if len(text) <= _MOST_CUT else None) or ():
        document = _document(value.text)
        found = _recognise_document(document) if document is not None else _recognise_deep(value)
        if found.reason:
            skipped["part that is not a CloudTrail record"] += 1
            continue
        records.extend(found.records)
        skipped.update(found.skipped)
    if not records and set(skipped) <= {"part that is not a CloudTrail record"}:
        return None
    return Found(records=records, skipped=skipped)


def _recognise_deep(value: Value) -> Found:
    """The document's records without those that are nested too deeply."""
    if value.depth <= _WORTH_READING:
        return Found(reason="not valid JSON")
    parts = elements(value.text)
    kept = [p.text for p in parts if p.depth <= _WORTH_READING or _document(p.text) is not None]
    deep = {"record nested too deeply": len(parts) - len(kept) or 1}
    document = _document(b"[" + b",".join(kept) + b"]") if kept else None
    if document is None:
        return Found(skipped=deep)
    found = _recognise_document(document)
    return found if found.reason else Found(records=found.records, skipped=Counter(found.skipped) + Counter(deep))


def _json_fault(text: bytes) -> str:
    try:
        msgspec.json.decode(text)
    except RecursionError:
        return "not JSON that can be read: nested too deeply"
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"not valid JSON: {error}"
    return "not a CloudTrail log: no `Records`, no event"


_SHAPES = tuple((m.NAME, m.find) for m in _shape_modules())
