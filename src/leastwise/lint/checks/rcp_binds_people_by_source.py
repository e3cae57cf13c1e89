"""RCPs that deny people for want of a source."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.rcp_services import leaves_out, source_denies
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW382",
    "rcp-binds-people-by-source",
    severity="warning",
    aws=("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",),
    kinds=("rcp",),
    source='AWS Organizations User Guide, "Resource control policy examples"',
)
def rcp_binds_people_by_source(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An RCP that denies requests from other sources than named, those of users and roles among them.

    Only AWS services that call for themselves send `aws:SourceAccount`, `aws:SourceOrgID` and the like. For everybody
    else the key is missing and the Deny holds. Add `"Bool": {"aws:PrincipalIsAWSService": "true"}`.
    """
    for condition in source_denies(statement):
        if not leaves_out(statement, document, "false"):
            message = f"users and roles have no {shown(condition.key.text)} and are denied too"
            yield Found(message, condition.key, 'add `"Bool": {"aws:PrincipalIsAWSService": "true"}`')
