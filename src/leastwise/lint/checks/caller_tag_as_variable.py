"""Policy variables whose value the caller chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_allow
from leastwise.lint.condition_variables import variables_of_resources
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_OF_CALLER: Final = ("aws:requesttag/", "aws:referer", "aws:useragent", "sts:rolesessionname")


@check_statements(
    "LW366",
    "caller-tag-as-variable",
    severity="warning",
    source='IAM User Guide, "AWS global condition context keys", aws:RequestTag',
)
def caller_tag_as_variable(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource of an Allow with a policy variable that the caller fills in with each request.

    `aws:RequestTag/…` holds the tags that the caller passes, and headers hold what the caller writes, so the caller
    chooses the resource. Use a variable that the caller cannot choose, such as `aws:PrincipalTag/…` or `aws:userid`.
    """
    for written, variable in variables_of_resources(statement, document) if is_allow(statement) else ():
        if variable.key.startswith(_OF_CALLER):
            message = f"the caller chooses the value of {shown(variable.text)}"
            yield Found(message, written, "use a key of the principal, such as `aws:PrincipalTag/…`")
