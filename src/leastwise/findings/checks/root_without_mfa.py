"""Root users without a second factor."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW782",
    "root-without-mfa",
    group="credentials",
    severity="critical",
    source='IAM User Guide, "Multi-factor authentication for AWS account root user"',
)
def root_without_mfa(scene: Scene) -> Iterator[Found]:
    """The root user of an account has no MFA device.

    Whoever resets its password by mail is the account. Register a device, a hardware one for the management account;
    for member accounts, remove their root credentials altogether from the management account.

    What it cannot see: that a member account has no root credentials at all, for which the report says the same; and an
    account whose report is not in the snapshot.
    """
    for one in reported(scene):
        if one.is_root and one.is_off("mfa_active"):
            yield Found(
                one.account,
                f"the root user of account {one.account} has no second factor",
                Remedy(
                    "Register an MFA device for the root user, or remove its credentials from the management account",
                    "aws iam enable-organizations-root-credentials-management",
                    "sign in as the root user > Security credentials > Multi-factor authentication > Assign; or from "
                    "the management account, IAM > Root access management",
                ),
                account=one.account,
                kind="account",
                evidence=("credential report: mfa_active is false",),
                risk=100.0,
            )
