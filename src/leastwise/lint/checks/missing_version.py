"""Documents without a version."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.nodes import Members, written
from leastwise.lint.document import Document
from leastwise.lint.registry import Found, check
from leastwise.model.finding import Edit
from leastwise.model.policy import KINDS, VARIABLES_VERSION


@check(
    "LW121",
    "missing-version",
    severity="warning",
    aws=("MISSING_VERSION",),
    kinds=[kind for kind in KINDS if kind != "rcp"],
    source='IAM User Guide, "IAM JSON policy elements: Version"',
)
def missing_version(document: Document) -> Iterator[Found]:
    """A document without `Version`.

    It counts as one of 2008-10-17, under which `${…}` is plain text. The first variable that somebody adds will not be
    one. Write `"Version": "2012-10-17"` before the statements; where the document holds no `${…}`, its meaning stays.
    """
    if document.element("Version") is not None:
        return
    message = "the document has no `Version`"
    yield Found(message, document.whole, f'add `"Version": "{VARIABLES_VERSION}"`', edits=_edits(document))


def _edits(document: Document) -> tuple[Edit, ...]:
    root = document.tree.root
    if not isinstance(root, Members) or not root.values or "${" in written(root):
        return ()
    start = root.values[0][0].start
    return (Edit(start, start, f'"Version": "{VARIABLES_VERSION}", '),)
