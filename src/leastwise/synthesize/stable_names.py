"""What a session says of the work that it is for: names that stay when their stamps and numbers are taken off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Evidence(NamedTuple):
    """A kind of sign and its value; sessions of equal evidence are likely to do the same work."""

    kind: str
    value: str


SIGNALS: Final = ("source_identity", "subject")
"""What whoever assumes the role sets and cannot change afterwards, the most trusted first."""
WEAKER: Final = ("caller", "issuing_service")
"""What tells whence a session came, the more telling first."""

_DEFAULTS: Final = re.compile(
    r"(botocore-session|boto3-session|aws-go-sdk|aws-sdk-\w+|awscli-session|aws-cli-session|assumerolesession\d*"
    r"|githubactions|default|session|role-session|assumed-role|temp|test)(-session)?",
    re.IGNORECASE,
)
"""Names that libraries give when nobody chose one, stamps taken off: they say nothing of the work."""
_PLAIN_AGENTS: Final = re.compile(
    r"aws-cli|boto|aws-sdk|aws.internal|apn\b|mozilla|\[?s3console|console\.|.*\.amazonaws\.com", re.IGNORECASE
)
"""Clients that anybody may use for anything, and services that call for their caller."""
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_INSTANCE: Final = re.compile(r"(?<![a-z0-9])i-[0-9a-f]{8,17}(?![a-z0-9])", re.IGNORECASE)
_DELIMITERS: Final = re.compile(r"[-_./:=,+\s]+")
_DIGITS: Final = re.compile(r"\d+")
_HEX: Final = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
_LONG_VOLATILE: Final = 20


def stable_name(name: str) -> str:
    """The session name without stamps, numbers and random ids; empty when nothing is left that somebody chose."""
    if "@" in name:
        return name.lower()
    rest = _INSTANCE.sub("", _UUID.sub("", name))
    kept = "-".join(part for part in _DELIMITERS.split(rest) if part and not _is_volatile(part))
    return "" if _DEFAULTS.fullmatch(kept) else kept.lower()


def evidence_of(name: str, signals: Mapping[str, str]) -> Evidence | None:
    """The most trusted sign of what the session is for; None when it bears none."""
    for kind in SIGNALS:
        if signals.get(kind):
            return Evidence(kind, signals[kind])
    named = stable_name(name)
    if named:
        return Evidence("name", named)
    for kind in WEAKER:
        if signals.get(kind):
            return Evidence(kind, signals[kind])
    agent = signals.get("agent", "")
    client = "" if _PLAIN_AGENTS.match(agent) else stable_name(agent)
    return Evidence("agent", client) if client else None


def _is_volatile(part: str) -> bool:
    """Whether a part of a name looks made by a machine: numbers, hexadecimal, letters and digits in turn."""
    runs = len(_DIGITS.findall(part))
    digits = sum(letter.isdigit() for letter in part)
    if digits == len(part) or runs >= 2:
        return True
    return bool(digits) and (bool(_HEX.fullmatch(part)) or len(part) >= _LONG_VOLATILE)
