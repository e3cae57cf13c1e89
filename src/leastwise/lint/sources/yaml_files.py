"""Policy documents in YAML: a plain document, a CloudFormation template, or an answer of AWS's command line."""

from __future__ import annotations

from leastwise.language.locate import read_json
from leastwise.language.nodes import JsonFault
from leastwise.lint.sources.content import read_tree
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.short_tags import decoded
from leastwise.lint.sources.templates import is_template
from leastwise.lint.sources.yaml_trees import yaml_trees


def read_yaml(reading: Reading) -> None:
    """Keeps the policies of a YAML file. Raises Refusal."""
    if reading.text.lstrip().startswith("{") and _is_json(reading):
        return
    found = yaml_trees(reading.text)
    is_tagged = found.tagged and any(map(is_template, found.roots))
    for root in (decoded(reading.text),) if is_tagged else found.roots:
        read_tree(reading, root, is_literal=False)


def _is_json(reading: Reading) -> bool:
    """Whether the file is JSON, which is YAML too; its policies are then kept as they stand in it."""
    try:
        tree = read_json(reading.text, name=reading.source.name)
    except JsonFault:
        return False
    read_tree(reading, tree.root, is_literal=True)
    return True
