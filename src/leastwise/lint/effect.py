"""What statements of a document do beside each other, asked of the prover only where that may be in question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, reduce
from itertools import islice
from operator import or_
from typing import Final

from leastwise.catalogue.services import Action
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.language.values.protocol import TooHard
from leastwise.language.values.texts import Texts
from leastwise.lint.breadth import is_all, named_by
from leastwise.lint.document import Document, WrittenStatement
from leastwise.model.policy import Policy, Statement
from leastwise.prove.actions import action_index
from leastwise.prove.queries import verdict_of
from leastwise.prove.verdict import Verdict
from leastwise.prove.world import resources_of

_EVERYTHING = Statement(None, ("*",), ("*",))


def dead_allows(document: Document) -> Iterator[WrittenStatement]:
    """The Allow statements that match no request, or only such as the document denies."""
    policy = document.policy
    denies = tuple(one for one in policy.statements if one.effect == "Deny")
    nothing = replace(policy, statements=())
    for statement in document.statements:
        said = statement.said
        is_denied = _overlap(said, denies)
        if said.effect == "Allow" and (_is_narrowed(said) or is_denied):
            if not is_denied and _is_plainly_alive(said):
                continue
            alone = replace(policy, statements=(said, *denies))
            if verdict_of(nothing, alone) is Verdict.PASS:
                yield statement


def idle_denies(document: Document) -> Iterator[WrittenStatement]:
    """The Deny statements that match no request at all, whatever else may allow it."""
    for statement in document.statements:
        said = statement.said
        if said.effect == "Deny" and _is_narrowed(said):
            everything = _everything(document.policy)
            if everything is None:
                return
            guarded = replace(everything, statements=(*everything.statements, said))
            if verdict_of(guarded, everything) is Verdict.PASS:
                yield statement


def redundant(document: Document) -> Iterator[WrittenStatement]:
    """The statements, one at a time, without which the others of the same effect match the same."""
    policy = document.policy
    for place, statement in enumerate(document.statements):
        said = statement.said
        alike = [one for number, one in enumerate(policy.statements) if number != place and one.effect == said.effect]
        if not alike or _bits([said]) & ~_bits(alike) or _is_plainly_needed(said, alike):
            continue
        pair = _with_and_without(policy, said, place)
        if pair is not None and verdict_of(*pair) is Verdict.PASS:
            yield statement


def _with_and_without(policy: Policy, said: Statement, place: int) -> tuple[Policy, Policy] | None:
    """What the others allow and what all allow; of a Deny, what all leave of everything and what the others leave."""
    others = tuple(one for number, one in enumerate(policy.statements) if number != place)
    if said.effect == "Allow":
        return replace(policy, statements=others), policy
    everything = _everything(policy)
    if everything is None:
        return None
    denies = tuple(one for one in others if one.effect == "Deny")
    without = replace(everything, statements=(*everything.statements, *denies))
    return replace(everything, statements=(*without.statements, said)), without


def _everything(policy: Policy) -> Policy | None:
    """A document of the same type that allows everything; None where a document cannot."""
    if policy.kind in ("trust", "rcp"):
        return None
    has_principal = any(one.principals is not None for one in policy.statements)
    principals = {"AWS": ("*",)} if has_principal else None
    return replace(policy, statements=(replace(_EVERYTHING, principals=principals),))


def _is_narrowed(statement: Statement) -> bool:
    """Whether it may be that no request fits: a condition, or resources that the actions may not have."""
    return bool(statement.conditions) or statement.is_not_resource or "*" not in statement.resources


def _is_plainly_alive(statement: Statement) -> bool:
    """Whether a resource of one of the actions fits, and nothing else is asked."""
    return _is_plain(statement) and any(_example(action, statement.resources) for action in _actions(statement))


def _is_plainly_needed(statement: Statement, others: Sequence[Statement]) -> bool:
    """Whether an example of what the statement matches is plainly matched by none of the others."""
    if not _is_plain(statement):
        return False
    for action in islice(_actions(statement), _TRIED):
        example = _example(action, statement.resources)
        if example is not None and not any(_may_match(one, action, example) for one in others):
            return True
    return False


_TRIED: Final = 4
"""Actions of which an example is tried before the prover is asked."""


def _is_plain(statement: Statement) -> bool:
    """Whether the statement names actions and resources and asks nothing more."""
    is_not = statement.is_not_action or statement.is_not_resource
    return not (statement.conditions or is_not or statement.principals is not None)


def _actions(statement: Statement) -> Iterator[Action]:
    return (action for pattern in statement.actions for action in named_by(pattern))


def _may_match(statement: Statement, action: Action, resource: str) -> bool:
    """Whether the statement may match the action on the resource; conditions and variables may hold."""
    if not action_index().bits_of(action.name) & _bits([statement]):
        return False
    if statement.is_not_resource:
        return True
    return any("${" in text or _matches(text, resource) for text in statement.resources)


def _matches(text: str, resource: str) -> bool:
    found = _glob(text)
    return is_all(text) or found is None or found.matches(resource)


@lru_cache(maxsize=8192)
def _glob(text: str) -> Glob | None:
    """The pattern as an ARN, None for a shorter text."""
    return arn_glob(glob_of(text).steps)


@lru_cache(maxsize=8192)
def _example(action: Action, resources: tuple[str, ...]) -> str | None:
    """A resource of the action that one of the patterns takes in; None where none is found."""
    globs = [glob for text in resources if "${" not in text and (glob := _glob(text)) is not None]
    try:
        return (resources_of(action) & Texts.globs(globs)).member() if globs else None
    except TooHard:
        return None


def _overlap(statement: Statement, others: Iterable[Statement]) -> bool:
    return bool(_bits([statement]) & _bits(others))


def _bits(statements: Iterable[Statement]) -> int:
    index = action_index()
    return reduce(or_, (index.bits_of_statement(one) for one in statements), 0)
