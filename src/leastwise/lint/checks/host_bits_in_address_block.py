"""Address blocks with bits beyond their prefix."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from leastwise.language.nodes import Text
from leastwise.language.wording import shown
from leastwise.lint.condition_values import blocks_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.edits import replacement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW347",
    "host-bits-in-address-block",
    severity="suggestion",
    aws=("IMPROVE_IP_RANGE",),
    source='IAM User Guide, "IAM policy validation check reference", improve IP range',
)
def host_bits_in_address_block(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A block of addresses that names an address inside it in place of its first one.

    AWS looks at the bits of the prefix alone, so `10.1.2.3/8` is `10.0.0.0/8`: more addresses than who reads it may
    see. Write the first address of the block, or a longer prefix if fewer addresses are meant.
    """
    for condition in statement.conditions:
        for value, block in blocks_of(condition):
            if "/" in value.text and block.network_address != _address(value.text):
                edits = replacement(value.node, f'"{block}"') if isinstance(value.node, Text) else ()
                message = f"{shown(value.text)} is the block `{block}`"
                yield Found(message, value, f"write `{block}`, or a longer prefix", edits=edits)


def _address(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text.partition("/")[0])
