"""The checks asked of one document: its findings, in the order of the document."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from leastwise.language.nodes import Tree, written
from leastwise.language.parse import read_draft
from leastwise.lint.discover import checks
from leastwise.lint.document import Document
from leastwise.lint.grammar_faults import finding_of
from leastwise.lint.registry import Check, Found
from leastwise.model.errors import Diagnostic
from leastwise.model.finding import Finding
from leastwise.model.policy import Kind


def lint_policy(
    source: str | bytes | Mapping[str, object] | Tree,
    *,
    kind: Kind = "identity",
    name: str = "policy",
    codes: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with a policy document, in its order; `codes` are those asked for, None for all.

    A document that has been read already may be given as its tree. No fault of it raises.
    """
    draft = read_draft(source, kind=kind, name=name)
    notes = draft.policy.notes if draft.policy else ()
    found = [finding_of(told) for told in (*draft.faults, *notes)]
    if draft.policy is not None and draft.tree is not None:
        told = _too_long(draft.tree)
        if told is not None:
            return (*found, told) if codes is None or told.code in codes else ()
        document = Document(draft.policy, draft.tree, is_sound=draft.is_sound)
        found += _found(document, draft.tree, codes)
    wanted = (one for one in found if codes is None or one.code in codes)
    return tuple(sorted(wanted, key=_order))


LONGEST = 200_000
"""Characters of a document that checks look at: twice AWS's longest, five times the highest quota."""


def _too_long(tree: Tree) -> Finding | None:
    """That no check is run, where the document is longer than any policy."""
    text = written(tree.root) if tree.source.text is None else tree.source.text
    if len(text) <= LONGEST:
        return None
    message = f"the document is longer than {LONGEST:,} characters: no check was run"
    place, excerpt = tree.source.place(0, 1), tree.source.excerpt(0)
    return finding_of(Diagnostic("LW-P02", message, "", place, "split it", excerpt))


def _order(finding: Finding) -> tuple[int, int, str]:
    place = finding.place
    return (place.line, place.column, finding.code) if place else (0, 0, finding.code)


def _found(document: Document, tree: Tree, codes: Collection[str] | None) -> Iterator[Finding]:
    for one in checks().values():
        is_asked = (codes is None or one.code in codes) and document.kind in one.kinds
        if is_asked and (document.is_sound or not one.needs_sound):
            yield from (_finding(one, found, tree) for found in one.find(document))


def _finding(check: Check, found: Found, tree: Tree) -> Finding:
    start, end = found.at.node.start, found.at.node.end
    return Finding(
        check.code,
        check.name,
        check.severity,
        found.message,
        found.at.path,
        tree.source.place(start, end),
        found.help,
        tree.source.excerpt(start),
        found.witness,
        found.edits if tree.source.text is not None else (),
    )
