"""Guards that ask for the MFA key and not for MFA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.lint.condition_values import is_allow
from leastwise.lint.document import Document
from leastwise.lint.mfa import guards
from leastwise.lint.registry import Found, check

_WHERE_PRESENT: Final = (True, True, False)
_WHERE_MISSING: Final = (False, False, True)


@check(
    "LW372",
    "mfa-by-presence",
    severity="security-warning",
    source='IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent',
)
def mfa_by_presence(document: Document) -> Iterator[Found]:
    """A guard that asks whether the MFA key is there and not whether it is `true`.

    Every session of a role or user has the key, with `false` where MFA was not used. An Allow by its presence lets
    these in, and a Deny of requests without the key passes them over. Write `Bool` with `true` in an Allow and
    `BoolIfExists` with `false` in a Deny.
    """
    asked = list(guards(document))
    covered = any(not is_allow(statement) and guard.without_mfa for statement, guard in asked)
    for statement, guard in asked:
        holds = (guard.with_mfa, guard.without_mfa, guard.without_key)
        if is_allow(statement) and holds == _WHERE_PRESENT:
            help_line = 'write `"Bool": {"aws:MultiFactorAuthPresent": "true"}`'
            yield Found("sessions without MFA are allowed too", guard.conditions[0].key, help_line)
        elif not is_allow(statement) and holds == _WHERE_MISSING and not covered:
            help_line = 'write `"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}`'
            yield Found("sessions without MFA are not denied", guard.conditions[0].key, help_line)
