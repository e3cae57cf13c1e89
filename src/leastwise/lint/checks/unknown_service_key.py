"""Condition keys that their service does not have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.load import load_catalogue
from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import has_service, is_global, is_known, is_placeholder, lacks_tag_key
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW302",
    "unknown-service-key",
    severity="error",
    aws=("INVALID_SERVICE_CONDITION_KEY",),
    source="Service Authorization Reference",
)
def unknown_service_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key of a known service that the service does not have.

    It is in no request. An Allow that asks for it grants nothing, a Deny that asks for it denies nothing, and a
    negated test of it always holds. Keys of identity providers, such as `accounts.google.com:sub`, are the
    provider's own and are not looked at. The keys are those of the service data (`leastwise catalogue status`), which
    may lack one that AWS has just added.
    """
    for condition in statement.conditions:
        key, text = condition.lowered, condition.key.text
        if is_placeholder(text) or is_global(key) or is_known(key) or not has_service(key) or lacks_tag_key(key):
            continue
        service = load_catalogue().service(key.partition(":")[0])
        names = [one.name for one in service.condition_keys.values()] if service else []
        help_line = did_you_mean(text, names) or "see the condition keys of the service, or remove it"
        yield Found(f"the service has no condition key {shown(text)}", condition.key, help_line)
