"""Policy documents to `Policy`, with every fault of a document at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from leastwise.language.elements import read_statement
from leastwise.language.faults import FAULTS, OF_VALUES
from leastwise.language.from_mapping import tree_of
from leastwise.language.grammar import GRAMMARS, POLICY_ELEMENTS, VERSIONS
from leastwise.language.locate import read_json
from leastwise.language.nodes import Items, JsonFault, Members, Node, Text, Tree, written
from leastwise.language.quotas import size_note
from leastwise.language.report import Part, Report, policy_error
from leastwise.language.wording import did_you_mean, shown
from leastwise.model.errors import Diagnostic, PolicyError
from leastwise.model.policy import KINDS, VARIABLES_VERSION, Kind, Policy, Statement


def parse_policy(
    source: str | bytes | Mapping[str, object], *, kind: Kind = "identity", name: str = "policy"
) -> Policy:
    """The policy that a document holds; raises `PolicyError` with every fault, in the order of the document.

    A text may be in URL encoding, as IAM's API returns it, or a JSON string that holds the document. What AWS stores
    but nobody can have meant is in the policy's notes.
    """
    key = _key(source, kind, name)
    found = _KEPT.get(key) if key else None
    if found is not None:
        return found
    policy, faults = parse_draft(source, kind=kind, name=name)
    if faults:
        raise PolicyError(faults, name)
    if key:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = policy
    return policy


_Key = tuple[str | bytes, bool, str, str]
_KEPT: dict[_Key, Policy] = {}
"""Policies read last, by what they were read from: the same document is often given again."""
_MOST_KEPT = 2_048
_LONGEST_KEPT = 20_000


def _key(source: str | bytes | Mapping[str, object], kind: str, name: str) -> _Key | None:
    """What tells the document from every other, None for one that is not worth keeping."""
    if isinstance(source, str | bytes):
        return (source, True, kind, name) if len(source) <= _LONGEST_KEPT else None
    try:
        content = msgspec.json.encode(source)
    except (TypeError, ValueError, RecursionError):
        return None
    return (content, False, kind, name) if len(content) <= _LONGEST_KEPT else None


def parse_draft(
    source: str | bytes | Mapping[str, object], *, kind: Kind = "identity", name: str = "policy"
) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The policy of a document that need not be finished, and its faults, in the order of the document.

    A draft may hold placeholders and other values that AWS refuses; raises `PolicyError` where it cannot be told what
    its parts are.
    """
    _check_kind(kind, name)
    try:
        tree = _tree(source, name)
    except JsonFault as fault:
        raise policy_error(fault) from fault
    return _policy(tree, kind)


def _tree(source: str | bytes | Mapping[str, object], name: str) -> Tree:
    return tree_of(source, name=name) if isinstance(source, Mapping) else read_json(source, name=name)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as far as it can be read, with all that is wrong with it and odd about it, in its order.

    `tree` is None where the text is no JSON that leastwise reads, and `policy` then as well. `is_sound` is False when
    it is in doubt what some part of the document is, which the policy then leaves out.
    """

    policy: Policy | None
    tree: Tree | None
    faults: tuple[Diagnostic, ...]
    is_sound: bool


def read_draft(
    source: str | bytes | Mapping[str, object] | Tree, *, kind: Kind = "identity", name: str = "policy"
) -> Draft:
    """The document as far as it can be read; no fault of it raises, an unknown policy type does."""
    _check_kind(kind, name)
    try:
        tree = source if isinstance(source, Tree) else _tree(source, name)
    except JsonFault as fault:
        return Draft(None, None, policy_error(fault).faults, is_sound=False)
    try:
        policy, faults = _policy(tree, kind, passing=frozenset(FAULTS) - {"LW-P25"})
    except PolicyError as error:
        return Draft(None, tree, error.faults, is_sound=False)
    return Draft(policy, tree, faults, is_sound=all(fault.code in OF_VALUES for fault in faults))


def _check_kind(kind: str, name: str) -> None:
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f"policy types are {', '.join(f'`{k}`' for k in KINDS)}"
        raise PolicyError([Diagnostic("LW-P27", f"unknown policy type {shown(kind)}", "", help=hint)], name)


def _policy(tree: Tree, kind: Kind, *, passing: frozenset[str] = OF_VALUES) -> tuple[Policy, tuple[Diagnostic, ...]]:
    report = Report(tree.source)
    document = Part(tree.root, "", GRAMMARS[kind], report)
    if document.grammar.has_latin_text_only and not _is_plain(tree.source.text):
        _check_characters(document)
    found = document.elements(POLICY_ELEMENTS, "the document")
    version = _version(document, found.get("Version"))
    identity = _id(found.get("Id"))
    statements = _statements(document, found.get("Statement"), has_variables=version == VARIABLES_VERSION)
    report.stop_if_faulty(passing=passing)
    policy = Policy(tuple(statements), kind, version, identity, tree.source.name)
    return _with_notes(policy, report, tree), report.faults()


def _with_notes(policy: Policy, report: Report, tree: Tree) -> Policy:
    text = written(tree.root) if tree.source.text is None else tree.source.text
    sized = size_note(policy.kind, text, place=tree.source.place(tree.root.start, tree.root.start + 1))
    notes = (*report.notes(), *([sized] if sized else []))
    return Policy(policy.statements, policy.kind, policy.version, policy.id, policy.name, notes)


def _version(document: Part, part: Part | None) -> str | None:
    if part is None:
        if document.grammar.is_rcp:
            document.fault("LW-P08", "an RCP needs a `Version`", f'add `"Version": "{VARIABLES_VERSION}"`')
        return None
    version = part.text("`Version`")
    takes = VERSIONS[:1] if document.grammar.is_rcp else VERSIONS
    if version is not None and version not in takes:
        part.fault("LW-P11", f"{shown(version)} is no version of {document.grammar.title}", f"write `{takes[0]}`")
    return version


def _id(part: Part | None) -> str | None:
    if part is None:
        return None
    if not part.grammar.takes_id:
        part.note("LW-P54", f"`Id` does not belong in {part.grammar.title}", "remove it")
    return part.text("`Id`")


def _statements(document: Part, part: Part | None, *, has_variables: bool) -> list[Statement]:
    if part is None:
        if isinstance(document.node, Members):
            document.fault("LW-P08", "the document has no `Statement`", "add `Statement` with a list of statements")
        return []
    if isinstance(part.node, Items) and not part.node.values:
        part.note("LW-P53", "the document has no statements")
    each = Part(part.node, part.path, part.grammar, part.report, has_variables)
    parts = list(each.items())
    read = [read_statement(one) for one in parts]
    if document.grammar.is_sid_unique:
        _check_sids(parts)
    return [statement for statement in read if statement is not None]


def _check_sids(statements: Sequence[Part]) -> None:
    seen: dict[str, str] = {}
    for statement in statements:
        for sid, part in _sids(statement):
            if sid in seen:
                message = f"{shown(sid)} is the `Sid` of `{seen[sid]}` too"
                part.fault("LW-P14", message, "give each statement its own `Sid`")
            seen.setdefault(sid, statement.path)


def _sids(statement: Part) -> Iterator[tuple[str, Part]]:
    if not isinstance(statement.node, Members):
        return
    for key, node in statement.node.values:
        if key.value == "Sid" and isinstance(node, Text) and node.value:
            yield node.value, statement.member("Sid", node)
            return


_UNTAKEN = re.compile("[^\t\n\r\x20-\xff]")


def _is_plain(text: str | None) -> bool:
    return text is not None and text.isascii() and "\\" not in text


def _check_characters(document: Part) -> None:
    for part in _texts(document):
        if isinstance(part.node, Text) and (odd := _UNTAKEN.search(part.node.value)):
            message = (
                f"{document.grammar.title} cannot hold the character U+{ord(odd[0]):04X}: {shown(part.node.value)}"
            )
            part.fault("LW-P24", message, "use characters up to U+00FF")


def _texts(document: Part) -> Iterator[Part]:
    """Every string of the document, keys too."""
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part.node, Text):
            if not part.node.value.isascii() or not part.node.value.isprintable():
                yield part
        elif isinstance(part.node, Items):
            waiting.extend(part.items())
        elif isinstance(part.node, Members):
            waiting.extend(_below(part))


def _below(part: Part) -> Iterator[Part]:
    values: list[tuple[Text, Node]] = part.node.values if isinstance(part.node, Members) else []
    for key, node in values:
        yield part.member(key.value, key)
        yield part.member(key.value, node)
