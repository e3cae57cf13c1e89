"""The resources of a Terraform plan or state, and to which others of them their attributes refer.

Terraform documentation, "JSON Output Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.estate.offline.reading import Json, member, objects, text, texts

_INDEX = re.compile(r"\[(?:\"[^\"]*\"|[^\]]*)\]")
_RESOURCE = re.compile(r"(?:data\.)?(aws_\w+)\.([\w-]+)")
_VARIABLE = re.compile(r"var\.([\w-]+)")
_OUTPUT = re.compile(r"module\.([\w-]+)\.([\w-]+)")
_MOST_STEPS: Final = 16


@dataclass(frozen=True)
class Block:
    """A resource as it will be or is. `unknown` has `true` for what is not known until apply.

    `path` is its module without indexes, `change` the part of the plan that it is from, None where it has no change.
    """

    address: str
    module: str
    path: str
    type: str
    name: str
    is_data: bool
    values: Json
    unknown: Json
    change: Json | None = None

    def text(self, attribute: str) -> str:
        """The attribute's text; empty where it has none, or it is not known."""
        return text(self.values.get(attribute))

    def texts(self, attribute: str) -> tuple[str, ...]:
        """The texts of an attribute that is a list."""
        return texts(self.values.get(attribute))

    def is_open(self, attribute: str) -> bool:
        """Whether anything of the attribute is not known until apply."""
        return _is_open(self.unknown.get(attribute))


def _is_open(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_open, value.values()))
    return any(map(_is_open, value)) if isinstance(value, list) else value is True


def blocks_of(body: Json) -> Iterator[Block]:
    """The resources of a plan or a state, those of all its modules, and the data that was read for the plan."""
    told = set()
    for change in objects(body.get("resource_changes")):
        after, unknown = member(change, "change", "after"), member(change, "change", "after_unknown")
        if isinstance(after, Mapping):
            told.add(text(change.get("address")))
            yield _block(change, after, unknown if isinstance(unknown, Mapping) else {}, change)
    for whole in ("planned_values", "values"):
        for one, values in _resources(member(body, whole, "root_module"), ""):
            if text(one.get("address")) not in told:
                yield _block(one, values, {}, None)
    for one, values in _resources(member(body, "prior_state", "values", "root_module"), ""):
        if one.get("mode") == "data" and text(one.get("address")) not in told:
            yield _block(one, values, {}, None)


def _resources(module: object, address: str) -> Iterator[tuple[Json, Json]]:
    for one in objects(member(module, "resources")):
        values = one.get("values")
        if isinstance(values, Mapping):
            yield {"module_address": address, **one}, values
    for child in objects(member(module, "child_modules")):
        yield from _resources(child, text(child.get("address")))


def _block(told: Json, values: Json, unknown: Json, change: Json | None) -> Block:
    module = text(told.get("module_address"))
    return Block(
        text(told.get("address")),
        module,
        _INDEX.sub("", module),
        text(told.get("type")),
        text(told.get("name")),
        told.get("mode") == "data",
        values,
        unknown,
        change,
    )


class Blocks:
    """All resources of a plan or state, found by what refers to them."""

    def __init__(self, body: Json) -> None:
        self.all = list(blocks_of(body))
        self._configuration = member(body, "configuration", "root_module")
        self._by_name: dict[tuple[str, str, str], list[Block]] = {}
        for one in self.all:
            self._by_name.setdefault((one.path, one.type, one.name), []).append(one)

    def of_type(self, *types: str) -> list[Block]:
        """The resources of these types, without data."""
        return [one for one in self.all if one.type in types and not one.is_data]

    def referred(self, block: Block, attribute: str, *types: str) -> list[Block]:
        """The resources of these types that the attribute refers to, those of the same instance if it has them."""
        module = self._module(block.path)
        own = next((one for one in objects(member(module, "resources")) if _is_of(one, block)), None)
        found = [
            one
            for reference in _references(member(own, "expressions", attribute))
            for one in self._resolved(block.path, reference, 0)
            if one.type in types
        ]
        near = [one for one in found if one.module == block.module] or found
        index = _INDEX.findall(block.address)[-1:]
        same = [one for one in near if index and _INDEX.findall(one.address)[-1:] == index]
        return list({one.address: one for one in (same or near)}.values())

    def is_configured(self, block: Block, attribute: str) -> bool:
        """Whether the configuration gives the attribute, which it might otherwise be the provider's to fill."""
        module = self._module(block.path)
        own = next((one for one in objects(member(module, "resources")) if _is_of(one, block)), None)
        return member(own, "expressions", attribute) is not None

    def _module(self, path: str) -> object:
        module = self._configuration
        for name in path.split(".")[1::2]:
            module = member(module, "module_calls", name, "module")
        return module

    def _resolved(self, path: str, reference: str, steps: int) -> Sequence[Block]:
        """What a reference of a module leads to, through its variables and the outputs of the modules that it calls."""
        if steps == _MOST_STEPS:
            return ()
        expression: object = None
        at = path
        if found := _RESOURCE.match(reference):
            return self._by_name.get((path, found[1], found[2]), ())
        if (found := _VARIABLE.match(reference)) and path:
            at, _, name = path.rpartition(".module.") if ".module." in path else ("", "", path.partition(".")[2])
            expression = member(self._module(at), "module_calls", name, "expressions", found[1])
        elif found := _OUTPUT.match(reference):
            at = f"{path}.module.{found[1]}".removeprefix(".")
            expression = member(self._module(at), "outputs", found[2], "expression")
        return [one for each in _references(expression) for one in self._resolved(at, each, steps + 1)]


def _is_of(configured: Json, block: Block) -> bool:
    mode = "data" if block.is_data else "managed"
    told = (configured.get("type"), configured.get("name"), configured.get("mode", "managed"))
    return told == (block.type, block.name, mode)


def _references(expression: object) -> tuple[str, ...]:
    """The references of an expression, those of its blocks and parts as well."""
    if isinstance(expression, list):
        return tuple(one for each in expression for one in _references(each))
    return texts(member(expression, "references"))
