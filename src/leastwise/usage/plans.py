"""Call rules made ready for the inner loop: parameters split, templates cut, patterns compiled, once each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

from leastwise.catalogue.conventions import VARIABLE, variables
from leastwise.catalogue.events import ActionRule, CallRule, PassRoleRule, Target
from leastwise.catalogue.resources import patterns, specificity
from leastwise.catalogue.transforms import transformed
from leastwise.usage.context import parameters_of_keys
from leastwise.usage.parameters import Projection, names_of

_MAX_NAME_SETS = 1_000


class Lookup(NamedTuple):
    """One way to a value: a member's name, or the text itself, and what is done to the value."""

    name: str
    text: str | None = None
    transform: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """One resource type: how to know its ARNs, and how to make one from parameters.

    `has_path` marks IAM entities whose ARN holds a path beside the name, `makes` an action that makes them.
    `pieces` are the template's fixed texts and, at odd places, its variables.
    """

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


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """One action and its resource types; `matcher` tries the most telling template first, and the number
    of the group that matched, less one, points into `owners`.

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
    """A call rule, the top members that it can turn on, and a search for asked names inside structures."""

    rule: CallRule
    actions: tuple[ActionPlan, ...]
    pass_role: tuple[PassRolePlan, ...]
    names: frozenset[str]
    names_inside: Callable[[bytes], object]
    context_names: frozenset[str]
    reads_request: bool
    _name_sets: dict[Projection, frozenset[str]] = field(default_factory=dict, compare=False)

    def known_names(self, projection: Projection) -> frozenset[str]:
        """`names_of` the projection, kept for the next request with the same members."""
        members = projection[1::2]
        names = self._name_sets.get(members)
        if names is None:
            if len(self._name_sets) >= _MAX_NAME_SETS:
                self._name_sets.clear()
            names = self._name_sets[members] = names_of(projection)
        return names


def plan_of(rule: CallRule) -> CallPlan:
    """The plan of a rule; the request is read only when an answer turns on it."""
    actions = tuple(action_plan(a) for a in rule.actions)
    passing = tuple(_pass_role_plan(p) for p in rule.pass_role)
    lookups = [*_lookups_of(actions), *(one for p in passing for one in p.lookups)]
    asked = {one.name for one in lookups if one.text is None} | parameters_of_keys(rule.prefix)
    if any(t.has_path for a in actions for t in a.targets):
        asked.add(".path")
    reads = bool(passing or rule.decoder or any(a.targets or a.present or a.absent for a in rule.actions))
    return CallPlan(
        rule=rule,
        actions=actions,
        pass_role=passing,
        names=frozenset(name.removeprefix(".") for name in asked),
        names_inside=_search_for(frozenset(name.rpartition(".")[2] for name in asked if name[:1] != ".")),
        context_names=parameters_of_keys(rule.prefix),
        reads_request=rule.kind == "mapped" and reads,
    )


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
def action_plan(rule: ActionRule) -> ActionPlan:
    """The plan of one action's rule."""
    makes = rule.action.partition(":")[2].startswith("Create")
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
    fills = {f.variable: tuple(_lookup(p) for p in f.parameters) for f in target.fills}
    needed = variables(target.template)
    return TargetPlan(
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
    )


def _pass_role_plan(rule: PassRoleRule) -> PassRolePlan:
    return PassRolePlan(
        lookups=tuple(_lookup(p) for p in rule.parameters),
        service=rule.service,
        is_service_guess=rule.service_confidence == "guess",
        is_guess=rule.candidate or rule.confidence == "guess",
        by_profile=rule.by_profile,
    )


def _lookup(parameter: str) -> Lookup:
    name, _, transform = parameter.partition("|")
    function = partial(transformed, transform) if transform else None
    if name.startswith("="):
        return Lookup("", name[1:], function)
    return Lookup(name, None, function)
