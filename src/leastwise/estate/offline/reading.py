"""A file of an estate as it is read: its name, its content, and what has been found in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from leastwise.estate.held import NotRead, Part

Json = Mapping[str, object]
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass
class Reading:
    """One file: `path` is its name as given, `account` the one that its path names, empty where it names none."""

    path: str
    name: str
    account: str = ""
    parts: list[Part] = field(default_factory=list)
    faults: list[NotRead] = field(default_factory=list)

    def fault(self, what: str, reason: str, *, subject: str = "", account: str = "") -> None:
        """A part of the file that could not be used."""
        self.faults.append(NotRead(what, f"{self.path}: {reason}", account or self.account, subject=subject))


def account_in(path: str) -> str:
    """The account number that the path names last, empty where it names none."""
    found = _ACCOUNT.findall(path)
    return found[-1] if found else ""


def text(value: object) -> str:
    """The value where it is a text, otherwise empty."""
    return value if isinstance(value, str) else ""


def member(value: object, *names: str) -> object:
    """What the object holds under these names, one below the other; None where it has none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def objects(value: object) -> Iterator[Json]:
    """The objects of a list."""
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, Sequence) else iter(())


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def document(value: object) -> str:
    """The text of a policy document, which may be given as an object, as a text, or as a text in URL form."""
    if isinstance(value, str):
        return unquote(value) if value.lstrip()[:3].lower() == "%7b" else value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, Mapping) else ""


def tags(value: object) -> dict[str, str]:
    """The tags of AWS's list of keys and values."""
    return {text(one.get("Key")): text(one.get("Value")) for one in objects(value)}
