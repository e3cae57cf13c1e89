"""Policy documents in what `terraform show -json` prints of a plan or a state.

A policy in which anything is not known before apply is not known at all in a plan, unless the data source
`aws_iam_policy_document` makes it, whose arguments are. Terraform documentation, "JSON Output Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leastwise.language.nodes import Flag, Items, Members, Node, Null, Text
from leastwise.language.wording import shown
from leastwise.lint.sources.aws_answers import OF_ORGANIZATIONS
from leastwise.lint.sources.document_data import document_of
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.holes import NAMELESS, hole_at
from leastwise.lint.sources.kinds import Told
from leastwise.lint.sources.search import listed, member, pairs, text
from leastwise.lint.sources.terraform_types import (
    ATTRIBUTES,
    DOCUMENT,
    FILLED_FROM,
    ORGANIZATIONS_POLICY,
    without_policy,
)
from leastwise.model.policy import Kind

_INDEX = re.compile(r"\[[^\]]*\]")
_DATA = re.compile(rf"data\.{DOCUMENT}\.([\w-]+)")


def is_terraform(root: Node) -> bool:
    """Whether the tree is a plan or a state."""
    is_told = any(member(root, key) is not None for key in ("planned_values", "values", "resource_changes"))
    return bool(text(root, "format_version")) and is_told


def read_terraform(reading: Reading, root: Node, *, is_literal: bool) -> None:
    """Keeps the policies of all resources and modules, and what of them is not known until apply."""
    changes = list(_changes(root))
    told = {change.address for change in changes}
    modules = (member(root, "planned_values", "root_module"), member(root, "values", "root_module"))
    resources = [one for module in modules for one in _resources(module) if one.address not in told]
    _Terraform(reading, (*changes, *resources), member(root, "configuration", "root_module")).read()


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource as it will be or is, and where `unknown` is true what is not known of it."""

    address: str
    module: str
    type: str
    name: str
    values: Members
    unknown: Node | None


def _changes(root: Node) -> Iterator[_Resource]:
    for one in listed(member(root, "resource_changes")):
        after, unknown = member(one, "change", "after"), member(one, "change", "after_unknown")
        if isinstance(after, Members):
            yield _resource(one, after, unknown)


def _resources(module: Node | None) -> Iterator[_Resource]:
    for one in listed(member(module, "resources")):
        values = member(one, "values")
        if isinstance(values, Members):
            yield _resource(one, values, None)
    for child in listed(member(module, "child_modules")):
        yield from _resources(child)


def _resource(node: Node, values: Members, unknown: Node | None) -> _Resource:
    address = text(node, "address")
    module = _INDEX.sub("", text(node, "module_address"))
    return _Resource(address, module, text(node, "type"), text(node, "name"), values, unknown)


class _Configured:
    """What the attributes of resources refer to, as the configuration says it."""

    def __init__(self, root: Node | None) -> None:
        self._expressions: dict[tuple[str, str, str], Node] = {}
        self._read(root, "")

    def _read(self, module: Node | None, path: str) -> None:
        for one in listed(member(module, "resources")):
            expressions = member(one, "expressions")
            if expressions is not None:
                self._expressions[path, text(one, "type"), text(one, "name")] = expressions
        for name, call in pairs(member(module, "module_calls")):
            self._read(member(call, "module"), f"{path}.module.{name.value}".removeprefix("."))

    def documents(self, one: _Resource, attribute: str) -> list[str]:
        """The names of the data sources that make the policy of an attribute."""
        expressions = self._expressions.get((one.module, one.type, one.name))
        if expressions is None:
            return []
        references = listed(member(expressions, attribute, "references"))
        found = (_DATA.match(node.value) for node in references if isinstance(node, Text))
        return list(dict.fromkeys(match[1] for match in found if match))


class _Terraform:
    """The resources of one plan or state, and which policies have been seen to be made of which data source."""

    def __init__(self, reading: Reading, resources: Sequence[_Resource], configuration: Node | None) -> None:
        self.reading = reading
        self.resources = resources
        self.configured = _Configured(configuration)
        self.documents = {(one.module, one.name): one for one in resources if _is_made(one)}
        self.users: dict[tuple[str, str], Kind] = {}
        self.texts = {(one.type, value.value) for one in resources for value in _texts(one)}

    def read(self) -> None:
        for one in self.resources:
            for attribute, kind in _attributes(one).items():
                for path, value in _values(one, attribute):
                    where = ".".join(filter(None, (one.address, without_policy(path))))
                    self._read(one, attribute, value, where, kind)
        for key, one in self.documents.items():
            self._read_document(one, self.users.get(key))

    def _read(self, one: _Resource, attribute: str, value: Node | None, where: str, kind: Kind) -> None:
        if isinstance(value, Flag):
            self._unknown(one, attribute, where, kind)
        elif isinstance(value, Text) and value.value.strip() and not self._is_filled(one, value):
            self.reading.of_text(value.value, value.start, where=where, told=(kind, ""))

    def _is_filled(self, one: _Resource, value: Text) -> bool:
        return (FILLED_FROM.get(one.type, ""), value.value) in self.texts

    def _unknown(self, one: _Resource, attribute: str, where: str, kind: Kind) -> None:
        """A policy that is not known may be that of a data source whose arguments are."""
        made = [(one.module, name) for name in self.configured.documents(one, attribute)]
        self.users.update(dict.fromkeys(made, kind))
        if not any(key in self.documents for key in made):
            message = f"the policy of {shown(where)} is not known until apply"
            self.reading.fault("LW-S07", message, one.values.start, "lint the state after apply, or the `.tf` files")

    def _read_document(self, one: _Resource, used: Kind | None) -> None:
        document = document_of(_arguments(one))
        if document is not None:
            told: Told = (used, "") if used else self.reading.tells(document, ("its name", one.name))
            self.reading.made(document, where=one.address, told=told)


def _is_made(one: _Resource) -> bool:
    """Whether it is a data source that is read at apply: those read before are in the policies made of them."""
    return one.type == DOCUMENT and one.unknown is not None


def _texts(one: _Resource) -> Iterator[Text]:
    values = (value for attribute in _attributes(one) for _, value in _values(one, attribute))
    yield from (value for value in values if isinstance(value, Text))


def _attributes(one: _Resource) -> dict[str, Kind]:
    if one.type != ORGANIZATIONS_POLICY:
        return dict(ATTRIBUTES.get(one.type, {}))
    kind = OF_ORGANIZATIONS.get(text(one.values, "type") or "SERVICE_CONTROL_POLICY")
    return {"content": kind} if kind else {}


def _values(one: _Resource, attribute: str) -> Iterator[tuple[str, Node | None]]:
    """The texts of an attribute with their paths; a flag where one is not known."""
    block, _, name = attribute.rpartition(".")
    if not block:
        yield attribute, _known(one.values, one.unknown, name)
        return
    values, unknown = listed(member(one.values, block)), listed(member(one.unknown, block))
    for index, value in enumerate(values):
        step = f"{block}[{index}]"
        yield step, _known(value, unknown[index] if index < len(unknown) else None, name)


def _known(values: Node, unknown: Node | None, name: str) -> Node | None:
    flag = member(unknown, name)
    return flag if isinstance(flag, Flag) and flag.value else member(values, name)


def _arguments(one: _Resource) -> Members:
    return _overlaid_members(one.values, one.unknown) if isinstance(one.unknown, Members) else one.values


def _overlaid(value: Node, unknown: Node | None) -> Node:
    """The value with holes where it is not known."""
    if isinstance(unknown, Flag) and unknown.value:
        return hole_at(value.start, value.end, NAMELESS)
    if isinstance(value, Members) and isinstance(unknown, Members):
        return _overlaid_members(value, unknown)
    if isinstance(value, Items) and isinstance(unknown, Items):
        return Items(value.start, value.end, _overlaid_items(value, unknown))
    return value


def _overlaid_items(value: Items, unknown: Items) -> list[Node]:
    """Terraform leaves what is not known out of a set, and nobody can say where it was."""
    missing = len(unknown.values) - len(value.values)
    if missing > 0:
        return [*value.values, *[hole_at(value.start, value.end, NAMELESS)] * missing]
    return [_overlaid(one, flag) for one, flag in zip(value.values, unknown.values, strict=False)]


def _overlaid_members(value: Members, unknown: Members) -> Members:
    flags = {key.value: flag for key, flag in unknown.values}
    known = [(key, _overlaid(one, flags.get(key.value))) for key, one in value.values]
    names = {key.value for key, _ in value.values}
    absent = Null(value.start, value.start + 1)
    missing = [(Text(value.start, value.start + 1, key), _overlaid(absent, flag)) for key, flag in flags.items()]
    return Members(value.start, value.end, [*known, *((key, one) for key, one in missing if key.value not in names)])
