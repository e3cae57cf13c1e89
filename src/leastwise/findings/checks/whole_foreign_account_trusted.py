"""Roles that all of another company's account may assume."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import open_roles


@check(
    "LW732",
    "whole-foreign-account-trusted",
    group="external",
    severity="info",
    source='IAM User Guide, "AWS JSON policy elements: Principal", AWS account principals',
)
def whole_foreign_account_trusted(scene: Scene) -> Iterator[Found]:
    """A role that every principal of an account outside the organisation may assume, whom that account lets.

    The account is trusted, not one role in it: whoever gets in there anywhere, gets in here. Many vendors ask for it
    so, with an external id. Where the other side can say which role it uses, name that role.

    What it cannot see: who in the other account may assume roles at all.
    """
    for one in scene.once(open_roles):
        if one.outside is not None and one.everyone is None and one.whole:
            yield found_of(
                scene,
                one.trusting,
                f"all of account {', '.join(one.whole[:3])} may assume {one.trusting.role.name}",
                says="Name the role of the other account that needs it in the place of the whole account",
                shown=one.outside,
                condition=("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{one.whole[0]}:role/NAME"),
            )
