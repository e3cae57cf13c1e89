"""Actions of trust policies that are not of AWS STS."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.actions import is_pattern
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW126",
    "trust-policy-action",
    severity="error",
    aws=("UNSUPPORTED_ACTION_IN_POLICY",),
    kinds=("trust",),
    source='IAM User Guide, "Roles terms and concepts"',
)
def trust_policy_action(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An action in a trust policy that is not one of AWS STS.

    A trust policy says who may assume the role. IAM refuses one with other actions. What the role may do belongs in a
    policy that is attached to it.
    """
    for written in () if statement.said.is_not_action else statement.actions:
        prefix, colon, _ = written.text.partition(":")
        if colon and prefix.lower() != "sts" and not is_pattern(prefix):
            hint = "write `sts:AssumeRole`, or attach a policy with this action to the role"
            yield Found(f"{shown(written.text)} is no action of a trust policy", written, hint)
