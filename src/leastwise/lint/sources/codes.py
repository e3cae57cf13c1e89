"""The codes of what keeps the policy documents of a file from being read."""

from __future__ import annotations

SOURCE_FAULTS: dict[str, str] = {
    "LW-S01": "The file is not JSON.",
    "LW-S02": "The file holds no policy document.",
    "LW-S03": "The file is empty.",
    "LW-S04": "The file is longer, deeper or of more parts than is read.",
    "LW-S05": "It cannot be told what kind of file it is.",
    "LW-S06": "The file is binary, or no text that UTF-8 can hold.",
    "LW-S07": "A policy is not in the file: it is known once something else is read or applied.",
    "LW-S08": "The text that stands for a policy is no policy document in JSON.",
    "LW-S09": "A key stands twice in one object, so that one of its values would be lost.",
    "LW-S10": "The file is not YAML.",
    "LW-S11": "The file is not HCL.",
    "LW-S12": "The package that reads this kind of file is not installed.",
    "LW-S13": "The file holds more policy documents than are read.",
    "LW-S14": "A policy is put together by template directives, which are not evaluated.",
    "LW-S15": "The file cannot be opened, or is no text in UTF-8.",
    "LW-S16": "An exception in a comment lacks its check, its end date or its reason.",
}
"""What is told of a file, by code."""

SOURCE_NOTES = frozenset(("LW-S02", "LW-S07"))
"""The codes that are no fault of the file: it can be read, and it is told what there is not to be found in it."""
