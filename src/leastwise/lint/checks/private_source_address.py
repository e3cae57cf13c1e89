"""Public addresses asked for in private ranges only."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_negated, private_blocks
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW348",
    "private-source-address",
    severity="error",
    aws=("PRIVATE_IP_ADDRESS", "PRIVATE_NOT_IP_ADDRESS"),
    source='IAM User Guide, "IAM policy validation check reference", private IP address',
)
def private_source_address(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on the public address of the caller all of whose addresses are private.

    `aws:SourceIp` is the public address from which AWS is called, and is missing for calls by a VPC endpoint. So
    `IpAddress` never holds and `NotIpAddress` always does. For private addresses ask for `aws:VpcSourceIp` together
    with the VPC, or for `aws:SourceVpce`.
    """
    for condition in statement.conditions:
        private = private_blocks(condition)
        if private and len(private) == len(condition.values):
            never = "always holds" if is_negated(condition) else "never holds"
            message = f"{shown(condition.key.text)} is a public address: the condition on private ones {never}"
            yield Found(message, condition.key, "ask for `aws:VpcSourceIp` and `aws:SourceVpc`")
