"""Which policy documents are about an action, told from their text without reading the rest of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from leastwise.language.values.globs import glob_of
from leastwise.prove.actions import action_index

Names = str | list[str] | None


class _Statement(msgspec.Struct, rename="pascal"):
    effect: str = "Allow"
    action: Names = None
    not_action: Names = None


class _Document(msgspec.Struct, rename="pascal"):
    statement: _Statement | list[_Statement] = []


@dataclass
class Mentions:
    """Documents, to be asked which of them may allow an action, or say anything of it.

    One that is not read as plain JSON may be about everything.
    """

    _allows: dict[str, set[str]] = field(default_factory=dict)
    _denies: dict[str, set[str]] = field(default_factory=dict)
    _all_but: dict[tuple[str, ...], tuple[set[str], set[str]]] = field(default_factory=dict)
    _anything: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)
    _asked: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def add(self, texts: Iterable[str]) -> None:
        """The texts count from now on."""
        for text in texts:
            if text not in self._known:
                self._known.add(text)
                self._add(text)
        self._asked.clear()

    def allowing(self, action: str) -> frozenset[str]:
        """The texts with an Allow that names the action, or some action that a pattern of actions takes in."""
        return self._of(action.lower())[0]

    def about(self, action: str) -> frozenset[str]:
        """The texts with any statement that names the action."""
        return self._of(action.lower())[1]

    def _add(self, text: str) -> None:
        try:
            found = msgspec.json.decode(text, type=_Document).statement
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self._anything.add(text)
            return
        for statement in found if isinstance(found, list) else [found]:
            is_allow = statement.effect == "Allow"
            if statement.not_action is not None:
                patterns = tuple(sorted(_listed(statement.not_action)))
                self._all_but.setdefault(patterns, (set(), set()))[0 if is_allow else 1].add(text)
            for pattern in _listed(statement.action):
                (self._allows if is_allow else self._denies).setdefault(pattern, set()).add(text)

    def _of(self, action: str) -> tuple[frozenset[str], frozenset[str]]:
        found = self._asked.get(action)
        if found is None:
            allowing, denying = set(self._anything), set(self._anything)
            for patterns, (allows, denies) in self._all_but.items():
                if not any(_covers(one, action) for one in patterns):
                    allowing |= allows
                    denying |= denies
            allowing.update(*(texts for pattern, texts in self._allows.items() if _matches(pattern, action)))
            denying.update(*(texts for pattern, texts in self._denies.items() if _matches(pattern, action)))
            found = self._asked[action] = (frozenset(allowing), frozenset(allowing | denying))
        return found


def _listed(names: Names) -> list[str]:
    listed = [names] if isinstance(names, str) else names or []
    return [name.lower() for name in listed]


def _covers(pattern: str, action: str) -> bool:
    """Whether the pattern takes in all that the action, or pattern of actions, names."""
    if _is_pattern(action):
        index = action_index()
        return pattern == "*" or (pattern == action and not index.bits_of(action) & ~index.bits_of(pattern))
    return glob_of(pattern).matches(action)


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def _matches(pattern: str, action: str) -> bool:
    if _is_pattern(action):
        index = action_index()
        if index.bits_of(pattern) & index.bits_of(action):
            return True
        prefixes = [one.partition(":")[0] for one in (pattern, action)]
        return _is_pattern(pattern) and (prefixes[0] == prefixes[1] or any(map(_is_pattern, prefixes)))
    if not _is_pattern(pattern):
        return pattern == action
    head = pattern.partition("*")[0].partition("?")[0]
    return action.startswith(head) and glob_of(pattern).matches(action)
