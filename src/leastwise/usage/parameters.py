"""The request parameters of one call, cut down to those members that its rule can turn on.

The ways in which a rule names a parameter are those of `catalogue.events`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from msgspec import Raw

_WRAPPERS = frozenset({"items", "item", "member", "members"})
_MAX_DEPTH = 16
_MAX_VALUES = 20_000
_MAX_NAMES = 1_000
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_VALUE = msgspec.json.Decoder()
_OPENING = b"{["
_NULL = Raw(b"null")

_EMPTY = frozenset({b'""', b"null", b"{}", b"[]"})

Projection = tuple[bool | str | bytes, ...]
"""Whether all that follows is flat, then names of members each followed by its JSON, in the request's order.

Flat means texts and numbers that are no ARNs, so that the names alone tell what is there.
"""

NOTHING_ASKED: Projection = (True,)


class Lookup(NamedTuple):
    """One way to a value: a member's name, two members joined by a slash, or a text; and what is done to it."""

    name: str
    text: str | None = None
    transform: Callable[[str], str | None] | None = None
    below: str = ""

    def members(self) -> tuple[str, ...]:
        """The names of the members that it reads."""
        if self.text is not None:
            return ()
        return (self.name, self.below) if self.below else (self.name,)


@dataclass(frozen=True, slots=True)
class Asks:
    """Which members of a request matter: top ones by name, and structures in which `inside` finds a name."""

    names: frozenset[str]
    inside: Callable[[bytes], object]
    remembered: dict[str, bool] = field(default_factory=dict, compare=False)

    def has(self, name: str) -> bool:
        """Whether the member is asked for, whatever the case of its name; remembered for the next request."""
        if len(self.remembered) >= _MAX_NAMES:
            self.remembered.clear()
        answer = self.remembered[name] = name.lower() in self.names
        return answer


def project(raw: Raw, asks: Asks) -> Projection:
    """What of a request any part of a plan can turn on; equal projections give equal answers.

    A scalar matters when its name is asked for or it is an ARN; a structure matters when an asked name
    or an ARN is anywhere in it. Empty members never matter.
    """
    if not raw or raw == _NULL:
        return NOTHING_ASKED
    try:
        members = _OBJECT.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return NOTHING_ASKED
    kept: list[bool | str | bytes] = [True]
    remembered = asks.remembered
    for name, part in members.items():
        text = bytes(part)
        is_asked = remembered.get(name)
        if is_asked is None:
            is_asked = asks.has(name)
        if text[0] in _OPENING:
            if is_asked or b'"arn:' in text or asks.inside(text):
                kept[0] = False
                kept += (name, text)
        elif text.startswith(b'"arn:'):
            kept[0] = False
            kept += (name, text)
        elif is_asked and text not in _EMPTY:
            kept += (name, text)
    return tuple(kept)


def names_of(projection: Projection) -> frozenset[str]:
    """The names of a flat projection's members, as rules write them."""
    lowered = [str(name).lower() for name in projection[1::2]]
    return frozenset(lowered) | {f".{name}" for name in lowered}


def request_of(projection: Projection) -> dict[str, object]:
    """The kept members, decoded; one that is nested too deeply is left out."""
    request: dict[str, object] = {}
    for name, text in zip(projection[1::2], projection[2::2], strict=True):
        try:
            request[str(name)] = _VALUE.decode(text)  # type: ignore[arg-type]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            continue
    return request


class Parameters:
    """Texts of the request by lower-cased member name at any depth, and every ARN in it.

    `texts` holds, in the order of the request, the values under `name`, under `parent.name`, and for top
    members under `.name`; `members` the names, written in the same ways, of structures that are not empty.
    """

    __slots__ = ("_left", "arns", "members", "texts")

    def __init__(self, request: dict[str, object]) -> None:
        self.texts: dict[str, list[str]] = {}
        self.members: set[str] = set()
        self.arns: list[str] = []
        self._left = _MAX_VALUES
        self._walk_object(request, "", 0)

    def values(self, lookup: Lookup) -> list[str]:
        """The values that a lookup stands for, in the order of the request."""
        name, text, transform, below = lookup
        found = self.texts.get(name) if text is None else [text]
        if not found:
            return []
        if below:
            found = [f"{top.strip('/')}/{end}".lstrip("/") for top in found for end in self.texts.get(below, ())]
        if transform is None:
            return found
        return [changed for one in found if (changed := transform(one))]

    def has(self, lookup: Lookup) -> bool:
        """Whether the request holds the member, empty ones not counted."""
        if lookup.transform is not None or lookup.below:
            return bool(self.values(lookup))
        return lookup.name in self.texts or lookup.name in self.members

    def _walk_object(self, value: dict[str, object], parent: str, depth: int) -> None:
        for key, part in value.items():
            name = key.lower()
            if type(part) is str:
                if part:
                    self._add(name, parent, depth, part)
            elif part is not None and part != {} and part != []:
                self._walk_part(part, name, parent, depth)

    def _walk_part(self, part: object, name: str, parent: str, depth: int) -> None:
        if isinstance(part, bool | int | float):
            self._add(name, parent, depth, str(part).lower())
            return
        if depth >= _MAX_DEPTH:
            return
        self.members.add(name)
        self.members.add(f"{parent}.{name}" if depth else f".{name}")
        inside = parent if name in _WRAPPERS else name
        if isinstance(part, dict):
            content = part.get("content") if "tag" in part else None
            if isinstance(content, str):
                self._add(name, parent, depth, content)
            self._walk_object(part, inside, depth + 1)
        elif isinstance(part, list):
            self._walk_list(part, name, inside, parent, depth)

    def _walk_list(self, parts: list[object], name: str, inside: str, parent: str, depth: int) -> None:
        for part in parts:
            if isinstance(part, str):
                self._add(name, parent, depth, part)
            elif isinstance(part, dict):
                self._walk_object(part, inside, depth + 1)

    def _add(self, name: str, parent: str, depth: int, text: str) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        if text.startswith("arn:"):
            self.arns.append(text)
        self.texts.setdefault(name, []).append(text)
        self.texts.setdefault(f"{parent}.{name}" if depth else f".{name}", []).append(text)
