"""What policies of resources do to requests of their own account's principals, and whether the estate allows one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final

from msgspec import structs

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import Levels, Policies, PolicySet, listed
from leastwise.estate.assemble import Estate, service_of
from leastwise.estate.binding import binding_of, has_acl
from leastwise.estate.documents import Parsed
from leastwise.estate.held import Resource
from leastwise.model.decision import ALLOW
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.model.request import Request, Unknown
from leastwise.prove.actions import action_index
from leastwise.prove.written import RESOURCE
from leastwise.synthesize.guardrails.bearing import Asker, Bearings
from leastwise.synthesize.guardrails.resource_forms import (
    bits_on,
    is_among,
    is_covered,
    must_say,
    name_at,
    renamed,
    texts_on,
)
from leastwise.synthesize.guardrails.risks import Risk
from leastwise.synthesize.guardrails.stops import ALL, Asked, Spoken, Stops, Within, difference, spoken, stops
from leastwise.synthesize.guardrails.witness_facts import OF_PRINCIPALS, known_of, own_context, tried

_GROUPS: Final = ("AllUsers", "AuthenticatedUsers")
_EXAMPLE: Final = "leastwise-example"
_OF_ACCOUNT: Final = frozenset(
    {"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principalisawsservice"}
)
"""Keys on which all users and roles of an account are alike."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A request that the estate allows; that there is none; or neither, and why that is not known."""

    witness: Request | None = None
    why: tuple[str, ...] = ()
    is_none: bool = False


Reached = tuple[tuple[str, int], ...]
"""The resources of an account whose policies say something to a principal, each with the number of what they say."""


@dataclass(frozen=True)
class _Own:
    """A resource's policy, with whom it names and whether it tells one principal of its account from another."""

    arn: str
    policy: Policy
    named: frozenset[str]
    is_of_account: bool


@dataclass
class Reaching:
    """The resources of the estate, and everything that binds requests to them."""

    estate: Estate
    bearings: Bearings
    session: Policy | None = None
    endpoint: str | None = None
    _owns: dict[str, tuple[_Own, ...]] = field(default_factory=dict)
    _alike: dict[tuple[int, str, str, str], int] = field(default_factory=dict)
    _cells: dict[tuple[object, ...], tuple[Stops, tuple[str, ...]]] = field(default_factory=dict)
    _listed: dict[str, tuple[Resource, ...]] = field(default_factory=dict)
    _said: dict[int, Spoken] = field(default_factory=dict)
    _direct: dict[tuple[object, ...], tuple[str, ...]] = field(default_factory=dict)
    _shown: dict[tuple[str, str], Request] = field(default_factory=dict)
    _open: dict[str, tuple[Resource, ...]] = field(default_factory=dict)

    def endpoint_policies(self) -> tuple[Parsed, ...]:
        """The policies of the VPC endpoint on the way; raises InputError where the snapshot has no such endpoint."""
        if self.endpoint is None:
            return ()
        ends = (self.endpoint, f"/{self.endpoint}")
        named = [one for arn, one in self.estate.resources.items() if arn == ends[0] or arn.endswith(ends[1])]
        if not named:
            raise InputError(f"no VPC endpoint `{self.endpoint}` in the snapshot", help="give its id")
        return tuple(self.estate.documents.of_resource(named[0], name) for name in named[0].policies)

    def on(self, asker: Asker) -> Reached:
        """What the policies of the account's resources say to the principal."""
        found = []
        for own in self._of_account(asker.who.account):
            number = self._number(own, asker)
            if self.bearings.made[number].policy.statements or must_say(own.arn):
                found.append((own.arn, number))
        return tuple(found)

    def _number(self, own: _Own, asker: Asker) -> int:
        if not own.is_of_account or asker.who.arn in own.named:
            return self.bearings.of(own.policy, asker)
        key = (id(own.policy), asker.who.account, asker.who.kind, asker.number)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = self.bearings.of(own.policy, asker)
        return found

    def _of_account(self, account: str) -> tuple[_Own, ...]:
        found = self._owns.get(account)
        if found is None:
            found = self._owns[account] = tuple(self._made(account))
        return found

    def _resources(self, account: str) -> tuple[Resource, ...]:
        if not self._listed:
            several: dict[str, list[Resource]] = {}
            for one in self.estate.resources.values():
                several.setdefault(one.account, []).append(one)
            self._listed = {name: tuple(held) for name, held in several.items()}
        return self._listed.get(account, ())

    def _made(self, account: str) -> Iterator[_Own]:
        for one in self._resources(account):
            if one.type == "ec2:vpc-endpoint" or "policy" not in one.policies:
                continue
            policy = self.estate.documents.of_resource(one, "policy").policy
            if _is_for_principals(policy) or must_say(one.arn):
                yield _own(one.arn, policy, self.bearings)

    def cell(self, risk: Risk, asker: Asker, on: Reached) -> tuple[Stops, tuple[str, ...]]:
        """How much of the scenario the policies of the account's resources stop."""
        key = (on, risk.name, asker.stand_in.arn, asker.number)
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = self._cell(risk, asker, on)
        return found

    def _cell(self, risk: Risk, asker: Asker, on: Reached) -> tuple[Stops, tuple[str, ...]]:
        unread = self._unread(risk, asker.who.account)
        cells: dict[str, Stops] = {}
        why: list[str] = list(unread)
        is_narrow = not all("*" in one.resources for one in risk.requests)
        for arn, number in on:
            if is_among(risk, arn):
                cells[arn], told = self._stops(risk, asker, arn, number)
                why += told
                if not is_narrow and not why and cells[arn] in ("all", "part"):
                    return "part", ()  # the scenario is about other resources as well
        if cells and is_covered(risk, [arn for arn, cell in cells.items() if cell == "all"]):
            return "all", ()
        if why:
            return "unknown", tuple(dict.fromkeys(why))
        if not cells:
            return "no policy", ()
        return ("nothing" if set(cells.values()) == {"nothing"} else "part"), ()

    def _unread(self, risk: Risk, account: str) -> Iterator[str]:
        """What was not read of resources that the scenario may be about."""
        for one in self.estate.snapshot.not_read:
            if one.account in ("", account) and service_of(one.what) in risk.services and "iam." not in one.what:
                yield f"{one.what} was not read: {one.reason}"

    def _stops(self, risk: Risk, asker: Asker, arn: str, number: int) -> tuple[Stops, tuple[str, ...]]:
        policy = self.bearings.made[number].policy
        bits = bits_on(arn, risk.bits)
        if number not in self._said:
            self._said[number] = spoken([policy if self.bearings.made[number].is_own else _for_it(policy)])
        said = self._said[number]
        if not must_say(arn):
            said = Spoken(-1, -1, said.denied, said.denied_whole)
        if not bits:
            return "nothing", ()
        if not bits & ~said.whole and not bits & said.denied:
            return "nothing", ()
        arn, policy = self._alike_for(risk, asker, arn, policy)
        key = ("one", repr(policy.statements), arn, risk.name, asker.stand_in.arn, asker.number)
        found = self._cells.get(key)
        if found is None:
            asked = Asked(replace(risk, bits=bits), asker.stand_in, asker.number, ((RESOURCE, texts_on([arn])),))
            stopped = stops(asked, PolicySet(identity=ALL, resource=[policy]), said)
            found = self._cells[key] = stopped.cell, stopped.why
        return found

    def _alike_for(self, risk: Risk, asker: Asker, arn: str, policy: Policy) -> tuple[str, Policy]:
        """The resource and its policy with an example's name, where the scenario does not tell resources apart."""
        own = arn.replace(asker.who.account, asker.number)
        if not all("*" in one.resources for one in risk.requests):
            return own, policy
        head, name = own[: name_at(own)], own[name_at(own) :]
        if len(name) < _SHORTEST:
            return own, policy
        example = f"{head}{_EXAMPLE}"
        return example, replace(policy, statements=tuple(renamed(one, own, example) for one in policy.statements))

    def granted(self, risk: Risk, asker: Asker, on: Reached) -> Confirmed:
        """A request that a resource's own policy, grant or ACL lets in, whatever the principal's policies leave out."""
        why: list[str] = []
        for arn in self._granting(risk, asker, on):
            found = self._as_shown(risk, asker, arn)
            if found.witness is None:
                found = self.on_one(risk, asker, self.estate.resources[arn])
            if found.witness is not None:
                self._shown[risk.name, arn] = found.witness
                return Confirmed(found.witness, (f"{arn} lets it in by itself",))
            why += found.why
        why += self._of_whole_account(risk, asker)
        return Confirmed(why=tuple(dict.fromkeys(why)))

    def _of_whole_account(self, risk: Risk, asker: Asker) -> Iterator[str]:
        """Policies of all of a service in the account that may let the principal in, on whatever resource."""
        for service in risk.services:
            for held in self.estate.of_account(asker.who.account, service):
                for holder in held.policies:
                    policy = self.estate.documents.of_resource(held, holder).policy
                    if self._grants(self.bearings.of(policy, asker), asker) & risk.bits:
                        yield f"{policy.name}: what it lets in was not looked at"

    def _as_shown(self, risk: Risk, asker: Asker, arn: str) -> Confirmed:
        """What a request that showed it of another principal shows of this one."""
        known = self._shown.get((risk.name, arn))
        itself = replace(asker, number=asker.who.account, is_itself=True)
        return Confirmed() if known is None else self.confirmed(known, itself)

    def _granting(self, risk: Risk, asker: Asker, on: Reached) -> Iterator[str]:
        key = (on, risk.name, asker.stand_in.arn, asker.number)
        found = self._direct.get(key)
        if found is None:
            found = self._direct[key] = tuple(
                arn
                for arn, number in on
                if self._grants(number, asker) & bits_on(arn, risk.bits) and is_among(risk, arn)
            )
        yield from found
        for held in self._opened(asker.who.account):
            is_let_in = _has_open_acl(held) or self._is_grantee(held, asker)
            if is_let_in and bits_on(held.arn, risk.bits) and is_among(risk, held.arn):
                yield held.arn

    def _grants(self, number: int, asker: Asker) -> int:
        """The actions that the policy may allow the principal by itself, not through its account."""
        direct = {"*", asker.stand_in.arn}
        allows = (one for one in self.bearings.made[number].policy.statements if one.effect == "Allow")
        named = (one for one in allows if not direct.isdisjoint((one.principals or {}).get("AWS", ())))
        return reduce(or_, map(action_index().bits_of_statement, named), 0)

    def _opened(self, account: str) -> tuple[Resource, ...]:
        """The resources that let somebody in by a grant or an ACL."""
        found = self._open.get(account)
        if found is None:
            several = (one for one in self._resources(account) if one.grants or _has_open_acl(one))
            found = self._open[account] = tuple(several)
        return found

    def _is_grantee(self, held: Resource, asker: Asker) -> bool:
        return any(self.estate.role_of(one.grantee) == asker.who.arn for one in held.grants)

    def on_one(self, risk: Risk, asker: Asker, held: Resource) -> Confirmed:
        """Whether everything that binds the principal's requests to one resource allows one of the scenario."""
        itself = replace(asker, number=asker.who.account, is_itself=True)
        bits = bits_on(held.arn, risk.bits)
        if held.bucket:
            return Confirmed(why=(f"{held.arn}: requests through access points were not looked at",))
        if not bits:
            return Confirmed(is_none=True)
        action = next(action_index().actions(bits)).name
        binding = binding_of(self.estate, asker.who, action, held.arn, endpoint=self.endpoint)
        policies = self._settled(self._with_session(binding.policies, asker), itself)
        asked = Asked(risk, asker.who, asker.who.account, ((RESOURCE, texts_on([held.arn])),))
        found = difference(asked, asked.limit, policies, bits)
        if found.witness is None:
            return Confirmed(is_none=found.is_none, why=found.why)
        return self.confirmed(found.witness, itself)

    def _settled(self, given: PolicySet, itself: Asker) -> PolicySet:
        """The policies with what they ask of the principal answered."""

        def one(policy: Policy) -> Policy:
            return self.bearings.made[self.bearings.of(policy, itself)].policy

        def several(policies: Policies) -> Policies:
            known = listed(policies)
            return known if isinstance(known, Unknown) else [one(policy) for policy in known]

        def levels(held: Levels) -> Levels:
            return held if isinstance(held, Unknown) else [several(level) for level in held]

        return replace(
            given,
            identity=several(given.identity),
            boundary=one(given.boundary) if isinstance(given.boundary, Policy) else given.boundary,
            session=several(given.session),
            resource=several(given.resource),
            endpoint=several(given.endpoint),
            scps=levels(given.scps),
            rcps=levels(given.rcps),
        )

    def _with_session(self, given: PolicySet, asker: Asker) -> PolicySet:
        is_session = self.session is not None and asker.who.kind == "role" and not asker.who.is_service_linked
        return replace(given, session=[self.session]) if is_session and self.session is not None else given

    def confirmed(self, witness: Request, asker: Asker) -> Confirmed:
        """The witness as the principal's own request, where everything of the estate that binds it allows it."""
        who, resource = asker.who, witness.resource.replace(asker.number, asker.who.account)
        context = own_context(witness, asker)
        doubts: tuple[str, ...] = ()
        for told in tried(context):
            binding = binding_of(
                self.estate, who, witness.action, resource, context=told, is_complete=True, endpoint=self.endpoint
            )
            owner = binding.request.resource_account or who.account
            request = structs.replace(binding.request, resource_account=owner)
            if evaluate(request, self._with_session(binding.policies, asker)).outcome is ALLOW:
                return Confirmed(known_of(request))
            doubts = binding.doubts
        return Confirmed(why=doubts or (f"{witness.action} on {resource}: the policies do not allow it for certain",))

    def held(self, witness: Request, asker: Asker) -> Resource | None:
        """The resource of the snapshot that the witness is on, where it is one with policies of its own."""
        found = self.estate.resource(witness.resource.replace(asker.number, asker.who.account))
        return found if found is not None and (found.policies or found.bucket) else None

    def on_keys(self, risk: Risk, asker: Asker) -> Confirmed:
        """Whether a key of the account may be used so, each of which has a policy that must allow it."""
        account = asker.who.account
        keys = [one for one in self._resources(account) if one.type == "kms:key"]
        why: list[str] = []
        for key in keys:
            found = self.on_one(risk, asker, key)
            if found.witness is not None:
                return found
            why += found.why
        if not keys and not self.estate.has_read(account, "kms"):
            why.append(f"key policies of account {account}: they are not in the snapshot")
        return Confirmed(why=tuple(dict.fromkeys(why)), is_none=not why)

    def besides(self, arns: Sequence[str], asker: Asker) -> Within:
        """All resources but these."""
        own = [arn.replace(asker.who.account, asker.number) for arn in arns]
        return ((RESOURCE, ~texts_on(own)),)


EVERY_KEY: Final = "arn:*:kms:*:*:key/*"


def is_key(witness: Request) -> bool:
    """Whether the request is on a KMS key."""
    return must_say(witness.resource)


_SHORTEST: Final = 3


def _own(arn: str, policy: Policy, bearings: Bearings) -> _Own:
    turns_on = bearings.text_of(policy).turns_on
    named = frozenset(
        value for one in policy.statements for value in (one.principals or {}).get("AWS", ()) if ":" in value
    )
    keys = {key.lower() for one in policy.statements for block in one.conditions.values() for key in block}
    of_who = {key for key in keys if key.startswith(OF_PRINCIPALS)}
    has_variables = "${" in bearings.text_of(policy).body
    is_not = any(one.is_not_principal for one in policy.statements)
    is_alike = not is_not and of_who <= _OF_ACCOUNT and not has_variables
    return _Own(arn, policy, named, turns_on == () or is_alike)


def _for_it(policy: Policy) -> Policy:
    """The policy of a resource once it is settled that every statement of it is about the principal."""
    return replace(policy, statements=tuple(replace(one, principals=None) for one in policy.statements))


def _is_for_principals(policy: Policy) -> bool:
    """Whether some statement may be about users and roles."""
    return any(
        one.is_not_principal or not {"AWS", "CanonicalUser"}.isdisjoint(one.principals or {"AWS": ()})
        for one in policy.statements
    )


def _has_open_acl(held: Resource) -> bool:
    return bool(held.acl) and has_acl(held) and any(one.grantee in _GROUPS for one in held.acl)
