"""Values of address operators that are no addresses."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.addresses import inside
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW346",
    "not-an-address-block",
    severity="error",
    aws=("TYPE_MISMATCH_IP_RANGE",),
    source='IAM User Guide, "Condition operators", IP address operators',
)
def not_an_address_block(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of an operator for IP addresses that is neither an address nor a block of them.

    Nothing fits it: `IpAddress` fails and `NotIpAddress` always holds. Wildcards, ranges with a hyphen, names and
    prefixes longer than an address are no blocks. Write CIDR notation, such as `203.0.113.0/24`.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "addresses" else ():
            if inside(value.text).is_empty():
                message = f"{shown(value.text)} is no address and no block of addresses"
                yield Found(message, value, "write CIDR notation, such as `203.0.113.0/24`")
