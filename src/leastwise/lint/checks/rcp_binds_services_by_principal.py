"""RCPs that deny AWS services for want of an organization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import holds_when_absent
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import is_about_tags
from leastwise.lint.rcp_services import denies_without, leaves_out
from leastwise.lint.registry import Found, check_statements

_OF_PRINCIPALS: Final = frozenset({"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"})


@check_statements(
    "LW381",
    "rcp-binds-services-by-principal",
    severity="warning",
    aws=("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",),
    kinds=("rcp",),
    source='AWS Organizations User Guide, "Resource control policy examples"',
)
def rcp_binds_services_by_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An RCP that denies all principals outside some organization or account, AWS services among them.

    Services that call for themselves belong to no organization, so the Deny holds for them and breaks what they do
    with the resource. Add `"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}` to leave them out. A Deny of certain
    tags in the request is not told.
    """
    if any(is_about_tags(one.lowered) and not holds_when_absent(one) for one in statement.conditions):
        return
    for condition in denies_without(statement, _OF_PRINCIPALS):
        if not leaves_out(statement, document, "true"):
            message = f"AWS services have no {shown(condition.key.text)} and are denied too"
            yield Found(message, condition.key, 'add `"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}`')
