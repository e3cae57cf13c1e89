"""Users who sign in with a password alone."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import weight


@check(
    "LW783",
    "password-without-mfa",
    group="credentials",
    severity="high",
    source='IAM User Guide, "AWS multi-factor authentication in IAM"',
)
def password_without_mfa(scene: Scene) -> Iterator[Found]:
    """A user with a password for the console and no MFA device.

    The password is all that stands between a phishing page and what the user may do. Register a device, better a
    passkey; better still, let people sign in by Identity Center and delete the user.

    What it cannot see: that a policy denies the user everything without MFA, in which case little is lost; MFA at an
    identity provider of your own, which is no matter of IAM users.
    """
    for one in reported(scene):
        if not one.is_root and one.is_on("password_enabled") and one.is_off("mfa_active"):
            yield _found(scene, one)


def _found(scene: Scene, one: Reported) -> Found:
    used, holder = one.day("password_last_used"), scene.estate.holders.get(one.arn)
    return Found(
        one.arn,
        f"{one.name} signs in with a password alone",
        Remedy(
            "Register an MFA device for the user, or let the person sign in by Identity Center and delete the user",
            f"aws iam enable-mfa-device --user-name {quoted(one.name)} --serial-number SERIAL "
            "--authentication-code1 CODE --authentication-code2 CODE",
            f"IAM > Users > {one.name} > Security credentials > Multi-factor authentication > Assign",
            "an `aws_iam_virtual_mfa_device` for the user",
            "an AWS::IAM::VirtualMFADevice for the user",
        ),
        account=one.account,
        evidence=(
            "credential report: password_enabled is true, mfa_active is false",
            f"last signed in on {used}" if used else "no sign-in is known",
        ),
        risk=float(weight(scene.granted.bits(holder))) if holder else 0.0,
    )
