"""Identity providers that roles trust, and tokens of strangers held against these roles.

Claims and their forms are those of each provider's guide to OpenID Connect with AWS; whether many customers share one
provider follows from its address. IAM User Guide, "Create a role for OpenID Connect federation".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.binding import binding_of
from leastwise.findings.scene import Scene
from leastwise.findings.trusts import Trusting, claims
from leastwise.model.decision import ALLOW
from leastwise.model.errors import RequestError
from leastwise.model.request import ContextValue, Request, principal_of

WEB: Final = "sts:AssumeRoleWithWebIdentity"
SAML: Final = "sts:AssumeRoleWithSAML"
_AUDIENCE: Final = "sts.amazonaws.com"
_STRANGE: Final = "stranger.example"

_SUBJECTS: Final[Mapping[str, str]] = {
    "token.actions.githubusercontent.com": "repo:stranger/stranger:ref:refs/heads/main",
    "gitlab.com": "project_path:stranger/stranger:ref_type:branch:ref:main",
    "app.terraform.io": "organization:stranger:project:stranger:workspace:stranger:run_phase:apply",
    "agent.buildkite.com": "organization:stranger:pipeline:stranger:ref:refs/heads/main:commit:0:step:stranger",
    "api.pulumi.com/oidc": "pulumi:deploy:org:stranger:project:stranger:stack:stranger:operation:update:scope:write",
    "oidc.vercel.com": "owner:stranger:project:stranger:environment:production",
    "oidc.codefresh.io": "account:stranger:pipeline:stranger/stranger:initiator:stranger",
}
"""Providers that all of their customers share, with the subject of a stranger's token there."""

_BY_AUDIENCE: Final = frozenset(
    {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}
)
"""Providers whose applications are told apart by the audience: of the others' users, none may come in."""

_CLAIM_OF_AUDIENCE: Final[Mapping[str, str]] = {"graph.facebook.com": "app_id", "www.amazon.com": "app_id"}
_CLUSTER: Final = "oidc.eks."


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of web identities that a role trusts, by the prefix of its condition keys."""

    principal: str
    name: str

    @property
    def is_shared(self) -> bool:
        """Whether strangers get tokens of the same provider."""
        return self.name in _SUBJECTS or self.is_told_by_audience

    @property
    def is_told_by_audience(self) -> bool:
        """Whether the audience is what tells its customers apart."""
        return self.name in _BY_AUDIENCE

    @property
    def audience(self) -> str:
        """The claim that holds the audience."""
        return _CLAIM_OF_AUDIENCE.get(self.name, "aud")

    @property
    def subject(self) -> str:
        """The subject of a stranger's token."""
        is_cluster = self.name.startswith(_CLUSTER)
        return _SUBJECTS.get(self.name, "system:serviceaccount:stranger:stranger" if is_cluster else "stranger")


def providers_of(one: Trusting) -> Iterator[Provider]:
    """The providers of web identities that the trust policy names."""
    for text in one.named.federated:
        if ":saml-provider/" not in text:
            yield Provider(text, text.rpartition("oidc-provider/")[2])


def assumed(
    scene: Scene, one: Trusting, principal: str, *, action: str, context: Mapping[str, ContextValue]
) -> Request | None:
    """The request by which a user of the provider with such a token assumes the role, if the engine allows it."""
    try:
        who = principal_of(principal)
    except RequestError:
        return None
    binding = binding_of(scene.estate, who, action, one.role.arn, context=context)
    return binding.request if evaluate(binding.request, binding.policies).outcome is ALLOW else None


def by_any_subject(scene: Scene, one: Trusting, provider: Provider) -> Request | None:
    """The request of somebody whose subject nobody named, with an audience that is asked for."""
    asked = claims(one.policy, provider.name)
    audience = _fitting(asked.get(provider.audience, ()), _AUDIENCE)
    context = {f"{provider.name}:{provider.audience}": audience, f"{provider.name}:sub": provider.subject}
    return assumed(scene, one, provider.principal, action=WEB, context={**context, **_TRANSPORT})


def by_any_audience(scene: Scene, one: Trusting, provider: Provider) -> Request | None:
    """The request of somebody with a subject that is asked for, whose token was made for somebody else."""
    asked = claims(one.policy, provider.name)
    subject = _fitting(asked.get("sub", ()), provider.subject)
    others = {
        f"{provider.name}:{claim}": _fitting(values, claim)
        for claim, values in asked.items()
        if claim not in ("sub", provider.audience)
    }
    context = {f"{provider.name}:{provider.audience}": _STRANGE, f"{provider.name}:sub": subject, **others}
    return assumed(scene, one, provider.principal, action=WEB, context={**context, **_TRANSPORT})


def by_any_assertion(scene: Scene, one: Trusting, principal: str) -> Request | None:
    """The request of somebody with an assertion that was made for another service."""
    context = {"SAML:aud": f"https://{_STRANGE}/saml"}
    return assumed(scene, one, principal, action=SAML, context={**context, **_TRANSPORT})


_TRANSPORT: Final[Mapping[str, ContextValue]] = {"aws:SecureTransport": True}


def _fitting(values: tuple[str, ...], otherwise: str) -> str:
    """A text that the first of the values takes in, the other where there is none."""
    return values[0].replace("*", "x").replace("?", "x") if values else otherwise
