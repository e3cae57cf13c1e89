"""Roles that everyone may assume."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import open_roles


@check(
    "LW730",
    "role-open-to-everyone",
    group="external",
    severity="critical",
    source='IAM User Guide, "AWS JSON policy elements: Principal"',
)
def role_open_to_everyone(scene: Scene) -> Iterator[Found]:
    """A role that anybody with an AWS account may assume.

    Whatever the role may do, strangers may do. The prover finds a principal whom the trust policy does not name, and
    the engine allows it to assume the role under the RCPs of the account. Name who may, or ask for
    `aws:PrincipalOrgID`.

    What it cannot see: an external id that it is enough to guess.
    """
    for one in scene.once(open_roles):
        if one.everyone is not None:
            yield found_of(
                scene,
                one.trusting,
                f"anybody with an AWS account may assume {one.trusting.role.name}",
                says="Name in the trust policy who may assume the role, or ask for `aws:PrincipalOrgID`",
                shown=one.everyone,
            )
