"""What AWS answered, as values that are read by name; no object of the SDK goes further than this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote


class Answer:
    """A part of an answer. What it does not hold reads as empty, and a path of names leads to what is further in."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, *path: str) -> str:
        """The text there; a date as `2026-01-31T15:00:00Z`."""
        return as_text(self._at(path))

    def document(self, *path: str) -> str:
        """The policy document there, as text."""
        return document(self._at(path))

    def texts(self, *path: str) -> tuple[str, ...]:
        """The list of texts there."""
        return tuple(map(as_text, self._list(path)))

    def rows(self, *path: str) -> tuple[Answer, ...]:
        """The list of parts there."""
        return tuple(Answer(one) for one in self._list(path) if isinstance(one, Mapping))

    def row(self, *path: str) -> Answer:
        """The part there."""
        found = self._at(path)
        return Answer(found if isinstance(found, Mapping) else {})

    def table(self, *path: str) -> dict[str, str]:
        """The names and texts there."""
        found = self._at(path)
        return {str(key): as_text(value) for key, value in found.items()} if isinstance(found, Mapping) else {}

    def flag(self, *path: str) -> bool:
        """Whether it is said to be so there."""
        return self._at(path) is True

    def has(self, *path: str) -> bool:
        """Whether there is anything."""
        return self._at(path) is not None

    def _list(self, path: tuple[str, ...]) -> list[object]:
        found = self._at(path)
        return found if isinstance(found, list) else []

    def _at(self, path: tuple[str, ...]) -> object:
        found: object = self._values
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def as_text(value: object) -> str:
    """Any value of an answer as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else json.dumps(value)


def own_policy(answer: Answer | None, *path: str) -> dict[str, str]:
    """A resource's own policy as `Resource.policies` has it, empty where the answer holds none."""
    text = answer.text(*path) if answer is not None else ""
    return {"policy": text} if text.strip() not in ("", "{}") else {}


def document(value: object) -> str:
    """The text of a policy document, which may be given as an object, as a text, or as a text in URL form.

    IAM API Reference, "GetAccountAuthorizationDetails".
    """
    if isinstance(value, str):
        return unquote(value) if value.lstrip()[:3].lower() == "%7b" else value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, Mapping) else ""
