"""Operators that compare ARNs part by part."""

from leastwise.language.operators.registry import PATTERN, negation, operator
from leastwise.language.values.globs import Glob, arn_glob
from leastwise.language.values.texts import Texts


@operator("ArnEquals", takes=PATTERN)
def arn_equals(pattern: Glob) -> Texts:
    """ARNs that match the policy's in each of the six parts; `*` and `?` are wildcards here too.

    IAM User Guide, "Condition operators": `ArnEquals` and `ArnLike` behave identically.
    """
    return arn_like(pattern)


@operator("ArnLike", takes=PATTERN)
def arn_like(pattern: Glob) -> Texts:
    """ARNs that match the policy's in each of the six parts; none when it has fewer."""
    arn = arn_glob(pattern.steps)
    return Texts.none() if arn is None else Texts.globs([arn])


negation("ArnNotEquals", of="ArnEquals")
negation("ArnNotLike", of="ArnLike")
