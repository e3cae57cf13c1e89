"""Services, actions, resource types and condition keys as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AccessLevel = Literal["Permissions management", "Tagging", "Write", "List", "Read"]
LEVELS: tuple[AccessLevel, ...] = ("Permissions management", "Tagging", "Write", "List", "Read")


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """One resource type that an action is authorized on; not required means that it may be absent."""

    name: str
    required: bool = False
    condition_keys: tuple[str, ...] = ()
    dependent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One IAM action with its canonical name, `s3:GetObject`.

    `access_level` is the level that AWS's pages show; `access_levels` are all that the source names.
    """

    name: str
    access_level: AccessLevel
    access_levels: tuple[AccessLevel, ...]
    resource_types: tuple[ResourceUse, ...] = ()
    condition_keys: tuple[str, ...] = ()
    dependent_actions: tuple[str, ...] = ()
    is_data_plane: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource type of a service with the ARN templates that its resources fit."""

    name: str
    templates: tuple[str, ...]
    condition_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """One condition key; `multi_valued` keys need `ForAllValues` or `ForAnyValue`."""

    name: str
    type: str
    multi_valued: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One service prefix with all that belongs to it; `actions` is keyed by lower-cased short name."""

    prefix: str
    name: str
    actions: Mapping[str, Action] = field(default_factory=dict)
    resource_types: Mapping[str, ResourceType] = field(default_factory=dict)
    condition_keys: Mapping[str, ConditionKey] = field(default_factory=dict)
    supports_rcp: bool = False


def main_level(levels: tuple[AccessLevel, ...]) -> AccessLevel:
    """The one level that AWS's pages show for an action that a source labels with several."""
    return next((level for level in LEVELS if level in levels), "Read")
