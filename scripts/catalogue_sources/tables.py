"""The hand-kept tables: event to action, conditions in words, sources, passed roles, data events."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from leastwise.catalogue.events import Kind, PassRoleRule

HERE = Path(__file__).parent
Json = dict[str, Any]
NO_ACTION = "none"


@dataclass(frozen=True)
class When:
    """A condition in words as one that the request decides."""

    present: tuple[str, ...]
    instead: bool


@dataclass(frozen=True)
class FillTable:
    """Aliases by prefix and variable, and whole entries for single operations."""

    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    overrides: tuple[Json, ...]
    ignored: frozenset[str]
    alternatives: frozenset[str]
    never_named: frozenset[str]
    ec2_ids: Mapping[str, str]


def stem(event_source: str) -> str:
    """An event source without its domain."""
    return event_source.removesuffix(".amazonaws.com")


@lru_cache(maxsize=1)
def event_table() -> Json:
    """The whole event-to-action file."""
    return dict(json.loads((HERE / "event-to-action.json").read_text()))


@lru_cache(maxsize=1)
def curated() -> Json:
    """The whole of our own table: conditions, fills, absent names."""
    return tomllib.loads((HERE / "curated.toml").read_text())


@lru_cache(maxsize=1)
def whens() -> dict[str, When]:
    """Conditions in words that the request decides."""
    return {row["text"]: When(tuple(row["present"]), bool(row.get("instead", False))) for row in curated()["when"]}


@lru_cache(maxsize=1)
def fill_table() -> FillTable:
    """The fills kept by hand."""
    aliases = {
        prefix: {variable: tuple(names) for variable, names in table.items()}
        for prefix, table in curated()["aliases"].items()
    }
    return FillTable(
        aliases=aliases,
        overrides=tuple(curated()["override"]),
        ignored=frozenset(curated()["ignored_members"]),
        alternatives=frozenset(curated()["alternatives"]),
        never_named=frozenset(curated()["never_named"]),
        ec2_ids=curated()["ec2_ids"],
    )


def tagging(operation: str) -> tuple[str, ...]:
    """The tagging action that the operation needs besides its own when it is given tags."""
    found = curated()["tagging"].get(operation)
    return (found,) if found else ()


def known_absent() -> frozenset[str]:
    """Action names of our tables that the catalogue is known not to have."""
    return frozenset(name.lower() for name in curated()["known_absent"])


def homes(sdk_stems: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The service prefixes of each event source stem that is not itself the one prefix it stands for."""
    table: dict[str, tuple[str, ...]] = {name: (prefix,) for name, prefix in sdk_stems.items() if name != prefix}
    for row in event_table()["source_prefixes"]:
        table[stem(row["event_source"])] = (row["prefix"],)
    for row in event_table()["shared_event_sources"]:
        if "also_holds_prefix" in row:
            own = stem(row["event_source"])
            table[own] = (own, row["also_holds_prefix"])
    return dict(sorted(table.items()))


def dated_names() -> dict[str, str]:
    """The pattern to strip from event names, by event source stem."""
    return {stem(row["event_source"]): row["strip"] for row in event_table()["name_rules"]}


_KINDS: Mapping[str, Kind] = {
    "no permission needed": "no-permission",
    "call is not signed with IAM credentials": "no-permission",
    "bearer token": "no-permission",
    "sign-in event": "not-a-call",
    "eventType AwsConsoleAction": "not-a-call",
    "eventType AwsServiceEvent": "not-a-call",
    "service event in the data stream": "not-a-call",
}


def quiet_events() -> Iterator[tuple[str, str, Kind, Json]]:
    """Events that need no permission or are no call: stem, name, kind, row."""
    for row in event_table()["no_permission"]:
        if row["event_source"] != "*" and row["kind"] in _KINDS:
            yield stem(row["event_source"]), row["event_name"], _KINDS[row["kind"]], row


def pass_role_rules() -> dict[tuple[str, str], tuple[PassRoleRule, ...]]:
    """Rules for passed roles by (event source stem, lower-cased operation)."""
    table: dict[tuple[str, str], tuple[PassRoleRule, ...]] = {}
    for row in event_table()["pass_role"]:
        key = (stem(row["event_source"]), row["operation"].lower())
        table[key] = (*table.get(key, ()), *_pass_role(row))
    return {key: distinct(rules) for key, rules in table.items()}


def told_roles(row: Json) -> tuple[PassRoleRule, ...]:
    """Rules for the passed roles that an event's row tells of in words."""
    return tuple(_told_role(told, row["confidence"]) for told in row.get("pass_role", []))


def _told_role(told: Json, confidence: str) -> PassRoleRule:
    words = told["parameter"].split(" (", 1)[0]
    first, *others = re.split(" / | or ", words)
    stem = first.rsplit(".", 1)[0]
    paths = (first, *(f"{stem}.{other.lstrip('.')}" for other in others))
    return PassRoleRule(
        parameters=tuple(parameter(path) for path in paths),
        paths=paths,
        service=told["service"].split(" (", 1)[0],
        service_confidence=confidence,
        confidence=confidence,
        by_profile="instanceprofile" in words.lower(),
    )


_SURE = ("aws-text", "aws-data", "recorded", "3p", "guess")


def distinct(rules: Iterable[PassRoleRule]) -> tuple[PassRoleRule, ...]:
    """The surest rule for each set of parameters; one without parameters only when it is alone."""
    best: dict[tuple[tuple[str, ...], bool], PassRoleRule] = {}
    for rule in sorted(rules, key=lambda r: (_SURE.index(r.service_confidence or "guess"), r.service)):
        best.setdefault((rule.parameters, rule.by_profile), rule)
    named = any(rule.parameters for rule in best.values())
    return tuple(rule for rule in best.values() if rule.parameters or not named)


def _pass_role(row: Json) -> Iterator[PassRoleRule]:
    if not row["parameters"]:
        yield _role_rule(row, (), receiver="", by_profile=False)
    groups: dict[tuple[str, bool], list[str]] = {}
    for path in row["parameters"]:
        by_profile = "instanceprofile" in path.lower()
        if not (by_profile and row["operation"] in curated()["profile_receives"]):
            groups.setdefault((_receiver(row, path, by_profile=by_profile), by_profile), []).append(path)
    for (receiver, by_profile), paths in groups.items():
        yield _role_rule(row, tuple(paths), receiver=receiver, by_profile=by_profile)


def _receiver(row: Json, path: str, *, by_profile: bool) -> str:
    """The service that is known to receive the role of this member; `` leaves it to the row."""
    told = curated()["passed_to"].get(f"{stem(row['event_source'])}:{parameter(path).split('.')[-1]}", "")
    return str(told) or ("ec2.amazonaws.com" if by_profile else "")


def _role_rule(row: Json, paths: tuple[str, ...], *, receiver: str, by_profile: bool) -> PassRoleRule:
    return PassRoleRule(
        parameters=tuple(dict.fromkeys(parameter(path) for path in paths)),
        paths=paths,
        service=receiver or row["passed_to_service"],
        service_confidence="aws-text" if receiver else row["passed_to_service_confidence"],
        candidate=row["confidence"] == "guess",
        confidence=row["confidence"],
        by_profile=by_profile,
    )


_VAGUE = frozenset({"arn", "name", "id"})


def parameter(path: str) -> str:
    """A member path as a parameter: its last name, with its parents where that name is vague."""
    parts = [part.strip("[]{}").lower() for part in path.removeprefix("requestParameters.").split(".")]
    parts = [part for part in parts if part]
    return ".".join(parts[-2:]) if parts[-1] in _VAGUE else parts[-1]
