"""AWS's own service reference files, which a user downloads, made into an overlay of the catalogue.

Source: Service Authorization Reference, "Simplified AWS service information for programmatic access".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from leastwise.catalogue.events import ActionRule, CallRule
from leastwise.catalogue.load import Catalogue, conventional_targets, load_catalogue
from leastwise.catalogue.services import (
    AccessLevel,
    Action,
    ConditionKey,
    ResourceType,
    ResourceUse,
    Service,
    main_level,
)
from leastwise.model.errors import InputError, UnreadableFile

_CONDITION_UNKNOWN = "named by the AWS service reference, which does not say when"
_SOURCE = "AWS service reference"
_PREFIX = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote, and the files it left out with the reason."""

    services: tuple[str, ...]
    actions: int
    operations: int
    skipped: Mapping[str, str]


class Properties(msgspec.Struct, rename="pascal"):
    """Independent marks of an action; none set means that it reads."""

    is_list: bool = False
    is_permission_management: bool = False
    is_tagging_only: bool = False
    is_write: bool = False


class Annotations(msgspec.Struct, rename="pascal"):
    """Holder of the marks."""

    properties: Properties = msgspec.field(default_factory=Properties)


class Named(msgspec.Struct, rename="pascal"):
    """A thing of which only the name is given."""

    name: str


class RawAction(msgspec.Struct, rename="pascal"):
    """One action as the file has it."""

    name: str
    action_condition_keys: list[str] = []
    annotations: Annotations = msgspec.field(default_factory=Annotations)
    resources: list[Named] = []


class RawKey(msgspec.Struct, rename="pascal"):
    """One condition key as the file has it."""

    name: str
    types: list[str] = []


class Authorized(msgspec.Struct, rename="pascal"):
    """One action that an operation may be authorized by."""

    name: str
    service: str


class RawOperation(msgspec.Struct, rename="pascal"):
    """One API operation as the file has it."""

    name: str
    authorized_actions: list[Authorized] = []


class RawResource(msgspec.Struct, rename="pascal"):
    """One resource type as the file has it."""

    name: str
    arn_formats: list[str] = msgspec.field(default_factory=list, name="ARNFormats")
    condition_keys: list[str] = []


class RawService(msgspec.Struct, rename="pascal"):
    """One service reference file."""

    name: str
    actions: list[RawAction]
    condition_keys: list[RawKey] = []
    operations: list[RawOperation] = []
    resources: list[RawResource] = []
    version: str = ""


@dataclass(slots=True)
class _Tally:
    services: list[str] = field(default_factory=list)
    actions: int = 0
    operations: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


def import_reference(source: Path, into: Path) -> ImportReport:
    """The files of `source` written as an overlay folder that `load_catalogue` takes.

    Actions, resources, keys and operations replace the shipped ones service by service. What the files do
    not tell (required resource types, dependent actions, data events) is taken over from the shipped data.
    """
    files = _files(source)
    shipped = load_catalogue()
    tally = _Tally()
    for folder in ("services", "calls"):
        (into / folder).mkdir(parents=True, exist_ok=True)
    for path in files:
        _import_one(path, into, shipped, tally)
    if not tally.services:
        raise InputError(f"no service reference among the files of `{source}`", help=_first(tally.skipped))
    return ImportReport(tuple(tally.services), tally.actions, tally.operations, tally.skipped)


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise UnreadableFile(str(source), "no such file or folder")
    return sorted(source.rglob("*.json"))


def _first(skipped: Mapping[str, str]) -> str:
    found = next(iter(skipped.items()), None)
    return f"`{found[0]}`: {found[1]}" if found else "put the downloaded JSON files into the folder"


def _import_one(path: Path, into: Path, shipped: Catalogue, tally: _Tally) -> None:
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=RawService)
    except (OSError, msgspec.MsgspecError) as error:
        tally.skipped[str(path)] = str(error).lower()
        return
    if not _PREFIX.fullmatch(raw.name):
        tally.skipped[str(path)] = f"`{raw.name}` is no service prefix"
        return
    service = service_of(raw, shipped.service(raw.name))
    rules = dict(_rules(raw, service, shipped))
    _write(into / "services" / f"{service.prefix}.json", service)
    _write(into / "calls" / f"{service.prefix}.json", rules)
    tally.services.append(service.prefix)
    tally.actions += len(service.actions)
    tally.operations += len(rules)


def _write(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.encode(value))


def service_of(raw: RawService, known: Service | None) -> Service:
    """The service as the file has it, completed by what is known of it."""
    prefix = raw.name.lower()
    return Service(
        prefix=prefix,
        name=known.name if known else raw.name,
        actions={a.name.lower(): _action(prefix, a, known) for a in raw.actions},
        resource_types={r.name: _resource_type(r, known) for r in raw.resources},
        condition_keys={k.name.lower(): _key(k) for k in raw.condition_keys},
        supports_rcp=known.supports_rcp if known else False,
    )


def _action(prefix: str, raw: RawAction, known: Service | None) -> Action:
    before = known.actions.get(raw.name.lower()) if known else None
    levels = tuple(_levels(raw.annotations.properties))
    uses = {use.name: use for use in before.resource_types} if before else {}
    return Action(
        name=f"{prefix}:{raw.name}",
        access_level=main_level(levels),
        access_levels=levels,
        resource_types=tuple(uses.get(r.name, ResourceUse(r.name)) for r in raw.resources),
        condition_keys=tuple(sorted(raw.action_condition_keys)),
        dependent_actions=before.dependent_actions if before else (),
        is_data_plane=before.is_data_plane if before else False,
    )


def _levels(marks: Properties) -> Iterator[AccessLevel]:
    named: tuple[tuple[AccessLevel, bool], ...] = (
        ("List", marks.is_list),
        ("Permissions management", marks.is_permission_management),
        ("Tagging", marks.is_tagging_only),
        ("Write", marks.is_write),
    )
    found = [level for level, is_set in named if is_set]
    yield from found or ["Read"]


def _resource_type(raw: RawResource, known: Service | None) -> ResourceType:
    before = known.resource_types.get(raw.name) if known else None
    keys = tuple(sorted(raw.condition_keys)) or (before.condition_keys if before else ())
    return ResourceType(raw.name, tuple(raw.arn_formats), keys)


def _key(raw: RawKey) -> ConditionKey:
    kind = raw.types[0] if raw.types else "String"
    return ConditionKey(raw.name, kind.removeprefix("ArrayOf"), kind.startswith("ArrayOf"))


def _rules(raw: RawService, service: Service, shipped: Catalogue) -> Iterator[tuple[str, CallRule]]:
    for operation in raw.operations:
        names = [f"{a.service}:{a.name}" for a in operation.authorized_actions]
        if names:
            before = shipped.call(f"{service.prefix}.amazonaws.com", operation.name)
            yield operation.name.lower(), _rule(names, service, shipped, before)


def _rule(names: list[str], service: Service, shipped: Catalogue, before: CallRule) -> CallRule:
    """The shipped rule; an action that the file adds is needed in a case that it does not tell."""
    known = {rule.action.lower() for rule in before.actions} | {name.lower() for name, _ in before.conditional}
    added = [name for name in names if name.lower() not in known]
    if before.kind == "mapped":
        conditional = tuple((name, _CONDITION_UNKNOWN) for name in added if name.lower() != "iam:passrole")
        return replace(before, event_source="", event_name="", conditional=(*before.conditional, *conditional))
    own = [name for name in added if name.partition(":")[0] == service.prefix] or added
    others = tuple((name, _CONDITION_UNKNOWN) for name in added if name not in own)
    return CallRule(
        kind="mapped",
        prefix=service.prefix,
        actions=tuple(_action_rule(name, service, shipped) for name in own),
        conditional=others,
        confidence="aws-data",
        source=_SOURCE,
    )


def _action_rule(name: str, service: Service, shipped: Catalogue) -> ActionRule:
    prefix, _, short = name.partition(":")
    home = service if prefix == service.prefix else shipped.service(prefix)
    action = home.actions.get(short.lower()) if home else None
    if home is None or action is None:
        return ActionRule(action=name, confidence="aws-data", source=_SOURCE)
    targets = conventional_targets(home, action)
    return ActionRule(action=action.name, targets=targets, confidence="aws-data", source=_SOURCE)
