"""Requests that show a grant: one that the estate allows, as everything in it binds the principal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from leastwise.findings.scene import Scene
from leastwise.lint.examples import example_of
from leastwise.model.policy import Statement
from leastwise.model.request import Request
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index, places

_ANYTHING: Final = Statement(None, ("*",), ("*",))
_TRIED: Final = 3

NOT_SHOWN: Final = "the policies name it, but no request for it was found that is allowed"


def shown(scene: Scene, arn: str, bits: int, statement: Statement = _ANYTHING) -> Request | None:
    """A request of the principal for one of the actions, on a resource of the statement, that is allowed."""
    for place in _some(bits):
        found = example_of(statement, action_index().action(place))
        if found is None:
            continue
        resource = found.resource.replace(f":{EXAMPLE_ACCOUNT}:", f":{arn.split(':')[4]}:")
        request = scene.escalation.asker.on(arn, found.action.name, resource, context=dict(found.values)).request
        if request is not None and (whole := scene.escalation.asker.confirmed(request)) is not None:
            return whole
    return None


def _some(bits: int) -> Iterable[int]:
    for count, place in enumerate(places(bits)):
        if count >= _TRIED:
            return
        yield place
