"""Which request members of an operation fill the variables of an ARN template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from catalogue_sources.operations import Member, Operation
from catalogue_sources.tables import FillTable
from leastwise.catalogue.conventions import naming, parameter_names, plain, tail_names, variables
from leastwise.catalogue.events import Fill, Target
from leastwise.catalogue.services import Action, ResourceType, ResourceUse

_AT_MOST = 4
_GENERIC = frozenset(
    {
        "arn",
        "id",
        "identifier",
        "name",
        "resource",
        "resourcearn",
        "resourceid",
        "resourceidentifier",
        "resourcename",
        "sourcearn|arn",
        "targetarn|arn",
    }
)
_VAGUE = frozenset({"id", "identifier", "name"})
_MAKES = re.compile(
    r"^(Allocate|Batch|Copy|Create|Generate|Import|Initiate|Issue|Launch|Provision|Publish|Purchase|Put|Register|"
    r"Request|Restore|Run|Start|Submit|Upload)"
)
Json = dict[str, Any]


class Matcher:
    """Targets for actions, out of operations' members and the table of fills kept by hand."""

    def __init__(self, table: FillTable) -> None:
        self._table = table

    def targets(self, operation: Operation, action: Action, *, types: dict[str, ResourceType]) -> tuple[Target, ...]:
        """One target for each ARN template of each resource type of the action."""
        pairs = [(u, t) for u in action.resource_types if u.name in types for t in types[u.name].templates]
        found = [self._target(operation, action, use, template) for use, template in pairs]
        found = self._without_shared_generics(operation.prefix, found)
        if operation.prefix == "ec2":
            found = [self._by_ec2_id(operation, target) for target in found]
        taken = {p.split("|")[0] for target in found for f in target.fills for p in f.parameters}
        found = [self._by_tail(operation, target, taken) for target in found]
        return tuple(_settled(target) for target in found if not self._is_left_out(operation.prefix, target))

    def _without_shared_generics(self, prefix: str, targets: list[Target]) -> list[Target]:
        """Members such as `resourceId` that several types share tell the type only when they hold an ARN."""
        uses: Counter[str] = Counter()
        for target in targets:
            uses.update({p for fill in target.fills for p in fill.parameters if p.lstrip(".") in _GENERIC})
        shared = frozenset(name for name, count in uses.items() if count > 1)
        return [
            replace(t, fills=tuple(self._told_apart(prefix, t.resource_type, fill, shared) for fill in t.fills))
            for t in targets
        ]

    def _told_apart(self, prefix: str, resource_type: str, fill: Fill, shared: frozenset[str]) -> Fill:
        kept = self._kept(prefix, resource_type, fill.variable)
        return Fill(fill.variable, tuple(f"{p}|arn" if p in shared and p not in kept else p for p in fill.parameters))

    def _by_ec2_id(self, operation: Operation, target: Target) -> Target:
        """A target whose id alone tells its type, where the request names resources of any type."""
        prefix = self._table.ec2_ids.get(target.resource_type)
        if prefix is None or target.created or not operation.places("resourceid"):
            return target
        variable = variables(target.template)[-1]
        others = tuple(fill for fill in target.fills if fill.variable != variable)
        return replace(target, fills=(*others, Fill(variable, (f"resourceid|only:{prefix}",))))

    def _is_left_out(self, prefix: str, target: Target) -> bool:
        return f"{prefix}:{target.resource_type}" in self._table.never_named

    def _by_tail(self, operation: Operation, target: Target, taken: set[str]) -> Target:
        """A target that nothing fills yet, by the last words of its name and members not yet used."""
        names = variables(target.template)
        filled = {fill.variable for fill in target.fills}
        if not names or target.created or names[-1] in filled or is_fillable(target.template, target.fills):
            return target
        tails = [n for n in tail_names(names[-1], target.resource_type) if n not in taken]
        if _is_chosen_by_aws(operation, names[-1], tuple(tails)):
            tails = [n for n in tails if _ends_as_id(n)]
        found = [place for name in tails if (place := self._place(operation, name))]
        if not found:
            return target
        return replace(target, fills=(*target.fills, Fill(names[-1], tuple(found[:_AT_MOST]))))

    def _target(self, operation: Operation, action: Action, use: ResourceUse, template: str) -> Target:
        own = self._override(operation, action, use.name) or {}
        template = own.get("template") or _asked(operation.prefix, use.name, template, action)
        if "fills" in own:
            fills = tuple(Fill(v, tuple(p)) for v, p in own["fills"].items() if f"${{{v}}}" in template)
        else:
            fills = tuple(self._fills(operation, use.name, template))
        created = own.get("created", self._is_created(operation, use.name, template, fills))
        required = own.get("required", use.required and not self._is_alternative(action))
        return Target(use.name, template, required, fills, created)

    def _is_alternative(self, action: Action) -> bool:
        listed = self._table.alternatives
        return len(action.resource_types) > 1 and bool({action.name, f"{action.name.split(':')[0]}:*"} & listed)

    def _override(self, operation: Operation, action: Action, resource_type: str) -> Json | None:
        for row in self._table.overrides:
            if (
                row["prefix"] == operation.prefix
                and operation.name in row.get("operations", [operation.name])
                and action.name in row.get("actions", [action.name])
                and resource_type in row.get("types", [resource_type])
            ):
                return row
        return None

    def _fills(self, operation: Operation, resource_type: str, template: str) -> Iterator[Fill]:
        names = variables(template)
        for variable in names:
            found = self._parameters(operation, resource_type, template, variable)
            if variable != names[-1] and variable not in naming(template):
                found = [_as_parent(parameter) for parameter in found]
            if found:
                yield Fill(variable, tuple(dict.fromkeys(found))[:_AT_MOST])
        if owner := [
            p for p in self._kept(operation.prefix, resource_type, "Account") if self._is_member(operation, p)
        ]:
            yield Fill("Account", tuple(owner))

    def _parameters(self, operation: Operation, resource_type: str, template: str, variable: str) -> list[str]:
        named = self._named(operation, resource_type, variable)
        if named:
            return named
        names = parameter_names(variable, template, resource_type)
        if self._is_settled_by_hand(operation.prefix, resource_type, variable):
            names = tuple(name for name in names if name.endswith(("arn", "arns")))
        if _is_chosen_by_aws(operation, variable, names):
            names = tuple(n for n in names if not n.endswith(("name", "names")) and _ends_as_id(n))
        there = tuple(name for name in names if self._place(operation, name))
        told = _telling(there, operation, variable=variable, resource_type=resource_type)
        return [place for name in told if (place := self._place(operation, name))]

    def _named(self, operation: Operation, resource_type: str, variable: str) -> list[str]:
        kept = self._kept(operation.prefix, resource_type, variable)
        found = [p for p in kept if self._is_member(operation, p)]
        return [] if all(p.startswith("=") for p in found) else found

    def _is_settled_by_hand(self, prefix: str, resource_type: str, variable: str) -> bool:
        """Whether nothing but the names kept by hand, or an ARN, may fill the variable."""
        table = self._table.aliases.get(prefix, {})
        return f"{resource_type}.{variable}" in table or table.get(variable) == ()

    def _kept(self, prefix: str, resource_type: str, variable: str) -> tuple[str, ...]:
        table = self._table.aliases.get(prefix, {})
        return table.get(f"{resource_type}.{variable}", table.get(variable, ()))

    def _is_member(self, operation: Operation, parameter: str) -> bool:
        if parameter.startswith("="):
            return True
        name = _member_name(parameter)
        if "+" in name:
            return all(operation.places(part) for part in name.split("+"))
        return bool(operation.places(name)) or (operation.prefix == "s3" and name == "bucketname")

    def _place(self, operation: Operation, parameter: str) -> str | None:
        name, bar, transform = parameter.partition("|")
        places = [m for m in operation.places(name) if not self._table.ignored & {*m.names, *m.parents}]
        if operation.prefix == "ec2" and places and name not in _GENERIC:
            return name
        found = written(name, places)
        return f"{found}{bar}{transform}" if found else None

    def _is_created(self, operation: Operation, resource_type: str, template: str, fills: tuple[Fill, ...]) -> bool:
        names = variables(template)
        if not names or not _MAKES.match(operation.name) or any(f.variable == names[-1] for f in fills):
            return False
        kind = plain(resource_type).removesuffix("s")
        told = parameter_names(names[-1], template, resource_type)
        own = [n for n in told if n not in _GENERIC]
        if operation.outputs & set(own):
            return True
        return kind in operation.name.lower() and len(kind) > 2


_LOG_GROUP = ":log-group:${LogGroupName}"


def _asked(prefix: str, resource_type: str, template: str, action: Action) -> str:
    """The template as policies must write it: log groups end in `:*` but for the tagging of resources.

    A bare `*` for the id, as some services have it, becomes a variable.
    Source: Amazon CloudWatch Logs User Guide, "Resources" of the permissions reference.
    """
    if prefix == "logs" and template.endswith(_LOG_GROUP) and action.name not in _PLAIN_LOG_GROUP:
        return f"{template}:*"
    if not variables(template) and template.endswith("*"):
        return template.removesuffix("*") + "${ResourceId}"
    return template


_PLAIN_LOG_GROUP = frozenset({"logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"})


def _settled(target: Target) -> Target:
    """An optional target that a request can never name whole gets no fills."""
    if target.required or target.created or names_it(target.template, target.fills):
        return target
    return replace(target, fills=())


def _member_name(parameter: str) -> str:
    return parameter.split("|", 1)[0].rsplit(".", 1)[-1]


def written(name: str, places: Iterable[Member]) -> str | None:
    """The parameter for a member name: bare when it is plain what is meant, else with its place."""
    found = tuple(places)
    if not found:
        return None
    at_top = any(not member.parents for member in found)
    if at_top:
        return name if len(found) == 1 else f".{name}"
    if name in _GENERIC:
        wrapped = [m for m in found if len(m.parents) == 1 and m.parents[0].endswith(("request", "input"))]
        return f"{wrapped[0].parents[-1]}.{name}" if wrapped else None
    return name


def is_fillable(template: str, fills: Iterable[Fill]) -> bool:
    """Whether the request can give a whole ARN of the template."""
    filled = {fill.variable: fill.parameters for fill in fills}
    names = variables(template)
    if any(_may_be_whole(p) for name in naming(template) for p in filled.get(name, ())):
        return True
    return all(name in filled for name in names)


def names_it(template: str, fills: Iterable[Fill]) -> bool:
    """Whether the request can tell the resource, if only by a pattern with AWS's own id left open."""
    filled = {fill.variable for fill in fills}
    return is_fillable(template, fills) or bool(filled & set(naming(template)))


def _may_be_whole(parameter: str) -> bool:
    return parameter.endswith("|arn") or parameter.split("|")[0].endswith(("arn", "arns"))


def _as_parent(parameter: str) -> str:
    name = parameter.rsplit(".", 1)[-1]
    if "|" in parameter or parameter.startswith("=") or name.endswith(("id", "name")):
        return parameter
    return f"{parameter}|id-of-arn"


def _telling(names: tuple[str, ...], operation: Operation, *, variable: str, resource_type: str) -> tuple[str, ...]:
    """The names that mean this resource and no other of the call."""
    proper = tuple(name for name in names if name not in _GENERIC)
    if proper:
        names = proper
    elif not _is_about(operation.name, resource_type, variable):
        names = tuple(name for name in names if name not in _VAGUE)
    if not any(_ends_as_id(name) for name in names):
        return _without_names(names) if _is_id(variable) and operation.name.startswith("Update") else names
    if _is_id(variable):
        return _without_names(names)
    if any(name.endswith(("name", "names")) for name in names):
        return tuple(name for name in names if not name.endswith(("id", "ids", "identifier")))
    return names


def _without_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.endswith(("name", "names")))


def _is_id(variable: str) -> bool:
    return plain(variable).endswith(("id", "identifier", "uuid"))


def _is_about(operation: str, resource_type: str, variable: str) -> bool:
    """Whether the operation's name speaks of the resource type, or the type of what the operation names."""
    said = operation.lower()
    noun = re.sub("^[A-Z][a-z]+", "", operation).lower().removesuffix("s")
    kinds = {plain(resource_type).removesuffix("s"), re.sub("(name|id|arn)$", "", plain(variable))} - {""}
    return any(kind in said or (len(noun) > 3 and noun in kind) for kind in kinds)


def _ends_as_id(name: str) -> bool:
    return name.endswith(("id", "ids", "arn", "arns", "identifier", "identifiers", "uuid"))


def _is_chosen_by_aws(operation: Operation, variable: str, names: tuple[str, ...]) -> bool:
    """Whether the call makes the thing and answers with the id that the variable stands for."""
    own = plain(variable)
    if own.endswith("name") or not re.match("Create|Request|Run|Allocate|Import|Start|Register", operation.name):
        return False
    return own in operation.outputs or any(n in operation.outputs for n in names if n.endswith(("id", "uuid")))
