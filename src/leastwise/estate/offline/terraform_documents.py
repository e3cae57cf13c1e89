"""The policy documents of a plan's attributes, from the data source that makes them where they are not known."""

from __future__ import annotations

import json

from leastwise.estate.answers import document
from leastwise.estate.offline.made_documents import UNKNOWN, Document
from leastwise.estate.offline.terraform_blocks import Block, Blocks
from leastwise.lint.sources import documents_in
from leastwise.model.policy import Kind

_SOURCE = "aws_iam_policy_document"
_MERGED = ("source_policy_documents", "override_policy_documents")


def document_of(blocks: Blocks, block: Block, attribute: str, kind: Kind) -> Document:
    """The document of an attribute; nothing is known of one that depends on more than what makes it."""
    if not block.is_open(attribute):
        return Document(document(block.values.get(attribute)))
    sources = [one for one in blocks.referred(block, attribute, _SOURCE) if one.is_data]
    made = [_made(one, kind) for one in sources]
    return made[0] if len(made) == 1 else UNKNOWN


def _made(source: Block, kind: Kind) -> Document:
    """What the data source makes of its arguments, with placeholders for those that are not known."""
    if source.change is None or any(source.values.get(name) or source.is_open(name) for name in _MERGED):
        return UNKNOWN
    alone = json.dumps({"format_version": "1.2", "resource_changes": [source.change]})
    found, faults = documents_in(alone, "plan.json", kind=kind)
    if len(found) != 1 or faults:
        return UNKNOWN
    return Document(document(found[0].source), found[0].unknown)
