"""What lies beyond a boundary: requests of a principal that nobody whom it binds may come to make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final

from leastwise.decide.policies import PolicySet
from leastwise.estate.binding import binding_of
from leastwise.language.values.texts import Texts
from leastwise.lint.examples import example_of
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.personas import Persona
from leastwise.synthesize.guardrails.bound import Bound, policy_of
from leastwise.synthesize.guardrails.by_resources import ByResources
from leastwise.synthesize.guardrails.possible import NONE, Asker, Found, allowed_bits

_TRIED: Final = 8
_EVERYTHING: Final = Policy((Statement(None, ("*",), ("*",)),), name="everything")


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What nobody who is bound may reach: an action and a resource, each as in a policy."""

    action: str
    resource: str = "*"


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is asked of the boundary of some principals.

    `allowed` are the boundaries that those whom they make may have, its own the first. `protected` are the ARNs of
    policies that none of them may change or detach. Nothing `forbidden` may be reached, nor anything that the `limit`
    does not let through; with neither, nothing that the boundary does not.
    """

    bound: Bound
    allowed: tuple[str, ...]
    protected: tuple[str, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    limit: Policy | None = None

    @property
    def has_own_aim(self) -> bool:
        """Whether it is said what may not be reached, which then the bound principals may not do either."""
        return bool(self.forbidden) or self.limit is not None


@dataclass
class Outside:
    """Asks what principals may do that is beyond, each once."""

    asker: Asker
    guarded: Guarded
    by_resources: ByResources
    _found: dict[str, Found] = field(default_factory=dict)

    def is_accepted(self, arn: str) -> bool:
        """Whether the principal has one of the boundaries that are allowed."""
        return self.asker.estate.holders[arn].boundary in self.guarded.allowed

    def is_open(self, arn: str) -> bool:
        """Whether more may be done as the principal, or that is not known."""
        return self.beyond(arn) != Found()

    def beyond(self, arn: str) -> Found:
        """A request of the principal that is forbidden."""
        if arn not in self._found:
            found = self._of_forbidden(arn)
            is_of_limit = self.guarded.limit is not None or not self.guarded.forbidden
            self._found[arn] = self._of_complement(arn) if is_of_limit and found.request is None else found
        return self._found[arn]

    def left_by(self, limit: Policy, pattern: str) -> int:
        """The known actions of the pattern that a policy does not name in any statement: which it leaves, unsaid."""
        index = action_index()
        said = [index.bits_of_statement(one) for one in limit.statements if one.effect == "Allow" or not one.conditions]
        return index.bits_of(pattern) & ~reduce(or_, said, 0)

    def _of_forbidden(self, arn: str) -> Found:
        doubt = ""
        for one in self.guarded.forbidden:
            for found in self._ways_to(arn, one):
                if found.request is not None:
                    return found
                doubt = doubt or found.doubt
        return Found(doubt=doubt)

    def _ways_to(self, arn: str, one: Forbidden) -> Iterator[Found]:
        """What is found of the principal's own policies, then of those of resources."""
        bits = action_index().bits_of(one.action)
        granted, limited = self.asker.granted(arn)
        yield self._example(arn, bits & granted & limited, one.resource)
        yield self.asker.anywhere(arn, one.action, one.resource)
        yield self.by_resources.found(arn, bits, within=one.resource, of_everybody=True)

    def _of_complement(self, arn: str) -> Found:
        """A request that the principal may make and the boundary does not let through."""
        limit = self.guarded.limit or self.guarded.bound.policy
        if self.guarded.limit is None and self.is_accepted(arn):
            return Found()
        if limit is None:
            return Found(doubt=f"the boundary {self.guarded.bound.boundary} is not in the snapshot")
        granted, limited = self.asker.granted(arn)
        plain = self._example(arn, granted & limited & ~allowed_bits([limit]), "*")
        if plain.request is not None:
            return plain
        compared = self._compared(arn, limit)
        if compared.request is not None:
            return compared
        left = action_index().everything & ~allowed_bits([limit])
        given = self.by_resources.found(arn, left, of_everybody=self.guarded.limit is not None)
        return given if given.request is not None or given.doubt else compared

    def _example(self, arn: str, bits: int, wanted: str) -> Found:
        """A plain request for one of the actions on a resource of the pattern, where one comes to mind."""
        for action in self._telling(bits):
            for one in self._allowing(arn, action):
                found = example_of(one, action_index().action(action), wanted)
                if found is not None:
                    resource = found.resource.replace(f":{EXAMPLE_ACCOUNT}:", f":{arn.split(':')[4]}:")
                    shown = self.asker.on(arn, found.action.name, resource, context=dict(found.values))
                    if shown.request is not None:
                        return shown
        return NONE

    def _telling(self, left: int) -> list[int]:
        """Some of the actions, those of IAM that manage permissions first."""
        index = action_index()
        order = (index.bits_of("iam:create*"), index.bits_of("iam:*"), index.everything)
        chosen: list[int] = []
        for bits in order:
            names = index.told(left & bits)[:_TRIED]
            chosen += [place for name in names if (place := index.index_of(name)) is not None]
        return list(dict.fromkeys(chosen))[:_TRIED]

    def _allowing(self, arn: str, action: int) -> Iterator[Statement]:
        holder = self.asker.estate.holders[arn]
        for parsed in self.asker.estate.identity(holder):
            for one in parsed.policy.statements:
                if one.effect == "Allow" and action_index().bits_of_statement(one) >> action & 1:
                    yield one

    def _compared(self, arn: str, limit: Policy) -> Found:
        """What the prover says of everything that the principal may do, beside the boundary."""
        binding = binding_of(self.asker.estate, self.asker.principal(arn), "leastwise:AnyAction", "*")
        given, who = binding.policies, binding.request.principal
        assert isinstance(who, Principal)
        own = PolicySet(identity=given.identity, boundary=given.boundary, scps=given.scps)
        sides = (Side(PolicySet(identity=_EVERYTHING, boundary=limit)), Side(own))
        told = [(key.lower(), value) for key, value in binding.request.context.items()]
        within = tuple((key, Texts.literals([value])) for key, value in told if isinstance(value, str))
        options = Options(personas=(Persona(f"`{arn}`", who),), within=within, first_gap_alone=True)
        for one in (options, replace(options, first_gap_alone=False)):
            found = Comparison(*sides, one)
            found.known()
            for gap in found.gaps:
                confirmed = self.asker.confirmed(gap.witness)
                if confirmed is not None:
                    return Found(confirmed)
            if not found.gaps:
                return Found(doubt=next(iter((*binding.doubts, *found.doubts))) if found.doubts else "")
        return Found(doubt=f"whether {arn} may do more than the boundary turns on what the snapshot does not tell")


def accepted_with(asker: Asker, bound: Bound, more: Sequence[str]) -> tuple[str, ...]:
    """The boundary, those named besides, and those in use in its account that let no more through than it does."""
    found = [bound.boundary, *more]
    if bound.policy is not None:
        held = asker.estate.snapshot.iam[bound.account]
        used = dict.fromkeys([*(one.boundary for one in held.users), *(one.boundary for one in held.roles)])
        for other in used:
            policy = policy_of(asker.estate, other) if other is not None and other not in found else None
            if other is not None and policy is not None and _is_within(policy, bound.policy):
                found.append(other)
    return tuple(found)


def _is_within(policy: Policy, limit: Policy) -> bool:
    """Whether it is proved that the limit lets through whatever the policy does."""
    if allowed_bits([policy]) & ~allowed_bits([limit]):
        return False
    found = Comparison(Side.of(limit), Side.of(policy), Options(first_gap_alone=True))
    found.known()
    return not (found.gaps or found.doubts)
