"""Operators that compare IP addresses."""

from leastwise.language.operators.registry import PLAIN, negation, operator
from leastwise.language.values import addresses
from leastwise.language.values.addresses import Addresses


@operator("IpAddress", takes=PLAIN)
def ip_address(value: str) -> Addresses:
    """Addresses in the policy's CIDR block; nothing when it is not one."""
    return addresses.inside(value)


negation("NotIpAddress", of="IpAddress")
