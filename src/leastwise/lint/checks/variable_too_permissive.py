"""Policy variables that others fill in, where an account or a network is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_variables import variables_of_values
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import is_of_provider
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.sensitive_keys import SENSITIVE, narrows

_FILLED_IN_BY_OTHERS: Final = (
    "aws:principaltag/",
    "aws:referer",
    "aws:requesttag/",
    "aws:resourcetag/",
    "aws:sourceidentity",
    "aws:useragent",
    "sts:",
)


@check_statements(
    "LW364",
    "variable-too-permissive",
    severity="error",
    aws=("VARIABLE_USAGE_TOO_PERMISSIVE",),
    source='IAM User Guide, "IAM policy validation check reference", variable usage too permissive',
)
def variable_too_permissive(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A key for an account, an organization, a VPC or an endpoint, compared with a tag or with what a caller says.

    Whoever may set the tag, or make the request, chooses the account that counts as the right one. Write the value
    itself, or compare with a key that AWS sets, such as `${aws:PrincipalAccount}` or `${aws:ResourceOrgID}`.
    """
    for condition in statement.conditions:
        if condition.lowered not in SENSITIVE or not narrows(statement, condition):
            continue
        for value, variable in variables_of_values(condition, document):
            if variable.key.startswith(_FILLED_IN_BY_OTHERS) or is_of_provider(variable.key):
                message = f"{shown(condition.key.text)} is compared with {shown(variable.text)}, which others fill in"
                yield Found(message, value, "write the value itself")
