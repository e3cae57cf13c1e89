"""What a principal's own policies leave it: its permissions, and one policy that says the same as all their layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final

from leastwise.decide import services
from leastwise.decide.policies import PolicySet, listed
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal, Unknown
from leastwise.prove.actions import action_index

_ANYTHING: Final = "leastwise:AnyAction"
"""An action that no statement names: what a principal's policies are put together for, not for one request."""
_OF_SCPS: Final = "scp "


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement, the name of its policy, and its index in it."""

    policy: str
    index: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Layer:
    """Policies of one type, all of which count together: `boundary`, or a level of SCPs with its name."""

    name: str
    statements: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions of which the same statements speak.

    `allows` are the identity policies' statements that allow them, `denies` those that may deny them; `limits` are the
    statements of each layer by which it lets them through, where it does not let all through. Without conditions,
    denies and limits the actions are allowed for certain, on the resources that `allows` name.
    """

    actions: tuple[str, ...]
    allows: tuple[Cited, ...]
    denies: tuple[Cited, ...] = ()
    limits: tuple[Layer, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether a statement allows them that turns on nothing but the resource."""
        has_plain = any(not one.statement.conditions for one in self.allows)
        return has_plain and not self.denies and not self.limits


@dataclass(frozen=True)
class Layers:
    """The policies that bind a principal whatever it asks: what it is granted, what holds it, what is not known.

    `stand_in` is who asks when the layers are compared with a policy: the principal, for a root user, which is granted
    everything without a policy, a role with a policy that grants it.
    """

    principal: Principal
    stand_in: Principal
    granted: tuple[Cited, ...]
    ceilings: tuple[Layer, ...]
    policies: PolicySet
    doubts: tuple[str, ...]


def layers_of(estate: Estate, text: str) -> Layers:
    """The layers of the principal that an ARN or a short ARN names; raises RequestError or InputError."""
    return layers_from(binding_of(estate, estate.principal(text), _ANYTHING, "*"))


def layers_from(binding: Binding) -> Layers:
    """The layers in what binds a request. Resource policies and RCPs are of resources, and have no part in them."""
    given, who = binding.policies, binding.request.principal
    assert isinstance(who, Principal)
    own, stand_in = PolicySet(identity=given.identity, boundary=given.boundary, scps=given.scps), who
    if who.kind == "root":
        own = PolicySet(identity=[_EVERYTHING], scps=given.scps)
        stand_in = Principal.of(
            f"{who.arn.removesuffix('root')}role/root", in_management_account=who.in_management_account
        )
    ceilings: list[Layer] = []
    if isinstance(given.boundary, Policy):
        ceilings.append(Layer("boundary", tuple(_cited([given.boundary]))))
    levels = () if isinstance(given.scps, Unknown) or _is_unbound(who) else given.scps
    names = binding.levels.get("scp", ())
    for number, level in enumerate(levels):
        name = names[number] if number < len(names) else f"level {number + 1}"
        known = listed(level)
        ceilings.append(Layer(f"{_OF_SCPS}{name}", tuple(_cited(() if isinstance(known, Unknown) else known))))
    identity = listed(own.identity)
    granted = () if isinstance(identity, Unknown) else tuple(_cited(identity))
    return Layers(who, stand_in, granted, tuple(ceilings), own, binding.doubts)


def permissions(layers: Layers) -> tuple[Permission, ...]:
    """What the layers leave, actions of the same statements together, those with the most actions first."""
    allows = [one for one in layers.granted if one.statement.effect == "Allow"]
    every = [*layers.granted, *(one for layer in layers.ceilings for one in layer.statements)]
    denies = [one for one in every if one.statement.effect == "Deny"]
    left = _bits(allows) & ~_bits(one for one in layers.granted if _is_whole_deny(one))
    narrow: list[tuple[Layer, int]] = []
    for layer in layers.ceilings:
        through = [one for one in layer.statements if one.statement.effect == "Allow"]
        unbound = _unbound_by(layer)
        left &= (_bits(through) & ~_bits(one for one in layer.statements if _is_whole_deny(one))) | unbound
        narrow.append((layer, _bits(one for one in through if is_whole(one.statement)) | unbound))
    telling = [*allows, *(one for one in denies if not is_whole(one.statement))]
    telling += [
        one
        for layer, whole in narrow
        for one in layer.statements
        if one.statement.effect == "Allow" and not is_whole(one.statement) and _bits([one]) & left & ~whole
    ]
    found = [
        _permission(part, allows, denies, narrow) for part in _parts(left, telling, [whole for _, whole in narrow])
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.actions), one.actions)))


def is_whole(statement: Statement) -> bool:
    """Whether the statement is about every request for its actions."""
    return not statement.conditions and not statement.is_not_resource and "*" in statement.resources


def _is_whole_deny(one: Cited) -> bool:
    return one.statement.effect == "Deny" and is_whole(one.statement)


def _unbound_by(layer: Layer) -> int:
    """The actions that the layer does not bind, whatever it says."""
    if not layer.name.startswith(_OF_SCPS):
        return 0
    index = action_index()
    return reduce(or_, (index.bits_of(f"{prefix}*") for prefix in services.UNBOUND_BY_SCPS), 0)


def _parts(left: int, telling: Sequence[Cited], wholes: Iterable[int]) -> list[int]:
    """The actions divided by which statements speak of them."""
    parts = [left] if left else []
    for bits in (*(action_index().bits_of_statement(one.statement) for one in telling), *wholes):
        parts = [part for one in parts for part in (one & bits, one & ~bits) if part]
    return parts


def _permission(
    part: int, allows: Sequence[Cited], denies: Sequence[Cited], narrow: Sequence[tuple[Layer, int]]
) -> Permission:
    limits = []
    for layer, whole in narrow:
        if part & ~whole:
            through = tuple(one for one in layer.statements if one.statement.effect == "Allow" and _bits([one]) & part)
            limits.append(Layer(layer.name, through))
    return Permission(
        action_index().told(part),
        tuple(one for one in allows if _bits([one]) & part),
        tuple(one for one in denies if _bits([one]) & part),
        tuple(limits),
    )


def _bits(cited: Iterable[Cited]) -> int:
    index = action_index()
    return reduce(or_, (index.bits_of_statement(one.statement) for one in cited), 0)


def _cited(policies: Iterable[Policy]) -> Iterator[Cited]:
    for policy in policies:
        statements = policy.statements if policy.has_variables else map(_plain, policy.statements)
        yield from (Cited(policy.name, index, one) for index, one in enumerate(statements))


def _plain(statement: Statement) -> Statement:
    """The statement of a document without policy variables, as one with them has it."""
    conditions = {
        operator: {key: tuple(map(_escaped, values)) for key, values in block.items()}
        for operator, block in statement.conditions.items()
    }
    return replace(statement, resources=tuple(map(_escaped, statement.resources)), conditions=conditions)


def _escaped(text: str) -> str:
    return text.replace("${", "${$}{")


_EVERYTHING: Final = Policy((Statement(None, ("*",), ("*",)),), name="root user")


def _is_unbound(who: Principal) -> bool:
    """Whether no SCP binds the principal."""
    return who.in_management_account or who.is_service_linked
