"""Operators that compare decimal numbers."""

from leastwise.language.operators.registry import PLAIN, negation, operator
from leastwise.language.values import numbers
from leastwise.language.values.numbers import Numbers


@operator("NumericEquals", takes=PLAIN)
def numeric_equals(value: str) -> Numbers:
    """The policy's number, however it is written."""
    return numbers.equal_to(value)


@operator("NumericLessThan", takes=PLAIN)
def numeric_less_than(value: str) -> Numbers:
    """Numbers strictly below the policy's."""
    return numbers.below(value)


@operator("NumericLessThanEquals", takes=PLAIN)
def numeric_less_than_equals(value: str) -> Numbers:
    """The policy's number and those below it."""
    return numbers.at_most(value)


@operator("NumericGreaterThan", takes=PLAIN)
def numeric_greater_than(value: str) -> Numbers:
    """Numbers strictly above the policy's."""
    return numbers.above(value)


@operator("NumericGreaterThanEquals", takes=PLAIN)
def numeric_greater_than_equals(value: str) -> Numbers:
    """The policy's number and those above it."""
    return numbers.at_least(value)


negation("NumericNotEquals", of="NumericEquals")
