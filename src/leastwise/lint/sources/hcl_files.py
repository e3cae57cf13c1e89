"""Policy documents in Terraform's language: objects, heredocs and strings that are one, and its data source.

Other files, variables and local values are not followed; holes stand for what they give.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastwise.language.nodes import Items, Members, Node, Text
from leastwise.language.wording import shown
from leastwise.lint.sources.aws_answers import OF_ORGANIZATIONS
from leastwise.lint.sources.document_data import document_of
from leastwise.lint.sources.embedded import Reading, Refusal, refuse
from leastwise.lint.sources.hcl_text import HclText, Heredoc, masked, tokens, with_holes
from leastwise.lint.sources.hcl_values import Values, children, rule, span
from leastwise.lint.sources.holes import is_marked
from leastwise.lint.sources.kinds import Hint, Told
from leastwise.lint.sources.search import is_document, is_surely_document
from leastwise.lint.sources.terraform_types import ATTRIBUTES, DOCUMENT, ORGANIZATIONS_POLICY, without_policy
from leastwise.model.policy import Kind

if TYPE_CHECKING:
    from leastwise.lint.sources.hcl_values import HclTree, Part

MAX_TOKENS = 60_000
"""Words and signs of a file that are read; the parser reads about 20,000 a second."""

MAX_CHARACTERS = 1_000_000
"""Characters of a file that are read."""

_WORTH_READING = re.compile(r"Statement|statement")
_DATA = re.compile(rf"data\.{DOCUMENT}\.([\w-]+)")
_IS_OBJECT = re.compile(r"\s*+\{")
_DEEPEST_BLOCK = 8


def read_hcl(reading: Reading) -> None:
    """Keeps the policies of an HCL file. Raises Refusal."""
    if _WORTH_READING.search(reading.text) is None:
        return
    if len(reading.text) > MAX_CHARACTERS:
        refuse("LW-S04", f"the file is longer than the {MAX_CHARACTERS:,} characters that are read of HCL")
    clean = masked(reading.text)
    if sum(1 for _ in tokens(clean.text)) > MAX_TOKENS:
        refuse("LW-S04", f"the file has more than {MAX_TOKENS:,} words and signs")
    _Hcl(reading, clean).read(_parsed(clean.text))


def _parsed(text: str) -> HclTree:
    try:
        from hcl2 import parses_to_tree
        from lark.exceptions import UnexpectedInput
    except ImportError:
        hint = "`pip install 'leastwise[templates]'`"
        refuse("LW-S12", "HCL is read by python-hcl2, which is not installed", hint=hint)
    try:
        return parses_to_tree(text)
    except UnexpectedInput as error:
        at = error.pos_in_stream if isinstance(error.pos_in_stream, int) else None
        raise Refusal("LW-S11", "not HCL: it cannot be read from here on", at) from None
    except Exception as error:  # the parser promises no more about what it raises
        raise Refusal("LW-S11", f"not HCL: {type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class _Block:
    """A block: its type, its labels and its body."""

    type: str
    labels: tuple[str, ...]
    part: Part
    body: Part | None

    @property
    def resource(self) -> str:
        """The type of resource that it is, empty for all else."""
        return self.labels[0] if self.type == "resource" and self.labels else ""

    @property
    def is_document(self) -> bool:
        """Whether it is the data source that makes policy documents."""
        return self.type == "data" and self.labels[:1] == (DOCUMENT,)

    def holds(self, path: str) -> str:
        """What Terraform calls the block, and in it the attribute of this path."""
        address = self.labels if self.type == "resource" else (self.type, *self.labels)
        return ".".join(filter(None, (*address, without_policy(path))))


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute, the block at the top of the file that holds it, and its path in there."""

    block: _Block
    path: str
    value: Part

    @property
    def name(self) -> str:
        """The path without numbers."""
        return re.sub(r"\[\d+\]", "", self.path)


class _Hcl:
    """One file that has been parsed."""

    def __init__(self, reading: Reading, clean: HclText) -> None:
        self.reading = reading
        self.heredocs = clean.heredocs
        self.values = Values(reading.text, clean)
        self.users: dict[str, Kind] = {}

    def read(self, tree: Part) -> None:
        top = next((one for one in children(tree) if rule(one) == "body"), None)
        blocks = [self._block(one) for one in self._below(top) if rule(one) == "block"]
        for block in (_Block("", (), tree, top), *blocks):
            if not block.is_document:
                self._read_block(block)
        for block in blocks:
            if block.is_document:
                self._read_document(block)
        self.reading.documents.sort(key=lambda one: (one.first_line, one.first_column))

    def _read_block(self, block: _Block) -> None:
        attributes = list(self._attributes(block))
        kinds = self._kinds(block, attributes)
        for attribute in attributes:
            kind = kinds.get(attribute.name)
            is_read = self._read_attribute(attribute, kind)
            if kind is not None:
                used = _DATA.findall(self.values.said(attribute.value))
                self.users.update(dict.fromkeys(used, kind))
                if not used and not is_read:
                    self._tell_absent(attribute)

    def _kinds(self, block: _Block, attributes: Sequence[_Attribute]) -> Mapping[str, Kind]:
        if block.resource != ORGANIZATIONS_POLICY:
            return ATTRIBUTES.get(block.resource, {})
        types = [self.values.node(one.value) for one in attributes if one.path == "type"]
        name = types[0].value if types and isinstance(types[0], Text) else "SERVICE_CONTROL_POLICY"
        return {"content": OF_ORGANIZATIONS[name]} if name in OF_ORGANIZATIONS else {}

    def _attributes(self, block: _Block) -> Iterator[_Attribute]:
        """Those of the block and of the blocks in it; the file's own where the block is the file."""
        waiting = [("", block.body)]
        while waiting:
            path, body = waiting.pop()
            numbers: Counter[str] = Counter()
            for one in self._below(body):
                if rule(one) == "attribute":
                    name, value = self._named(one)
                    yield _Attribute(block, path + name, value)
                elif block.type:
                    inner = self._block(one)
                    waiting.append((f"{path}{inner.type}[{numbers[inner.type]}].", inner.body))
                    numbers[inner.type] += 1

    def _below(self, body: Part | None) -> list[Part]:
        return [one for one in children(body) if rule(one) in ("attribute", "block")] if body is not None else []

    def _named(self, attribute: Part) -> tuple[str, Part]:
        name, value = children(attribute)[:2]
        return self.values.said(name), value

    def _block(self, part: Part) -> _Block:
        """A block; of a dynamic one its content, by the name of the blocks it makes."""
        *names, body = children(part)
        words = [self.values.string(one) if rule(one) == "string" else self.values.said(one) for one in names]
        block = _Block(words[0], tuple(words[1:]), part, body if rule(body) == "body" else None)
        if block.type != "dynamic" or not block.labels:
            return block
        inner = (one for one in self._below(block.body) if rule(one) == "block")
        content = next((one for one in inner if self.values.said(children(one)[0]) == "content"), None)
        return _Block(block.labels[0], (), part, children(content)[-1] if content is not None else None)

    def _tell_absent(self, attribute: _Attribute) -> None:
        message = f"the policy of {shown(self._where(attribute))} is not in this file"
        hint = "lint the plan, as `terraform show -json` prints it, or the file that has the policy"
        self.reading.fault("LW-S07", message, span(attribute.value)[0], hint)

    def _read_attribute(self, attribute: _Attribute, kind: Kind | None) -> bool:
        """Keeps each object and text of an expression that is a policy, or tells why not; says whether there are any.

        Nothing is looked for inside of one.
        """
        waiting, has_any = [attribute.value], False
        while waiting:
            part = waiting.pop()
            read = self._reads.get(rule(part))
            if read is not None and read(self, part, attribute, kind):
                has_any = True
            else:
                waiting.extend(reversed(children(part)))
        return has_any

    def _read_object(self, part: Part, attribute: _Attribute, kind: Kind | None) -> bool:
        if not any(self._is_statement(one) for one in children(part)):
            return False
        node = self.values.node(part)
        if not (is_document(node) if kind else is_surely_document(node)):
            return False
        self.reading.made(node, where=self._where(attribute), told=self._told(node, attribute, kind))
        return True

    def _is_statement(self, element: Part) -> bool:
        return self.values.said(children(element)[0]).strip('"') == "Statement"

    def _read_text(self, part: Part, attribute: _Attribute, kind: Kind | None) -> bool:
        start, _ = span(part)
        heredoc = self.heredocs.get(start)
        if heredoc is not None:
            return self._read_heredoc(heredoc, attribute, kind)
        value = self.values.string(part)
        if "Statement" not in value or not _IS_OBJECT.match(value):
            return False
        told: Told | None = (kind, "") if kind else None
        self.reading.of_text(value, start, where=self._where(attribute), told=told, hints=[self._hint(attribute)])
        return True

    def _read_heredoc(self, heredoc: Heredoc, attribute: _Attribute, kind: Kind | None) -> bool:
        content = self.reading.text[heredoc.start : heredoc.end]
        if "Statement" not in content or not _IS_OBJECT.match(content):
            return False
        where, marked = self._where(attribute), with_holes(content)
        if marked is None:
            message = f"the policy of {shown(where)} is put together by template directives"
            self.reading.fault("LW-S14", message, heredoc.start, "write it with `jsonencode`")
            return True
        tree = self.reading.tree(marked, heredoc.start, where=where, base=heredoc.start)
        if tree is not None:
            keep = self.reading.made if is_marked(marked) else self.reading.literal
            keep(tree.root, where=where, told=self._told(tree.root, attribute, kind), base=heredoc.start)
        return True

    def _where(self, attribute: _Attribute) -> str:
        return attribute.block.holds(attribute.path)

    def _hint(self, attribute: _Attribute) -> Hint:
        return "its name", " ".join((*attribute.block.labels, attribute.path))

    def _told(self, node: Node, attribute: _Attribute, kind: Kind | None) -> Told:
        return (kind, "") if kind else self.reading.tells(node, self._hint(attribute))

    def _read_document(self, block: _Block) -> None:
        document = document_of(self._arguments(block, depth=0))
        if document is not None:
            name = block.labels[1] if len(block.labels) > 1 else ""
            used = self.users.get(name)
            told: Told = (used, "") if used else self.reading.tells(document, ("its name", name))
            self.reading.made(document, where=block.holds(""), told=told)

    def _arguments(self, block: _Block, *, depth: int) -> Members:
        """The arguments of a block, those that are blocks as lists of objects."""
        start, end = span(block.part)
        if depth > _DEEPEST_BLOCK:
            refuse("LW-S04", f"blocks nest deeper than {_DEEPEST_BLOCK} levels", start)
        found: list[tuple[Text, Node]] = []
        blocks: dict[str, list[Node]] = {}
        for one in self._below(block.body):
            if rule(one) == "attribute":
                name, value = self._named(one)
                found.append((Text(*span(one), name), self.values.node(value)))
                continue
            inner = self._block(one)
            if inner.type not in blocks:
                found.append((Text(*span(one), inner.type), Items(*span(one), blocks.setdefault(inner.type, []))))
            blocks[inner.type].append(self._arguments(inner, depth=depth + 1))
        return Members(start, end, found)

    _reads: Mapping[str, Callable[[_Hcl, Part, _Attribute, Kind | None], bool]] = {
        "object": _read_object,
        "string": _read_text,
    }
