"""Reference pages about policy documents: the codes of faults, and the open points of AWS's documentation."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

from leastwise.language.faults import FAULTS, NOTES
from leastwise.model import switches
from leastwise.model.switches import Switches, positions

_FAULTS_HEAD = """# Policy faults

What can be wrong with a policy document, as `leastwise can` and `leastwise.parse_policy` tell it: every fault at once,
each with its place. Made from the code by `make docs`.

## Faults

A document with one of these is not used.

| code | what is wrong |
|---|---|
"""
_NOTES_HEAD = """
## Notes

A document with these is used; they are told as warnings, and are in `Policy.notes`.

| code | what is odd |
|---|---|
"""
_SWITCHES_HEAD = """# Open points

On these points the documentation of AWS is silent or says two things. leastwise takes the position that the evidence
favours, and a decision names each point on which its outcome turns. `leastwise can --switch NAME=POSITION` and
`leastwise.Switches` take another. Made from the code by `make docs`.

| switch | positions, default first | meaning of the default |
|---|---|---|
"""


def faults_page() -> str:
    """The page of codes."""
    rows = [f"| `{code}` | {text} |\n" for code, text in FAULTS.items()]
    notes = [f"| `{code}` | {text} |\n" for code, text in NOTES.items()]
    return _FAULTS_HEAD + "".join(rows) + _NOTES_HEAD + "".join(notes)


def switches_page() -> str:
    """The page of switches."""
    told = dict(_docstrings())
    rows = []
    for one in fields(Switches):
        first, *rest = sorted(positions(one.name), key=lambda position: position[1] != one.default)
        shown = ", ".join(f"`{name}`" for name, _ in (first, *rest))
        rows.append(f"| `{one.name}` | {shown} | {told[one.name]} |\n")
    return _SWITCHES_HEAD + "".join(rows)


def _docstrings() -> Iterator[tuple[str, str]]:
    """Each field of the class with the text that follows it."""
    tree = ast.parse(inspect.getsource(switches))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Switches")
    for named, text in pairwise(body):
        is_told = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(named, ast.AnnAssign) and isinstance(named.target, ast.Name) and is_told:
            yield named.target.id, str(text.value.value)  # type: ignore[attr-defined]
