"""Allows that ask for MFA only where it could have been used."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import holds_when_absent, is_allow
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.mfa import AGE, PRESENT, guard_of
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW374",
    "mfa-optional-in-allow",
    severity="security-warning",
    source='IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge',
)
def mfa_optional_in_allow(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow by MFA that also holds where the MFA key is missing.

    Requests signed with an access key of a user carry no MFA key, so `BoolIfExists` with `true` lets them in without
    any second factor. Write `Bool`. The same holds of the age of the authentication.
    """
    for condition in _optional(statement, document) if is_allow(statement) else ():
        base = condition.name.base if condition.name else ""
        message = f"requests without {shown(condition.key.text)} are allowed too"
        yield Found(message, condition.key, f"write `{base}`")


def _optional(statement: WrittenStatement, document: Document) -> Iterator[Condition]:
    guard = guard_of(statement, document)
    if guard is not None and guard.with_mfa and not guard.without_mfa and guard.without_key:
        yield guard.conditions[0]
    asks_for_key = any(one.lowered in (PRESENT, AGE) and not holds_when_absent(one) for one in statement.conditions)
    for condition in statement.conditions:
        if condition.lowered == AGE and condition.name and condition.name.if_exists and not asks_for_key:
            yield condition
