"""The policy documents of a template's properties, with placeholders for what is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping

from leastwise.estate.offline.made_documents import UNKNOWN, Document
from leastwise.estate.offline.template_values import Template
from leastwise.estate.offline.yaml_values import tree
from leastwise.lint.sources.fill import filled
from leastwise.lint.sources.holes import is_marked
from leastwise.model.policy import Kind


def document_of(template: Template, written: object, kind: Kind) -> Document:
    """The document that a property gives; empty where it gives none."""
    value = template.value(written)
    if isinstance(value, str):
        return UNKNOWN if is_marked(value) else Document(value)
    if not isinstance(value, Mapping):
        return Document()
    done = filled(tree(value), kind, source=None)
    if not isinstance(done.document, Mapping):
        return UNKNOWN
    return Document(json.dumps(done.document, separators=(",", ":"), ensure_ascii=False), done.unknown)
