"""Policy variables for keys that hold lists."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.context import is_list_key
from leastwise.language.wording import shown
from leastwise.lint.condition_variables import variables
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW362",
    "list-key-as-variable",
    severity="warning",
    source='IAM User Guide, "IAM policy elements: Variables and tags"',
)
def list_key_as_variable(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable whose key holds a list.

    Only keys with one value can be variables; this one stands for nothing, so the resource or value that holds it
    fits no request. Name the values, or compare a key with one value, such as `aws:PrincipalOrgID`.
    """
    for written, variable in variables(statement, document):
        if variable.default is None and is_list_key(variable.key):
            message = f"{shown(variable.text)} holds a list and stands for nothing"
            yield Found(message, written, "use a key with one value, or write the values")
