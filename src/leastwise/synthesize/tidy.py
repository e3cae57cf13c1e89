"""The statements of a document in less text, with the same meaning and no wildcard that was not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from leastwise.language.values.globs import Glob, glob_of
from leastwise.model.policy import Statement
from leastwise.synthesize.rectangles import Rectangle, rectangles

_OVERHEAD: Final = len(json.dumps({"Effect": "Allow", "Action": [], "Resource": []}, separators=(",", ":"))) + 1


def without_doubles(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without those that another one equals but for its Sid, and without repeated list members."""
    kept: dict[str, Statement] = {}
    for statement in statements:
        plain = replace(
            statement,
            actions=_uncovered(statement.actions),
            resources=tuple(dict.fromkeys(statement.resources)),
        )
        kept.setdefault(_meaning(replace(plain, sid=None)), plain)
    return list(kept.values())


def _meaning(statement: Statement) -> str:
    document = statement.document()
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if isinstance(found := document.get(name), list):
            document[name] = sorted(found)
    return json.dumps(document, sort_keys=True)


def _uncovered(actions: Sequence[str]) -> tuple[str, ...]:
    """The actions that no other pattern of the list takes in; case plays no part."""
    first = {text.lower(): text for text in reversed(actions)}
    globs = {low: glob_of(low) for low in first}
    wide = [(low, glob) for low, glob in globs.items() if glob.literal is None]
    return tuple(
        first[low] for low in dict.fromkeys(text.lower() for text in actions) if not _is_covered(low, globs[low], wide)
    )


def _is_covered(text: str, glob: Glob, wide: Iterable[tuple[str, Glob]]) -> bool:
    """Whether some other pattern matches all that this one does; told only where a test of its text settles it."""
    tried = glob.literal if glob.literal is not None else glob.filled(star="~", single="~")
    return any(other != text and one.matches(tried) and len(other) <= len(text) for other, one in wide)


def regrouped(statements: Sequence[Statement]) -> list[Statement]:
    """The same pairs of action and resource in rectangles of less text, where statements differ in these alone.

    A statement with NotAction or NotResource stays as it is. A rectangle has the Sid of the first statement that it
    shares a pair with and whose Sid is not taken yet.
    """
    alike: dict[str, list[Statement]] = {}
    for place, statement in enumerate(statements):
        alike.setdefault(_key(statement, place), []).append(statement)
    return [one for group in alike.values() for one in _as_rectangles(group)]


def _key(statement: Statement, place: int) -> str:
    if statement.is_not_action or statement.is_not_resource or not statement.has_resource:
        return f"alone {place}"
    return _meaning(replace(statement, sid=None, actions=("",), resources=("",)))


def _as_rectangles(group: Sequence[Statement]) -> list[Statement]:
    if len(group) == 1:
        return list(group)
    pairs: dict[str, set[str]] = {}
    for statement in group:
        for action in statement.actions:
            pairs.setdefault(action, set()).update(statement.resources)
    overhead = _OVERHEAD + len(json.dumps(group[0].document().get("Condition", {})))
    found = rectangles({action: frozenset(held) for action, held in pairs.items()}, overhead=overhead)
    return _named(found, group)


def _named(found: Sequence[Rectangle], group: Sequence[Statement]) -> list[Statement]:
    free = list(group)
    named: list[Statement] = []
    for actions, resources in found:
        source = next(filter(_sharing(actions, resources), free), None)
        if source is not None:
            free.remove(source)
        sid = source.sid if source is not None else None
        named.append(replace(group[0], sid=sid, actions=actions, resources=resources, place=None))
    return named


def _sharing(actions: Sequence[str], resources: Sequence[str]) -> Callable[[Statement], bool]:
    held, on = set(actions), set(resources)
    return lambda statement: not held.isdisjoint(statement.actions) and not on.isdisjoint(statement.resources)
