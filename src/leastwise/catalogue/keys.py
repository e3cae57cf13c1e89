"""Condition keys: their types, which of them an action takes, and which services RCPs bind."""

from __future__ import annotations

import re
from functools import lru_cache

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action, ConditionKey

_VARIABLE_PART = re.compile(r"\\\$\\\{[^}]+\\\}|<[^>]+>")


def condition_key(catalogue: Catalogue, name: str) -> ConditionKey | None:
    """The service's condition key of this name, a variable part such as a tag key filled in or not."""
    service = catalogue.service(name.partition(":")[0])
    if service is None:
        return None
    found = service.condition_keys.get(name.lower())
    if found:
        return found
    return next((k for k in service.condition_keys.values() if _pattern(k.name).fullmatch(name)), None)


def is_multi_valued(catalogue: Catalogue, name: str) -> bool:
    """Whether the key may hold several values in one request."""
    key = condition_key(catalogue, name)
    return key is not None and key.multi_valued


def keys_of(catalogue: Catalogue, action: Action) -> tuple[str, ...]:
    """Every condition key that the action takes, its resource types' keys among them."""
    service = catalogue.service(action.name.partition(":")[0])
    names = set(action.condition_keys)
    for use in action.resource_types:
        names.update(use.condition_keys)
        if service and use.name in service.resource_types:
            names.update(service.resource_types[use.name].condition_keys)
    return tuple(sorted(names))


def rcp_services(catalogue: Catalogue) -> tuple[str, ...]:
    """Prefixes of the services whose resources a resource control policy binds."""
    return catalogue.header.rcp_prefixes


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_VARIABLE_PART.sub(".+", re.escape(name)), re.IGNORECASE)
