"""Allows for those who have not used MFA."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.condition_values import is_allow
from leastwise.lint.document import Document
from leastwise.lint.mfa import guards
from leastwise.lint.registry import Found, check


@check(
    "LW373",
    "allow-without-mfa",
    severity="security-warning",
    source='IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent',
)
def allow_without_mfa(document: Document) -> Iterator[Found]:
    """An Allow that holds without MFA and not with it.

    It is the reverse of a guard: `false` in an Allow lets in exactly those who did not authenticate with a second
    factor. Write `true`, or move the condition to a Deny.
    """
    for statement, guard in guards(document):
        if is_allow(statement) and not guard.with_mfa and (guard.without_mfa or guard.without_key):
            message = "only requests without MFA are allowed"
            yield Found(message, guard.conditions[0].key, 'write `"Bool": {"aws:MultiFactorAuthPresent": "true"}`')
