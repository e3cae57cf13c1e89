"""Roles that any user of an identity provider may assume."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.outside import Shown
from leastwise.findings.providers import WEB, by_any_subject, providers_of
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import trusts


@check(
    "LW733",
    "web-identity-trust-without-subject",
    group="external",
    severity="high",
    source='IAM User Guide, "Create a role for OpenID Connect federation"',
    actions=(WEB,),
)
def web_identity_trust_without_subject(scene: Scene) -> Iterator[Found]:
    """A role that any user of an OpenID Connect provider may assume, whatever the token's subject.

    All of GitHub, GitLab or Terraform Cloud share one provider: without a condition on the subject, or on a claim that
    names the repository, anybody with an account there assumes the role. A provider of one's own, such as that of an
    EKS cluster, lets in every workload of it, which is milder. The witness is a token with a stranger's subject that
    the engine lets assume the role.

    Ask for `sub`, with the repository and branch, or the service account.

    What it cannot see: a pattern that fits strangers whose names begin alike, which `leastwise lint` looks at; who may
    run workflows in the repository; other tests that the provider makes.
    """
    for one in scene.once(trusts):
        for provider in providers_of(one):
            witness = by_any_subject(scene, one, provider)
            if witness is not None and not provider.is_told_by_audience:
                yield found_of(
                    scene,
                    one,
                    f"any user of {provider.name} may assume {one.role.name}: the subject is not asked for",
                    says=f"Ask for `{provider.name}:sub` in the trust policy",
                    shown=Shown(witness),
                    condition=("StringEquals", f"{provider.name}:sub", provider.subject.replace("stranger", "NAME")),
                    severity=None if provider.is_shared else "medium",
                    key=provider.principal,
                )
