"""Resources that everyone gets at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.closing import found_of
from leastwise.findings.finding import Found, Severity
from leastwise.findings.openings import openings
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene

_BY_FORM: Final = "S3 calls its policy public by its form, though no stranger gets in by it today"


@check(
    "LW720",
    "public-resource",
    group="external",
    severity="critical",
    source='Amazon S3 User Guide, "Blocking public access"; IAM User Guide, "Cross-account policy evaluation logic"',
)
def public_resource(scene: Scene) -> Iterator[Found]:
    """A resource that everyone gets at: anybody on the internet, or anybody with an AWS account.

    Whatever it holds is read, or filled, by strangers. It is public when the prover finds a request by somebody whom
    nobody named, from an address that nobody named, and the engine allows that request under the resource's policy, its
    ACL, Block Public Access and the RCPs of its account. Where S3 calls the policy public by its form alone, which has
    consequences of its own such as Block Public Access, the finding is milder and says so. A share with all accounts,
    of an image or a snapshot, has no policy that could be asked: it is taken at its word.

    Name who may, or ask for `aws:PrincipalOrgID`; turn on Block Public Access for the account.

    What it cannot see: ACLs of single objects, distributions and websites in front of a bucket, and resources of
    services that the snapshot does not hold.
    """
    for one in scene.once(openings):
        if one.reach == "public":
            unsure: Severity | None = "medium" if one.unknown else None
            yield found_of(one, f"{one.name} is open to {one.who[0]}, by {one.by}", severity=unsure)
        elif one.reach == "public as S3 reads":
            yield found_of(one, f"{one.name}: {_BY_FORM}", severity="medium", key="as S3 reads")
