"""Policies as IAM's own JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from leastwise.surfaces.formats import NamedPolicy

NAME = "json"


def render(policies: Sequence[NamedPolicy]) -> str:
    """The document alone when there is one, otherwise a list of documents.

    Only ASCII is written: IAM takes no letter past U+00FF as it stands, but takes every `\\uNNNN`
    (API reference, "CreatePolicy"), and no control letter reaches a terminal.
    """
    return json.dumps(alone_or_listed(policies), indent=2) + "\n"


def alone_or_listed(policies: Sequence[NamedPolicy]) -> object:
    """What the output holds: one document, or a list unless there is exactly one."""
    documents = [plain(policy.document) for policy in policies]
    return documents[0] if len(documents) == 1 else documents


def plain(value: object) -> object:
    """The same value made of dictionaries and lists only."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    return value
