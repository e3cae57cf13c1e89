"""Root users that somebody works as."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from leastwise.findings.credentials import reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, account_of
from leastwise.usage.last_uses import LastUse

_COLUMNS = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")


@check(
    "LW780",
    "root-used",
    group="credentials",
    severity="high",
    source='IAM User Guide, "Root user best practices for your AWS account"',
)
def root_used(scene: Scene) -> Iterator[Found]:
    """The root user of an account was used in the window.

    No policy of the account binds it, and in the management account no SCP does. Few tasks need it; everything else is
    done by roles. Find out who signed in and why, put its credentials away, and let an SCP deny it in member accounts.

    The credential report and the calls in the logs tell of it.

    What it cannot see: use before the window, a sign-in that AWS has not reported yet, and whether the task was one
    that only the root user can do.
    """
    days = _in_logs(scene)
    for one in reported(scene):
        if one.is_root:
            told = [day for column in _COLUMNS if (day := one.day(column))]
            days[one.account] = max([*told, *filter(None, [days.get(one.account)])], default=None)
    for account, day in sorted(days.items()):
        if day is not None and (scene.today - day).days <= scene.settings.days:
            yield _found(account, day, scene)


def _in_logs(scene: Scene) -> dict[str, date | None]:
    return {
        account_of(arn): scene.date_of(max(one.last for one in uses))
        for arn, uses in scene.uses.items()
        if arn.endswith(":root") and uses
    }


def _found(account: str, day: date, scene: Scene) -> Found:
    return Found(
        account,
        f"the root user of account {account} was used on {day}",
        Remedy(
            "Find out who used it and why; put its credentials away, and deny it by an SCP in member accounts",
            "leastwise scp template no-root-user",
            "CloudTrail > Event history, User name `root`; IAM > Root access management, from the management account",
            "leastwise scp template no-root-user -f hcl",
            "leastwise scp template no-root-user -f cfn",
        ),
        account=account,
        kind="account",
        evidence=(
            f"window: {scene.settings.days} days up to {scene.today}",
            *(f"{one.action} on {scene.day_name(one.last)}" for one in _calls(account, scene)[:5]),
        ),
        since=day.isoformat(),
        risk=100.0,
    )


def _calls(account: str, scene: Scene) -> list[LastUse]:
    """What it called last, the newest first."""
    calls = [one for arn, uses in scene.uses.items() if arn.endswith(f":{account}:root") for one in uses]
    return sorted(calls, key=lambda one: (-one.last, one.action))
