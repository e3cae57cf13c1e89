"""Requests that show a grant: one that the estate allows, as everything in it binds the principal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.binding import binding_of
from leastwise.findings.scene import Scene
from leastwise.lint.examples import Example, example_of
from leastwise.model.decision import ALLOW
from leastwise.model.policy import Statement
from leastwise.model.request import ContextValue, Request
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index, places

_ANYTHING: Final = Statement(None, ("*",), ("*",))
_TRIED: Final = 3
_PLAIN: Final[Mapping[str, ContextValue]] = {"aws:SecureTransport": "true", "aws:RequestedRegion": "us-east-1"}

NOT_SHOWN: Final = "the policies name it, but no request for it was found that is allowed"


def shown(scene: Scene, arn: str, bits: int, statement: Statement = _ANYTHING) -> Request | None:
    """A request of the principal for one of the actions, on a resource of the statement, that is allowed."""
    asker = scene.escalation.asker
    for place in _some(bits):
        found = _anywhere(place) if statement is _ANYTHING else example_of(statement, action_index().action(place))
        if found is None:
            continue
        resource = found.resource.replace(f":{EXAMPLE_ACCOUNT}:", f":{arn.split(':')[4]}:")
        plain = _allowed(scene, arn, found, resource)
        if plain is not None:
            return plain
        request = asker.on(arn, found.action.name, resource, context=dict(found.values)).request
        if request is not None and (whole := asker.confirmed(request)) is not None:
            return whole
    return None


def _allowed(scene: Scene, arn: str, found: Example, resource: str) -> Request | None:
    """The plainest request: over TLS, in one Region, and nothing else besides what the snapshot tells."""
    context = {**_PLAIN, **dict(found.values)}
    who = scene.escalation.asker.principal(arn)
    binding = binding_of(scene.estate, who, found.action.name, resource, context=context, is_complete=True)
    return binding.request if evaluate(binding.request, binding.policies).outcome is ALLOW else None


@lru_cache(maxsize=4096)
def _anywhere(place: int) -> Example | None:
    return example_of(_ANYTHING, action_index().action(place))


def _some(bits: int) -> Iterator[int]:
    for count, place in enumerate(places(bits)):
        if count >= _TRIED:
            return
        yield place
