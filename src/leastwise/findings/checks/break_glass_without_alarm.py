"""Roles for emergencies of which no snapshot tells whether anybody hears when they are assumed."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.held import Role
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, account_of
from leastwise.findings.weights import counted


@check(
    "LW795",
    "break-glass-without-alarm",
    group="guard rails",
    severity="info",
    source='Amazon EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"',
)
def break_glass_without_alarm(scene: Scene) -> Iterator[Found]:
    """A role for emergencies, and no word of whether its use raises an alarm.

    A role that may do nearly everything is safe only if somebody hears at once that it was assumed.
    `leastwise scp break-glass` writes the rule and its target. Each account with such a role has one finding.

    What it cannot see: the alarm. No snapshot holds rules of EventBridge or alarms of CloudWatch, so that it is never
    certain that there is none.
    """
    by_account: dict[str, list[str]] = {}
    for arn, holder in sorted(scene.estate.holders.items()):
        if isinstance(holder, Role) and is_for_emergencies(scene, arn):
            by_account.setdefault(account_of(arn), []).append(arn)
    for account, arns in sorted(by_account.items()):
        yield Found(
            account,
            f"whether an alarm tells of {counted(len(arns), 'role')} for emergencies in account {account} is not known",
            Remedy(
                "See to it that a rule tells somebody when the role is assumed",
                "leastwise scp break-glass --help; aws events list-rules --name-prefix break-glass",
                "Amazon EventBridge > Rules, in every Region that is used",
                "an `aws_cloudwatch_event_rule` for AssumeRole of the role",
                "an AWS::Events::Rule for AssumeRole of the role",
            ),
            account=account,
            kind="account",
            evidence=tuple(arns[:12]),
            unknown="a snapshot holds no rules of EventBridge and no alarms",
        )
