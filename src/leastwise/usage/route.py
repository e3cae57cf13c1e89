"""How a call travelled: address, endpoint, client and transport, as condition keys need them.

Source: IAM User Guide, "AWS global condition context keys"; CloudTrail User Guide, "CloudTrail record
contents".
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple


class Route(NamedTuple):
    """Empty text is "not said"; `secure_transport` is never "false", which no record tells."""

    source_address: str
    vpc_endpoint: str
    vpc_endpoint_account: str
    user_agent: str
    secure_transport: str
    console: str


_AGENT = re.compile(r"[\[(\s]*([A-Za-z][\w.+-]*)")
_SERVICE_AGENT = re.compile(r"^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$")
_MAX_AGENT = 64


def user_agent_family(agent: str | None) -> str:
    """The client's name without version and platform: `aws-cli`, `Boto3`, `console.amazonaws.com`."""
    if not agent:
        return ""
    if _SERVICE_AGENT.match(agent):
        return agent
    if agent.startswith("AWS Internal"):
        return "AWS Internal"
    found = _AGENT.match(agent)
    return found.group(1)[:_MAX_AGENT] if found else "other"


def address_class(address: str) -> str:
    """`public`, `private`, `service` for an AWS service's name, or empty when none is told."""
    if not address:
        return ""
    try:
        return "private" if ipaddress.ip_address(address).is_private else "public"
    except ValueError:
        return "service"
