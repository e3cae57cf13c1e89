"""Identifiers of VPCs and their endpoints in another form than AWS gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, fixed_values
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_KEYS: Final[Mapping[str, str]] = {
    "aws:ec2instancesourcevpc": "vpc",
    "aws:sourcevpc": "vpc",
    "aws:sourcevpce": "vpce",
}
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    kind: re.compile(rf"{kind}-(?:[0-9a-zA-Z]{{8}}|[0-9a-zA-Z]{{17}})") for kind in ("vpc", "vpce")
}


@check_statements(
    "LW353",
    "malformed-vpc-id",
    severity="error",
    aws=("INVALID_VPC_FORMAT", "INVALID_VPCE_FORMAT"),
    source='IAM User Guide, "IAM policy validation check reference", invalid VPC format, invalid VPCE format',
)
def malformed_vpc_id(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of a key for VPCs or their endpoints that is no identifier of one.

    No request has it in `aws:SourceVpc` or `aws:SourceVpce`. A VPC's begins with `vpc-`, an endpoint's with `vpce-`,
    and 8 or 17 letters and digits follow. Wildcards and policy variables are not looked at, nor is what is plainly to
    be filled in, in brackets.
    """
    for condition in statement.conditions:
        kind = _KEYS.get(condition.lowered)
        for value in fixed_values(condition) if kind and family_of(condition) == "strings" else ():
            if kind and not _FORMS[kind].fullmatch(value.text):
                message = f"{shown(value.text)} is no identifier for {shown(condition.key.text)}"
                yield Found(message, value, f"write `{kind}-` and the 17 letters and digits that follow it")
