"""Policy variables in documents of a version without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.model.policy import VARIABLES_VERSION

_VARIABLE = re.compile(r"\$\{[A-Za-z0-9-]+:[^\s{}]+[^{}]*\}")


@check_statements(
    "LW119",
    "variable-in-old-version",
    severity="error",
    aws=("VARIABLE_UNSUPPORTED_IN_VERSION",),
    source='IAM User Guide, "IAM JSON policy elements: Version"',
)
def variable_in_old_version(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable in a document whose version has none.

    Variables are variables under `"Version": "2012-10-17"` alone. Without `Version`, or under 2008-10-17, `${…}` is
    plain text: a resource or value with it matches only what holds these very letters, which nothing does. Changing the
    version lets the variable do what it says, so look at what the statement then allows.
    """
    if document.policy.has_variables:
        return
    for written in _values(statement):
        if _VARIABLE.search(written.text):
            message = f"the variable in {shown(written.text)} is plain text under this version"
            yield Found(message, written, f'write `"Version": "{VARIABLES_VERSION}"` into the document')


def _values(statement: WrittenStatement) -> Iterator[Written]:
    yield from statement.resources
    for condition in statement.conditions:
        yield from condition.values
