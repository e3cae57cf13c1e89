"""Values of ARN operators that are no ARNs."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.globs import arn_glob, glob_of
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW355",
    "not-an-arn",
    severity="error",
    source='IAM User Guide, "Condition operators", ARN operators',
)
def not_an_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value under an operator for ARNs that has not the six parts of an ARN.

    These operators compare part by part, so it fits nothing, `*` included: a positive operator fails and a negated one
    always holds. Write all six parts, with `*` for those that do not matter, or use an operator for strings. Values
    with policy variables are not looked at.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "arns" else ():
            if arn_glob(glob_of(value.text).steps) is None:
                message = f"{shown(value.text)} has not the six parts of an ARN and fits none"
                yield Found(message, value, "write all six parts, such as `arn:aws:iam::*:role/*`")
