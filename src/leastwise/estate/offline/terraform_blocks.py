"""The resources of a Terraform plan or state, and to which others of them their attributes refer.

Terraform documentation, "JSON Output Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leastwise.estate.offline.reading import Json, member, objects, text, texts

_INDEX = re.compile(r"\[(?:\"[^\"]*\"|[^\]]*)\]")
_RESOURCE = re.compile(r"(data\.)?(aws_\w+)\.([\w-]+)")
_VARIABLE = re.compile(r"var\.([\w-]+)")
_OUTPUT = re.compile(r"module\.([\w-]+)(?:\[[^\]]*\])?\.([\w-]+)")
_Name = tuple[str, bool, str, str]
"""Module without indexes, whether it is data, type and name."""


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
        self._by_name: dict[_Name, list[Block]] = {}
        for one in self.all:
            self._by_name.setdefault((one.path, one.is_data, one.type, one.name), []).append(one)
        self._modules: dict[str, object] = {}
        self._expressions: dict[_Name, object] = {}
        self._read_module(member(body, "configuration", "root_module"), "")

    def of_type(self, *types: str) -> list[Block]:
        """The resources of these types, without data."""
        return [one for one in self.all if one.type in types and not one.is_data]

    def referred(self, block: Block, attribute: str, *types: str) -> list[Block]:
        """The resources of these types that the attribute refers to, those of the same instance if it has them."""
        found = [one for one in self._resolved(block, self._expression(block, attribute)) if one.type in types]
        near = [one for one in found if one.module == block.module] or found
        index = _index(block.address)
        same = [one for one in near if index and _index(one.address) == index]
        return list({one.address: one for one in (same or near)}.values())

    def is_configured(self, block: Block, attribute: str) -> bool:
        """Whether the configuration gives the attribute, which it might otherwise be the provider's to fill."""
        return self._expression(block, attribute) is not None

    def _read_module(self, module: object, path: str) -> None:
        self._modules[path] = module
        for one in objects(member(module, "resources")):
            name = (path, one.get("mode") == "data", text(one.get("type")), text(one.get("name")))
            self._expressions[name] = one.get("expressions")
        calls = member(module, "module_calls")
        for called, call in calls.items() if isinstance(calls, Mapping) else ():
            self._read_module(member(call, "module"), _below(path, called))

    def _expression(self, block: Block, attribute: str) -> object:
        return member(self._expressions.get((block.path, block.is_data, block.type, block.name)), attribute)

    def _resolved(self, block: Block, expression: object) -> Iterator[Block]:
        """What an expression leads to, through the variables of its module and the outputs of those that it calls."""
        waiting = [(block.path, one) for one in _references(expression)]
        seen: set[tuple[str, str]] = set()
        while waiting:
            path, reference = waiting.pop(0)
            if found := _RESOURCE.match(reference):
                # Of one resource the references go from the most special to it as a whole.
                if (path, found[0]) not in seen:
                    yield from self._instances(path, found, reference)
                reference = found[0]
            elif (path, reference) not in seen:
                waiting += self._behind(path, reference)
            seen.add((path, reference))

    def _instances(self, path: str, found: re.Match[str], reference: str) -> list[Block]:
        blocks = self._by_name.get((path, bool(found[1]), found[2], found[3]), [])
        index = _INDEX.match(reference, found.end())
        return [one for one in blocks if index is None or one.address.endswith(index[0])] or blocks

    def _behind(self, path: str, reference: str) -> list[tuple[str, str]]:
        """The references that a variable or an output stands for, each with its module."""
        if (found := _VARIABLE.match(reference)) and path:
            above, _, name = path.rpartition(".module.") if ".module." in path else ("", "", path.partition(".")[2])
            given = member(self._modules.get(above), "module_calls", name, "expressions", found[1])
            return [(above, one) for one in _references(given)]
        if found := _OUTPUT.match(reference):
            called = _below(path, found[1])
            given = member(self._modules.get(called), "outputs", found[2], "expression")
            return [(called, one) for one in _references(given)]
        return []


def _below(path: str, called: str) -> str:
    return f"{path}.module.{called}".removeprefix(".")


def _index(address: str) -> str:
    """The index at the end of an address, empty where it has none."""
    found = _INDEX.findall(address)
    return found[-1] if found and address.endswith("]") else ""


def _references(expression: object) -> tuple[str, ...]:
    """The references of an expression, those of its blocks and parts as well."""
    if isinstance(expression, list):
        return tuple(one for each in expression for one in _references(each))
    return texts(member(expression, "references"))
