"""An RCP that denies without a condition."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW416",
    "rcp-denies-everyone",
    severity="warning",
    kinds=("rcp",),
    source='AWS Organizations User Guide, "Resource control policies (RCPs)"',
)
def rcp_denies_everyone(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A Deny of an RCP that no condition narrows.

    It binds every principal on these resources, those of the organisation and AWS services that act on their own among
    them: nobody can do what it names. A condition such as `StringNotEqualsIfExists` on `aws:PrincipalOrgID` lets the
    organisation in.
    """
    if statement.said.effect == "Deny" and not statement.said.conditions:
        yield Found("nobody at all may do this", statement.element("Action"), "add a condition on who asks")
