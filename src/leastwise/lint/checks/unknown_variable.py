"""Policy variables for keys that AWS does not have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.condition_variables import variables
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import GLOBAL_KEYS, REPLACED, has_service, is_global, is_known, is_of_provider
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW363",
    "unknown-variable",
    severity="warning",
    source='IAM User Guide, "IAM policy elements: Variables and tags"',
)
def unknown_variable(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable whose key is no condition key.

    It has no value in any request, so the resource or value that holds it fits nothing. A parameter of a template that
    was not filled in, such as `${AWS::Region}` or `${BucketName}`, reads as such a variable. Variables of keys that
    identity providers send are not looked at, nor are those with a default.
    """
    for written, variable in variables(statement, document):
        key = variable.key
        if variable.default is not None or is_known(key) or is_of_provider(key) or key in REPLACED:
            continue
        meant = did_you_mean(variable.text[2:-1], GLOBAL_KEYS.values()) if _is_key(key) else "fill it in before use"
        help_line = meant or "write the name of a condition key"
        yield Found(f"there is no condition key for {shown(variable.text)}", written, help_line)


def _is_key(key: str) -> bool:
    """Whether a condition key was meant, and not a parameter of a template."""
    return has_service(key) or (is_global(key) and not key.startswith("aws::"))
