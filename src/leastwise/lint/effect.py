"""What statements of a document do beside each other, asked of the prover only where that may be in question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.services import Action
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.lint.breadth import named_by
from leastwise.lint.document import Document, WrittenStatement
from leastwise.model.policy import Policy, Statement
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.queries import verdict_of
from leastwise.prove.verdict import Verdict
from leastwise.prove.world import templates_of

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
    """The statements, one at a time, without which the document means the same."""
    policy = document.policy
    for place, statement in enumerate(document.statements):
        said = statement.said
        others = tuple(one for number, one in enumerate(policy.statements) if number != place)
        alike = [one for one in others if one.effect == said.effect]
        if not alike or _bits([said]) & ~_bits(alike):
            continue
        without = replace(policy, statements=others)
        pair = (policy, without) if said.effect == "Deny" else (without, policy)
        if verdict_of(*pair) is Verdict.PASS:
            yield statement


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
    """Whether an example of a resource of one of the actions fits, and nothing else is asked."""
    if statement.conditions or statement.is_not_resource or statement.is_not_action or statement.principals is not None:
        return False
    globs = [found for text in statement.resources if "${" not in text and (found := _glob(text)) is not None]
    examples = (one for pattern in statement.actions for action in named_by(pattern) for one in _examples(action))
    return any(glob.matches(example) for example in examples for glob in globs)


@lru_cache(maxsize=8192)
def _glob(text: str) -> Glob | None:
    return arn_glob(glob_of(text).steps)


@lru_cache(maxsize=8192)
def _examples(action: Action) -> tuple[str, ...]:
    """An ARN of each resource type of the action."""
    return tuple(VARIABLE.sub(_place, template).replace("*", "x") for template in templates_of(action))


def _place(found: re.Match[str]) -> str:
    return _PLACES.get(found.group(1), "x")


_PLACES: Final = {"Partition": "aws", "Region": "us-east-1", "Account": EXAMPLE_ACCOUNT, "AccountId": EXAMPLE_ACCOUNT}


def _overlap(statement: Statement, others: Iterable[Statement]) -> bool:
    return bool(_bits([statement]) & _bits(others))


def _bits(statements: Iterable[Statement]) -> int:
    index = action_index()
    return reduce(or_, (index.bits_of_statement(one) for one in statements), 0)
