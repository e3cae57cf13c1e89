"""Actions of services that there are not."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.actions import is_pattern
from leastwise.catalogue.load import load_catalogue
from leastwise.language.values.globs import glob_of
from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.arns import ENDED
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW102",
    "unknown-service",
    severity="error",
    aws=("INVALID_SERVICE_IN_ACTION",),
    source="Service Authorization Reference",
)
def unknown_service(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An action of a service that AWS does not have.

    What stands before the colon is no service prefix, so the action names nothing: an Allow of it grants nothing, and a
    Deny of it denies nothing. A prefix with wildcards counts when no service fits it. The prefixes are those of the
    service data, which may lack a service that AWS has just opened; services that AWS has ended are passed over.
    """
    for written in statement.actions:
        prefix, colon, _ = written.text.partition(":")
        if not colon or not prefix or _is_known(prefix.lower()):
            continue
        hint = did_you_mean(prefix, load_catalogue().prefixes) or "write the prefix as the service's page has it"
        yield Found(f"unknown service {shown(prefix)} in {shown(written.text)}", written, hint)


def _is_known(prefix: str) -> bool:
    catalogue = load_catalogue()
    if not is_pattern(prefix):
        return prefix in ENDED or prefix in catalogue.prefixes
    matches = glob_of(prefix).matcher()
    return any(matches(one) for one in catalogue.prefixes)
