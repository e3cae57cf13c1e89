"""How resources are open to those outside: by their policies, ACLs, shares and grants, each shown by a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from leastwise.decide.services import acl_actions
from leastwise.estate.binding import has_acl
from leastwise.estate.documents import Parsed
from leastwise.estate.held import Resource
from leastwise.findings.insiders import LOAD_BALANCING, STRANGER, Insiders, confirmed, named_by
from leastwise.findings.outside import Asking, Target
from leastwise.findings.scene import Scene
from leastwise.model.policy import Policy
from leastwise.model.request import Principal, Request
from leastwise.prove.public import Audience, not_public
from leastwise.prove.verdict import Verdict

Reach = Literal["public", "public as S3 reads", "outside"]
_EVERYBODY: Final = ("AllUsers", "AuthenticatedUsers")


@dataclass(frozen=True, slots=True)
class Opening:
    """A way in for outsiders: how far it reaches, by what, who, a request that shows it, or why it is not certain.

    What Block Public Access, RCPs or a Deny close is none.
    """

    resource: Resource
    name: str
    reach: Reach
    by: str
    who: tuple[str, ...]
    witness: Request | None = None
    unknown: str = ""
    actions: tuple[str, ...] = ()


def openings(scene: Scene) -> tuple[Opening, ...]:
    """Every opening of every resource of the snapshot to those outside."""
    work = _Work(scene, scene.once(Asking))
    return tuple(found for name, held in scene.estate.every_resource() for found in work.of(name, held))


@dataclass
class _Work:
    scene: Scene
    asking: Asking

    @property
    def inside(self) -> Insiders:
        return self.asking.inside

    def of(self, name: str, held: Resource) -> Iterator[Opening]:
        if held.type == "ec2:vpc-endpoint":
            return
        for holder in held.policies:
            yield from self._of_policy(name, held, holder)
        yield from self._of_acl(name, held)
        yield from self._of_shares(name, held)
        yield from self._of_grants(name, held)

    def _of_policy(self, name: str, held: Resource, holder: str) -> Iterator[Opening]:
        parsed = self.scene.estate.documents.of_resource(held, holder)
        by = "its policy" if holder == "policy" else f"its policy of {holder}"
        if parsed.fault:
            yield Opening(held, name, "public", by, ("everyone",), unknown=f"{by}: {parsed.fault}")
            return
        named = named_by(parsed.policy.statements)
        of_aws = LOAD_BALANCING if held.type == "s3:bucket" else frozenset[str]()
        foreign = [one for one in named.accounts if self.inside.is_outside(one) and one not in of_aws]
        ids = [one for one in named.canonical if one not in self.inside.canonical]
        if not (named.is_everyone or foreign or ids):
            return
        told = self._asked(name, held, parsed, by, "internet", holder) if named.is_everyone else None
        if told is not None:
            yield told
            return
        told = self._asked(name, held, parsed, by, "outside", holder)
        if told is not None:
            yield replace(told, who=tuple(foreign or ids) or told.who)
        elif ids:
            yield Opening(held, name, "outside", by, tuple(ids), unknown="whose canonical ids these are is not known")
        elif named.is_everyone and held.type == "s3:bucket" and self._is_public_as_read(held, parsed.policy):
            yield Opening(held, name, "public as S3 reads", by, ("everyone",))

    def _is_public_as_read(self, held: Resource, policy: Policy) -> bool:
        """By the form of the statements, where Block Public Access does not keep it from counting."""
        return not_public(policy, definition="s3").verdict is Verdict.FAIL and not self._is_set(
            held, "RestrictPublicBuckets"
        )

    def _is_set(self, held: Resource, switch: str) -> bool:
        whole = self.scene.estate.of_account(held.account, "s3")
        return any(one.settings.get(switch) is True for one in (held, *whole))

    def _asked(
        self, name: str, held: Resource, parsed: Parsed, by: str, audience: Audience, holder: str
    ) -> Opening | None:
        target = held.arn if holder == "policy" else f"{held.arn}:{holder}"
        found = self.asking.asked(Target(target, held.account, held.type), parsed.policy, audience)
        reach: Reach = "public" if audience == "internet" else "outside"
        who = ("everyone",) if audience == "internet" else ("others outside",)
        if found is None:
            return None
        return Opening(held, name, reach, by, who, found.request, found.unknown, found.actions)

    def _of_acl(self, name: str, held: Resource) -> Iterator[Opening]:
        if not has_acl(held):
            return
        own = {held.settings.get("OwnerId"), *self.inside.canonical}
        for one in held.acl:
            if one.grantee == "LogDelivery" or one.grantee in own:
                continue
            is_public = one.grantee in _EVERYBODY
            if is_public and self._is_set(held, "IgnorePublicAcls"):
                continue
            reach: Reach = "public" if is_public else "outside"
            yield self._shown(Opening(held, name, reach, f"its ACL, {one.permission}", (one.grantee,)), one.permission)

    def _shown(self, opening: Opening, permission: str) -> Opening:
        stranger = f"arn:aws:iam::{STRANGER}:role/stranger"
        grantee = opening.who[0]
        who = Principal.of(
            "anonymous" if grantee == "AllUsers" else stranger,
            canonical_id=grantee if grantee not in _EVERYBODY else None,
        )
        doubt = ""
        for action in sorted(acl_actions(permission, is_on_object=False)):
            known = self.scene.catalogue.action(action)
            request = Request(who, known.name if known else action, opening.resource.arn, {"aws:SecureTransport": True})
            shown, why = confirmed(self.scene, request, opening.resource.arn)
            if shown is not None:
                return replace(opening, witness=shown)
            doubt = doubt or why
        return replace(opening, unknown=doubt or "a Deny, an RCP or Block Public Access may close it")

    def _of_shares(self, name: str, held: Resource) -> Iterator[Opening]:
        if "all" in held.shared_with:
            yield Opening(held, name, "public", "its sharing", ("every account",))
        shares = self.scene.estate.shares_of(held.arn)
        told = [(one, "its sharing") for one in held.shared_with]
        told += [(one, f"the resource share {share.name}") for share in shares for one in share.principals]
        by_way: dict[str, list[str]] = {}
        for text, by in told:
            if self._is_outside(text):
                by_way.setdefault(by, []).append(text)
        for by, who in by_way.items():
            yield Opening(held, name, "outside", by, tuple(dict.fromkeys(who)))

    def _is_outside(self, text: str) -> bool:
        """Whether a share's target is an account, a principal, an organisation or an OU that is not inside."""
        if ":organizations:" in text:
            return not set(text.split("/")) & set(self.inside.organisations)
        account = text.split(":")[4] if text.count(":") > 4 else text
        return self.inside.is_outside(account)

    def _of_grants(self, name: str, held: Resource) -> Iterator[Opening]:
        for grant in held.grants:
            account = grant.grantee.split(":")[4] if grant.grantee.count(":") > 4 else ""
            if self.inside.is_outside(account):
                by = f"the grant {grant.id}" if grant.id else "a grant"
                actions = tuple(f"kms:{one}" for one in grant.operations)
                opening = Opening(held, name, "outside", by, (grant.grantee,), actions=actions)
                yield self._granted(opening)

    def _granted(self, opening: Opening) -> Opening:
        doubt = ""
        for action in opening.actions:
            request = Request(Principal.of(opening.who[0]), action, opening.resource.arn, {"aws:SecureTransport": True})
            shown, why = confirmed(self.scene, request, opening.resource.arn)
            if shown is not None:
                return replace(opening, witness=shown)
            doubt = doubt or why
        return replace(opening, unknown=doubt or "a constraint of the grant, an RCP or a Deny may close it")
