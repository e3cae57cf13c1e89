"""Actions that the catalogue does not know."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.actions import is_pattern, near
from leastwise.catalogue.load import load_catalogue
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.prove.actions import action_index


@check_statements(
    "LW101",
    "unknown-action",
    severity="error",
    aws=("INVALID_ACTION",),
    source="Service Authorization Reference",
)
def unknown_action(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An action of a known service that the service does not have.

    It names nothing: an Allow of it grants nothing, and a Deny of it denies nothing. A pattern counts when no action
    of the service fits it. The names are those of the service data (`leastwise catalogue status`), which may lack an
    action that AWS has just added.
    """
    catalogue, index = load_catalogue(), action_index()
    for written in statement.actions:
        prefix, colon, _ = written.text.partition(":")
        if not colon or index.bits_of(written.text) or prefix.lower() not in catalogue.prefixes:
            continue
        if is_pattern(written.text):
            yield Found(f"no action fits {shown(written.text)}", written, "remove it, or mend its name")
            continue
        found = near(catalogue, written.text)
        help_line = f"did you mean `{found[0]}`?" if found else f"see the actions of `{prefix.lower()}`"
        yield Found(f"unknown action {shown(written.text)}", written, help_line)
