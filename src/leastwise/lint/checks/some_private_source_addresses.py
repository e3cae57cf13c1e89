"""Private ranges among the public addresses asked for."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import list_of, private_blocks
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.edits import removal
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW349",
    "some-private-source-addresses",
    severity="suggestion",
    aws=("PRIVATE_IP_ADDRESS_SUBSET", "PRIVATE_NOT_IP_ADDRESS_SUBSET"),
    source='IAM User Guide, "IAM policy validation check reference", private IP address subset',
)
def some_private_source_addresses(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A private range among the public addresses that a condition asks for.

    `aws:SourceIp` holds the public address from which AWS is called, so the private range adds nothing. Remove it; if
    calls by a VPC endpoint are meant, ask for the endpoint.
    """
    for condition in statement.conditions:
        private = private_blocks(condition)
        if len(private) == len(condition.values):
            continue
        items = list_of(statement, condition)
        for value in private:
            edits = removal(items, items.values.index(value.node)) if items else ()
            message = f"{shown(value.text)} is private and {shown(condition.key.text)} never is"
            yield Found(message, value, "remove it", edits=edits)
