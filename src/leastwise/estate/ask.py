"""One request of one principal, and every principal that may make it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from leastwise.decide import services
from leastwise.decide.evaluate import Decision, evaluate
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of, has_acl, policies_on
from leastwise.estate.held import Resource
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Unknown, principal_of
from leastwise.model.switches import DEFAULT, Switches


@dataclass(frozen=True)
class Facts:
    """What is known of a request besides who asks for what: its context, and the VPC endpoint on its way.

    With `is_complete`, a context key that is not given is absent.
    """

    context: Mapping[str, ContextValue] = field(default_factory=dict)
    is_complete: bool = False
    endpoint: str | None = None


NOTHING_KNOWN: Final = Facts()


@dataclass(frozen=True)
class Answer:
    """What becomes of a request of one principal, given as its ARN, and what binds it."""

    principal: str
    decision: Decision
    binding: Binding

    @property
    def may_be_allowed(self) -> bool:
        """Whether it is allowed, or may be: what turns on something can still be denied either way."""
        decision = self.decision
        if decision.outcome is not DEPENDS:
            return decision.outcome is ALLOW
        return ALLOW in decision.possible or not decision.is_every_outcome_told


def can(
    estate: Estate,
    principal: str,
    action: str,
    resource: str,
    *,
    facts: Facts = NOTHING_KNOWN,
    switches: Switches = DEFAULT,
) -> Answer:
    """The decision on one request; raises RequestError or InputError where it cannot be made out."""
    who = estate.principal(principal)
    return _asked(estate, who, action, resource, facts, switches, is_brief=False)


def who_can(
    estate: Estate, action: str, resource: str, *, facts: Facts = NOTHING_KNOWN, switches: Switches = DEFAULT
) -> Iterator[Answer]:
    """Every principal that is allowed the action on the resource, or may be, in the order of their ARNs.

    Users and roles of the snapshot, root users, and whom the resource's own policy names beyond them: services,
    identity providers, accounts and principals outside. Sessions are not told apart from their roles.
    """
    if any(sign in action for sign in "*?"):
        raise RequestError(f"the action `{action}` has a wildcard", help="ask with `--any` or `--all`")
    question = Question(estate, action, resource)
    for who in question.askers():
        answer = _asked(estate, who, action, resource, facts, switches, is_brief=True)
        if answer.may_be_allowed:
            yield answer


def _asked(
    estate: Estate, who: Principal, action: str, resource: str, facts: Facts, switches: Switches, *, is_brief: bool
) -> Answer:
    binding = binding_of(
        estate,
        who,
        action,
        resource,
        context=facts.context,
        is_complete=facts.is_complete,
        endpoint=facts.endpoint,
        is_brief=is_brief,
    )
    return Answer(who.arn, evaluate(binding.request, binding.policies, switches=switches), binding)


@dataclass
class Question:
    """An action on a resource, and who comes into question for it."""

    estate: Estate
    action: str
    resource: str

    def askers(self) -> Iterator[Principal]:
        """Every principal whose policies, or the resource's, may allow it; the others are denied for certain."""
        estate = self.estate
        yield from (estate.principal(arn) for arn in self._holders())
        for account in estate.snapshot.accounts:
            if self._trusted is None or account in self._trusted:
                yield estate.principal(f"arn:{self._partition}:iam::{account}:root")
        yield from self._outsiders()

    def _holders(self) -> Sequence[str]:
        """The users and roles among them, in order."""
        holders, granted, trusted = self.estate.holders, self._granted, self._trusted
        if granted is None:
            return sorted(holders)
        named = {arn for arn in granted if arn in holders} | self.estate.having_ids(granted)
        allowing = self.estate.allowing(self.action, self.resource)
        return sorted({*named, *(arn for arn in allowing if trusted is None or arn.split(":")[4] in trusted)})

    @cached_property
    def _trusted(self) -> frozenset[str] | None:
        """The accounts to which the principals must belong: those that the resource's policies name, and its owner's.

        None where any account may do. The owner's counts for itself but for a role that is to be assumed, whose trust
        policy must name it. IAM User Guide, "Cross-account policy evaluation logic".
        """
        if self._is_open_to_everyone:
            return None
        values = [value for one in self._allows for value in (one.principals or {}).get("AWS", ())]
        if self.action.lower() in services.ROLE_ACTIONS:
            return frozenset(map(_account_of, values))
        held, owner = self.estate.resource(self.resource), self.estate.owner(self.resource)
        is_free = self.action.lower() in services.NEVER_DENIED | services.NO_PERMISSION
        has_others = any("CanonicalUser" in (one.principals or {}) for one in self._allows)
        if owner is None or held is None or is_free or has_others or self._is_shared_otherwise(held):
            return None
        return frozenset({owner, *map(_account_of, values), *(_account_of(one.grantee) for one in held.grants)})

    def _is_shared_otherwise(self, held: Resource) -> bool:
        """Whether there are other ways in than its policy and grants that are known."""
        others = [one for one in held.acl if has_acl(held) and one.grantee != held.settings.get("OwnerId")]
        is_shared = bool(held.shared_with or self.estate.shares_of(self.resource))
        return bool(others or held.bucket) or is_shared or self.estate.is_any_grant_unread(held)

    @property
    def _partition(self) -> str:
        return next(iter(self.estate.holders), "arn:aws:").split(":")[1]

    @cached_property
    def _own(self) -> Sequence[Policy] | Unknown:
        """The policies of the resource itself, a role's trust policy among them."""
        return policies_on(self.estate, self.action, self.resource)

    @cached_property
    def _allows(self) -> tuple[Statement, ...]:
        """What these allow, as far as they are known."""
        known = () if isinstance(self._own, Unknown) else self._own
        return tuple(one for policy in known for one in policy.statements if one.effect == "Allow")

    @cached_property
    def _is_open_to_everyone(self) -> bool:
        """Whether they may allow somebody whom they do not name."""
        is_wide = any(_is_everyone(one) or one.is_not_principal for one in self._allows)
        return is_wide or isinstance(self._own, Unknown)

    @cached_property
    def _granted(self) -> frozenset[str] | None:
        """Whom the resource names, in its policies and grants; None where that may be anybody."""
        estate, held = self.estate, self.estate.resource(self.resource)
        if self.action.lower() in services.NEVER_DENIED | services.NO_PERMISSION or _has_wide_acl(held):
            return None
        if self._is_open_to_everyone or (held is not None and estate.is_any_grant_unread(held)):
            return None
        named = [grant.grantee for grant in held.grants] if held else []
        if any(one.endswith(":root") for one in named):
            return None
        for statement in self._allows:
            named += (statement.principals or {}).get("AWS", ())
        return frozenset(estate.role_of(one) for one in named)

    def _outsiders(self) -> Iterator[Principal]:
        """Whom the resource's policies name that the snapshot does not hold."""
        if self._is_open_to_everyone:
            yield principal_of("anonymous")
        named = (value for one in self._allows for values in (one.principals or {}).values() for value in values)
        for text in dict.fromkeys(named):
            found = self._outsider(text)
            if found is not None:
                yield found

    def _outsider(self, text: str) -> Principal | None:
        arn = f"arn:{self._partition}:iam::{text}:root" if text.isdecimal() and len(text) == 12 else text
        try:
            named = principal_of(arn)
        except RequestError:
            return None
        is_held = named.account in self.estate.snapshot.iam and named.kind in ("user", "role", "root")
        return None if is_held or named.kind == "anonymous" else named


def _account_of(named: str) -> str:
    """The account of a principal as a policy names it; the text itself where it is an account."""
    return named.split(":")[4] if named.startswith("arn:") and named.count(":") >= 5 else named


def _is_everyone(statement: Statement) -> bool:
    return any("*" in value for value in (statement.principals or {}).get("AWS", ()))


def _has_wide_acl(held: Resource | None) -> bool:
    wide = ("AllUsers", "AuthenticatedUsers")
    return held is not None and has_acl(held) and any(one.grantee in wide for one in held.acl)
