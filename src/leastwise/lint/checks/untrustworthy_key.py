"""Guards that rest on what the caller says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import holds_when_absent, is_allow, is_negated
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_SAID_BY_CALLER: Final = frozenset({"aws:referer", "aws:useragent"})


@check_statements(
    "LW313",
    "untrustworthy-key",
    severity="security-warning",
    aws=("UNTRUSTWORTHY_CONDITION_KEY",),
    source='IAM User Guide, "AWS global condition context keys", aws:referer, aws:UserAgent',
)
def untrustworthy_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A statement guarded by the referer or the user agent and by nothing else.

    Both are headers that whoever calls may fill in as they like, so they keep nobody out. They may stand beside a
    condition that the caller cannot forge; then they are not told. A Deny of certain values is not told either, as it
    opens nothing.
    """
    asked = statement.conditions
    if not asked or any(condition.lowered not in _SAID_BY_CALLER for condition in asked):
        return
    for condition in asked:
        if is_allow(statement) or (is_negated(condition) and holds_when_absent(condition)):
            message = f"the only guard is {shown(condition.key.text)}, which the caller writes"
            yield Found(message, condition.key, "add a condition that cannot be forged, such as `aws:PrincipalArn`")
