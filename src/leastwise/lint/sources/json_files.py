"""Policy documents in JSON: a plain document or a list of them, a plan, a template, an answer of AWS's command line."""

from __future__ import annotations

from leastwise.language.locate import read_json
from leastwise.language.nodes import JsonFault
from leastwise.lint.sources.content import read_tree
from leastwise.lint.sources.embedded import Reading, Refusal
from leastwise.lint.sources.search import is_document

_CODES = {"LW-P02": "LW-S04"}


def read_json_file(reading: Reading) -> None:
    """Keeps the policies of a JSON file. Raises Refusal."""
    try:
        tree = read_json(reading.text, name=reading.source.name)
    except JsonFault as fault:
        at = fault.start if fault.source.text == reading.text else 0
        raise Refusal(_CODES.get(fault.code, "LW-S01"), fault.message, at, fault.hint) from fault
    if tree.source.text == reading.text:
        read_tree(reading, tree.root, is_literal=True)
    elif is_document(tree.root):
        reading.unplaced(tree.root, 0, where="", told=reading.tells(tree.root))
