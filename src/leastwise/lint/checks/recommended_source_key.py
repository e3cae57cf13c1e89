"""Services tied to a customer by a key that does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import SOURCE_KEYS, SUBSTITUTES, is_granting, needs, services_of


@check_statements(
    "LW206",
    "recommended-source-key",
    severity="suggestion",
    aws=("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",),
    kinds=("resource",),
    source='IAM User Guide, "The confused deputy problem"',
)
def recommended_source_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow to an AWS service that is narrowed by a key other than those made for it.

    `aws:Referer`, `aws:SourceOwner` and the like were used before AWS had keys that say for which resource a service
    calls. `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID` and `aws:SourceOrgPaths` are set by AWS alone.
    """
    if not is_granting(statement) or not services_of(statement) or needs(statement, SOURCE_KEYS.__contains__):
        return
    for condition in statement.conditions:
        if condition.lowered in SUBSTITUTES:
            message = f"{shown(condition.key.text)} does not tell for whom a service calls"
            yield Found(message, condition.key, "use `aws:SourceArn` or `aws:SourceAccount` in its place")
