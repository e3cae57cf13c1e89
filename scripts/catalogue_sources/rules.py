"""Call rules: what each operation and each row of the event table needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from catalogue_sources import paths, tables
from catalogue_sources.matching import Matcher
from catalogue_sources.operations import Member, Operation
from catalogue_sources.upstream import BuildError, data_events
from leastwise.catalogue.conventions import parameter_names, plain, variables
from leastwise.catalogue.events import ActionRule, CallRule, PassRoleRule, Target
from leastwise.catalogue.services import Action, ResourceType, Service

Json = dict[str, Any]
_PASS_ROLE = "iam:PassRole"
_EC2_TAGS = "ec2:CreateTags"
_TAG_MEMBERS = (
    "tags",
    "tagset",
    "taglist",
    "tag",
    "tagspecificationset",
    "tagspecification",
    "tagspecifications",
)
_DECODERS: Mapping[tuple[str, str], str] = {
    ("dynamodb", "batchexecutestatement"): "partiql",
    ("dynamodb", "executestatement"): "partiql",
    ("dynamodb", "executetransaction"): "partiql",
    ("dynamodb", "transactwriteitems"): "dynamodb-transact",
}


class RuleBook:
    """Rules by home (a service prefix or the stem of an event source) and lower-cased event name."""

    def __init__(
        self,
        services: Mapping[str, Service],
        operations: Mapping[tuple[str, str], Operation],
        homes: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._services = services
        self._operations = operations
        self._homes = homes
        self._matcher = Matcher(tables.fill_table())
        self._roles = self._roles_by_home()
        self._data_events = _data_event_names()
        self.rules: dict[str, dict[str, CallRule]] = {}
        self.missing: set[str] = set()

    def build(self) -> dict[str, dict[str, CallRule]]:
        """All rules; raises when our tables name an action that the catalogue has not."""
        self._add_operations()
        self._add_bare_actions()
        self._add_table()
        self._add_quiet()
        unknown = self.missing - tables.known_absent()
        if unknown:
            raise BuildError(f"our tables name actions that the catalogue has not: {', '.join(sorted(unknown))}")
        return self.rules

    def _home(self, stem: str) -> str:
        return self._homes.get(stem, (stem,))[0]

    def _roles_by_home(self) -> dict[tuple[str, str], tuple[PassRoleRule, ...]]:
        found: dict[tuple[str, str], tuple[PassRoleRule, ...]] = {}
        for (stem, name), rules in tables.pass_role_rules().items():
            key = (self._home(stem), name)
            found[key] = tables.distinct((*found.get(key, ()), *rules))
        return found

    def _put(self, home: str, name: str, rule: CallRule) -> None:
        self.rules.setdefault(home, {})[name.lower()] = rule

    def _add_operations(self) -> None:
        for (prefix, name), operation in self._operations.items():
            action = self._services[prefix].actions.get(name) if prefix in self._services else None
            if action:
                self._put(prefix, name, self._same_name(operation, action))

    def _add_bare_actions(self) -> None:
        for prefix, service in self._services.items():
            for name, action in service.actions.items():
                if name not in self.rules.get(prefix, {}):
                    self._put(prefix, name, self._same_name(_without_model(prefix, action, service), action))

    def _same_name(self, operation: Operation, action: Action) -> CallRule:
        rules = [self._action_rule(operation, action.name)]
        return self._finished(
            operation,
            CallRule(kind="mapped", prefix=operation.prefix, actions=tuple(rules), confidence="same-name"),
        )

    def _action_rule(self, operation: Operation, name: str, **fields: Any) -> ActionRule:
        prefix, _, short = name.partition(":")
        service = self._services.get(prefix)
        action = service.actions.get(short.lower()) if service else None
        if service is None or action is None:
            self.missing.add(name.lower())
            return ActionRule(action=name, **fields)
        found = paths.targets(operation, short) if prefix == "apigateway" else None
        if found is None:
            found = self._matcher.targets(operation, action, types=dict(service.resource_types))
        return ActionRule(action=action.name, targets=found, **fields)

    def _add_table(self) -> None:
        for row in tables.event_table()["event_actions"]:
            home = self._home(tables.stem(row["event_source"]))
            name = row["event_name"].lower()
            operation = self._operations.get((home, name)) or self._foreign(row, home)
            self._put(home, name, self._from_row(operation, row, home))

    def _foreign(self, row: Json, home: str) -> Operation:
        prefix = row["actions"][0].partition(":")[0]
        name = row["event_name"].lower()
        found = self._operations.get((prefix, name))
        if found is None and home in ("s3express", "s3-outposts"):
            found = self._operations.get(("s3", name))
        return found or self._like(row, home)

    def _like(self, row: Json, home: str) -> Operation:
        """An event that is no operation's name: the members of the operations of its actions."""
        found = [
            op
            for a in row["actions"]
            if (op := self._operations.get((a.partition(":")[0], a.partition(":")[2].lower())))
        ]
        if found:
            return replace(found[0], name=row["event_name"])
        return Operation(home, row["event_name"], ())

    def _from_row(self, operation: Operation, row: Json, home: str) -> CallRule:
        if row["actions"] == [tables.NO_ACTION]:
            return CallRule(kind="no-permission", prefix=home, confidence=row["confidence"], source=row["source"])
        facts = {"confidence": row["confidence"], "source": row["source"]}
        decided, undecided = self._split(row)
        rules = [
            self._action_rule(operation, name, absent=_replaced_by(name, row, decided), **facts)
            for name in row["actions"]
            if name != _PASS_ROLE
        ]
        main = next((r for r in rules if self._changes(r)), rules[0])
        rules += [self._decided(operation, main, name, present=when.present, **facts) for name, when in decided]
        rule = CallRule(
            kind="mapped",
            prefix=home if home in self._services else row["actions"][0].partition(":")[0],
            actions=tuple(rules),
            conditional=tuple(undecided),
            pass_role=tables.told_roles(row),
            note=str(row.get("condition", "")),
            **facts,
        )
        return self._finished(operation, rule, home=home)

    def _changes(self, rule: ActionRule) -> bool:
        action = self._known(rule.action)
        return action is not None and action.access_level not in ("Read", "List")

    def _decided(self, operation: Operation, main: ActionRule, name: str, **fields: Any) -> ActionRule:
        """The rule of an action that a present member asks for; tags go on what the call makes."""
        action = self._known(name)
        if action and _is_tagging(action, operation.prefix) and main.targets:
            return ActionRule(action=action.name, targets=_made(operation, main), **fields)
        return self._action_rule(operation, name, **fields)

    def _split(self, row: Json) -> tuple[list[tuple[str, tables.When]], list[tuple[str, str]]]:
        decided, undecided = [], []
        for case in row.get("conditional_actions", []):
            when = tables.whens().get(case["when"])
            if case["action"] == _EC2_TAGS:
                continue
            if when and case["action"] != _PASS_ROLE:
                decided.append((case["action"], when))
            elif case["action"] != _PASS_ROLE:
                undecided.append((case["action"], case["when"]))
        return decided, undecided

    def _finished(self, operation: Operation, rule: CallRule, home: str = "") -> CallRule:
        home = home or operation.prefix
        name = operation.name.lower()
        return replace(
            rule,
            actions=tuple(_split_by_path(_split_by_bus(_unique((*rule.actions, *self._tagging(operation, rule)))))),
            pass_role=tables.distinct((*rule.pass_role, *self._roles.get((home, name), ()))),
            decoder=_DECODERS.get((home, name), ""),
            is_data_event=name in self._data_events.get(home, frozenset()),
        )

    def _tagging(self, operation: Operation, rule: CallRule) -> Iterator[ActionRule]:
        """The tagging action that a request with tags needs besides the one that it names."""
        members = tuple(m for m in _TAG_MEMBERS if m in operation.containers)
        known = {a.action for a in rule.actions}
        if not members or not rule.actions:
            return
        main = self._known(rule.actions[0].action)
        if operation.prefix == "ec2" and main and "ec2:CreateTags" not in known:
            if "tagspecifications" in members:
                types = self._services["ec2"].resource_types
                yield from _created_tags(operation, rule.actions[0], types)
            return
        more = tables.tagging(f"{operation.prefix}:{operation.name}")
        for name in (*more, *(main.dependent_actions if main else ())):
            found = self._known(name)
            if found is None:
                self.missing.add(name.lower())
            elif name not in known and _is_tagging(found, operation.prefix):
                yield self._tag_rule(operation, rule.actions[0], name, members)

    def _tag_rule(self, operation: Operation, main: ActionRule, name: str, members: tuple[str, ...]) -> ActionRule:
        facts = {"present": members, "confidence": "aws-data", "source": "dependent actions, API texts"}
        rule = self._action_rule(operation, name, **facts)
        # Tagging knows a log group by another ARN than all other actions do.
        return rule if operation.prefix == "logs" else replace(rule, targets=_made(operation, main))

    def _known(self, name: str) -> Action | None:
        prefix, _, short = name.partition(":")
        return self._services[prefix].actions.get(short.lower()) if prefix in self._services else None

    def _add_quiet(self) -> None:
        for stem, name, kind, row in tables.quiet_events():
            home = self._home(stem)
            note = str(row.get("note", row["kind"]))
            rule = CallRule(kind=kind, prefix=home, confidence=row["confidence"], source=row["source"], note=note)
            self._put(home, name, rule)


def _is_tagging(action: Action, prefix: str) -> bool:
    return action.name.startswith(f"{prefix}:") and "Tagging" in action.access_levels


def _made(operation: Operation, main: ActionRule) -> tuple[Target, ...]:
    """The targets that the call makes, as far as their type or the operation's name tells."""
    name = operation.name.lower()
    made = tuple(t for t in main.targets if t.created)
    named = tuple(t for t in main.targets if plain(t.resource_type.split("/")[0]).removesuffix("s") in name)
    return made or named or tuple(target for target in main.targets if target.required) or main.targets


_TAG_SPECIFICATIONS = ("tagspecificationset", "tagspecification", "tagspecifications")
_LAUNCHES = frozenset({"CreateFleet", "RequestSpotFleet", "RequestSpotInstances", "RunInstances"})
_LAUNCHED = ("instance", "network-interface", "spot-instances-request", "volume")


def _created_tags(operation: Operation, main: ActionRule, types: Mapping[str, ResourceType]) -> Iterator[ActionRule]:
    """A rule for each type that a tag specification of the request may name."""
    made = {t.resource_type: t for t in _made(operation, main)}
    if operation.name in _LAUNCHES:
        made |= {k: Target(k, types[k].templates[0], created=True) for k in _LAUNCHED if k in types}
    for kind, target in sorted(made.items()):
        yield ActionRule(
            "ec2:CreateTags",
            present=tuple(f"{member}.resourcetype|is:{kind}" for member in _TAG_SPECIFICATIONS),
            targets=(target,),
            confidence="aws-text",
            source="Amazon EC2 User Guide, grant permission to tag resources during creation",
        )


_CUSTOM_BUS = "eventbusname|custom-event-bus"
_ON_CUSTOM, _ON_DEFAULT = "rule-on-custom-event-bus", "rule-on-default-event-bus"


def _split_by_bus(rules: Iterable[ActionRule]) -> Iterator[ActionRule]:
    """EventBridge rules are named with their bus, those of the default bus without."""
    for rule in rules:
        if not {_ON_CUSTOM, _ON_DEFAULT} <= {target.resource_type for target in rule.targets}:
            yield rule
            continue
        default = tuple(t for t in rule.targets if t.resource_type != _ON_CUSTOM)
        custom = tuple(t for t in rule.targets if t.resource_type != _ON_DEFAULT)
        yield replace(rule, targets=default, absent=(*rule.absent, _CUSTOM_BUS))
        if not rule.present:
            yield replace(rule, targets=custom, present=(_CUSTOM_BUS,))


def _split_by_path(rules: Iterable[ActionRule]) -> Iterator[ActionRule]:
    """API Gateway's two APIs share names of operations; their first path parameter tells them apart."""
    for rule in rules:
        paths_of = {t.fills[0].parameters[:1]: t for t in rule.targets if t.resource_type == paths.PATH and t.fills}
        if len(paths_of) < 2 or rule.present:
            yield rule
            continue
        for present, target in paths_of.items():
            yield replace(rule, targets=(target,), present=present)


def _unique(rules: Iterable[ActionRule]) -> Iterator[ActionRule]:
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for rule in rules:
        if (rule.action, rule.present) not in seen:
            seen.add((rule.action, rule.present))
            yield rule


def _replaced_by(name: str, row: Json, decided: list[tuple[str, tables.When]]) -> tuple[str, ...]:
    """Parameters whose presence means that another action is asked instead of this one."""
    found: list[str] = []
    for case_action, when in decided:
        if when.instead and _plain_form(case_action, row["actions"]) == name:
            found += when.present
    return tuple(dict.fromkeys(found))


def _plain_form(action: str, actions: list[str]) -> str:
    plain = re.sub("Version(?=$|Acl|Tagging|Attributes)", "", action)
    return plain if plain in actions else actions[0]


def _without_model(prefix: str, action: Action, service: Service) -> Operation:
    """An action without an operation: every conventional member name could be there."""
    names = {
        name.partition("|")[0]
        for use in action.resource_types
        if use.name in service.resource_types
        for template in service.resource_types[use.name].templates
        for variable in variables(template)
        for name in parameter_names(variable, template, use.name)
    }
    return Operation(prefix, action.name.partition(":")[2], (), tuple(Member((n,)) for n in sorted(names)))


def _data_event_names() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for row in data_events()["data_events"]:
        table.setdefault(row["prefix"], set()).update(e.lower() for e in row["events"])
    return {prefix: frozenset(names) for prefix, names in table.items()}
