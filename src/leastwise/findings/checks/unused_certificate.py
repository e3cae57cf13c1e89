"""Signing certificates that are active still."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import DORMANT


@check(
    "LW705",
    "unused-certificate",
    group="unused",
    severity="low",
    source='IAM User Guide, "Generate credential reports", cert_1_active; "Manage server certificates in IAM"',
)
def unused_certificate(scene: Scene) -> Iterator[Found]:
    """An X.509 signing certificate that is active, older than the window.

    Such certificates sign requests to interfaces that hardly any service has still. Like an access key, one does not
    expire by itself. Deactivate it; delete it when nobody asks.

    What it cannot see: whether it is used. No report of AWS tells it, so that the finding is never certain.
    """
    for one in reported(scene):
        for number in ("1", "2"):
            made = one.day(f"cert_{number}_last_rotated")
            is_young = made is not None and (scene.today - made).days <= scene.settings.days
            if one.is_on(f"cert_{number}_active") and not is_young:
                yield Found(
                    one.arn,
                    f"signing certificate {number} of {one.name} is active" + (f" since {made}" if made else ""),
                    Remedy(
                        "Deactivate the certificate; delete it when nobody asks for it",
                        f"aws iam list-signing-certificates --user-name {quoted(one.name)}; aws iam "
                        f"update-signing-certificate --user-name {quoted(one.name)} --status Inactive "
                        "--certificate-id ID",
                        f"IAM > Users > {one.name} > Security credentials > X.509 Signing certificates > Deactivate",
                        "remove the `aws_iam_signing_certificate`",
                    ),
                    key=number,
                    account=one.account,
                    evidence=(f"window: {scene.settings.days} days up to {scene.today}",),
                    since=made.isoformat() if made else "",
                    unknown="no report of AWS tells whether a signing certificate is used",
                    breakage=DORMANT,
                )
