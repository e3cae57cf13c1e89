"""Action names: those near a misspelt one, and those that a pattern stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import translate
from functools import lru_cache

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action, Service

_AT_MOST = 3
_CLOSENESS = 0.6
_SPECIAL = re.compile(r"[*?]")


def near(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """Up to three action names most like `name`, best first."""
    prefix, colon, short = name.partition(":")
    service = catalogue.service(prefix) if colon else None
    if service:
        return _near_within(service, short)
    prefixes = get_close_matches(prefix.lower(), catalogue.prefixes, _AT_MOST, _CLOSENESS)
    found = (service for p in prefixes if (service := catalogue.service(p)))
    names = [near_name for service in found for near_name in _near_within(service, short or name)]
    return tuple(names[:_AT_MOST])


def expand(catalogue: Catalogue, pattern: str) -> tuple[Action, ...]:
    """Every known action that a policy's `Action` pattern matches, case ignored, in order of name."""
    prefix, _, short = ("*", ":", "*") if pattern == "*" else pattern.lower().partition(":")
    prefixes = (p for p in catalogue.prefixes if _matcher(prefix).match(p)) if is_pattern(prefix) else (prefix,)
    return tuple(a for p in prefixes if (s := catalogue.service(p)) for a in _matching(s, short))


def is_pattern(name: str) -> bool:
    """Whether an action name holds a wildcard."""
    return bool(_SPECIAL.search(name))


def _near_within(service: Service, short: str) -> tuple[str, ...]:
    found = get_close_matches(short.lower(), list(service.actions), _AT_MOST, _CLOSENESS)
    return tuple(service.actions[name].name for name in found)


def _matching(service: Service, short: str) -> Iterator[Action]:
    matcher = _matcher(short)
    return (service.actions[name] for name in sorted(service.actions) if matcher.match(name))


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.replace("[", "[[]")))
