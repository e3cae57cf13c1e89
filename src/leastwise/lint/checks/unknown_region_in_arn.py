"""Regions of ARNs that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, is_account, is_possible_region
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW110",
    "unknown-region-in-arn",
    severity="error",
    aws=("INVALID_ARN_REGION",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def unknown_region_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN whose Region cannot be one.

    The fourth part of an ARN is a Region such as `eu-central-1`, or empty. Other text, such as an Availability Zone, an
    account or a placeholder, names no resource. Any text in the form of a Region is taken for one, so that Regions to
    come are not found. Of wildcards and policy variables, only the letters beside them are looked at.
    """
    for written, arn in arns_of(statement):
        if not is_possible_region(arn):
            message = f"{shown(arn.region)} in {shown(written.text)} is no Region"
            yield Found(message, written, _help(arn.region))


def _help(region: str) -> str:
    if is_account(region):
        return "write the Region first, then the account, with a colon between them"
    return "write a Region such as `us-east-1`, `*` for all, or nothing where the service has none"
