"""Questions about the resource in the resource's own policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import has_variable
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_OF_THE_OWNER: Final = frozenset(
    {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}
)


@check_statements(
    "LW315",
    "irrelevant-key-in-resource-policy",
    severity="suggestion",
    aws=("IRRELEVANT_CONDITION_KEY_IN_POLICY",),
    kinds=("resource", "trust"),
    source='IAM User Guide, "IAM policy validation check reference", irrelevant condition key in policy',
)
def irrelevant_key_in_resource_policy(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on the account or the organization of a resource, in the policy of that resource.

    The answer is the same for every request, so the condition says nothing of who may ask. Ask for the principal's
    account or organization instead, or put the condition into identity policies. A value with a policy variable
    compares two facts of the request and is not told.
    """
    for condition in statement.conditions:
        if condition.lowered in _OF_THE_OWNER and not any(has_variable(v.text, document) for v in condition.values):
            message = f"{shown(condition.key.text)} is the same for every request to this resource"
            yield Found(message, condition.key, "ask for `aws:PrincipalAccount` or `aws:PrincipalOrgID`, or remove it")
