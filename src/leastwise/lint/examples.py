"""Requests that plainly fit a statement, found without the prover, which is asked only where they leave it open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import islice
from operator import or_
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.services import Action
from leastwise.decide.domains import ALWAYS, of_type
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts, type_of_key
from leastwise.language.values import TooHard, meet
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.lint.breadth import is_all, named_by
from leastwise.model.policy import Statement
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_sent, resources_of, templates_of

_TRIED: Final = 4
"""Actions of which an example is tried before the prover is asked."""

_OF_OTHERS: Final = (
    "aws:principala",
    "aws:principali",
    "aws:principals",
    "aws:principaltype",
    "aws:user",
    "aws:source",
    "aws:vpc",
    "aws:resourceaccount",
    "aws:multifactor",
    "kms:calleraccount",
)
"""How keys begin whose values follow from who asks, from the resource or from each other."""


def matches_something(statement: Statement) -> bool:
    """Whether an example of a request plainly fits; False leaves it open."""
    return _is_plain(statement) and next(_examples(statement), None) is not None


def matches_what_others_do_not(statement: Statement, others: Sequence[Statement]) -> bool:
    """Whether an example of what the statement matches is plainly matched by none of the others."""
    examples = islice(_examples(statement), _TRIED) if _is_plain(statement) else ()
    return any(not any(_may_match(one, action, resource) for one in others) for action, resource in examples)


def bits_of(statements: Iterable[Statement]) -> int:
    """The known actions that one of the statements is about."""
    index = action_index()
    return reduce(or_, (index.bits_of_statement(one) for one in statements), 0)


def _is_plain(statement: Statement) -> bool:
    is_not = statement.is_not_action or statement.is_not_resource
    return not is_not and statement.principals is None


def _examples(statement: Statement) -> Iterator[tuple[Action, str]]:
    """An action with a resource that fit, where the statement's conditions can plainly be met too."""
    clauses = _clauses(statement)
    if clauses is None:
        return
    for action in islice((one for pattern in statement.actions for one in named_by(pattern)), 4 * _TRIED):
        resource = _resource(action, statement.resources)
        if resource is not None and _can_be_met(clauses, action):
            yield action, resource


def _clauses(statement: Statement) -> tuple[Clause, ...] | None:
    """The conditions, None where one is not plain: a key of others, or a policy variable."""
    clauses = clauses_of(statement.conditions, has_variables=True)
    is_plain = all(one.accepted is not None and not one.key.startswith(_OF_OTHERS) for one in clauses)
    keys = {one.key for one in clauses}
    has_tags_twice = "aws:tagkeys" in keys and any(key.startswith("aws:requesttag/") for key in keys)
    return clauses if is_plain and not has_tags_twice else None


def _can_be_met(clauses: Sequence[Clause], action: Action) -> bool:
    """Whether a context that requests for the action may have meets all the conditions."""
    values: dict[str, str | tuple[str, ...]] = {}
    for clause in clauses:
        value = _value(clause) if clause.key not in values and is_sent(clause.key, action) else None
        if value is not None:
            values[clause.key] = (value,) if clause.is_list else value
    if any(clause.key in ALWAYS and clause.key not in values for clause in clauses):
        return False
    facts = Facts(values, is_complete=True)
    return all(clause.check(facts) is True for clause in clauses)


def _value(clause: Clause) -> str | None:
    """A value of the key's type that satisfies the clause; None where there is none."""
    assert clause.accepted is not None
    try:
        meeting = meet((clause.accepted, *of_type(type_of_key(clause.key))))
    except TooHard:
        return None
    return meeting.member if meeting.is_settled else None


def _may_match(statement: Statement, action: Action, resource: str) -> bool:
    """Whether the statement may match the action on the resource; conditions and variables may hold."""
    if not action_index().bits_of(action.name) & bits_of([statement]):
        return False
    return statement.is_not_resource or any("${" in text or _matches(text, resource) for text in statement.resources)


def _matches(text: str, resource: str) -> bool:
    found = _glob(text)
    return is_all(text) or found is None or found.matches(resource)


@lru_cache(maxsize=8192)
def _glob(text: str) -> Glob | None:
    """The pattern as an ARN, None for a shorter text."""
    return arn_glob(glob_of(text).steps)


@lru_cache(maxsize=8192)
def _resource(action: Action, resources: tuple[str, ...]) -> str | None:
    """A resource of the action that one of the patterns takes in; None where none is plain."""
    if any(map(is_all, resources)):
        return next((_filled(one) for one in templates_of(action)), "*")
    fits = resources_of(action).test()
    examples = (_filled(text) for text in resources if "${" not in text and _glob(text) is not None)
    return next((one for one in examples if fits(one)), None)


@lru_cache(maxsize=16_384)
def _filled(pattern: str) -> str:
    """An ARN that the pattern takes in: examples in the place of its wildcards, or of a template's variables."""
    parts = VARIABLE.sub("*", pattern).split(":", 5)
    filled = [example if part == "*" else part for part, example in zip(parts, _EXAMPLES, strict=False)]
    return ":".join([*filled, *parts[5:]]).replace("*", "x").replace("?", "x")


_EXAMPLES: Final = ("arn", "aws", "x", "us-east-1", EXAMPLE_ACCOUNT)
