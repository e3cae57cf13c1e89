"""Deny statements without effect."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document
from leastwise.lint.effect import idle_denies
from leastwise.lint.registry import Found, check


@check(
    "LW502",
    "deny-that-never-bites",
    severity="security-warning",
    kinds=("identity", "boundary", "session", "resource", "scp", "endpoint"),
    needs_sound=True,
    source='IAM User Guide, "Policy evaluation logic"',
)
def deny_that_never_bites(document: Document) -> Iterator[Found]:
    """A Deny that denies no request, whatever else may allow it.

    Its resources are none that its actions have, or its conditions are never true together: what it seems to forbid
    stays open. It is proved for every request; what cannot be settled is not told.
    """
    for statement in idle_denies(document):
        yield Found("this statement denies no request", statement.whole, "mend its resources or conditions")
