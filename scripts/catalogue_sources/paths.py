"""API Gateway: its actions are HTTP verbs, its resources the paths of its operations."""

from __future__ import annotations

import re
from functools import lru_cache

from catalogue_sources.operations import Operation
from leastwise.catalogue.events import Fill, Target

PATH = "path"
VERBS = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
_SPOTS = re.compile(r"\{(\w+)\+?\}")


def targets(operation: Operation, action: str) -> tuple[Target, ...] | None:
    """A target for each path of the operation; None when it has none, or the action is no HTTP verb.

    Tags given at a creation are put on the path of tags.

    ARNs of the second API leave out its `/v2`. Source: AWS managed policies, Service Authorization
    Reference, "Resource types defined by Amazon API Gateway Management V2".
    """
    if action not in VERBS:
        return None
    if action == "PUT" and "PUT" not in {verb for verb, _ in operation.http}:
        return (_target("/tags/{resource_arn}"),)
    found = dict.fromkeys(_target(path) for _, path in operation.http if path.startswith("/") and path != "/")
    return tuple(found) or None


@lru_cache(maxsize=1024)
def _target(path: str) -> Target:
    plain = path.removeprefix("/v2").split("?", 1)[0]
    spots = _SPOTS.findall(plain)
    text = _SPOTS.sub(lambda found: f"${{{_variable(found.group(1))}}}", plain)
    fills = tuple(Fill(_variable(spot), _parameters(spot)) for spot in spots)
    return Target(PATH, f"arn:${{Partition}}:apigateway:${{Region}}::{text}", required=False, fills=fills)


def _variable(spot: str) -> str:
    return "".join(
        part.capitalize() if part.islower() else part[:1].upper() + part[1:] for part in re.split("[_-]", spot)
    )


def _parameters(spot: str) -> tuple[str, ...]:
    return (spot.replace("_", "").lower(),)
