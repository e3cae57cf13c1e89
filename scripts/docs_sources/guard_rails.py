"""The reference page of the library of guard rails, from its files."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.model.policy import Kind
from leastwise.synthesize.guardrails.parameters import Parameter
from leastwise.synthesize.guardrails.templates import TYPES, Template, templates

_HEAD = """# The library of guard rails

Every template that `leastwise scp template`, `rcp template` and `boundary template` fill, with what it is for, what
it breaks and its parameters. `--explain` prints the same. How to use them: [guard rails](../guide/guard-rails.md).
How they differ from AWS's own examples: [guard rails compared](guard-rails-compared.md).
Made from the code by `make docs`.

Each is proved, for every request, to refuse what it is for, and its cases are decided; both are tests of the project.
ARNs are of the partition `aws`; where a parameter takes patterns, others can be named.

| template | type | |
|---|---|---|
"""
_NAMES: dict[Kind, str] = {"scp": "SCP", "rcp": "RCP", "boundary": "permissions boundary"}


def guard_rails_page() -> str:
    """The page of templates."""
    found = sorted(templates().values(), key=lambda one: (TYPES.index(_first(one)), one.name))
    rows = [f"| [{one.name}](#{one.name}) | {_types(one)} | {one.title} |\n" for one in found]
    return _HEAD + "".join(rows) + "\n" + "\n".join("\n".join(_section(one)) for one in found)


def _first(one: Template) -> Kind:
    return min(one.types, key=TYPES.index)


def _types(one: Template) -> str:
    return " and ".join(_NAMES[kind] for kind in sorted(one.types, key=TYPES.index))


def _section(one: Template) -> Iterator[str]:
    yield f"## {one.name}"
    yield ""
    yield f"{_types(one)}. {one.title}. {one.purpose}"
    yield ""
    yield "What it breaks:"
    yield ""
    yield from (f"- {line}" for line in one.breaks)
    yield ""
    yield "Exceptions that are usual:"
    yield ""
    yield from (f"- {line}" for line in one.exceptions)
    yield ""
    if one.parameters:
        yield "| parameter | meaning | values | if not set |"
        yield "|---|---|---|---|"
        yield from (_row(parameter) for parameter in one.parameters)
        yield ""
    yield f"Sources: {'; '.join(one.sources)}."
    yield ""


def _row(one: Parameter) -> str:
    default = "it must be" if one.default is None else ", ".join(f"`{value}`" for value in one.default) or "none"
    return f"| `{one.name}` | {one.meaning} | {one.form.told} | {default} |"
