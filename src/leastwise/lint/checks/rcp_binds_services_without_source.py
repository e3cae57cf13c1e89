"""RCPs that deny AWS services which send no source."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.rcp_services import asks_for_source, source_denies
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW383",
    "rcp-binds-services-without-source",
    severity="warning",
    aws=("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",),
    kinds=("rcp",),
    source='AWS Organizations User Guide, "Resource control policy examples"',
)
def rcp_binds_services_without_source(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An RCP that denies requests from other sources than named, and does not ask whether there is a source.

    Not every AWS service sends the account or resource on whose behalf it asks. Where the key is missing the Deny
    holds and breaks that service. Add `"Null": {"aws:SourceAccount": "false"}`.
    """
    for condition in source_denies(statement):
        if not asks_for_source(statement):
            message = f"services that send no {shown(condition.key.text)} are denied too"
            yield Found(message, condition.key, 'add `"Null": {"aws:SourceAccount": "false"}`')
            return
