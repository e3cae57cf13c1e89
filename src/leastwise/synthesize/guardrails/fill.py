"""Documents with `{{parameters}}` filled: values spliced into lists, statements repeated for each value of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from leastwise.language.operator_names import split_operator
from leastwise.model.errors import ParameterError
from leastwise.synthesize.guardrails.parameters import Values

_PLACE: Final = re.compile(r"\{\{([a-z][a-z0-9_.-]*)\}\}")
_EACH: Final = "ForEach"


class _Nothing(Exception):  # noqa: N818
    """The statement matches no request, so it is left out."""


def filled_statements(template: str, statements: object, values: Values) -> list[dict[str, object]]:
    """The statements with every placeholder filled.

    A text with a placeholder becomes one text for each value. `ForEach` beside the elements names a parameter: the
    statement then stands once for each value, as `{{each}}`; `{{each.start}}` and `{{each.end}}` are the two sides of
    its `/`, `{{number}}` counts. Where a list is empty, a negated condition on it asks nothing and falls away; a
    statement that could match nothing falls away itself.
    """
    listed = statements if isinstance(statements, list) else [statements]
    return [new for one in listed if isinstance(one, Mapping) for new in _repeated(template, one, values)]


def _repeated(template: str, statement: Mapping[str, object], values: Values) -> Iterator[dict[str, object]]:
    over = statement.get(_EACH)
    rest = {name: value for name, value in statement.items() if name != _EACH}
    for number, each in enumerate(values[str(over)] if over else ("",), 1):
        start, _, end = each.partition("/")
        more = {"each": (each,), "each.start": (start,), "each.end": (end,), "number": (str(number),)}
        try:
            yield _filled(template, rest, {**values, **more})
        except _Nothing:
            continue


def _filled(template: str, statement: Mapping[str, object], values: Values) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in statement.items():
        if name == "Condition" and isinstance(value, Mapping):
            conditions = _conditions(template, value, values)
            if conditions:
                found[name] = conditions
            continue
        found[name] = _value(template, value, values)
        if found[name] == []:
            if name.startswith("Not"):
                raise ParameterError(template, name, f"`{name}` would be empty", help="give the parameter a value")
            raise _Nothing
    return found


def _conditions(template: str, conditions: Mapping[str, object], values: Values) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for operator, block in conditions.items():
        assert isinstance(block, Mapping)
        for key, value in block.items():
            new = _value(template, value, values)
            if new != []:
                found.setdefault(operator, {})[_one(template, key, values)] = new
            elif not _is_negated(operator):
                raise _Nothing
    return found


def _is_negated(operator: str) -> bool:
    name = split_operator(operator)
    return name is not None and "Not" in name.base


def _value(template: str, value: object, values: Values) -> object:
    """A text with placeholders, or a list of such, as what it stands for."""
    if isinstance(value, list):
        return [new for one in value for new in _texts(str(one), values)]
    if isinstance(value, str):
        found = list(_texts(value, values))
        return found[0] if len(found) == 1 else found
    return value


def _texts(text: str, values: Values) -> Iterator[str]:
    names = list(dict.fromkeys(_PLACE.findall(text)))
    for chosen in product(*(values[name] for name in names)):
        told = dict(zip(names, chosen, strict=True))
        yield _PLACE.sub(lambda place, told=told: told[place[1]], text)  # type: ignore[misc]


def _one(template: str, key: str, values: Values) -> str:
    found = list(_texts(key, values))
    if len(found) != 1:
        raise ParameterError(template, key, f"the key `{key}` takes one value", help="give one value")
    return found[0]
