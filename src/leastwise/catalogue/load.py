"""The shipped service data, read a service at a time, with a user's own reference laid over it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from leastwise.catalogue.conventions import parameter_names, variables
from leastwise.catalogue.events import ActionRule, CallRule, Fill, ForwardedCall, Target
from leastwise.catalogue.services import Action, Service
from leastwise.model.errors import UnreadableFile

SHIPPED = Path(__file__).parent / "data" / "catalogue.zip"
HEADER = "header.json"
FORWARDED = "forwarded.json"
INDEX = "index.json"
_ARN_PARTS = 6
_CACHED_CALLS = 100_000
_DOMAIN = re.compile(r"\.(amazonaws\.com(\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk)$")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """One origin of the data with its version and licence."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of each thing a catalogue holds."""

    services: int = 0
    actions: int = 0
    resource_types: int = 0
    condition_keys: int = 0
    dependent: int = 0
    pass_role_rules: int = 0
    event_rules: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """What a catalogue is made of, and how an event source leads to service prefixes."""

    version: str
    date: str
    sources: tuple[Source, ...]
    counts: Counts
    prefixes: tuple[str, ...]
    event_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dated_names: Mapping[str, str] = field(default_factory=dict)
    data_plane: Mapping[str, str] = field(default_factory=dict)
    rcp_prefixes: tuple[str, ...] = ()
    upstream_dependent: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """What is told of all services at once, so that not each of them has to be read for it.

    `actions` are the names of all actions in the order of their lower case. `arns` are the ARN templates by the
    service that they name; a template that leaves it open is under the prefix of its own. `permissions` are the names
    of the actions whose access level is "Permissions management".
    """

    actions: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    arns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Catalogue:
    """Services, actions and call rules, each read on first use and kept."""

    def __init__(self, shipped: Path, overlay: Path | None = None) -> None:
        self._archive = _opened(shipped)
        self._overlay = overlay
        self.header = _decoded(self._archive.read(HEADER), Header, str(shipped))
        self.prefixes = tuple(sorted({*self.header.prefixes, *_overlaid(overlay)}))
        self._members = frozenset(self._archive.namelist())
        self._services: dict[str, Service | None] = {}
        self._rules: dict[str, dict[str, msgspec.Raw]] = {}
        self._calls: dict[tuple[str, str], CallRule] = {}
        self._forwarded: dict[str, dict[str, tuple[ForwardedCall, ...]]] | None = None
        self._index: Index | None = None

    def service(self, prefix: str) -> Service | None:
        """The service of this prefix in any case, or None."""
        key = prefix.lower()
        if key not in self._services:
            self._services[key] = self._read(f"services/{key}.json", Service)
        return self._services[key]

    def action(self, name: str) -> Action | None:
        """The action of this `service:Action` name in any case, or None."""
        prefix, colon, short = name.partition(":")
        service = self.service(prefix) if colon else None
        return service.actions.get(short.lower()) if service else None

    def index(self) -> Index:
        """All actions and ARN templates."""
        if self._index is None:
            shipped = None if self._overlay else self._read(INDEX, Index)
            services = (self.service(prefix) for prefix in self.prefixes) if shipped is None else ()
            self._index = shipped or index_of(service for service in services if service)
        return self._index

    def call(self, event_source: str, event_name: str) -> CallRule:
        """What the call needs; kind `unmapped` when nothing is known of it."""
        key = (event_source, event_name)
        rule = self._calls.get(key)
        if rule is None:
            if len(self._calls) >= _CACHED_CALLS:
                self._calls.clear()
            rule = self._calls[key] = self._found(event_source, event_name)
        return rule

    def rules(self, prefix: str) -> tuple[CallRule, ...]:
        """Every call rule kept under a service prefix or the stem of an event source."""
        return tuple(self._rule(prefix, name) for name in sorted(self._rules_of(prefix)))

    def forwarded(self, prefix: str, operation: str) -> tuple[ForwardedCall, ...]:
        """The further calls that a service makes with the caller's identity for this operation."""
        return self._forwarders().get(prefix, {}).get(operation.lower(), ())

    def forwarding_prefixes(self) -> frozenset[str]:
        """Services known to make further calls with the caller's identity."""
        return frozenset(self._forwarders())

    def _forwarders(self) -> dict[str, dict[str, tuple[ForwardedCall, ...]]]:
        if self._forwarded is None:
            found = self._read(FORWARDED, dict[str, dict[str, tuple[ForwardedCall, ...]]])
            self._forwarded = found or {}
        return self._forwarded

    def data_plane_prefixes(self) -> frozenset[str]:
        """Prefixes with calls that only data events log, so that silence proves no disuse."""
        return frozenset(self.header.data_plane)

    def data_plane_unread(self) -> frozenset[str]:
        """Of those, prefixes whose data events are not listed: treat every unseen action as unknown."""
        return frozenset(p for p, state in self.header.data_plane.items() if state == "unread")

    def homes(self, event_source: str) -> tuple[str, ...]:
        """Where rules for an event source are kept, best first: its service prefixes, or its own stem."""
        stem = _DOMAIN.sub("", event_source.strip().lower())
        return self.header.event_sources.get(stem, (stem,))

    def _found(self, event_source: str, event_name: str) -> CallRule:
        homes = self.homes(event_source)
        for name in self._spellings(homes[0], event_name):
            for home in homes:
                rule = self._rule_or_same_name(home, name)
                if rule:
                    return replace(rule, event_source=event_source, event_name=event_name)
        known = next((home for home in homes if self.service(home)), "")
        return CallRule(event_source=event_source, event_name=event_name, prefix=known)

    def _spellings(self, home: str, event_name: str) -> tuple[str, ...]:
        pattern = self.header.dated_names.get(home)
        plain = re.sub(pattern, "", event_name) if pattern else event_name
        return tuple(dict.fromkeys((event_name.lower(), plain.lower())))

    def _rule_or_same_name(self, home: str, name: str) -> CallRule | None:
        rules = self._rules_of(home)
        if name in rules or "*" in rules:
            return self._rule(home, name if name in rules else "*")
        service = self.service(home)
        action = service.actions.get(name) if service else None
        return same_name_rule(service, action) if service and action else None

    def _rule(self, home: str, name: str) -> CallRule:
        return _decoded(self._rules_of(home)[name], CallRule, f"calls/{home}.json: {name}")

    def _rules_of(self, home: str) -> dict[str, msgspec.Raw]:
        if home not in self._rules:
            self._rules[home] = self._read(f"calls/{home}.json", dict[str, msgspec.Raw]) or {}
            self._rules[home] |= self._overlaid_rules(home)
        return self._rules[home]

    def _overlaid_rules(self, home: str) -> dict[str, msgspec.Raw]:
        path = self._overlay / "calls" / f"{home}.json" if self._overlay else None
        if path is None or not path.is_file():
            return {}
        return _decoded(path.read_bytes(), dict[str, msgspec.Raw], str(path))

    def _read(self, member: str, kind: type[T]) -> T | None:
        path = self._overlay / member if self._overlay else None
        if path and member.startswith("services/") and path.is_file():
            return _decoded(path.read_bytes(), kind, str(path))
        if member not in self._members:
            return None
        return _decoded(self._archive.read(member), kind, member)


def index_of(services: Iterable[Service]) -> Index:
    """The index of these services, in their order."""
    actions: dict[str, Action] = {}
    arns: dict[str, dict[str, None]] = {}
    for service in services:
        actions |= {action.name.lower(): action for action in service.actions.values()}
        for template in (one for kind in service.resource_types.values() for one in kind.templates):
            parts = template.split(":", _ARN_PARTS - 1)
            if len(parts) == _ARN_PARTS:
                is_open = any(sign in parts[2] for sign in "*?$")
                arns.setdefault(service.prefix if is_open else parts[2], {})[template] = None
    found = [actions[name] for name in sorted(actions)]
    permissions = tuple(one.name for one in found if one.access_level == "Permissions management")
    return Index(
        tuple(one.name for one in found), permissions, {name: tuple(found) for name, found in sorted(arns.items())}
    )


def same_name_rule(service: Service, action: Action) -> CallRule:
    """A rule for the call of the action's own name, its targets filled by naming convention alone."""
    rule = ActionRule(action=action.name, targets=conventional_targets(service, action))
    return CallRule(
        kind="mapped",
        prefix=service.prefix,
        actions=(rule,),
        confidence="same-name",
        is_data_event=action.is_data_plane,
    )


def conventional_targets(service: Service, action: Action) -> tuple[Target, ...]:
    """The action's resource types, each variable filled by the parameter names that AWS would use."""
    return tuple(
        Target(use.name, template, use.required, _conventional_fills(template, use.name))
        for use in action.resource_types
        if use.name in service.resource_types
        for template in service.resource_types[use.name].templates
    )


def _conventional_fills(template: str, resource_type: str) -> tuple[Fill, ...]:
    return tuple(Fill(v, parameter_names(v, template, resource_type)) for v in variables(template))


@lru_cache(maxsize=8)
def load_catalogue(overlay: Path | None = None) -> Catalogue:
    """The shipped catalogue, with a folder written by `import_reference` laid over it."""
    return Catalogue(SHIPPED, overlay)


def _overlaid(overlay: Path | None) -> frozenset[str]:
    if overlay is None:
        return frozenset()
    if not (overlay / "services").is_dir():
        raise UnreadableFile(str(overlay), "not a folder of imported service references")
    return frozenset(path.stem for path in (overlay / "services").glob("*.json"))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableFile(str(path), str(error).lower()) from error


def _decoded(content: bytes | msgspec.Raw, kind: type[T], place: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise UnreadableFile(place, str(error).lower()) from error
