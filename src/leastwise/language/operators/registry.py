"""How a condition operator is written down: what it takes, and the set of request values that satisfy one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar, cast, overload

from leastwise.language.values import ValueSet, union
from leastwise.language.values.globs import Glob
from leastwise.language.values.texts import Texts

Takes = Literal["pattern", "text", "plain"]
PATTERN: Literal["pattern"] = "pattern"
"""Policy variables, and `*` and `?` as wildcards: the value is a `Glob`."""
TEXT: Literal["text"] = "text"
"""Policy variables, but no wildcards: the value is text."""
PLAIN: Literal["plain"] = "plain"
"""Neither: the value is text as it is written."""

Value = str | Glob
SetOf = Callable[[Value], ValueSet]


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator; `of` maps one policy value to the request values that satisfy the positive operator.

    `family` is the name of the file that holds it.
    """

    name: str
    takes: Takes
    is_negated: bool
    of: SetOf
    family: str

    def set_of(self, values: Iterable[Value]) -> ValueSet:
        """The request values that satisfy the positive operator for one of the policy's values."""
        joined = union(self.of(value) for value in values)
        return Texts.none() if joined is None else joined


_found: dict[str, Operator] = {}

_OfGlob = TypeVar("_OfGlob", bound=Callable[[Glob], ValueSet])
_OfText = TypeVar("_OfText", bound=Callable[[str], ValueSet])


@overload
def operator(name: str, *, takes: Literal["pattern"]) -> Callable[[_OfGlob], _OfGlob]: ...
@overload
def operator(name: str, *, takes: Literal["text", "plain"]) -> Callable[[_OfText], _OfText]: ...
def operator(name: str, *, takes: Takes) -> Callable[[Callable[..., ValueSet]], Callable[..., ValueSet]]:
    """The function is the operator's meaning from now on."""

    def found(of: Callable[..., ValueSet]) -> Callable[..., ValueSet]:
        _add(Operator(name, takes, is_negated=False, of=cast(SetOf, of), family=of.__module__.rpartition(".")[2]))
        return of

    return found


def negation(name: str, *, of: str) -> None:
    """The operator holds of a present key exactly where `of` does not."""
    positive = _found[of]
    _add(Operator(name, positive.takes, is_negated=True, of=positive.of, family=positive.family))


def _add(one: Operator) -> None:
    if one.name in _found:
        raise ValueError(f"two condition operators are named `{one.name}`")
    _found[one.name] = one


def frozen() -> Mapping[str, Operator]:
    """The operators found so far, by name."""
    return MappingProxyType(dict(_found))
