"""Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from leastwise.language.context import Facts, is_list_key
from leastwise.language.values.steps import ANY, STAR, Steps, Wildcard
from leastwise.model.request import UNKNOWN, Unknown

_VARIABLE = re.compile(r"\$\{(?:([*?$])|([^\s,'{}]+)(?:,\s?'([^'{}]*)')?)\}")
_WILDCARD = re.compile(r"[*?]")
_WILDCARDS = {"*": STAR, "?": ANY}


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable: its key in lower case, and the text that stands in when the key has no value."""

    key: str
    default: str | None
    text: str


Piece = str | Wildcard | Variable
Template = tuple[Piece, ...]
"""A text of a policy: plain runs, wildcards, variables."""


@lru_cache(maxsize=16_384)
def template(text: str, *, has_variables: bool, has_wildcards: bool) -> Template:
    """The text's steps, adjacent plain runs joined.

    What has not the form of a variable is plain text, as is everything under a Version without variables.
    Source: IAM User Guide, "IAM policy elements: Variables and tags".
    """
    return tuple(_joined(_steps(text, has_variables, has_wildcards)))


def _steps(text: str, has_variables: bool, has_wildcards: bool) -> Iterator[Piece]:
    position = 0
    for found in _VARIABLE.finditer(text) if has_variables else ():
        yield from _plain(text[position : found.start()], has_wildcards)
        escaped, key, default = found.groups()
        yield escaped or Variable(key.lower(), default, found.group())
        position = found.end()
    yield from _plain(text[position:], has_wildcards)


def _plain(text: str, has_wildcards: bool) -> Iterator[str | Wildcard]:
    if not has_wildcards:
        yield text
        return
    position = 0
    for found in _WILDCARD.finditer(text):
        yield text[position : found.start()]
        yield _WILDCARDS[found.group()]
        position = found.end()
    yield text[position:]


def _joined(steps: Iterable[Piece]) -> Iterator[Piece]:
    run = ""
    for step in steps:
        if isinstance(step, str):
            run += step
            continue
        if run:
            yield run
            run = ""
        yield step
    if run:
        yield run


def variables_of(steps: Template) -> tuple[Variable, ...]:
    """The variables of the text, in their order."""
    return tuple(step for step in steps if isinstance(step, Variable))


def filled(steps: Template, facts: Facts, *, is_literal: bool) -> Steps | Unknown | None:
    """The text with its variables' values in place; None when one has neither value nor default, UNKNOWN when unknown.

    A key that holds a list cannot be a variable. `is_literal` makes `*` and `?` in a value plain characters.
    """
    values = {}
    for variable in variables_of(steps):
        value = value_of(variable, facts)
        if not isinstance(value, str):
            return value
        values[variable] = value
    return with_values(steps, values, is_literal=is_literal)


def with_values(steps: Template, values: dict[Variable, str], *, is_literal: bool) -> Steps:
    """The text with these values in the place of its variables."""
    return tuple(_replaced(steps, values, is_literal))


def _replaced(steps: Template, values: dict[Variable, str], is_literal: bool) -> Iterator[str | Wildcard]:
    for step in steps:
        if isinstance(step, Variable):
            yield from _plain(values[step], not is_literal)
        else:
            yield step


def value_of(variable: Variable, facts: Facts) -> str | Unknown | None:
    """What stands for the variable: the key's value, its default, None, or UNKNOWN."""
    value = facts[variable.key]
    if value is UNKNOWN or isinstance(value, str):
        return value
    if isinstance(value, tuple) and len(value) == 1 and not is_list_key(variable.key):
        return value[0]
    return variable.default
