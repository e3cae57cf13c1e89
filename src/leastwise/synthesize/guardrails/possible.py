"""Whether one principal may make a request that a question takes in: a request that shows it, or that there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from leastwise.catalogue.actions import is_pattern
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import Policies, PolicySet, listed
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of
from leastwise.language.matching import names_action
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.policy import Conditions, Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request, Unknown
from leastwise.prove.actions import action_index
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.personas import Persona

_EVERYTHING: Final = Statement(None, ("*",), ("*",))
_TIMES: Final = ("aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime")
_NO_CONTEXT: Final[Mapping[str, ContextValue]] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """A request that is allowed; without one there is none, or that was not settled, for which `doubt` is why."""

    request: Request | None = None
    doubt: str = ""


NONE: Final = Found()


@dataclass
class Asker:
    """Asks an estate, each question once; with `today`, an ISO date, of requests on that day alone."""

    estate: Estate
    today: str = ""
    _clocks: dict[str, Mapping[str, ContextValue]] = field(default_factory=dict)
    _found: dict[tuple[object, ...], Found] = field(default_factory=dict)
    _granted: dict[str, tuple[int, int]] = field(default_factory=dict)
    _principals: dict[str, Principal] = field(default_factory=dict)
    _places: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def principal(self, arn: str) -> Principal:
        """The principal, with what the snapshot tells of it."""
        found = self._principals.get(arn)
        if found is None:
            found = self._principals[arn] = self.estate.principal(arn)
        return found

    def on(self, arn: str, action: str, resource: str, *, context: Mapping[str, ContextValue] = _NO_CONTEXT) -> Found:
        """A request for the action on the resource that is allowed, whatever else of its context is not given."""
        context = self._on_the_day(arn, context)
        key = (arn, action, resource, *sorted((name, str(value)) for name, value in context.items()))
        if key not in self._found:
            self._found[key] = self._on(arn, action, resource, context)
        return self._found[key]

    def anywhere(
        self,
        arn: str,
        action: str,
        pattern: str,
        *,
        conditions: Conditions | None = None,
        context: Mapping[str, ContextValue] = _NO_CONTEXT,
    ) -> Found:
        """A request for the action on some resource of the pattern, under the conditions, that is allowed."""
        if not self.may_grant(arn, action):
            return NONE
        context = self._on_the_day(arn, context)
        key = (arn, action, pattern, str(conditions), *sorted((name, str(value)) for name, value in context.items()))
        if key not in self._found:
            binding = binding_of(self.estate, self.principal(arn), action, pattern, context=context, is_brief=True)
            self._found[key] = self._proved(binding, conditions or {})
        return self._found[key]

    def may_grant(self, arn: str, action: str) -> bool:
        """Whether the principal's own policies may allow the action on anything, for one that needs no other."""
        bits = action_index().bits_of(action)
        granted, limited = self.granted(arn)
        return not bits or bool(granted & limited & bits)

    def may_grant_on(self, arn: str, action: str, resource: str) -> bool:
        """Whether they may allow it on the resource, as far as the texts of their statements tell."""
        key = (arn, action)
        if key not in self._places:
            self._places[key] = self._texts(arn, action) if self.may_grant(arn, action) else ()
        return any(_may_match(text, resource) for text in self._places[key])

    def _texts(self, arn: str, action: str) -> tuple[str, ...]:
        """The resources of the statements that allow the action, `*` for those that tell none."""
        holder = self.estate.holders.get(arn)
        if holder is None:
            return ("*",)
        found: list[str] = []
        for one in (each for parsed in self.estate.identity(holder) for each in parsed.policy.statements):
            if one.effect == "Allow" and names_action(one, action.lower()):
                found += ["*"] if one.is_not_resource or not one.has_resource else one.resources
        return tuple(dict.fromkeys(found))

    def granted(self, arn: str) -> tuple[int, int]:
        """The known actions that Allow statements of the identity policies name, and those of the boundary."""
        if arn not in self._granted:
            holder = self.estate.holder(self.principal(arn))
            index = action_index()
            if holder is None:
                self._granted[arn] = (index.everything, index.everything)
            else:
                boundary = self.estate.boundary(holder)
                limit = index.everything if boundary is None else allowed_bits([boundary.policy])
                own = allowed_bits(one.policy for one in self.estate.identity(holder))
                self._granted[arn] = (own, limit)
        return self._granted[arn]

    def confirmed(self, request: Request) -> Request | None:
        """The request as everything in the estate binds it, if `evaluate` allows it."""
        who = request.principal
        assert isinstance(who, Principal)
        binding = binding_of(self.estate, who, request.action, request.resource, context=request.context)
        whole = replaced(binding.request, binding.request.context, is_complete=request.context_is_complete)
        return whole if evaluate(whole, binding.policies).outcome is ALLOW else None

    def _on_the_day(self, arn: str, context: Mapping[str, ContextValue]) -> Mapping[str, ContextValue]:
        """The context with the time of the request, where a policy of the principal asks for it."""
        if not self.today:
            return context
        if arn not in self._clocks:
            self._clocks[arn] = clock_of(self.estate, arn, self.today)
        return {**self._clocks[arn], **context} if self._clocks[arn] else context

    def _on(self, arn: str, action: str, resource: str, context: Mapping[str, ContextValue]) -> Found:
        binding = binding_of(self.estate, self.principal(arn), action, resource, context=context, is_brief=True)
        outcome = evaluate(binding.request, binding.policies).outcome
        if outcome is ALLOW:
            return Found(binding.request)
        return self._proved(binding, {}) if outcome is DEPENDS else NONE

    def _proved(self, binding: Binding, conditions: Conditions) -> Found:
        """What the prover finds; its witness counts only with all that the snapshot tells."""
        request = binding.request
        who = request.principal
        assert isinstance(who, Principal)
        asked = {**conditions, "Null": {**_present(request), **conditions.get("Null", {})}}
        asked = {operator: block for operator, block in asked.items() if block}
        wanted = Statement(None, (request.action,), (request.resource,), asked, "Deny")
        limit = Policy((_EVERYTHING, wanted), name="all but what was asked for")
        options = Options(
            personas=(Persona(f"`{who.arn}`", who),),
            within=tuple(_known(request)),
            services=_services(request.action),
            owner=request.resource_account,
        )
        compared = Comparison(Side(Side.of(limit).policies), Side(_cut(binding.policies, request.action)), options)
        compared.known()
        for gap in compared.gaps:
            found = gap.witness
            told = {**_absent(conditions, found), **found.context, **request.context}
            for context in (_in_its_region(told, found.resource), told):
                whole = replaced(found, context, is_complete=True, like=request)
                if evaluate(whole, binding.policies).outcome is ALLOW:
                    return Found(whole)
        doubts = (*binding.doubts, *compared.doubts)
        if compared.gaps:
            doubts = (*doubts, f"{request.action} on `{request.resource}` turns on what the snapshot does not tell")
        return Found(doubt=doubts[0]) if compared.gaps or compared.doubts else NONE


@lru_cache(maxsize=65_536)
def _may_match(text: str, resource: str) -> bool:
    """Whether a resource of a statement may take this one in; what is no plain ARN pattern may."""
    is_plain = text.startswith("arn:") and text.count(":") >= _ARN_PARTS and "$" not in text
    return not is_plain or glob_of(text).matches(resource)


def clock_of(estate: Estate, arn: str, today: str) -> Mapping[str, ContextValue]:
    """The keys of time that the principal's own policies ask for, as a request at noon has them.

    Temporary credentials, which a user may have at any time as well, are of that hour. IAM User Guide, "AWS global
    condition context keys", aws:TokenIssueTime.
    """
    holder = estate.holders.get(arn)
    if holder is None:
        return _NO_CONTEXT
    boundary = estate.boundary(holder)
    policies = [*estate.identity(holder), *([boundary] if boundary else [])]
    asked = {key.lower() for one in policies for each in one.policy.statements for key in _keys(each)}
    return {key: f"{today}T12:00:00Z" for key in _TIMES if key.lower() in asked}


def _keys(one: Statement) -> Iterator[str]:
    return (key for block in one.conditions.values() for key in block)


def replaced(
    found: Request, context: Mapping[str, ContextValue], *, is_complete: bool, like: Request | None = None
) -> Request:
    """The request in this context; principal and account as in another, where one is given."""
    other = like or found
    return Request(
        other.principal,
        found.action,
        found.resource,
        context,
        other.resource_account or found.resource_account,
        is_complete,
        other.resource_in_management_account,
    )


def _services(action: str) -> tuple[str, ...]:
    """The service of the action; none where that is a pattern."""
    prefix = action.partition(":")[0].lower()
    return () if is_pattern(prefix) else (prefix,)


def allowed_bits(policies: Iterable[Policy]) -> int:
    """The known actions that an Allow of the policies names."""
    index, found = action_index(), 0
    for policy in policies:
        for one in policy.statements:
            if one.effect == "Allow":
                found |= index.bits_of_statement(one)
    return found


def _present(request: Request) -> Mapping[str, tuple[str, ...]]:
    """That the request has the keys of which the question tells a value, as a block of `Null`."""
    return {key: ("false",) for key, value in request.context.items() if isinstance(value, str)}


def _absent(conditions: Conditions, found: Request) -> dict[str, ContextValue]:
    """The keys that the question asks of and the request does not have, as absent."""
    held = {key.lower() for key in found.context}
    return {key: None for block in conditions.values() for key in block if key.lower() not in held}


def _in_its_region(context: Mapping[str, ContextValue], resource: str) -> Mapping[str, ContextValue]:
    """The context with the Region of the resource as the one that is called, where its ARN tells one."""
    parts = resource.split(":", _ARN_PARTS)
    region = parts[3] if len(parts) > _ARN_PARTS else ""
    if not region:
        return context
    return {key: region if key.lower() == "aws:requestedregion" else value for key, value in context.items()}


_ARN_PARTS: Final = 5


def _known(request: Request) -> Iterator[tuple[str, Texts | None]]:
    """What the question itself confines keys to: the facts that are told, and the owner's account."""
    if request.resource_account is not None:
        yield "aws:resourceaccount", Texts.literals([request.resource_account])
    for key, value in request.context.items():
        if value is None:
            yield key.lower(), None
        elif isinstance(value, str):
            yield key.lower(), Texts.literals([value])


def _cut(given: PolicySet, action: str) -> PolicySet:
    """The policy set without the statements that are not about the action."""
    bits = action_index().bits_of(action)
    if not bits:
        return given
    boundary = given.boundary
    return replace(
        given,
        identity=_several(given.identity, bits),
        boundary=_about(boundary, bits) if isinstance(boundary, Policy) else boundary,
        scps=given.scps if isinstance(given.scps, Unknown) else [_several(level, bits) for level in given.scps],
        rcps=given.rcps if isinstance(given.rcps, Unknown) else [_several(level, bits) for level in given.rcps],
    )


def _several(policies: Policies, bits: int) -> list[Policy] | Unknown:
    known = listed(policies)
    return known if isinstance(known, Unknown) else [_about(one, bits) for one in known]


def _about(policy: Policy, bits: int) -> Policy:
    index = action_index()
    return replace(policy, statements=tuple(one for one in policy.statements if index.bits_of_statement(one) & bits))
