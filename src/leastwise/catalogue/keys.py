"""Condition keys: their types, which of them an action takes, and which services RCPs bind."""

from __future__ import annotations

import re
from functools import lru_cache

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action, ConditionKey

_VARIABLE_PART = re.compile(r"\\\$\\\{[^}]+\\\}|<[^>]+>|(?<=/)tag\\-key$")


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


KEY_VARIABLE = re.compile(r"\$\{[^}]+\}|<[^>]+>|(?<=/)tag-key$")
"""What stands for any text in a key's name; of some services the Service Authorization Reference writes `tag-key`."""

UNLISTED = frozenset({"aws-marketplace:productid", "lakeformation:gluearn"})
"""Keys, in lower case, by which AWS managed policies grant actions for which the reference has them not."""


@lru_cache(maxsize=8192)
def sent_with(catalogue: Catalogue, action: Action) -> tuple[str, ...]:
    """Every key that requests for the action may have, in lower case: those that are listed for it, and those that are
    listed for its service and for none of its actions, of which it is not known which actions have them.
    """
    prefix = action.name.partition(":")[0].lower()
    return tuple({*(name.lower() for name in keys_of(catalogue, action)), *_of_no_action(catalogue, prefix)})


@lru_cache(maxsize=512)
def _of_no_action(catalogue: Catalogue, prefix: str) -> frozenset[str]:
    service = catalogue.service(prefix)
    if service is None:
        return frozenset()
    listed = {name.lower() for action in service.actions.values() for name in keys_of(catalogue, action)}
    return frozenset(service.condition_keys) - listed


def rcp_services(catalogue: Catalogue) -> tuple[str, ...]:
    """Prefixes of the services whose resources a resource control policy binds."""
    return catalogue.header.rcp_prefixes


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_VARIABLE_PART.sub(".+", re.escape(name)), re.IGNORECASE)
