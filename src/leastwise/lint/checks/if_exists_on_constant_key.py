"""IfExists on keys that every request has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_allow
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_IN_EVERY_REQUEST: Final = frozenset({"aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport"})
_IN_EVERY_SIGNED_REQUEST: Final = frozenset(
    {"aws:principalaccount", "aws:principalarn", "aws:principaltype", "aws:userid"}
)
_OF_SIGNED_REQUESTS: Final = frozenset({"identity", "boundary", "session", "scp"})


@check_statements(
    "LW328",
    "if-exists-on-constant-key",
    severity="suggestion",
    source='IAM User Guide, "AWS global condition context keys"',
)
def if_exists_on_constant_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition that passes over a missing key, on a key that every request has.

    `IfExists` has no effect there and makes the reader look for requests that lack the key. Leave it out. Keys of the
    principal are in every signed request, so they are told where only signed requests are asked about: in policies of
    principals and in SCPs. In a Deny it stands mostly for the sake of other keys under the same operator and is not
    told.
    """
    constant = _IN_EVERY_REQUEST
    if document.kind in _OF_SIGNED_REQUESTS:
        constant = constant | _IN_EVERY_SIGNED_REQUEST
    for condition in statement.conditions if is_allow(statement) else ():
        name = condition.name
        if name and name.if_exists and not name.qualifier and condition.lowered in constant:
            message = f"{shown(condition.key.text)} is in every request: `IfExists` has no effect"
            yield Found(message, condition.key, f"write `{name.base}`")
