"""Policy documents from files: as AWS prints them, alone or inside the answer of a call that fetched them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError, UnreadableFile
from leastwise.model.policy import Kind, Policy
from leastwise.surfaces.cli.diagnostics import fault_lines
from leastwise.surfaces.cli.text import say

STANDARD_INPUT = "-"
_WRAPPED_IN = (
    ("PolicyDocument",),
    ("PolicyVersion", "Document"),
    ("Role", "AssumeRolePolicyDocument"),
    ("AssumeRolePolicyDocument",),
    ("Policy", "Content"),
    ("Policy",),
    ("policy",),
    ("policyText",),
    ("ResourcePolicy",),
)
"""Where the answers of AWS's own calls hold a policy: as an object, or as text in JSON."""


def policy_in(path: str, kind: Kind) -> Policy:
    """The policy of a file, `-` for standard input; what is odd about it is said. Raises InputError or PolicyError."""
    content = _content(path)
    name = "standard input" if path == STANDARD_INPUT else path
    policy = parse_policy(_unwrapped(content), kind=kind, name=name)
    for line in fault_lines(policy.notes, level="warning"):
        say(line)
    return policy


def _content(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableFile(path, (error.strerror or str(error)).lower()) from None


def _unwrapped(content: bytes) -> bytes | str | Mapping[str, object]:
    """The document itself when the file is the answer of a call, otherwise the file."""
    if b'"Statement"' in content.partition(b":")[0]:
        return content
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return content
    for keys in _WRAPPED_IN if isinstance(found, dict) and "Statement" not in found else ():
        inner = _at(found, keys)
        if isinstance(inner, str) or (isinstance(inner, dict) and "Statement" in inner):
            return inner
    return content


def _at(found: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def object_in(path: str, what: str) -> dict[str, object]:
    """The JSON object of a file; raises InputError."""
    content = _content(path)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"cannot read {what} in `{path}`: {str(error)[:120].lower()}") from None
    if not isinstance(found, dict):
        raise InputError(f"cannot read {what} in `{path}`: it is no JSON object")
    return found
