"""Shapes that CloudTrail records come in, one kind of log a file.

A module here defines `NAME`, `ORDER` and `find(value) -> Found | None`, where `value` is the decoded top
level of a document: a dict of raw parts or a list of raw parts. The folder is walked once at import.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Sequence
from types import ModuleType

import msgspec
from msgspec import Raw

from leastwise.usage.sources.found import Document, Found

__all__ = ["Document", "Found", "recognise", "shapes"]

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])


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
    text = data.strip()
    if not text:
        return Found(reason="empty file")
    document = _document(text)
    if document is None:
        return _recognise_lines(text)
    return _recognise_document(document)


def _recognise_document(document: Document) -> Found:
    for _, find in _SHAPES:
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
    lines = [line for line in text.splitlines() if line.strip()]
    records: list[bytes] = []
    skipped: Counter[str] = Counter()
    for line in lines:
        document = _document(line.strip())
        found = _recognise_document(document) if document is not None else None
        if found is None or found.reason:
            skipped["line that is not a CloudTrail record"] += 1
            continue
        records.extend(found.records)
        skipped.update(found.skipped)
    if not records:
        return Found(reason=_json_fault(text))
    return Found(records=records, skipped=skipped)


def _json_fault(text: bytes) -> str:
    try:
        msgspec.json.decode(text)
    except RecursionError:
        return "not JSON that can be read: nested too deeply"
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"not valid JSON: {error}"
    return "not a CloudTrail log: no `Records`, no event"


def raw_bytes(parts: Sequence[Raw]) -> list[bytes]:
    """Each raw part as bytes of its own."""
    return [bytes(p) for p in parts]


_SHAPES = tuple((m.NAME, m.find) for m in _shape_modules())
