"""Roles that other companies' accounts may assume without an external id."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import open_roles


@check(
    "LW731",
    "vendor-trust-without-external-id",
    group="external",
    severity="high",
    source='IAM User Guide, "Access to AWS accounts owned by third parties"',
)
def vendor_trust_without_external_id(scene: Scene) -> Iterator[Found]:
    """A role that an account outside the organisation may assume without an external id.

    A vendor assumes roles for all its customers. Without an external id that it gave to you alone, another customer may
    have it assume yours; and where the account is nobody's that you know, somebody left a door open. The witness is a
    request without external id that the engine allows, the account's own policies allowing it. Ask for
    `sts:ExternalId`, or take the account out.

    What it cannot see: that the account is your own, in another organisation; and whether an external id that is asked
    for is one that others cannot guess.
    """
    for one in scene.once(open_roles):
        if one.everyone is None and one.unasked is not None:
            yield found_of(
                scene,
                one.trusting,
                f"account {', '.join(one.foreign[:3])} may assume {one.trusting.role.name} without an external id",
                says="Ask for `sts:ExternalId` in the trust policy, or take the account out of it",
                shown=one.unasked,
                condition=("StringEquals", "sts:ExternalId", "ID"),
                evidence=tuple(f"outside: account {account}" for account in one.foreign[:12]),
            )
