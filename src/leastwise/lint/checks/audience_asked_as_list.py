"""The audience of a token asked as if it were a list."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW212",
    "audience-asked-as-list",
    severity="security-warning",
    aws=("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", "CONFIRM_AUDIENCE_CLAIM_TYPE"),
    kinds=("trust",),
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def audience_asked_as_list(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on the audience of a token with ForAllValues or ForAnyValue.

    The key holds one value. Qualifiers are for keys that hold lists; `ForAllValues` holds as well where the request
    does not have the key at all. Write the operator alone, unless the provider's tokens are known to hold several
    audiences.
    """
    for condition in statement.conditions:
        qualifier = condition.name.qualifier if condition.name else None
        if qualifier and condition.name and condition.lowered.endswith(":aud"):
            message = f"{shown(condition.key.text)} holds one value, and is asked with `{qualifier}`"
            yield Found(message, condition.key, f"write `{condition.name.base}`")
