"""What principals may do by the policies of resources, which name them, their account, or everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Final

from leastwise.estate.held import Resource, Role
from leastwise.language.values.globs import glob_of
from leastwise.model.policy import Statement
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_resource_of
from leastwise.synthesize.guardrails.possible import Asker, Found

_EVERYBODY: Final = "*"
_MOST_ACTIONS: Final = 64
_PARTS: Final = ("", "/example", ":example", ":example:example")
"""What may stand behind the ARN of a resource in that of a part of it, such as an object."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A statement of a resource's policy that allows something."""

    resource: str
    statement: Statement


@dataclass
class ByResources:
    """Asks the resources of an estate that have policies."""

    asker: Asker
    _sessions: dict[str, list[str]] = field(default_factory=dict)

    def found(self, arn: str, bits: int, *, within: str = "*", of_everybody: bool) -> Found:
        """A request for one of the actions, on a resource of the pattern, that the principal may make by such a policy.

        What is for everybody counts where that is asked.
        """
        doubt = ""
        for action, on in self._places(arn, bits, within, of_everybody=of_everybody):
            shown = self._asked(arn, action, on)
            if shown.request is not None:
                return shown
            doubt = doubt or shown.doubt
        return Found(doubt=doubt)

    def _places(self, arn: str, bits: int, within: str, *, of_everybody: bool) -> Iterator[tuple[str, str]]:
        """The actions of the statements that may let the principal in, each with a resource that it can be about."""
        fits = glob_of(within).matches
        keys = (arn, arn.split(":")[4], *((_EVERYBODY,) if of_everybody else ()))
        for granted in (one for key in keys for one in self._granted.get(key, ())):
            inside = action_index().bits_of_statement(granted.statement) & bits
            for action in islice(action_index().actions(inside), _MOST_ACTIONS):
                for on in (f"{granted.resource}{part}" for part in _PARTS):
                    if fits(on) and is_resource_of(action, on):
                        yield action.name, on

    def _asked(self, arn: str, action: str, resource: str) -> Found:
        """The answer for the principal, and for those of its sessions that policies name."""
        answers = [self.asker.on(one, action, resource) for one in (arn, *self._sessions.get(arn, ()))]
        return next((one for one in answers if one.request is not None), answers[0])

    @cached_property
    def _granted(self) -> Mapping[str, Sequence[Granted]]:
        """The statements by whom they may let in: an ARN, an account, or everybody."""
        found: dict[str, list[Granted]] = {}
        for _, one in self.asker.estate.with_policies():
            if not one.is_of_account and one.type != "ec2:vpc-endpoint":
                for statement in self._allows(one):
                    for key in dict.fromkeys(self._named(statement)):
                        found.setdefault(key, []).append(Granted(one.arn, statement))
        return found

    def _allows(self, one: Resource) -> Iterator[Statement]:
        for name in one.policies:
            for statement in self.asker.estate.documents.of_resource(one, name).policy.statements:
                if statement.effect == "Allow":
                    yield statement

    def _named(self, statement: Statement) -> Iterator[str]:
        if statement.is_not_principal:
            yield _EVERYBODY
        for text in (statement.principals or {}).get("AWS", ()):
            if "*" in text:
                yield _EVERYBODY
            elif ":assumed-role/" in text:
                role = self.asker.estate.role_of(text)
                if isinstance(self.asker.estate.holders.get(role), Role):
                    self._sessions.setdefault(role, []).append(text)
                    yield role
            elif text.endswith(":root"):
                yield text.split(":")[4]
            else:
                yield text
