"""Roles that SAML assertions made for another service may assume."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.outside import Shown
from leastwise.findings.providers import SAML, by_any_assertion
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import trusts


@check(
    "LW735",
    "saml-trust-without-audience",
    group="external",
    severity="medium",
    source='IAM User Guide, "Create a role for SAML 2.0 federation"',
    actions=(SAML,),
)
def saml_trust_without_audience(scene: Scene) -> Iterator[Found]:
    """A role that a SAML assertion may assume which was made for another service.

    An assertion that somebody sent to another service of the same provider could be used here. The witness is an
    assertion for another audience that the engine lets assume the role. Ask for `SAML:aud`, which is
    `https://signin.aws.amazon.com/saml`.

    What it cannot see: what the provider puts into its assertions, and to whom it gives the attribute that names the
    role.
    """
    for one in scene.once(trusts):
        for principal in one.named.federated:
            witness = by_any_assertion(scene, one, principal) if ":saml-provider/" in principal else None
            if witness is not None:
                yield found_of(
                    scene,
                    one,
                    f"an assertion for any audience may assume {one.role.name}",
                    says="Ask for `SAML:aud` in the trust policy",
                    shown=Shown(witness),
                    condition=("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml"),
                    key=principal,
                )
