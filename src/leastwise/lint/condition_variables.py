"""The policy variables of a statement, each with the resource or condition value in which it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.variables import Variable, template, variables_of
from leastwise.lint.document import Condition, Document, Written, WrittenStatement

_START: Final = "${"


def variables(statement: WrittenStatement, document: Document) -> Iterator[tuple[Written, Variable]]:
    """Those of the resources first, then those of the conditions' values."""
    yield from variables_of_resources(statement, document)
    for condition in statement.conditions:
        yield from variables_of_values(condition, document)


def variables_of_resources(statement: WrittenStatement, document: Document) -> Iterator[tuple[Written, Variable]]:
    """The policy variables in `Resource` or `NotResource`."""
    for written in statement.resources:
        yield from _within(written, document)


def variables_of_values(condition: Condition, document: Document) -> Iterator[tuple[Written, Variable]]:
    """The policy variables in the condition's values."""
    for written in condition.values:
        yield from _within(written, document)


def _within(written: Written, document: Document) -> Iterator[tuple[Written, Variable]]:
    if _START in written.text and document.policy.has_variables:
        for variable in variables_of(template(written.text, has_variables=True, has_wildcards=False)):
            yield written, variable
