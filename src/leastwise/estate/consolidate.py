"""One policy that says the same as all layers of a principal: what these hold back is written as Deny.

A ceiling (a boundary, a level of SCPs) allows a union of statements; what it does not allow is denied. The complement
of a union is written action by action: where no statement of the ceiling speaks of an action, it is denied; where some
do, each must fail, by its resource or by one of its conditions. Whether the result is equal in effect, the prover says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import or_
from typing import Final

from leastwise.decide import services
from leastwise.decide.policies import PolicySet
from leastwise.estate.effective import Cited, Layer, Layers, is_whole
from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.model.policy import Conditions, Policy, Statement
from leastwise.prove.actions import action_index
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof, Verdict

_FREE: Final = ("sts:GetCallerIdentity", "sts:GetSessionToken")
"""Actions that need no permission, so that no boundary holds them back. AWS STS API Reference."""

_MOST_WAYS: Final = 64
"""Ways in which the statements of a ceiling may all fail for an action; beyond, the action is denied."""

_OPPOSITES: Final[Mapping[str, str]] = {
    one: other
    for pair in (
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("ArnEquals", "ArnNotEquals"),
        ("ArnLike", "ArnNotLike"),
        ("IpAddress", "NotIpAddress"),
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
    )
    for one, other in (pair, pair[::-1])
}
_BEYOND: Final[Mapping[str, str]] = {
    one: other
    for family in ("Numeric", "Date")
    for pair in (("LessThan", "GreaterThanEquals"), ("GreaterThan", "LessThanEquals"))
    for one, other in ((f"{family}{pair[0]}", f"{family}{pair[1]}"), (f"{family}{pair[1]}", f"{family}{pair[0]}"))
}
"""Operators that hold of the values of which the other does not. IAM User Guide, "Condition operators"."""

_ANY_BUT: Final[Mapping[str, str]] = {"ForAllValues": "ForAnyValue", "ForAnyValue": "ForAllValues"}
Failing = tuple[str, tuple[str, ...] | Conditions]
"""One way in which a statement fails: by `resource`, none of these; `not-resource`, one of these; or `conditions`."""


@dataclass(frozen=True)
class Consolidated:
    """The policy, what in it is no more than near, and the proofs that neither side allows what the other does not."""

    policy: Policy
    approximations: tuple[str, ...]
    gained: Proof
    lost: Proof

    @property
    def is_equal(self) -> bool:
        """Whether the policy was proved equal in effect, for the actions that are known at least."""
        return all(one.verdict in (Verdict.PASS, Verdict.PASS_FOR_KNOWN_ACTIONS) for one in (self.gained, self.lost))


def consolidated(layers: Layers) -> Consolidated:
    """The layers as one identity policy, with the proofs of what it is beside them.

    What a ceiling merely does not allow is denied here, so that a resource's policy that names the principal itself,
    and so gets past the ceiling, does not get past this one. The proofs are of resources that leave it to the account.
    """
    work = _Work(layers)
    statements = {json.dumps(one.document()): one for one in (*work.granted(), *work.denied())}
    policy = Policy(tuple(statements.values()), name="effective policy")
    who = layers.stand_in
    every = Statement(None, ("*",), ("*",), principals={"AWS": (who.account,)})
    leaving = [Policy((every,), "resource", name="a resource that leaves it to the account")]
    own = PolicySet(identity=[policy], resource=leaving)
    own_layers = replace(layers.policies, resource=leaving)
    return Consolidated(
        policy,
        tuple(dict.fromkeys(work.approximations)),
        no_new_access(own_layers, own, principal=who),
        no_new_access(own, own_layers, principal=who),
    )


class _Work:
    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.allowed = _bits(one.statement for one in layers.granted if one.statement.effect == "Allow")
        self.approximations: list[str] = []

    def granted(self) -> Iterator[Statement]:
        yield from (replace(one.statement, sid=None, place=None) for one in self.layers.granted)

    def denied(self) -> Iterator[Statement]:
        for layer in self.layers.ceilings:
            denies = [one.statement for one in layer.statements if one.statement.effect == "Deny"]
            held = (*(replace(one, sid=None, place=None) for one in denies), *self._held_back(layer))
            yield from held if layer.name == "boundary" else (found for one in held if (found := _of_scp(one)))

    def _held_back(self, layer: Layer) -> Iterator[Statement]:
        """What the layer does not allow, of what the identity policies do."""
        through = [one for one in layer.statements if one.statement.effect == "Allow"]
        whole = [one.statement for one in through if is_whole(one.statement)]
        if any("*" in one.actions and not one.is_not_action for one in whole):
            return
        yield from self._unmentioned([one.statement for one in through], layer.name)
        left = self.allowed & ~_bits(whole) & ~_free_bits(layer.name)
        for part, statements in _parts(left, [one for one in through if not is_whole(one.statement)]):
            yield from self._failing(action_index().told(part), statements, layer.name)

    def _unmentioned(self, through: Sequence[Statement], name: str) -> Iterator[Statement]:
        """The actions of which no statement of the layer speaks."""
        if not any(one.is_not_action for one in through):
            free = _FREE if name == "boundary" else ()
            named = tuple(dict.fromkeys((*free, *(action for one in through for action in one.actions))))
            yield Statement(None, named or ("*",), ("*",), effect="Deny", is_not_action=bool(named))
            return
        bits = self.allowed & ~_bits(through) & ~_free_bits(name)
        if bits:
            self.approximations.append(f"{name}: actions that are not known today may be let through")
            yield Statement(None, action_index().told(bits), ("*",), effect="Deny")

    def _failing(self, actions: tuple[str, ...], statements: Sequence[Statement], name: str) -> Iterator[Statement]:
        """A Deny for each way in which all the statements fail."""
        ways = [_failures(one) for one in statements]
        count = reduce(lambda sum_, one: sum_ * len(one), [way for way in ways if way is not None], 1)
        if None in ways or count > _MOST_WAYS:
            self.approximations.append(
                f"{name}: {_few(actions)} are denied, and it lets some of their requests through"
            )
            yield Statement(None, actions, ("*",), effect="Deny")
            return
        for choice in product(*[way for way in ways if way is not None]):
            yield from self._deny(actions, choice, name)

    def _deny(self, actions: tuple[str, ...], choice: Sequence[Failing], name: str) -> Iterator[Statement]:
        outside = tuple(dict.fromkeys(text for kind, value in choice if kind == "resource" for text in value))
        inside = [value for kind, value in choice if kind == "not-resource"]
        conditions = _joined([value for kind, value in choice if isinstance(value, Mapping)])
        if conditions is None or len(inside) > 1 or (inside and outside):
            self.approximations.append(
                f"{name}: {_few(actions)} are denied, and it lets some of their requests through"
            )
            yield Statement(None, actions, ("*",), effect="Deny")
        elif outside:
            yield Statement(None, actions, outside, conditions, "Deny", is_not_resource=True)
        else:
            resources = tuple(text for value in inside for text in value) or ("*",)
            yield Statement(None, actions, resources, conditions, "Deny")


def _of_scp(deny: Statement) -> Statement | None:
    """The Deny without the services that no SCP restricts; None where it is about nothing else."""
    free = tuple(f"{prefix}*" for prefix in services.UNBOUND_BY_SCPS)
    if deny.is_not_action:
        return replace(deny, actions=tuple(dict.fromkeys((*deny.actions, *free))))
    if "*" in deny.actions:
        return replace(deny, actions=free, is_not_action=True)
    left = tuple(one for one in deny.actions if not one.lower().startswith(services.UNBOUND_BY_SCPS))
    return replace(deny, actions=left) if left else None


def _parts(left: int, through: Sequence[Cited]) -> Iterator[tuple[int, list[Statement]]]:
    """The actions divided by which of the statements speak of them; those of which none does are left out."""
    parts: list[tuple[int, list[Statement]]] = [(left, [])]
    for statement in (one.statement for one in through):
        bits = _bits([statement])
        parts = [
            found
            for part, several in parts
            for found in ((part & bits, [*several, statement]), (part & ~bits, several))
            if found[0]
        ]
    yield from ((part, several) for part, several in parts if several)


def _failures(statement: Statement) -> list[Failing] | None:
    """Every way in which the statement fails for an action that it names; None where one cannot be written."""
    found: list[Failing] = []
    if statement.is_not_resource:
        found.append(("not-resource", statement.resources))
    elif "*" not in statement.resources:
        found.append(("resource", statement.resources))
    for operator, block in statement.conditions.items():
        for key, values in block.items():
            opposite = _opposite(operator, key, values)
            if opposite is None:
                return None
            found.append(("conditions", opposite))
    return found


def _opposite(operator: str, key: str, values: tuple[str, ...]) -> Conditions | None:
    """Conditions that hold exactly where this one does not."""
    name = split_operator(operator)
    if name is None:
        return None
    if name.base == "Null":
        return {"Null": {key: ("false",)}} if values == ("true",) else {"Null": {key: ("true",)}}
    is_negative = "Not" in name.base
    if name.qualifier is not None:
        base = _OPPOSITES.get(name.base)
        return None if base is None or name.if_exists else {f"{_ANY_BUT[name.qualifier]}:{base}": {key: values}}
    if name.base in _OPPOSITES:
        found = {_OPPOSITES[name.base]: {key: values}}
        return {**found, "Null": {key: ("false",)}} if name.if_exists and not is_negative else found
    if len(values) != 1:
        return None
    return _of_one(name, key, values[0])


def _of_one(name: OperatorName, key: str, value: str) -> Conditions | None:
    """The opposite of an operator of one value: of bounds, and of Booleans."""
    suffix = "" if name.if_exists else "IfExists"
    if name.base in _BEYOND:
        return {f"{_BEYOND[name.base]}{suffix}": {key: (value,)}}
    if name.base == "Bool" and value.lower() in ("true", "false"):
        return {f"Bool{suffix}": {key: ("false" if value.lower() == "true" else "true",)}}
    return None


def _joined(several: Iterable[Conditions]) -> Conditions | None:
    """Conditions that hold where all do; None where two on one key cannot be written as one."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for conditions in several:
        for operator, block in conditions.items():
            for key, values in block.items():
                before = found.setdefault(operator, {}).get(key)
                if before is not None and before != values and not _takes_none_of(operator):
                    return None
                found[operator][key] = tuple(dict.fromkeys((*(before or ()), *values)))
    return found


def _takes_none_of(operator: str) -> bool:
    """Whether more values under the operator are more that must not match."""
    name = split_operator(operator)
    return name is not None and "Not" in name.base and name.qualifier != "ForAnyValue"


def _free_bits(layer: str) -> int:
    return reduce(or_, map(action_index().bits_of, _FREE)) if layer == "boundary" else 0


def _bits(statements: Iterable[Statement]) -> int:
    index = action_index()
    return reduce(or_, (index.bits_of_statement(one) for one in statements), 0)


def _few(names: Sequence[str]) -> str:
    return f"`{names[0]}`" if len(names) == 1 else f"`{names[0]}` and {len(names) - 1} more"
