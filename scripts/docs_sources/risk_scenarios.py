"""The reference page of the risk scenarios of `leastwise matrix`, from the library itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leastwise.model.policy import Statement
from leastwise.surfaces.cli.matrix import shipped
from leastwise.synthesize.guardrails.risks import Risk, risks_in

_HEAD = """# Risk scenarios

The library of `leastwise matrix`: each scenario is a set of requests, and every cell of the matrix is about all of
them. Scenarios of your own are a file of the same form: see [the guide](../guide/matrix.md#scenarios-of-your-own).
Made from the library by `make docs`.

## Parameters

| name | what it is |
|---|---|
"""
_TABLE = """
## Scenarios

| scenario | what | asked of | actions |
|---|---|---|---|
"""


def risk_scenarios_page() -> str:
    """The page of risk scenarios."""
    tables = shipped()
    held = tables["parameters"]
    parameters: Mapping[str, object] = held if isinstance(held, Mapping) else {}
    values = {name: [_STANDS_FOR.get(name, f"@{name}")] for name in parameters}
    risks, _ = risks_in(tables, values, source="docs")
    told = "".join(f"| `{name}` | {what} |\n" for name, what in parameters.items())
    rows = "".join(
        f"| [{one.name}](#{one.name}) | {one.title} | {one.asked_of} | {len(one.actions)} |\n" for one in risks
    )
    return _HEAD + told + _TABLE + rows + "\n" + "\n".join("\n".join(_section(one)) for one in risks)


_STANDS_FOR = {"sensitive": "arn:aws:*:*:*:@sensitive"}
"""Patterns of ARNs must be some."""


def _section(one: Risk) -> Iterator[str]:
    yield f"## {one.name}"
    yield ""
    yield f"{one.title}. {one.why}"
    yield ""
    for statement in one.requests:
        yield f"- {', '.join(f'`{name}`' for name in statement.actions)}{_rest(statement)}"
    yield ""
    yield f"Sources: {'; '.join(one.sources)}."
    yield ""


def _rest(statement: Statement) -> str:
    named = [f"`{one}`" if "@" not in one else "the resources of `@sensitive`" for one in statement.resources]
    on = "" if "*" in statement.resources else f"; on {', '.join(named)}"
    told = [
        f"`{operator}` `{key}` {', '.join(f'`{value}`' for value in values)}"
        for operator, block in statement.conditions.items()
        for key, values in block.items()
    ]
    where = f"; where {' and '.join(told)}" if told else ""
    return f"{on}{where}"
