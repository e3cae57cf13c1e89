"""Roles that tokens made for somebody else may assume."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.outside import Shown
from leastwise.findings.providers import WEB, by_any_audience, providers_of
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import trusts


@check(
    "LW734",
    "web-identity-trust-without-audience",
    group="external",
    severity="medium",
    source='IAM User Guide, "Create a role for OpenID Connect federation"',
    actions=(WEB,),
)
def web_identity_trust_without_audience(scene: Scene) -> Iterator[Found]:
    """A role that a token may assume which was made for another audience.

    A token that a user gave to another service can be used here by that service. Where the provider tells its customers
    apart by the audience alone, as Amazon Cognito, Google and Facebook do, users of strangers' applications come in,
    which is graver. The witness is a token for another audience that the engine lets assume the role. Ask for `aud`.

    What it cannot see: the audiences that the provider in IAM lists, which AWS tests besides: where that list holds
    yours alone, only the providers that need no list stay open.
    """
    for one in scene.once(trusts):
        for provider in providers_of(one):
            witness = by_any_audience(scene, one, provider)
            if witness is not None:
                yield found_of(
                    scene,
                    one,
                    f"a token of {provider.name} for any audience may assume {one.role.name}",
                    says=f"Ask for `{provider.name}:{provider.audience}` in the trust policy",
                    shown=Shown(witness),
                    condition=("StringEquals", f"{provider.name}:{provider.audience}", "sts.amazonaws.com"),
                    severity="high" if provider.is_told_by_audience else None,
                    key=provider.principal,
                )
