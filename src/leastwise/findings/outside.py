"""Whether outsiders get at something by its policy, asked of the prover under the RCPs, each alike question once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.findings.insiders import LOAD_BALANCING, accounts_named, confirmed, insiders, rcps_of
from leastwise.findings.scene import Scene
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Request
from leastwise.prove.public import Audience, Trusted, reachable_from
from leastwise.prove.verdict import Proof, Verdict

_STAND_IN: Final = "leastwise-stand-in"
_OWNER: Final = "210987654321"
"""The account that stands for the owner's where a question is asked once for all that are alike."""
_SHOWN: Final = 12
_PREFIXES: Final = {"apigateway": "execute-api"}
"""By the service of a resource, that of the actions in its policy, where they differ. Amazon API Gateway Developer
Guide, "Control access to a REST API with API Gateway resource policies"."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a policy is on: its ARN, the account that owns it, and its type, such as `s3:bucket` or `sts:role`.

    `own` are further texts in the policy that tell it apart from others alike, such as external ids.
    """

    arn: str
    account: str
    type: str
    own: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether its policy is that of all of a service in the account, not of one resource."""
        return self.arn.endswith(":root") or self.type == "glue:rootcatalog"

    @property
    def service(self) -> str:
        """The prefix of the actions that its policy is about."""
        prefix = self.type.partition(":")[0]
        return _PREFIXES.get(prefix, prefix)

    @property
    def stand_in(self) -> str:
        """The ARN with another last part of the name, so that it stays one of its type, and another account."""
        place = max(self.arn.rfind(":"), self.arn.rfind("/")) + 1
        return f"{self.arn[:place]}{_STAND_IN}".replace(self.account, _OWNER)

    def there(self, text: str) -> str:
        """The text with stand-ins."""
        for place, one in enumerate(self.own):
            text = text.replace(one, f"{_STAND_IN}-{place}")
        return text.replace(self.arn, self.stand_in).replace(self.account, _OWNER)

    def back(self, text: str) -> str:
        """The text without stand-ins."""
        for place, one in enumerate(self.own):
            text = text.replace(f"{_STAND_IN}-{place}", one)
        return text.replace(self.stand_in, self.arn).replace(_OWNER, self.account)


@dataclass(frozen=True, slots=True)
class Shown:
    """That an outsider gets in: the request that is allowed on the estate, or why that is not certain."""

    request: Request | None
    unknown: str = ""
    actions: tuple[str, ...] = ()


class Asking:
    """Asks of outsiders."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.inside = scene.once(insiders)
        self._proofs: dict[object, Proof] = {}

    def asked(
        self, target: Target, policy: Policy, audience: Audience, *, without: Collection[str] = ()
    ) -> Shown | None:
        """What the prover finds and `evaluate` confirms on the estate; None where nobody of the audience gets in."""
        try:
            proof = self._proof(target, policy, audience, tuple(without))
        except RequestError as error:
            return Shown(None, str(error))
        doubt = next(iter(proof.undecided), "it could not be settled") if proof.verdict is Verdict.UNKNOWN else ""
        for gap in proof.difference:
            for resource in _places(gap.witness.resource, target):
                request, why = confirmed(self.scene, gap.witness, resource)
                if request is not None:
                    return Shown(request, actions=gap.actions[:_SHOWN])
                doubt = doubt or why
        return Shown(None, doubt) if doubt else None

    def _proof(self, target: Target, policy: Policy, audience: Audience, without: tuple[str, ...]) -> Proof:
        levels = rcps_of(self.scene, target.account)
        whole = policy if target.is_whole else _aimed(policy, target.arn)
        is_renamable = bool(target.account) and not any(one in repr(whole) for one in (_OWNER, _STAND_IN))
        alike = _renamed(whole, target) if is_renamable else whole
        key = (repr(alike.statements), audience, without, tuple(tuple(map(id, one)) for one in levels), target.type)
        if not is_renamable:
            return self._reached(alike, target.account, target, levels, audience, without)
        if key not in self._proofs:
            self._proofs[key] = self._reached(alike, _OWNER, target, levels, audience, without)
        proof = self._proofs[key]
        return replace(
            proof, difference=tuple(replace(gap, witness=_back(gap.witness, target)) for gap in proof.difference)
        )

    def _reached(
        self,
        policy: Policy,
        owner: str,
        target: Target,
        levels: Sequence[Sequence[Policy]],
        audience: Audience,
        without: tuple[str, ...],
    ) -> Proof:
        """The proof; accounts inside that no policy names are as good as any other of the organisation."""
        named = set(accounts_named([policy, *(one for level in levels for one in level)]))
        of_aws = LOAD_BALANCING if target.service == "s3" else frozenset[str]()
        known = sorted(named & (self.inside.accounts | of_aws) - {owner})
        trusted = Trusted((*filter(None, [owner]), *known), self.inside.organisations)
        return reachable_from(
            policy,
            audience,
            resource_type=f"{target.service}:any",
            trusted=trusted,
            rcps=levels,
            owner=owner or None,
            without=without,
        )


def _aimed(policy: Policy, arn: str) -> Policy:
    """The policy with the resource itself in the place of `*`, which in a resource policy means no other."""

    def aimed(one: Statement) -> Statement:
        if one.is_not_resource or not one.has_resource or "*" not in one.resources:
            return one
        return replace(one, resources=(arn, f"{arn}/*", f"{arn}:*"))

    return replace(policy, statements=tuple(map(aimed, policy.statements)))


def _renamed(policy: Policy, target: Target) -> Policy:
    """The policy with stand-ins for the resource's own name and its account."""

    def told(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(target.there, values))

    def renamed(one: Statement) -> Statement:
        conditions = {
            operator: {key: told(values) for key, values in block.items()} for operator, block in one.conditions.items()
        }
        principals = None if one.principals is None else {kind: told(values) for kind, values in one.principals.items()}
        return replace(one, resources=told(one.resources), conditions=conditions, principals=principals, place=None)

    return replace(policy, statements=tuple(map(renamed, policy.statements)), name="its policy")


def _back(request: Request, target: Target) -> Request:
    context = {key: target.back(value) if isinstance(value, str) else value for key, value in request.context.items()}
    return Request(
        request.principal,
        request.action,
        target.back(request.resource),
        context,
        target.account,
        request.context_is_complete,
    )


def _places(resource: str, target: Target) -> Iterator[str]:
    """The resource of a witness where it is the target or part of it, and the target."""
    if target.is_whole or resource.startswith((f"{target.arn}/", f"{target.arn}:")):
        yield resource
    if not target.arn.endswith(":root"):
        yield target.arn
