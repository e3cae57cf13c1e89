"""Passwords of users at work, with which nobody signs in."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import Idle, is_for_emergencies
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import DORMANT, weight


@check(
    "LW704",
    "unused-password",
    group="unused",
    severity="medium",
    source='IAM User Guide, "Generate credential reports", password_last_used',
)
def unused_password(scene: Scene) -> Iterator[Found]:
    """A password that nobody signed in with in the window, of a user who is at work by its keys.

    A user for a program needs no password. One that nobody uses can be guessed or found, and nobody notices. Delete the
    login profile: the access keys go on working.

    A password set within the window is left out, and so are users for emergencies (`--break-glass`); of a user who is
    not used at all, unused-user speaks.

    What it cannot see: a sign-in before October 2014, and a password for the second person who shares the user.
    """
    for one in reported(scene):
        holder = scene.estate.holders.get(one.arn)
        if holder is None or not one.is_on("password_enabled") or is_for_emergencies(scene, one.arn):
            continue
        used, changed = one.day("password_last_used"), one.day("password_last_changed")
        days = [(scene.today - day).days for day in (used, changed) if day]
        if all(each > scene.settings.days for each in days) and not scene.once(Idle).is_idle(holder):
            yield _found(scene, one, float(weight(scene.granted.bits(holder))))


def _found(scene: Scene, one: Reported, risk: float) -> Found:
    used, changed = one.day("password_last_used"), one.day("password_last_changed")
    return Found(
        one.arn,
        f"nobody signed in as {one.name} " + (f"since {used}" if used else "ever, as far as AWS tells"),
        Remedy(
            "Delete the user's login profile; its keys go on working",
            f"aws iam delete-login-profile --user-name {quoted(one.name)}",
            f"IAM > Users > {one.name} > Security credentials > Manage console access > Disable",
            "remove the `aws_iam_user_login_profile`",
            "remove `LoginProfile` from the AWS::IAM::User",
        ),
        account=one.account,
        evidence=(
            f"window: {scene.settings.days} days up to {scene.today}",
            f"password set on {changed}" if changed else "when the password was set is not known",
            f"credential report: last used on {used}" if used else "credential report: no use",
        ),
        since=used.isoformat() if used else "",
        unknown="" if changed else "when the password was set is not known: it may be new",
        risk=risk,
        breakage=DORMANT,
    )
