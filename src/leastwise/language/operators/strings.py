"""Operators that compare text."""

from leastwise.language.operators.registry import PATTERN, TEXT, negation, operator
from leastwise.language.values.globs import Glob, literal_glob
from leastwise.language.values.texts import Texts


@operator("StringEquals", takes=TEXT)
def string_equals(value: str) -> Texts:
    """Exactly the policy's text; `*` and `?` are plain characters."""
    return Texts.literals([value])


@operator("StringEqualsIgnoreCase", takes=TEXT)
def string_equals_ignore_case(value: str) -> Texts:
    """The policy's text, its letters in any case."""
    return Texts.globs([literal_glob(value, ignore_case=True)])


@operator("StringLike", takes=PATTERN)
def string_like(pattern: Glob) -> Texts:
    """Texts that match the policy's pattern from end to end."""
    return Texts.globs([pattern])


negation("StringNotEquals", of="StringEquals")
negation("StringNotEqualsIgnoreCase", of="StringEqualsIgnoreCase")
negation("StringNotLike", of="StringLike")
