"""Operators that compare instants."""

from leastwise.language.operators.registry import PLAIN, negation, operator
from leastwise.language.values import dates
from leastwise.language.values.dates import Dates


@operator("DateEquals", takes=PLAIN)
def date_equals(value: str) -> Dates:
    """The policy's instant, however it is written."""
    return dates.at(value)


@operator("DateLessThan", takes=PLAIN)
def date_less_than(value: str) -> Dates:
    """Instants strictly before the policy's."""
    return dates.before(value)


@operator("DateLessThanEquals", takes=PLAIN)
def date_less_than_equals(value: str) -> Dates:
    """The policy's instant and those before it."""
    return dates.until(value)


@operator("DateGreaterThan", takes=PLAIN)
def date_greater_than(value: str) -> Dates:
    """Instants strictly after the policy's."""
    return dates.after(value)


@operator("DateGreaterThanEquals", takes=PLAIN)
def date_greater_than_equals(value: str) -> Dates:
    """The policy's instant and those after it."""
    return dates.since(value)


negation("DateNotEquals", of="DateEquals")
