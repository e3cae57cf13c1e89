"""Which accounts are production and which development, by the words in their names and those of their OUs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, Literal

from leastwise.findings.scene import Scene

Stage = Literal["production", "development", ""]
_BREAK = re.compile(r"[^a-z0-9]+")
_ROLE: Final = ":role/"


def stages(scene: Scene) -> Mapping[str, Stage]:
    """The stage of each account that the words tell one of; none where they tell both."""
    found = {account: _told(scene, _words(scene, account)) for account in scene.estate.snapshot.accounts}
    return {account: stage for account, stage in found.items() if stage}


def stage_of_tags(scene: Scene, tags: Mapping[str, str]) -> Stage:
    """The stage that the tag of the settings tells of a principal or a resource."""
    wanted = scene.settings.stage_tag.lower()
    return _told(scene, {word for key, value in tags.items() if key.lower() == wanted for word in _split(value)})


def _told(scene: Scene, words: Collection[str]) -> Stage:
    is_production = any(word in scene.settings.production for word in words)
    is_development = any(word in scene.settings.development for word in words)
    if is_production == is_development:
        return ""
    return "production" if is_production else "development"


def _words(scene: Scene, account: str) -> set[str]:
    tree = scene.estate.tree_of(account)
    way = tree.way(account) if tree else None
    return {word for node in way or () if node.type != "root" for word in _split(node.name)}


def _split(name: str) -> set[str]:
    lowered = name.lower()
    return {*filter(None, _BREAK.split(lowered)), lowered}
