"""Which policy documents are about an action, told from their text without reading the rest of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from leastwise.language.operator_names import split_operator
from leastwise.language.values.globs import glob_of
from leastwise.prove.actions import action_index

_OPEN = re.compile(r"[*?$]")
Names = str | list[str]
Value = str | bool | int | float


class _Statement(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    effect: Literal["Allow", "Deny"]
    action: Names | UnsetType = UNSET
    not_action: Names | UnsetType = UNSET
    resource: Names | UnsetType = UNSET
    not_resource: Names | UnsetType = UNSET
    condition: dict[str, dict[str, Value | list[Value]]] | UnsetType = UNSET
    sid: str = ""

    def is_whole(self) -> bool:
        """Whether it has the parts that a statement of an identity policy has, each once."""
        has_action = (self.action is UNSET) is not (self.not_action is UNSET)
        has_resource = (self.resource is UNSET) is not (self.not_resource is UNSET)
        conditions = {} if isinstance(self.condition, UnsetType) else self.condition
        is_told = all(block and [] not in block.values() for block in conditions.values())
        is_known = all(split_operator(one) is not None for one in conditions)
        return has_action and has_resource and is_told and is_known


class _Document(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    statement: _Statement | list[_Statement]
    version: Literal["2008-10-17", "2012-10-17"] = "2008-10-17"
    id: str = ""

    def statements(self) -> list[_Statement]:
        """The statements, one or more."""
        return self.statement if isinstance(self.statement, list) else [self.statement]

    def is_whole(self) -> bool:
        """Whether all statements are, and no two have one `Sid`."""
        sids = [one.sid for one in self.statements() if one.sid]
        return len(sids) == len(set(sids)) and all(one.is_whole() for one in self.statements())


@dataclass
class Mentions:
    """Documents, to be asked which of them may allow an action, or say anything of it.

    One that is not plainly an identity policy may be about everything.
    """

    _allows: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    _denies: dict[str, set[str]] = field(default_factory=dict)
    _all_but: dict[tuple[str, ...], tuple[set[str], set[str]]] = field(default_factory=dict)
    _anything: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)
    _asked: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    _on: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def add(self, texts: Iterable[str]) -> None:
        """The texts count from now on."""
        for text in texts:
            if text not in self._known:
                self._known.add(text)
                self._add(text)
        self._asked.clear()
        self._on.clear()

    def allowing_on(self, action: str, resource: str) -> frozenset[str]:
        """Those of `allowing` in which the beginning of every resource does not tell already that it is another one."""
        key = (action.lower(), _head(resource))
        found = self._on.get(key)
        if found is None:
            found = self._on[key] = frozenset(self._found_on(*key))
        return found

    def allowing(self, action: str) -> frozenset[str]:
        """The texts with an Allow that names the action, or some action that a pattern of actions takes in."""
        return self._of(action.lower())[0]

    def about(self, action: str) -> frozenset[str]:
        """The texts with any statement that names the action."""
        return self._of(action.lower())[1]

    def _add(self, text: str) -> None:
        try:
            found = msgspec.json.decode(text, type=_Document)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self._anything.add(text)
            return
        if not found.is_whole() or not text.isascii() or "\\u" in text:
            self._anything.add(text)
            return
        for statement in found.statements():
            is_allow = statement.effect == "Allow"
            if statement.not_action is not UNSET:
                patterns = tuple(sorted(_listed(statement.not_action)))
                self._all_but.setdefault(patterns, (set(), set()))[0 if is_allow else 1].add(text)
            heads = tuple(map(_head, _written(statement.resource))) or ("",)
            for pattern in _listed(statement.action):
                if is_allow:
                    self._allows.setdefault(pattern, {}).setdefault(text, set()).update(heads)
                else:
                    self._denies.setdefault(pattern, set()).add(text)

    def _found_on(self, action: str, head: str) -> Iterator[str]:
        yield from self._anything
        for patterns, (allows, _) in self._all_but.items():
            if not any(_covers(one, action) for one in patterns):
                yield from allows
        for pattern, texts in self._allows.items():
            if _matches(pattern, action):
                yield from (text for text, heads in texts.items() if any(_is_near(one, head) for one in heads))

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


def _written(names: Names | UnsetType) -> list[str]:
    return [names] if isinstance(names, str) else names or []


def _listed(names: Names | UnsetType) -> list[str]:
    return [name.lower() for name in _written(names)]


def _head(pattern: str) -> str:
    """The text before the first wildcard or policy variable."""
    found = _OPEN.search(pattern)
    return pattern[: found.start()] if found else pattern


def _is_near(head: str, other: str) -> bool:
    return head.startswith(other) or other.startswith(head)


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
