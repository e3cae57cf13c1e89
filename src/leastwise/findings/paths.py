"""The public ways to more permissions, as data, and which of them a step is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as File
from typing import Final, Literal, get_args

Category = Literal[
    "self-escalation", "principal-access", "new-passrole", "existing-passrole", "resource-policy", "identity-center"
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
_DATA: Final = File(__file__).with_name("paths.toml")


@dataclass(frozen=True, slots=True)
class Path:
    """One way: its id, what it calls, on what, the service that a role must trust, and what else it takes."""

    id: str
    category: Category
    actions: tuple[str, ...]
    on: str
    service: str = ""
    also: str = ""


@lru_cache(maxsize=1)
def paths() -> tuple[Path, ...]:
    """Every way, in the order of the data; raises ValueError for a category that there is not."""
    return tuple(map(_path, tomllib.loads(_DATA.read_text(encoding="utf-8"))["path"]))


def path_of(actions: Collection[str]) -> Path | None:
    """The way that these calls are: the longest of those that call nothing else."""
    called = {one.lower() for one in actions}
    fitting = [one for one in paths() if {each.lower() for each in one.actions} <= called]
    return max(fitting, key=lambda one: len(one.actions), default=None)


def unknown_to(known: Callable[[str], bool]) -> list[str]:
    """`path: action` for every action of a way that is not known."""
    return [f"{one.id}: {action}" for one in paths() for action in one.actions if not known(action)]


def actions_of(*categories: Category) -> Iterator[str]:
    """The actions of the ways of these categories, of all where none is given, each once."""
    wanted = categories or CATEGORIES
    yield from dict.fromkeys(action for one in paths() if one.category in wanted for action in one.actions)


def _path(told: dict[str, object]) -> Path:
    category = next((one for one in CATEGORIES if one == told["category"]), None)
    actions = told["actions"]
    if category is None or not isinstance(actions, list):
        raise ValueError(f"path {told['id']}: no such category, or no actions")
    also = (str(told.get(name, "")) for name in ("service", "also"))
    return Path(str(told["id"]), category, tuple(map(str, actions)), str(told["on"]), *also)
