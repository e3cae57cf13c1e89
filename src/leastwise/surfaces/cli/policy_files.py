"""Policy documents from files: as AWS prints them, alone or inside the answer of a call that fetched them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from leastwise.language.from_mapping import tree_of
from leastwise.language.locate import read_json
from leastwise.language.nodes import Items, JsonFault, Members, Node
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError, UnreadableFile
from leastwise.model.policy import Kind, Policy
from leastwise.surfaces.cli.diagnostics import fault_lines
from leastwise.surfaces.cli.text import say

STANDARD_INPUT = "-"
_WRAPPED_IN = (
    ("PolicyDocument",),
    ("PolicyVersion", "Document"),
    ("Role", "AssumeRolePolicyDocument"),
    ("AssumeRolePolicyDocument",),
    ("Policy", "Content"),
    ("Policy",),
    ("policy",),
    ("policyText",),
    ("ResourcePolicy",),
)
"""Where the answers of AWS's own calls hold a policy: as an object, or as text in JSON."""


_Document = bytes | str | Mapping[str, object]


def policy_in(path: str, kind: Kind) -> Policy:
    """The policy of a file, `-` for standard input; what is odd about it is said. Raises InputError or PolicyError."""
    return _policy(_unwrapped(_content(path)), kind, path)


def listed_in(path: str, kind: Kind) -> list[Policy]:
    """The policies of a file that holds one document, or a JSON list of them as `propose` prints several."""
    content = _content(path)
    if not content.lstrip().startswith(b"["):
        return [_policy(_unwrapped(content), kind, path)]
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return [_policy(content, kind, path)]
    documents = [json.dumps(one).encode() for one in found]
    return [_policy(document, kind, f"{path}[{place}]") for place, document in enumerate(documents)]


def policies_in(paths: Sequence[str], kind: Kind | None) -> list[Policy]:
    """The policies of files, all of one type; without one, of that which their elements show.

    Raises InputError or PolicyError.
    """
    if list(paths).count(STANDARD_INPUT) > 1:
        raise InputError("standard input can be read once", help="give a file in the place of one `-`")
    documents = [_unwrapped(_content(path)) for path in paths]
    shown = kind or _kind_of(documents)
    return [_policy(document, shown, path) for document, path in zip(documents, paths, strict=True)]


def _policy(document: _Document, kind: Kind, path: str) -> Policy:
    policy = parse_policy(document, kind=kind, name="standard input" if path == STANDARD_INPUT else path)
    for line in fault_lines(policy.notes, level="warning"):
        say(line)
    return policy


def _kind_of(documents: Iterable[_Document]) -> Kind:
    """Identity policies name no principal; of those that do, trust policies name no resource."""
    elements = frozenset(name for document in documents for name in _elements(document))
    if not elements & {"Principal", "NotPrincipal"}:
        return "identity"
    return "resource" if elements & {"Resource", "NotResource"} else "trust"


def _elements(document: _Document) -> Iterator[str]:
    """The names of the elements of every statement; none where the text is no JSON."""
    try:
        tree = tree_of(document, name="") if isinstance(document, Mapping) else read_json(document, name="")
    except JsonFault:
        return
    for statements in _members(tree.root, "Statement"):
        for statement in statements.values if isinstance(statements, Items) else [statements]:
            if isinstance(statement, Members):
                yield from (key.value for key, _ in statement.values)


def _members(node: Node, name: str) -> list[Node]:
    return [value for key, value in node.values if key.value == name] if isinstance(node, Members) else []


def _content(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableFile(path, (error.strerror or str(error)).lower()) from None


def _unwrapped(content: bytes) -> _Document:
    """The document itself when the file is the answer of a call, otherwise the file."""
    if b'"Statement"' in content.partition(b":")[0]:
        return content
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return content
    for keys in _WRAPPED_IN if isinstance(found, dict) and "Statement" not in found else ():
        inner = _at(found, keys)
        if isinstance(inner, str) or (isinstance(inner, dict) and "Statement" in inner):
            return inner
    return content


def _at(found: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def object_in(path: str, what: str) -> dict[str, object]:
    """The JSON object of a file; raises InputError."""
    content = _content(path)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"cannot read {what} in `{path}`: {str(error)[:120].lower()}") from None
    if not isinstance(found, dict):
        raise InputError(f"cannot read {what} in `{path}`: it is no JSON object")
    return found
