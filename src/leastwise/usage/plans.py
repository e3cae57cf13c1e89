"""Call rules made ready for the inner loop: parameters split, templates cut, patterns compiled, once each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count, groupby, takewhile

from leastwise.catalogue.conventions import VARIABLE, plain, variables
from leastwise.catalogue.events import ActionRule, CallRule, Fill, PassRoleRule, Target
from leastwise.catalogue.resources import patterns, specificity
from leastwise.catalogue.transforms import transformed
from leastwise.usage.context import NOTHING_TOLD, Told
from leastwise.usage.parameters import Asks, Lookup, Projection, names_of

_MAX_DECIDED = 1_000
_FEW = 12
_NUMBERS = count()
_DECODED_MEMBERS = {
    "partiql": frozenset({"statement"}),
    "dynamodb-transact": frozenset({"requestitems", "transactitems"}),
}
"""The members that a decoder of `usage.decoders` reads, beside those that the rule names."""


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """One resource type: how to know its ARNs, and how to make one from parameters.

    `number` tells it from every other one. `has_path` marks IAM entities whose ARN holds a path beside the
    name, `makes` a call that makes them. `members` are the names that its fills read, and all that they read
    when `is_asked_only`; `id_kinds` the beginnings of the ids that they keep, where they keep no other text.
    `pieces` are the template's fixed texts and, at odd places, its variables.
    """

    number: int
    resource_type: str
    required: bool
    created: bool
    service: str
    patterns: tuple[re.Pattern[str], ...]
    pieces: tuple[str, ...]
    has_fixed_star: bool
    has_path: bool
    makes: bool
    fills: tuple[tuple[str, tuple[Lookup, ...]], ...]
    needed: int
    members: frozenset[str]
    is_asked_only: bool
    id_kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """One action and its resource types; `matcher` tries the most telling template first, and the number
    of the group that matched, less one, points into `owners`. `foreign` remembers ARNs that none fits.

    `types` are those that a call without a resource of the type can still turn out to have touched.
    """

    action: str
    present: tuple[Lookup, ...]
    absent: tuple[Lookup, ...]
    targets: tuple[TargetPlan, ...]
    matcher: Callable[[str], re.Match[str] | None]
    owners: tuple[TargetPlan, ...]
    fillable: tuple[TargetPlan, ...]
    required: tuple[TargetPlan, ...]
    types: frozenset[str]
    is_always_needed: bool
    is_guess: bool
    foreign: set[str] = field(default_factory=set, compare=False)
    _by_members: dict[frozenset[str], tuple[TargetPlan, ...]] = field(default_factory=dict, compare=False)

    def candidates(self, texts: Mapping[str, Sequence[str]]) -> tuple[TargetPlan, ...]:
        """The targets that a request with these members may fill.

        Which members there are decides for most, and is kept for the next request with the same; a target that
        takes ids of one kind alone is one only when such an id is there.
        """
        given = frozenset(texts)
        found = self._by_members.get(given)
        if found is None:
            if len(self._by_members) >= _MAX_DECIDED:
                self._by_members.clear()
            found = self._by_members[given] = tuple(t for t in self.fillable if _may_fill(t, given))
        if len(found) <= _FEW:
            return found
        kinds = {text.rpartition("-")[0] for values in texts.values() for text in values}
        return tuple(t for t in found if not t.id_kinds or not t.id_kinds.isdisjoint(kinds))


def _may_fill(target: TargetPlan, names: frozenset[str]) -> bool:
    if not target.needed or (target.created and target.required) or not target.is_asked_only:
        return True
    return not target.members.isdisjoint(names)


@dataclass(frozen=True, slots=True)
class PassRolePlan:
    """Where a role stands in the request, and which service gets it."""

    lookups: tuple[Lookup, ...]
    service: str
    is_service_guess: bool
    is_guess: bool
    by_profile: bool


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call rule and what it asks of a request.

    `deciding` are texts of which one is in a request, put in lower case, that matters even when the record
    lists the resources; there are none when the request always matters.
    """

    rule: CallRule
    forwards: bool
    actions: tuple[ActionPlan, ...]
    pass_role: tuple[PassRolePlan, ...]
    asks: Asks
    told: Told
    reads_request: bool
    deciding: tuple[bytes, ...]
    _decided: dict[Projection, tuple[ActionPlan, ...] | None] = field(default_factory=dict, compare=False)

    def decided(self, projection: Projection) -> tuple[ActionPlan, ...] | None:
        """The actions that a flat projection needs, when its names alone decide that and tell no condition key.

        None when more must be read. What was decided is kept for the next request with the same members.
        """
        members = projection[1::2]
        try:
            return self._decided[members]
        except KeyError:
            if len(self._decided) >= _MAX_DECIDED:
                self._decided.clear()
            actions = self._decided[members] = self._decide(names_of(projection))
            return actions

    def _decide(self, names: frozenset[str]) -> tuple[ActionPlan, ...] | None:
        if self.pass_role or self.rule.decoder or not names.isdisjoint(self.told.names):
            return None
        lookups = [one for a in self.actions for one in (*a.present, *a.absent)]
        if any((one.transform is not None or one.below) and one.name in names for one in lookups):
            return None
        return tuple(a for a in self.actions if _is_needed(a, names))


def _is_needed(action: ActionPlan, names: frozenset[str]) -> bool:
    if action.present and not any(one.name in names for one in action.present):
        return False
    return not any(one.name in names for one in action.absent)


def plan_of(rule: CallRule, *, told: Told = NOTHING_TOLD, forwards: bool = False) -> CallPlan:
    """The plan of a rule; the request is read only when an answer turns on it.

    `told` are the condition keys that the request tells, `forwards` says that the service may make further
    calls for this one.
    """
    makes = rule.event_name.startswith("Create")
    actions = tuple(action_plan(a, makes=makes) for a in rule.actions)
    passing = tuple(_pass_role_plan(p) for p in rule.pass_role)
    lookups = [*_lookups_of(actions), *(one for p in passing for one in p.lookups)]
    asked = {name for one in lookups for name in one.members()} | told.names
    asked |= _DECODED_MEMBERS.get(rule.decoder, frozenset())
    reads = bool(passing or rule.decoder or any(a.targets or a.present or a.absent for a in rule.actions))
    return CallPlan(
        rule=rule,
        forwards=forwards,
        actions=actions,
        pass_role=passing,
        asks=Asks(
            names=frozenset(name.removeprefix(".") for name in asked),
            inside=_search_for(frozenset(name.rpartition(".")[2] for name in asked if name[:1] != ".")),
        ),
        told=told,
        reads_request=rule.kind == "mapped" and reads,
        deciding=() if passing or rule.decoder else _deciding(actions, told),
    )


def _deciding(actions: tuple[ActionPlan, ...], told: Told) -> tuple[bytes, ...]:
    """Beginnings of names, in lower case, that matter even when the record lists the resources.

    One beginning stands for all names with the same first letters. An escape is taken for a name that matters.
    """
    lookups = [one for a in actions for one in (*a.present, *a.absent)]
    names = {name for one in lookups for name in one.members()} | told.names
    last = sorted(f'"{name.rpartition(".")[2]}' for name in names)
    groups = [list(group) for _, group in groupby(last, key=lambda name: name[:4])]
    return (*(_shared_beginning(group).encode() for group in groups), b"\\u")


def _shared_beginning(names: list[str]) -> str:
    """The letters that all of the sorted names begin with: those that the first and the last share."""
    pairs = zip(names[0], names[-1], strict=False)
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@lru_cache(maxsize=4096)
def _search_for(names: frozenset[str]) -> Callable[[bytes], object]:
    if not names:
        return _never
    listed = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(f'"(?:{listed})"'.encode(), re.IGNORECASE).search


def _never(_: bytes) -> object:
    return None


def _lookups_of(actions: Iterable[ActionPlan]) -> Iterable[Lookup]:
    for action in actions:
        yield from (*action.present, *action.absent)
        for target in action.targets:
            for _, lookups in target.fills:
                yield from lookups


@lru_cache(maxsize=4096)
def action_plan(rule: ActionRule, *, makes: bool = False) -> ActionPlan:
    """The plan of one action's rule; `makes` says that the call makes what it names."""
    targets = tuple(_target_plan(t, makes=makes) for t in rule.targets)
    telling = sorted(zip(rule.targets, targets, strict=True), key=lambda pair: _telling(pair[0]), reverse=True)
    expressions = [pattern for _, plan in telling for pattern in plan.patterns]
    return ActionPlan(
        action=rule.action,
        present=tuple(_lookup(p) for p in rule.present),
        absent=tuple(_lookup(p) for p in rule.absent),
        targets=targets,
        matcher=re.compile("|".join(f"({p.pattern})" for p in expressions), re.DOTALL).fullmatch,
        owners=tuple(plan for _, plan in telling for _ in plan.patterns),
        fillable=tuple(t for t in targets if t.fills or t.created or not t.needed),
        required=tuple(t for t in targets if t.required),
        types=frozenset(t.resource_type for t in targets if t.required or t.fills or t.created or not t.needed),
        is_always_needed=not rule.present and not rule.absent,
        is_guess=rule.confidence == "guess",
    )


def _telling(target: Target) -> tuple[int, int]:
    return specificity(target.template)


def _target_plan(target: Target, *, makes: bool) -> TargetPlan:
    fills = {
        fill.variable: tuple(
            _lookup(p) for p in fill.parameters if p not in _others(fill, target) and not _keeps_arns(p)
        )
        for fill in target.fills
    }
    fills = {variable: lookups for variable, lookups in fills.items() if lookups}
    needed = variables(target.template)
    return TargetPlan(
        number=next(_NUMBERS),
        resource_type=target.resource_type,
        required=target.required,
        created=target.created,
        service=target.template.split(":", 3)[2],
        patterns=patterns(target.template),
        pieces=tuple(VARIABLE.split(target.template)),
        has_path=any(v.endswith("WithPath") for v in needed),
        makes=makes,
        fills=tuple((v, fills[v]) for v in needed if v in fills),
        has_fixed_star=any("*" in fixed for fixed in VARIABLE.split(target.template)[::2]),
        needed=len(needed),
        id_kinds=_id_kinds(target),
        is_asked_only=all(one.text is None for lookups in fills.values() for one in lookups),
        members=frozenset(name for lookups in fills.values() for one in lookups for name in one.members()),
    )


def _others(fill: Fill, target: Target) -> frozenset[str]:
    """Parameters that stand for another variable of the template: one text is not both an id and a name."""
    rivals = [other for other in target.fills if other.variable != fill.variable]
    shared = {p for other in rivals for p in other.parameters} & set(fill.parameters)
    return frozenset(p for p in shared if _owner(p, target) != fill.variable)


def _owner(parameter: str, target: Target) -> str:
    """The variable that the parameter names, else the one that is a name, else the first that it may fill."""
    variables_of = [f.variable for f in target.fills if parameter in f.parameters]
    leaf = plain(parameter.partition("|")[0].rpartition(".")[2])
    named = [v for v in variables_of if plain(v) == leaf] or [v for v in variables_of if v.endswith("Name")]
    return (named or variables_of)[0]


def _keeps_arns(parameter: str) -> bool:
    """Whether the parameter stands for whole ARNs alone, which are told by their form wherever they are."""
    return set(parameter.split("|")[1:]) == {"arn"}


def _id_kinds(target: Target) -> frozenset[str]:
    parameters = [p for f in target.fills for p in f.parameters if not _keeps_arns(p)]
    marks = [p.rpartition("|only:") for p in parameters]
    if len(target.fills) != 1 or target.created or not all(found for _, found, _ in marks):
        return frozenset()
    return frozenset(kind for _, _, kind in marks)


def _pass_role_plan(rule: PassRoleRule) -> PassRolePlan:
    return PassRolePlan(
        lookups=tuple(_lookup(p) for p in rule.parameters),
        service=rule.service,
        is_service_guess=rule.service_confidence == "guess",
        is_guess=rule.candidate or rule.confidence == "guess",
        by_profile=rule.by_profile,
    )


def _lookup(parameter: str) -> Lookup:
    name, *transforms = parameter.split("|")
    function = _chain(tuple(transforms)) if transforms else None
    if name.startswith("="):
        return Lookup("", name[1:], function)
    first, _, second = name.partition("+")
    return Lookup(first, None, function, second)


@lru_cache(maxsize=1024)
def _chain(names: tuple[str, ...]) -> Callable[[str], str | None]:
    """The named transforms one after another, what they gave kept for values that come again."""

    @lru_cache(maxsize=4096)
    def apply(value: str) -> str | None:
        current: str | None = value
        for name in names:
            current = transformed(name, current) if current else None
        return current

    return apply
