"""From a model to a request that anybody can read, and its replay by the decision engine before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.resources import fits
from leastwise.decide.evaluate import evaluate
from leastwise.decide.facts import RequestFacts, owner_of
from leastwise.decide.policies import PolicySet
from leastwise.language.values import TooHard, ValueSet
from leastwise.language.values.texts import Texts
from leastwise.model.decision import ALLOW, DEPENDS, Outcome
from leastwise.model.errors import RequestError
from leastwise.model.request import ContextValue, Principal, Request, principal_of
from leastwise.model.switches import Switches
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.atoms import facts_of
from leastwise.prove.personas import Persona
from leastwise.prove.solve import Model
from leastwise.prove.theories import PRINCIPAL, Claim, Possible, Value, settled_alone
from leastwise.prove.world import World, templates_of
from leastwise.prove.written import RESOURCE

_REGION: Final = "us-east-1"
_PLACES: Final = {"Partition": "aws", "Region": _REGION}
_FILLINGS: Final = ("example", "x", "1", "")
_PREFERRED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:sourceip": ("203.0.113.7", "198.51.100.9", "192.0.2.5", "2001:db8::7"),
    "aws:vpcsourceip": ("10.0.0.7", "192.168.0.7"),
    "aws:principalorgid": ("o-anotherorg1", "o-exampleorg1"),
    "aws:resourceorgid": ("o-anotherorg1", "o-exampleorg1"),
    "aws:sourcevpce": ("vpce-0a1b2c3d4e5f6a7b8",),
    "aws:sourcevpc": ("vpc-0a1b2c3d4e5f6a7b8",),
    "aws:requestedregion": (_REGION, "eu-west-1", "ap-south-1"),
    "aws:securetransport": ("true",),
    "aws:currenttime": ("2026-01-15T12:00:00Z",),
    "aws:sourceaccount": ("111122223333",),
    "aws:resourceaccount": (EXAMPLE_ACCOUNT, "111122223333"),
    "aws:principalaccount": (EXAMPLE_ACCOUNT, "111122223333"),
}


class MismatchError(RuntimeError):
    """The search and the decision engine do not agree on a request: a fault of leastwise, never an answer."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A request, and what becomes of it under the old policies and the new."""

    request: Request
    old: Outcome
    new: Outcome

    @property
    def shows_access(self) -> bool:
        """Whether the new policies allow it and the old ones do not."""
        return self.new is ALLOW and self.old not in (ALLOW, DEPENDS)


def request_of(model: Model, world: World, action: str) -> Request:
    """The plainest request that makes the model's claims true: fewest keys, examples of AWS's documentation."""
    claims = _by_key(model.claims)
    principal = _principal(world.persona, world, model)
    resource = _resource(claims.get(RESOURCE, []), world, model, principal)
    context: dict[str, ContextValue] = {}
    for key, several in claims.items():
        if key not in (RESOURCE, PRINCIPAL) and not key.startswith("leastwise:"):
            value = _value(key, several, world, model)
            context[_written(key, several)] = value
    if PRINCIPAL in claims and "principal" not in world.axioms:
        context[_written(PRINCIPAL, claims[PRINCIPAL])] = model.values.get(PRINCIPAL)
    context.update((key, pinned) for key, pinned in world.pins.items() if key not in claims)
    if context.get("aws:MultiFactorAuthAge") is not None:
        context.setdefault("aws:MultiFactorAuthPresent", "true")
    account = _owner(context, resource, principal, world)
    return _without_derived(
        Request(principal, action, resource, context, resource_account=account, context_is_complete=True)
    )


_ACCOUNTS: Final = (EXAMPLE_ACCOUNT, "111122223333", "444455556666")


def _owner(context: Mapping[str, ContextValue], resource: str, principal: Principal, world: World) -> str:
    """The resource's account: the principal's or another, as the question has it; otherwise as the request tells it."""
    if world.is_same_account and principal.account:
        return principal.account
    told = next((value for key, value in context.items() if key.lower() == "aws:resourceaccount"), None)
    owner = told or owner_of(resource) or ("" if world.is_same_account is False else principal.account)
    if isinstance(owner, str) and owner.isdigit():
        return owner
    return next(one for one in _ACCOUNTS if world.is_same_account is None or one != principal.account)


def is_of_the_accounts(request: Request, world: World) -> bool:
    """Whether principal and resource share an account just when the question has it so."""
    facts = RequestFacts(request, _SWITCHES)
    is_same = facts.owner == facts.principal.account
    return world.is_same_account is None or is_same is world.is_same_account


def _written(key: str, claims: Sequence[Claim]) -> str:
    """The key as some policy writes it."""
    written = (claim.atom.clause.written_key for claim in claims if claim.atom.clause)
    return next((name for name in written if name != key), key)


def _by_key(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.atom.key, []).append(claim)
    return found


def _without_derived(request: Request) -> Request:
    """The request without those keys that follow from the rest of it."""
    bare = RequestFacts(structs.replace(request, context={}), _SWITCHES)
    kept = {key: value for key, value in request.context.items() if bare[key.lower()] != value}
    return structs.replace(request, context=kept)


_SWITCHES: Final = Switches()


def _value(key: str, claims: Sequence[Claim], world: World, model: Model) -> Value:
    """The model's value of the key, or a likelier one that fits as well."""
    value = model.values.get(key)
    if key in model.values and value is None:
        return None
    if key not in model.values:
        found = settled_alone(key, claims, world)
        value = found.value if isinstance(found, Possible) else None
    if isinstance(value, str):
        return next((text for text in _PREFERRED.get(key, ()) if _fits(text, claims, world, key)), value)
    return value


def _fits(text: str, claims: Sequence[Claim], world: World, key: str) -> bool:
    try:
        return all(text in claim.allowed for claim in claims) and all(text in one for _, one in world.domain(key).sets)
    except TooHard:
        return False


def _principal(persona: Persona, world: World, model: Model) -> Principal:
    """The persona's own principal, or one of its like whose ARN the model asks for."""
    arn = model.values.get(PRINCIPAL)
    if not isinstance(arn, str):
        arn = _arn_within(persona, world)
    if persona.is_exact:
        return persona.principal
    name = model.values.get("aws:username")
    if not isinstance(arn, str) or arn.count(":") < 5:
        return _with_name(persona.principal, name)
    is_told = "principal" in world.axioms
    claims = [claim for claim in model.claims if claim.atom.key == PRINCIPAL]
    for text in (*_like(persona.principal.arn, arn), arn):
        if text is arn or not is_told or _fits(text, claims, world, PRINCIPAL):
            try:
                return _with_name(principal_of(text), name)
            except RequestError:
                continue
    return persona.principal


def _like(own: str, found: str) -> Iterator[str]:
    """The ARN found, or that of who stands for the persona, with accounts that may be."""
    for text in (own, found):
        parts = text.split(":", 5)
        for account in (found.split(":")[4], *_ACCOUNTS):
            yield ":".join(["arn", "aws", *parts[2:4], account, parts[5]])


def _arn_within(persona: Persona, world: World) -> str | None:
    """An ARN of the persona in the account to which the question confines it."""
    if not persona.is_of_any_account or all(key != PRINCIPAL for key, _ in world.within):
        return None
    found = settled_alone(PRINCIPAL, (), world)
    return found.value if isinstance(found, Possible) and isinstance(found.value, str) else None


def _with_name(principal: Principal, name: Value) -> Principal:
    if principal.kind != "user" or not isinstance(name, str) or name == principal.name:
        return principal
    try:
        return principal_of(f"arn:{principal.partition}:iam::{principal.account}:user/{name}")
    except RequestError:
        return principal


def _resource(claims: Sequence[Claim], world: World, model: Model, principal: Principal) -> str:
    """A resource that the claims and the action's templates admit, the likeliest first."""
    held = model.values.get(RESOURCE)
    sets: list[ValueSet] = [claim.allowed for claim in claims] + [one for _, one in world.domain(RESOURCE).sets]
    if isinstance(held, str):
        sets += [Texts.literals([held])] if _is_tied(model) else []
    tests = [one.test() for one in sets]
    account = principal.account if principal.account.isdigit() else EXAMPLE_ACCOUNT
    for text in _candidates(claims, world, account):
        if all(test(text) for test in tests):
            return text
    if isinstance(held, str):
        return held
    return _searched(sets)


def _is_tied(model: Model) -> bool:
    """Whether another claim speaks of the account in the resource's ARN."""
    return any(claim.atom.key == "aws:resourceaccount" for claim in model.claims)


def _searched(sets: Sequence[ValueSet]) -> str:
    joined = sets[0]
    for one in sets[1:]:
        joined = joined & one
    return joined.member() or "*"


def _candidates(claims: Sequence[Claim], world: World, account: str) -> Iterator[str]:
    templates = templates_of(world.action) if world.action else (_UNKNOWN_TEMPLATE,)
    named = [pattern for claim in claims if claim.holds and claim.atom.test for pattern in claim.atom.test.values]
    yield from (text for text in named if not any(sign in text for sign in "*?$"))
    for template in templates:
        yield _filled(template, account)
    for pattern in named:
        for filling in _FILLINGS:
            text = _pattern_filled(pattern, account, filling)
            yield text
            for template in templates:
                yield from _completed(text, template)
    yield "*"


_UNKNOWN_TEMPLATE: Final = "arn:${Partition}:example:${Region}:${Account}:example"


def _filled(template: str, account: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in ("Account", "AccountId"):
            return account
        return _PLACES.get(name, "example")

    return VARIABLE.sub(value, template).replace("*", "example")


def _pattern_filled(pattern: str, account: str, filling: str) -> str:
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return pattern.replace("*", filling or "x")
    places = ("arn", "aws", parts[2].replace("*", "example"), _REGION, account)
    head = [place if part == "*" else part.replace("*", filling) for part, place in zip(parts, places, strict=False)]
    return ":".join([*head, parts[5].replace("*", filling).replace("?", "x")])


def _completed(text: str, template: str) -> Iterator[str]:
    """The text with what the template has more, such as the object in a bucket."""
    missing = template.count("/") - text.count("/")
    if 0 < missing < 3:
        yield text.rstrip("/") + "/example" * missing


def replayed(request: Request, old: PolicySet, new: PolicySet, switches: Switches) -> Replayed:
    """The request decided under both."""
    return Replayed(
        request,
        evaluate(request, old, switches=switches).outcome,
        evaluate(request, new, switches=switches).outcome,
    )


def unmet(model: Model, request: Request, switches: Switches) -> tuple[Claim, ...]:
    """The model's claims that are not true of the request."""
    facts = RequestFacts(request, switches)
    return tuple(claim for claim in model.claims if facts_of(claim.atom, facts) is not claim.holds)


def is_of_a_known_form(request: Request, world: World) -> bool:
    """Whether the request's resource fits an ARN template of its action."""
    if world.action is None or request.resource == "*":
        return True
    return any(fits(request.resource, template) for template in templates_of(world.action))
