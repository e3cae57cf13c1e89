"""Condition keys of services that are not known."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import ENDED
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import has_service, is_global, is_of_provider, is_placeholder
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW303",
    "unknown-key-prefix",
    severity="warning",
    aws=("INVALID_SERVICE_CONDITION_KEY",),
    source="Service Authorization Reference",
)
def unknown_key_prefix(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key whose prefix is neither a service's nor an identity provider's.

    If there is no such service, the key is in no request, and what the condition guards is closed to all or open to
    all. It is a warning and no error because the service may be newer than the service data, or older. A prefix with
    a dot is taken for an identity provider's name.
    """
    for condition in statement.conditions:
        key = condition.lowered
        prefix, colon, _ = key.partition(":")
        if not colon or prefix in ENDED or is_placeholder(key):
            continue
        if not (is_global(key) or is_of_provider(key) or has_service(key)):
            message = f"no service has the prefix {shown(prefix)} of the condition key {shown(condition.key.text)}"
            yield Found(message, condition.key, "mend the prefix, or remove the key")
