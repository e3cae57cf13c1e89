"""Private addresses without the network that they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_allow, is_negated
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_OF_NETWORKS: Final = frozenset(
    {
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    }
)
_PARTNERS: Final[Mapping[str, tuple[Collection[str], str]]] = {
    "aws:vpcsourceip": (_OF_NETWORKS, "`aws:SourceVpc` or `aws:SourceVpce`"),
    "aws:ec2instancesourceprivateipv4": (frozenset({"aws:ec2instancesourcevpc"}), "`aws:Ec2InstanceSourceVpc`"),
}


@check_statements(
    "LW316",
    "missing-paired-key",
    severity="security-warning",
    aws=("MISSING_PAIRED_CONDITION_KEYS",),
    source='IAM User Guide, "AWS global condition context keys", aws:VpcSourceIp, aws:Ec2InstanceSourcePrivateIPv4',
)
def missing_paired_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on an address inside a VPC that does not say which VPC.

    Private addresses are not unique: anybody may make a VPC with the same ones. An Allow needs the VPC or the
    endpoint in the same statement; a Deny of other addresses needs it somewhere in the document.
    """
    for condition in statement.conditions:
        partners, named = _PARTNERS.get(condition.lowered, ((), ""))
        if not partners or not (is_allow(statement) or is_negated(condition)):
            continue
        asked = (statement,) if is_allow(statement) else document.statements
        if not any(other.lowered in partners for one in asked for other in one.conditions):
            message = f"{shown(condition.key.text)} stands without the VPC in which the address is"
            yield Found(message, condition.key, f"add {named}")
