"""The smallest change of a guard rail that lets a needed call through, and all that it would grant besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final, Literal

from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.language.matching import names_action
from leastwise.language.values.texts import Texts
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal
from leastwise.prove.actions import action_index
from leastwise.prove.classes import apart_by_layer, known_classes
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.personas import Persona
from leastwise.synthesize.guardrails.exceptions import ArnException, excepting
from leastwise.synthesize.guardrails.stops import Within, leaving
from leastwise.synthesize.guardrails.violations import Violation

_ANYTHING: Final = "leastwise:AnyAction"
_MANY: Final = 400
"""Actions of a statement beyond which one stands for all those of its class."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Actions that a change would allow, and the conditions under which."""

    actions: tuple[str, ...]
    when: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A change of one policy: an exception from a Deny, or an Allow more, as the statements that come for `instead`.

    `grants` is the whole difference for the principal; `undecided` says what of it was not settled.
    """

    kind: Literal["exception", "allow"]
    policy: str
    instead: Statement | None
    statements: tuple[Statement, ...]
    grants: tuple[Granted, ...]
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoChange:
    """Why no change is proposed."""

    reason: str


def change_for(one: Violation, estate: Estate) -> Change | NoChange:
    """The smallest change of the policy that denied it."""
    try:
        who = estate.principal(one.principal)
    except InputError:
        return NoChange("the principal is not in the snapshot")
    if one.reason.policy_type == "session":
        return NoChange("a session policy is passed by whoever assumes the role: it needs the change there")
    if one.reason.policy_type not in ("scp", "rcp", "boundary"):
        return NoChange("it is no guard rail that denied it: `leastwise propose` writes identity policies")
    if estate.holder(who) is None:
        return NoChange("the principal is not in the snapshot")
    old = _policies(estate, who)
    found = _edited(one, estate, who, old)
    if found is None:
        return NoChange("the policy that denied it is not in the snapshot as it was")
    policy, edited, instead, statements = found
    grants, undecided = _difference(old, _with(old, policy, edited), who, estate, (instead, *statements))
    kind: Literal["exception", "allow"] = "exception" if instead is not None else "allow"
    return Change(kind, policy.name, instead, statements, grants, undecided)


def _policies(estate: Estate, who: Principal) -> PolicySet:
    """What binds the principal's requests for resources of its own account."""
    binding = binding_of(estate, who, _ANYTHING, "*")
    return replace(binding.policies, resource=[leaving(who.account)])


_Edited = tuple[Policy, Policy, Statement | None, tuple[Statement, ...]]


def _edited(one: Violation, estate: Estate, who: Principal, old: PolicySet) -> _Edited | None:
    if one.reason.denial == "explicit":
        found = _denying(one, estate, who, old)
        if found is None:
            return None
        policy, index = found
        statements = excepted(policy.statements[index], one.action, who.entity or who.arn)
        before, after = policy.statements[:index], policy.statements[index + 1 :]
        return policy, replace(policy, statements=(*before, *statements, *after)), policy.statements[index], statements
    holder = _silent(one, old)
    if holder is None:
        return None
    allow = _allow(one, who)
    return holder, replace(holder, statements=(*holder.statements, allow)), None, (allow,)


def _denying(one: Violation, estate: Estate, who: Principal, old: PolicySet) -> tuple[Policy, int] | None:
    """The policy and the place in it of the Deny that decided, as the snapshot has it."""
    told = one.reason.policy
    for resource in one.resources[:1]:
        binding = binding_of(estate, who, one.action, resource)
        old = replace(old, rcps=binding.policies.rcps)
    places = [
        (policy, index)
        for policy in _of_type(one, old)
        for index, statement in enumerate(policy.statements)
        if statement.effect == "Deny" and names_action(statement, one.action.lower()) and _is_told(policy, told)
    ]
    exact = [place for place in places if place[1] == one.reason.statement]
    return next(iter(exact or places), None)


def _is_told(policy: Policy, told: str) -> bool:
    """Whether it is the policy that the log or the decision names, by ARN, id or name."""
    return not told or told in policy.name or told.rpartition("/")[2] in policy.name


def _of_type(one: Violation, held: PolicySet) -> Iterator[Policy]:
    kind = one.reason.policy_type
    if kind == "boundary":
        yield from (held.boundary,) if isinstance(held.boundary, Policy) else ()
        return
    levels = held.scps if kind == "scp" else held.rcps
    for level in levels if isinstance(levels, Sequence) else ():
        yield from level if isinstance(level, Sequence) else ()


def _silent(one: Violation, held: PolicySet) -> Policy | None:
    """The policy to which an Allow is to be added: the boundary, or one of the first level that does not allow."""
    if one.reason.policy_type == "boundary":
        return next(_of_type(one, held), None)
    levels = held.scps if isinstance(held.scps, Sequence) else ()
    for level in levels:
        policies = list(level) if isinstance(level, Sequence) else []
        allows = (one for policy in policies for one in policy.statements if one.effect == "Allow")
        if policies and not any(names_action(allow, one.action.lower()) for allow in allows):
            return policies[0]
    return None


def _allow(one: Violation, who: Principal) -> Statement:
    resource = one.shape if one.shape.startswith("arn:") else "*"
    is_shared = one.reason.policy_type == "scp"
    conditions = {"ArnEquals": {"aws:PrincipalArn": (who.entity or who.arn,)}} if is_shared else {}
    return Statement(None, (one.action,), (resource,), conditions)


def excepted(statement: Statement, action: str, arn: str) -> tuple[Statement, ...]:
    """The Deny so that it leaves out the principal, for the action alone where the statement names that by itself."""
    own = tuple(name for name in statement.actions if name.lower() == action.lower())
    rest = tuple(name for name in statement.actions if name.lower() != action.lower())
    is_apart = bool(own and rest) and not statement.is_not_action
    narrow = replace(statement, actions=own, sid=f"{statement.sid}Apart" if statement.sid else None)
    changed = narrow if is_apart else statement
    (left_out,) = excepting(Policy((changed,), "scp"), [ArnException(arn)]).statements
    return (replace(statement, actions=rest), left_out) if is_apart else (left_out,)


def _with(old: PolicySet, policy: Policy, edited: Policy) -> PolicySet:
    """The policies with one of them in its new form, wherever it is attached."""

    def levels(held: object) -> list[list[Policy]]:
        assert isinstance(held, Sequence)
        return [[edited if one is policy else one for one in level] for level in held]

    if old.boundary is policy:
        return replace(old, boundary=edited)
    scps = levels(old.scps) if isinstance(old.scps, Sequence) else old.scps
    rcps = levels(old.rcps) if isinstance(old.rcps, Sequence) else old.rcps
    return replace(old, scps=scps, rcps=rcps)


def _difference(
    old: PolicySet, new: PolicySet, who: Principal, estate: Estate, touched: Sequence[Statement | None]
) -> tuple[tuple[Granted, ...], tuple[str, ...]]:
    """All that the new policies allow the principal and the old ones do not, of the actions that they differ in."""
    index = action_index()
    bits = reduce(or_, (index.bits_of_statement(one) for one in touched if one is not None), 0)
    options = Options(
        personas=(Persona(f"`{who.arn}`", who),),
        within=_within(estate, who),
        every_action=bits.bit_count() <= _MANY,
        owner=who.account,
    )
    comparison = Comparison(Side(old), Side(new), options)
    entries = list(dict.fromkeys(entry for both in comparison.entries for entry in both))
    for one in apart_by_layer(known_classes(entries, bits)):
        comparison.one_class(replace(one, about=one.about | comparison.background))
    return tuple(Granted(gap.actions, gap.when) for gap in comparison.gaps), tuple(comparison.doubts)


def _within(estate: Estate, who: Principal) -> Within:
    tree = estate.tree_of(who.account)
    if tree is None:
        return ()
    own = Texts.literals([tree.organization.id])
    return ("aws:principalorgid", own), ("aws:resourceorgid", own)
