"""Allow statements without effect."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document
from leastwise.lint.effect import dead_allows
from leastwise.lint.registry import Found, check


@check(
    "LW501",
    "dead-statement",
    severity="warning",
    kinds=("identity", "boundary", "session", "resource", "scp", "endpoint"),
    needs_sound=True,
    source='IAM User Guide, "Policy evaluation logic"',
)
def dead_statement(document: Document) -> Iterator[Found]:
    """An Allow that allows no request.

    Its resources are none that its actions have, its conditions are never true together, or a Deny of the same
    document takes all of it away. It is proved for every request; what cannot be settled is not told.
    """
    for statement in dead_allows(document):
        yield Found(
            "this statement allows no request", statement.whole, "mend its resources or conditions, or remove it"
        )
