"""Principals that others of a trust policy cover."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leastwise.language.nodes import Members
from leastwise.language.wording import shown
from leastwise.lint.covering import without
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.model.arn import parse_arn
from leastwise.model.finding import Edit

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root")


@check_statements(
    "LW214",
    "redundant-principal",
    severity="suggestion",
    aws=("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",),
    kinds=("trust",),
    source='IAM User Guide, "AWS JSON policy elements: Principal"',
)
def redundant_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A principal of a trust policy that another one covers.

    It is written twice, or it is a session of a role that is listed: a role stands for all its sessions. The statement
    means the same without it.
    """
    roles = {role for kind, written in statement.principals if kind == "AWS" and (role := _role(written.text, "role"))}
    seen: set[tuple[str, str]] = set()
    for kind, written in statement.principals:
        name = (kind, _ACCOUNT.sub(r"\1", written.text))
        edits = _edits(statement, kind, written)
        if name in seen:
            yield Found(f"{shown(written.text)} is written twice", written, "remove it", edits=edits)
        elif kind == "AWS" and _role(written.text, "assumed-role") in roles:
            yield Found(
                f"{shown(written.text)} is a session of a role that is listed", written, "remove it", edits=edits
            )
        seen.add(name)


def _role(text: str, kind: str) -> tuple[str, str] | None:
    """Account and name of the role that an ARN of the kind is of."""
    arn = parse_arn(text)
    head, _, path = arn.resource.partition("/") if arn else ("", "", "")
    if arn is None or head != kind:
        return None
    return arn.account, path.split("/")[-1] if kind == "role" else path.split("/")[0]


def _edits(statement: WrittenStatement, kind: str, written: Written) -> tuple[Edit, ...]:
    element = statement.element("Principal")
    lists = element.node.values if isinstance(element.node, Members) else []
    found = next((node for key, node in lists if key.value == kind), None)
    return without(Written("", found, element.path), written) if found is not None else ()
