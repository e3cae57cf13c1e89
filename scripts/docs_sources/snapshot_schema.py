"""The schema of snapshots, from the values that they hold."""

from __future__ import annotations

import json

import msgspec

from leastwise.estate.snapshot import KINDS, SCHEMA, Manifest


def schema_page() -> str:
    """One JSON Schema: of the manifest, and of each kind of part under its name."""
    found, definitions = msgspec.json.schema_components([Manifest, *KINDS.values()], ref_template="#/$defs/{name}")
    parts = dict(zip(KINDS, found[1:], strict=True))
    page = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"leastwise snapshot, schema {SCHEMA}",
        "description": "The manifest; the parts that it names are of the definitions under `parts`, by their kind.",
        **found[0],
        "parts": parts,
        "$defs": definitions,
    }
    return json.dumps(page, indent=2) + "\n"
