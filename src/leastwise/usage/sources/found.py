"""What a recogniser of log shapes is given and gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

Document = Mapping[str, Raw] | Sequence[Raw]


@dataclass(slots=True)
class Found:
    """Records as JSON bytes, what was left aside by reason, or the reason why nothing was found."""

    records: Sequence[bytes] = ()
    skipped: Mapping[str, int] = field(default_factory=Counter)
    reason: str = ""


_LIST = msgspec.json.Decoder(list[Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_VALUE = msgspec.json.Decoder()


def as_list(raw: Raw | bytes) -> list[Raw] | None:
    """The parts of a JSON list, or None when it is no list."""
    try:
        return _LIST.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def as_object(raw: Raw | bytes) -> dict[str, Raw] | None:
    """The parts of a JSON object, or None when it is no object."""
    try:
        return _OBJECT.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def as_value(raw: Raw | bytes) -> object:
    """The decoded value, or None when it cannot be decoded."""
    try:
        return _VALUE.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
