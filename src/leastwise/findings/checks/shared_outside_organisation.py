"""Resources that outsiders get at who are named."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.closing import found_of
from leastwise.findings.finding import Found, Severity
from leastwise.findings.openings import openings
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW721",
    "shared-outside-organisation",
    group="external",
    severity="high",
    source='IAM User Guide, "Cross-account policy evaluation logic"',
)
def shared_outside_organisation(scene: Scene) -> Iterator[Found]:
    """A resource that somebody outside the organisation gets at: by a policy, ACL, share or grant that names them.

    Whoever was a partner once may be in still; their keys leak like yours. Inside are the accounts of the snapshot and
    of its organisations. The witness is a request of an outsider that the engine allows under the RCPs, the outsider's
    own account allowing it. Take out whoever is not known, or tie the grant to what is needed.

    What it cannot see: that the account is a partner's, or your own in another organisation: accept such findings with
    an exception. Of a share it looks at the targets, not at the permissions.
    """
    for one in scene.once(openings):
        if one.reach == "outside":
            unsure: Severity | None = "medium" if one.unknown else None
            yield found_of(one, f"{one.name} is open to {', '.join(one.who[:5])}, by {one.by}", severity=unsure)
