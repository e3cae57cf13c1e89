"""Policy documents in CloudFormation templates, in JSON or YAML, AWS SAM's too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leastwise.language.nodes import Items, Members, Node, Text
from leastwise.language.wording import shown
from leastwise.lint.sources.aws_answers import OF_ORGANIZATIONS
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.holes import whole_hole
from leastwise.lint.sources.intrinsics import resolved
from leastwise.lint.sources.kinds import Told
from leastwise.lint.sources.search import Step, below, is_document, listed, member, pairs, text
from leastwise.lint.sources.template_types import ORGANIZATIONS_POLICY, PROPERTIES
from leastwise.model.policy import Kind

_HOLDS_DOCUMENTS = frozenset(
    path.rpartition(".")[2] for paths in PROPERTIES.values() for path in paths if not path.startswith("Policies")
) | {"PolicyDocument"}
"""The properties that hold nothing but documents; AWS SAM's `Policies` may name policies, too."""


def is_template(root: Node) -> bool:
    """Whether the tree is a template: it has resources, each with a type such as `AWS::IAM::Role`."""
    return any("::" in text(resource, "Type") for _, resource in pairs(member(root, "Resources")))


def read_template(reading: Reading, root: Node, *, is_literal: bool) -> None:
    """Keeps the policy of every property that holds one; one without functions stands in the file as it is."""
    for step, kind in _properties(root):
        value = resolved(step.node)
        where = step.path.removesuffix(".PolicyDocument").removesuffix(".Properties")
        if isinstance(value, Text):
            _read_text(reading, step, value, where=where, told=(kind, ""))
        elif is_literal and value is step.node:
            reading.literal(value, where=where, told=(kind, ""))
        elif value is not None:
            reading.made(value, where=where, told=(kind, ""))


def _read_text(reading: Reading, step: Step, value: Text, *, where: str, told: Told) -> None:
    """A text may be a policy in JSON, or the name of one, or anything that a function gives."""
    if value.value.lstrip().startswith("{"):
        reading.of_text(value.value, value.start, where=where, told=told)
    elif whole_hole(value.value) is not None and step.key in _HOLDS_DOCUMENTS:
        message = f"the policy of {shown(where)} is not known until the template is deployed"
        reading.fault("LW-S07", message, value.start, "write the document in the template, or lint it by itself")


def _properties(root: Node) -> Iterator[tuple[Step, Kind]]:
    resources = Step(member(root, "Resources") or root, Step(root), "Resources")
    for resource in below(resources):
        properties = member(resource.node, "Properties")
        if properties is None:
            continue
        at = Step(properties, resource, "Properties")
        for path, kind in _kinds(resource.node).items():
            yield from ((step, kind) for step in _found(at, path.replace("[]", ".[]").split(".")) if _is_policy(step))


def _kinds(resource: Node) -> Mapping[str, Kind]:
    if text(resource, "Type") != ORGANIZATIONS_POLICY:
        return PROPERTIES.get(text(resource, "Type"), {})
    kind = OF_ORGANIZATIONS.get(text(resource, "Properties", "Type"))
    return {"Content": kind} if kind else {}


def _found(at: Step, names: list[str]) -> Iterator[Step]:
    """The parts that a path leads to, through `Fn::If` and each value of a list."""
    if not names:
        yield from _ways(at)
        return
    for step in _ways(at):
        for one in below(step):
            is_way = isinstance(step.node, Items) if names[0] == "[]" else one.key == names[0]
            if is_way:
                yield from _found(one, names[1:])


def _ways(at: Step) -> Iterator[Step]:
    """The part, or in the place of `Fn::If` its two values."""
    choice = member(at.node, "Fn::If")
    if choice is None:
        yield at
        return
    for index, value in enumerate(listed(choice)[1:3], start=1):
        yield from _ways(Step(value, Step(choice, at, "Fn::If"), index))


def _is_policy(step: Step) -> bool:
    return isinstance(step.node, Text) or (
        isinstance(step.node, Members) and (is_document(step.node) or _is_made(step))
    )


def _is_made(step: Step) -> bool:
    """Whether a function makes it."""
    return len(pairs(step.node)) == 1 and pairs(step.node)[0][0].value.startswith("Fn::")
