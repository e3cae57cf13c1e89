"""Risk scenarios: sets of requests that somebody with stolen credentials would make, given as statements are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Final, Literal

from leastwise.language.conditions import clauses_of
from leastwise.language.matching import resource_pattern
from leastwise.language.parse import parse_policy
from leastwise.language.values.globs import Glob, glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.errors import InputError, PolicyError, UnknownAction
from leastwise.model.policy import Policy, Statement
from leastwise.model.switches import DEFAULT
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_sent, resources_of

AskedOf = Literal["principals", "outsiders"]
ASKED_OF: Final[tuple[AskedOf, ...]] = ("principals", "outsiders")
_FIELDS: Final = frozenset({"title", "why", "sources", "asked-of", "requests"})
_OF_REQUESTS: Final = frozenset({"actions", "resources", "conditions"})
_SIGN: Final = "@"
_EVERYTHING: Final = Statement(None, ("*",), ("*",))

Values = Mapping[str, Sequence[str]]
"""The values of each parameter."""


@dataclass(frozen=True)
class Risk:
    """A scenario: who asks, and the requests as statements; `bits` are the actions of which there are requests."""

    name: str
    title: str
    why: str
    sources: tuple[str, ...]
    asked_of: AskedOf
    requests: tuple[Statement, ...]
    bits: int = field(repr=False)

    @property
    def wanted(self) -> Policy:
        """A policy that allows every request of the set, and no other."""
        return Policy(self.requests, name=self.name)

    @property
    def limit(self) -> Policy:
        """A policy that allows every request but those of the set."""
        denied = (replace(one, effect="Deny") for one in self.requests)
        return Policy((_EVERYTHING, *denied), name=f"all but {self.name}")

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The actions, by name."""
        return action_index().told(self.bits)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The prefixes of their services."""
        return tuple(sorted({name.partition(":")[0] for name in self.actions}))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A scenario that could not be asked, and why."""

    name: str
    reason: str


def risks_in(
    tables: Mapping[str, object], values: Values, *, source: str
) -> tuple[tuple[Risk, ...], tuple[LeftOut, ...]]:
    """The scenarios of a file, with the values in the place of `@name`; those that lack a value are left out.

    Raises InputError for a file that is not of the form, UnknownAction for an action that the catalogue has not.
    """
    scenarios = tables.get("scenarios")
    if not isinstance(scenarios, Mapping) or not scenarios:
        raise InputError(f"`{source}` holds no scenarios", help="write `[scenarios.NAME]` with `title` and `requests`")
    found: list[Risk] = []
    left: list[LeftOut] = []
    for name, table in scenarios.items():
        if not isinstance(table, Mapping):
            raise _ill_formed(source, str(name), "it is no table")
        missing = [one for one in _parameters(table) if not values.get(one)]
        if missing:
            left.append(LeftOut(str(name), f"it needs `{missing[0]}`: give `--set {missing[0]}=VALUE`"))
        else:
            found.append(_risk(str(name), table, values, source))
    return tuple(found), tuple(left)


def _risk(name: str, table: Mapping[str, object], values: Values, source: str) -> Risk:
    unknown = sorted(set(table) - _FIELDS)
    if unknown:
        raise _ill_formed(source, name, f"unknown field `{unknown[0]}`")
    asked_of = table.get("asked-of", ASKED_OF[0])
    if asked_of not in ASKED_OF:
        raise _ill_formed(source, name, f"`asked-of` is none of {', '.join(ASKED_OF)}")
    requests = table.get("requests")
    if not isinstance(requests, list) or not requests:
        raise _ill_formed(source, name, "it has no `requests`")
    statements = tuple(_statement(name, one, values, source) for one in requests)
    return Risk(
        name,
        str(table.get("title", name)),
        str(table.get("why", "")),
        tuple(_texts(table.get("sources", []))),
        asked_of,
        statements,
        reduce(or_, map(possible_bits, statements), 0),
    )


def _statement(name: str, one: object, values: Values, source: str) -> Statement:
    if not isinstance(one, Mapping) or set(one) - _OF_REQUESTS or not one.get("actions"):
        raise _ill_formed(source, name, "`requests` takes `actions`, `resources` and `conditions`")
    for action in _texts(one["actions"]):
        if not action_index().bits_of(action):
            raise UnknownAction(action)
    body: dict[str, object] = {
        "Effect": "Allow",
        "Action": list(_texts(one["actions"])),
        "Resource": list(_filled(_texts(one.get("resources", ["*"])), values)),
    }
    conditions = one.get("conditions", {})
    if isinstance(conditions, Mapping) and conditions:
        body["Condition"] = {
            operator: {key: list(_filled(_texts(held), values)) for key, held in block.items()}
            for operator, block in conditions.items()
        }
    try:
        return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": body}), name=name).statements[0]
    except PolicyError as error:
        raise _ill_formed(source, name, error.faults[0].message) from None


def _ill_formed(source: str, name: str, reason: str) -> InputError:
    return InputError(f"cannot use the scenario `{name}` of `{source}`: {reason}", help="see the guide, `matrix`")


def _texts(value: object) -> Iterator[str]:
    yield from map(str, value if isinstance(value, list) else [value])


def _parameters(value: object) -> Iterator[str]:
    """The names of the parameters that stand in a table."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _parameters(one)
    elif isinstance(value, list):
        for one in value:
            yield from _parameters(one)
    elif isinstance(value, str) and value.startswith(_SIGN):
        yield value.removeprefix(_SIGN)


def _filled(texts: Iterator[str], values: Values) -> Iterator[str]:
    for text in texts:
        if text.startswith(_SIGN):
            yield from values[text.removeprefix(_SIGN)]
        else:
            yield text


def possible_bits(statement: Statement) -> int:
    """The known actions of the statement of which there is a request that fits it.

    A condition that needs a key which requests for the action never carry is met by none of them, nor is a resource
    of a form that the action is not authorized on. Service Authorization Reference.
    """
    index, bits = action_index(), action_index().bits_of_statement(statement)
    needed = tuple(one.key for one in clauses_of(statement.conditions, has_variables=True) if not one.on_absent)
    if not needed and "*" in statement.resources:
        return bits
    found = 0
    for action in index.actions(bits):
        if all(is_sent(key, action) for key in needed) and _meets(action.name, statement.resources):
            found |= index.bits_of(action.name)
    return found


@lru_cache(maxsize=8192)
def _meets(name: str, resources: tuple[str, ...]) -> bool:
    """Whether a resource that the action is authorized on fits one of the patterns."""
    (action,) = action_index().actions(action_index().bits_of(name))
    own = resources_of(action)
    return any(pattern == "*" or not (own & Texts.globs([_glob(pattern)])).is_empty() for pattern in resources)


def _glob(pattern: str) -> Glob:
    found = resource_pattern(pattern, "identity", True, DEFAULT).glob
    return found if found is not None else glob_of(pattern)
