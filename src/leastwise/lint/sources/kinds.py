"""The policy type that a document shows by its elements, and with their leave by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leastwise.language.grammar import GRAMMARS
from leastwise.language.nodes import Items, Members, Node, Text
from leastwise.model.policy import Kind

Told = tuple[Kind, str]
"""A policy type, and how it was told, in one line; empty where the file says it by itself."""

Hint = tuple[str, str]
"""What a name is the name of, such as `its file name`, and the name."""


@dataclass(frozen=True, slots=True)
class _Elements:
    """What the statements of a document have."""

    names: frozenset[str]
    is_for_everyone: bool
    is_of_sts: bool
    is_deny: bool

    @property
    def has_principal(self) -> bool:
        return bool(self.names & {"Principal", "NotPrincipal"})

    @property
    def has_resource(self) -> bool:
        return bool(self.names & {"Resource", "NotResource"})

    @property
    def fits_rcp(self) -> bool:
        has_all = {"Principal", "Resource"} <= self.names and not self.names & {"NotPrincipal", "NotAction"}
        return has_all and self.is_for_everyone and self.is_deny


_HINTS: tuple[tuple[frozenset[str], Kind, Callable[[_Elements], bool]], ...] = (
    (frozenset({"scp", "scps"}), "scp", lambda has: not has.has_principal),
    (frozenset({"rcp", "rcps"}), "rcp", lambda has: has.fits_rcp),
    (frozenset({"boundary", "boundaries"}), "boundary", lambda has: not has.has_principal),
    (frozenset({"session"}), "session", lambda has: not has.has_principal),
    (frozenset({"trust"}), "trust", lambda has: has.has_principal and not has.has_resource),
    (frozenset({"endpoint", "vpce"}), "endpoint", lambda has: has.has_principal and has.has_resource),
    (frozenset({"bucket"}), "resource", lambda has: has.has_principal and has.has_resource),
)
"""Words of a name, the policy type they hint at, and what the elements must be for it."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST_NAME = 1_000


def kind_of(root: Node, hints: Sequence[Hint] = ()) -> Told:
    """The policy type of a document, and how it was told."""
    has = _elements(root)
    if has.has_principal and not has.has_resource and has.is_of_sts:
        return _told("trust", "it has `Principal` and no `Resource`")
    hinted = next(_hinted(has, hints), None)
    if hinted is not None:
        return hinted
    if has.has_principal:
        return _told("resource", "it has `Principal`")
    return _told("identity", "it has no `Principal`")


def _told(kind: Kind, since: str) -> Told:
    return kind, f"{since}, so it is read as {GRAMMARS[kind].title}"


def _hinted(has: _Elements, hints: Sequence[Hint]) -> Iterator[Told]:
    for whose, name in hints:
        words = [word.lower() for word in _WORDS.findall(name[-_LONGEST_NAME:])]
        for takes, kind, fits in _HINTS:
            word = next((one for one in words if one in takes), None)
            if word and fits(has):
                yield _told(kind, f"{whose} has `{word}`")


def _elements(root: Node) -> _Elements:
    statements = list(_statements(root))
    principals = [one.get("Principal") for one in statements]
    actions = [text for one in statements for text in _texts(one.get("Action"))]
    effects = [one.get("Effect") for one in statements]
    return _Elements(
        frozenset(name for one in statements for name in one),
        all(isinstance(one, Text) and one.value == "*" for one in principals),
        bool(actions) and all(action.lower().startswith("sts:") for action in actions),
        all(isinstance(one, Text) and one.value == "Deny" for one in effects),
    )


def _statements(root: Node) -> Iterator[Mapping[str, Node]]:
    for key, node in root.values if isinstance(root, Members) else ():
        if key.value == "Statement":
            for one in node.values if isinstance(node, Items) else (node,):
                if isinstance(one, Members):
                    yield {name.value: value for name, value in one.values}


def _texts(node: Node | None) -> Iterator[str]:
    for one in node.values if isinstance(node, Items) else (node,):
        if isinstance(one, Text):
            yield one.value
