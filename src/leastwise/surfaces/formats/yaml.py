"""Policies as YAML, with no word in it that a parser could read as anything but text."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.json import alone_or_listed

if TYPE_CHECKING:
    import yaml

NAME = "yaml"

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+\Z")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "nan", "inf"})


def render(policies: Sequence[NamedPolicy]) -> str:
    """The document alone when there is one, otherwise a list of documents."""
    return written(alone_or_listed(policies))


def written(value: object) -> str:
    """`value` as YAML: all text but plain words in double quotes, no anchors, no folded lines, only ASCII."""
    import yaml

    out = StringIO()
    yaml.dump(value, out, _dumper(), sort_keys=False, default_flow_style=False, width=sys.maxsize)
    return out.getvalue()


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    never = {"ignore_aliases": lambda self, data: True}
    dumper: type[yaml.SafeDumper] = type("QuotingDumper", (yaml.SafeDumper,), never)
    dumper.add_representer(str, _text)
    return dumper


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_word = _WORD.match(text) and text.lower() not in _NOT_TEXT
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_word else '"')
