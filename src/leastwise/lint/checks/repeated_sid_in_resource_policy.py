"""Statements of one name."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.grammar import GRAMMARS
from leastwise.language.wording import shown
from leastwise.lint.document import Document
from leastwise.lint.registry import Found, check
from leastwise.model.policy import KINDS


@check(
    "LW123",
    "repeated-sid-in-resource-policy",
    severity="warning",
    aws=("UNIQUE_SIDS_RECOMMENDED",),
    kinds=[kind for kind in KINDS if not GRAMMARS[kind].is_sid_unique],
    source='IAM User Guide, "IAM JSON policy elements: Sid"',
)
def repeated_sid_in_resource_policy(document: Document) -> Iterator[Found]:
    """A `Sid` that several statements of a resource policy have.

    Some services refuse it and some take it. Where statements are looked up by name, as when one is removed, it is not
    clear which is meant. Give each statement a name of its own.
    """
    seen: dict[str, str] = {}
    for statement in document.statements:
        sid = statement.said.sid
        if sid and sid in seen:
            message = f"{shown(sid)} is the `Sid` of `{seen[sid]}` too"
            yield Found(message, statement.element("Sid"), "give each statement its own `Sid`")
        elif sid:
            seen[sid] = statement.whole.path
