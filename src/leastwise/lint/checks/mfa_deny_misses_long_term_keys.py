"""Denies without MFA that long-term credentials slip past."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import asks_for_absence, holds_when_absent, is_allow
from leastwise.lint.document import Document
from leastwise.lint.mfa import AGE, PRESENT, guards
from leastwise.lint.registry import Found, check


@check(
    "LW371",
    "mfa-deny-misses-long-term-keys",
    severity="security-warning",
    source='IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge',
)
def mfa_deny_misses_long_term_keys(document: Document) -> Iterator[Found]:
    """A Deny of requests without MFA that does not hold where the MFA key is missing.

    Requests signed with an access key of a user carry no MFA key at all, so `Bool` with `false` passes them over. Write
    `BoolIfExists`, and `NumericGreaterThanIfExists` for the age of the authentication. A second Deny of requests
    without the key does as well.
    """
    if any(
        asks_for_absence(condition) and condition.lowered in (PRESENT, AGE)
        for statement in document.statements
        for condition in (() if is_allow(statement) else statement.conditions)
    ):
        return
    for statement, guard in guards(document):
        if not is_allow(statement) and (guard.with_mfa, guard.without_mfa, guard.without_key) == (False, True, False):
            message = "requests with long-term credentials are not denied"
            yield Found(message, guard.conditions[0].key, "write `BoolIfExists`")
    for statement in document.statements:
        for condition in () if is_allow(statement) else statement.conditions:
            name = condition.name
            if condition.lowered == AGE and name and "GreaterThan" in name.base and not holds_when_absent(condition):
                message = f"requests without {shown(condition.key.text)} are not denied"
                yield Found(message, condition.key, f"write `{name.base}IfExists`")
