"""Keys of VPC endpoints that not every service sends."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.breadth import actions_of, told
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.endpoint_keys import SENDERS, is_sender
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW314",
    "key-for-other-services",
    severity="warning",
    aws=("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",),
    source='IAM User Guide, "AWS global condition context keys", aws:VpceAccount, aws:VpceOrgID, aws:SourceVpcArn',
)
def key_for_other_services(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on the owner of a VPC endpoint, or the ARN of a VPC, for services that do not send it.

    `aws:VpceAccount`, `aws:VpceOrgID`, `aws:VpceOrgPaths` and `aws:SourceVpcArn` are sent by some services only. For
    the others the key is missing even when the request comes by an endpoint: an Allow grants nothing, and a Deny of
    all other networks denies everything. Name the actions of services that send it. `NotAction` is not looked at. The
    list of services is that of September 2026.
    """
    for condition in statement.conditions:
        if condition.lowered not in SENDERS or statement.said.is_not_action:
            continue
        others = list(_others(statement, condition.lowered))
        if others:
            message = f"{shown(condition.key.text)} is not sent by every service of {told([o.text for o in others])}"
            yield Found(message, condition.key, "name only actions of services that send it")


def _others(statement: WrittenStatement, key: str) -> Iterator[Written]:
    for written, actions in actions_of(statement):
        if any(not is_sender(key, action.name) for action in actions):
            yield written
