"""Requests that plainly fit a statement, found without the prover, which is asked only where they leave it open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.services import Action
from leastwise.decide.domains import ALWAYS, of_type
from leastwise.decide.services import carries_resource_account
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts, type_of_key
from leastwise.language.values import TooHard, meet
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.lint.breadth import is_all
from leastwise.model.policy import Conditions, Statement
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_resource_of, is_sent, templates_of

_TRIED: Final = 8
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
    return any(not any(_may_match(one, example) for one in others) for example in examples)


def example_of(statement: Statement, action: Action, wanted: str = "*") -> Example | None:
    """A request for the action, on a resource that the pattern takes in, that plainly fits the statement."""
    conditions, is_own = _without_own_account(statement.conditions)
    clauses = _clauses(conditions) if _is_plain(statement) else None
    values = None if clauses is None else _met(clauses, action)
    if values is None or (is_own and not carries_resource_account(action.name.lower())):
        return None
    own = _resource(action, statement.resources)
    tried = (_filled(wanted), own) if wanted != "*" else (own,)
    for resource in tried:
        is_meant = resource is not None and (wanted == "*" or _matches(wanted, resource))
        if resource is None or not is_meant or (is_own and _is_of_nobody(resource)):
            continue
        if is_resource_of(action, resource) and any(
            is_all(one) or _matches(one, resource) for one in statement.resources
        ):
            return Example(action, resource, values)
    return None


def _is_plain(statement: Statement) -> bool:
    is_not = statement.is_not_action or statement.is_not_resource
    return not is_not and statement.principals is None


@dataclass(frozen=True, slots=True)
class Example:
    """A request that fits a statement: what it asks for, and all of its context that does not follow from the rest."""

    action: Action
    resource: str
    values: Mapping[str, str | tuple[str, ...]]


def _examples(statement: Statement) -> Iterator[Example]:
    """An action with a resource that fit, where the statement's conditions can plainly be met too."""
    conditions, is_own = _without_own_account(statement.conditions)
    clauses = _clauses(conditions)
    if clauses is None:
        return
    index = action_index()
    named = (action for pattern in statement.actions for action in index.actions(index.bits_of(pattern)))
    for action in islice(named, 2 * _TRIED):
        if is_own and not carries_resource_account(action.name.lower()):
            continue
        resource = _resource(action, statement.resources)
        values = None if resource is None else _met(clauses, action)
        if resource is not None and values is not None and not (is_own and _is_of_nobody(resource)):
            yield Example(action, resource, values)


def _without_own_account(conditions: Conditions) -> tuple[Conditions, bool]:
    """The conditions but for the one that the resource be the caller's own, and whether that was there."""
    block = conditions.get("StringEquals", {})
    rest = {key: values for key, values in block.items() if not _is_own_account(key, values)}
    if len(rest) == len(block):
        return conditions, False
    return {operator: rest if operator == "StringEquals" else one for operator, one in conditions.items()}, True


def _is_own_account(key: str, values: Sequence[str]) -> bool:
    return (key.lower(), *values) in _OWN_ACCOUNT


_OWN_ACCOUNT: Final = frozenset(
    {("aws:resourceaccount", "${aws:PrincipalAccount}"), ("aws:principalaccount", "${aws:ResourceAccount}")}
)


def _is_of_nobody(resource: str) -> bool:
    """Whether the ARN names something else than an account for its owner, as AWS's own resources do."""
    parts = resource.split(":", 5)
    return len(parts) > 4 and bool(parts[4]) and not parts[4].isdecimal()


def _clauses(conditions: Conditions) -> tuple[Clause, ...] | None:
    """The conditions, None where one is not plain: a key of others, or a policy variable."""
    clauses = clauses_of(conditions, has_variables=True)
    is_plain = all(one.accepted is not None and not one.key.startswith(_OF_OTHERS) for one in clauses)
    keys = {one.key for one in clauses}
    has_tags_twice = "aws:tagkeys" in keys and any(key.startswith("aws:requesttag/") for key in keys)
    return clauses if is_plain and not has_tags_twice else None


def _met(clauses: Sequence[Clause], action: Action) -> Mapping[str, str | tuple[str, ...]] | None:
    """A context that requests for the action may have and that meets all the conditions; None where none is plain."""
    values: dict[str, str | tuple[str, ...]] = {}
    for clause in clauses:
        value = _value(clause) if clause.key not in values and is_sent(clause.key, action) else None
        if value is not None:
            values[clause.key] = (value,) if clause.is_list else value
    if any(clause.key in ALWAYS and clause.key not in values for clause in clauses):
        return None
    facts = Facts(values, is_complete=True)
    return values if all(clause.check(facts) is True for clause in clauses) else None


def _value(clause: Clause) -> str | None:
    """A value of the key's type that satisfies the clause; None where there is none."""
    assert clause.accepted is not None
    sets = (clause.accepted, *of_type(type_of_key(clause.key)))
    plain = (text for value in clause.values[:_TRIED] for text in (value, _filled(value), _filled(f"{value}:x:x:x:x")))
    found = next((text for text in plain if all(text in one for one in sets)), None)
    if found is not None:
        return found
    try:
        meeting = meet(sets)
    except TooHard:
        return None
    return meeting.member if meeting.is_settled else None


def _may_match(statement: Statement, example: Example) -> bool:
    """Whether the statement may match the example; variables, and conditions on what is not in it, may hold."""
    if not action_index().bits_of(example.action.name) & action_index().bits_of_statement(statement):
        return False
    texts = statement.resources
    if not statement.is_not_resource and not any("${" in text or _matches(text, example.resource) for text in texts):
        return False
    return not any(_is_refused(clause, example) for clause in clauses_of(statement.conditions, has_variables=True))


def _is_refused(clause: Clause, example: Example) -> bool:
    """Whether the clause plainly does not hold of the example."""
    follows = clause.key in ALWAYS or clause.key.startswith(_OF_OTHERS)
    has_tags = any(key.startswith("aws:requesttag/") or key == "aws:tagkeys" for key in example.values)
    if clause.accepted is None or follows or (has_tags and clause.key.startswith(("aws:requesttag/", "aws:tagkeys"))):
        return False
    return clause.check(Facts(example.values, is_complete=True)) is False


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
    texts = [text.replace("${aws:PrincipalAccount}", EXAMPLE_ACCOUNT) for text in resources]
    plain = [text for text in texts if "${" not in text and _glob(text) is not None]
    examples = (example for text in plain for example in _of_pattern(text, action))
    return next((one for one in examples if is_resource_of(action, one)), None)


def _of_pattern(text: str, action: Action) -> Iterator[str]:
    """ARNs that the pattern takes in: with examples for its wildcards, and as the action's templates have them."""
    yield _filled(text)
    pattern = text.split(":", 5)
    for template in templates_of(action):
        parts = VARIABLE.sub("*", template).split(":", 5)
        if len(parts) == len(pattern) == 6:
            head = [_part(*both) for both in zip(pattern[:5], parts[:5], _EXAMPLES, strict=True)]
            arn = ":".join([*head, _both(pattern[5], parts[5])])
            if _matches(text, arn):
                yield arn


def _part(pattern: str, template: str, example: str) -> str:
    return pattern.replace("*", "x").replace("?", "x") if pattern != "*" else example if template == "*" else template


def _both(pattern: str, template: str) -> str:
    """A text for the resource part that begins and ends as both do, if there is one."""
    heads, tails = (pattern.partition("*")[0], template.partition("*")[0]), ("", "")
    if "*" in pattern and "*" in template:
        tails = (pattern.rpartition("*")[2], template.rpartition("*")[2])
    ends = zip((pattern, template), heads, tails, strict=True)
    middle = "".join(text[len(head) : len(text) - len(tail)] for text, head, tail in ends)
    return "".join((max(heads, key=len), middle.replace("*", "x"), max(tails, key=len)))


@lru_cache(maxsize=16_384)
def _filled(pattern: str) -> str:
    """An ARN that the pattern takes in: examples in the place of its wildcards, or of a template's variables."""
    parts = VARIABLE.sub("*", pattern).split(":", 5)
    filled = [example if part == "*" else part for part, example in zip(parts, _EXAMPLES, strict=False)]
    return ":".join([*filled, *parts[5:]]).replace("*", "x").replace("?", "x")


_EXAMPLES: Final = ("arn", "aws", "x", "us-east-1", EXAMPLE_ACCOUNT)
