"""Findings as SARIF 2.1.0, for whatever shows results at lines of files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final, Literal
from urllib.parse import quote

from leastwise import __version__
from leastwise.model.errors import Place

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SOURCE_ROOT: Final = "%SRCROOT%"

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a result is an instance of: a name that does not change, and what it says."""

    id: str
    says: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing worth reading, and where. `same` is what stays the same of it when lines move."""

    rule: Rule
    message: str
    place: Place | None = None
    level: Level = "error"
    source: str = ""
    same: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)


def log(results: Sequence[Result], rules: Iterable[Rule] = (), not_done: Sequence[str] = ()) -> str:
    """The log of one run. `not_done` are reasons why the work could not be done to its end."""
    known = list(dict.fromkeys((*rules, *(result.rule for result in results))))
    run = {
        "tool": {"driver": _driver(known)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(not_done)],
        "results": [_result(result, known.index(result.rule)) for result in results],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(rules: Sequence[Rule]) -> dict[str, object]:
    return {"name": "leastwise", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, object]:
    found: dict[str, object] = {
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "defaultConfiguration": {"level": "error"},
    }
    return {**found, "help": {"text": rule.help}} if rule.help else found


def _invocation(not_done: Sequence[str]) -> dict[str, object]:
    if not not_done:
        return {"executionSuccessful": True}
    told = [{"level": "error", "message": {"text": _plain(reason)}} for reason in not_done]
    return {"executionSuccessful": False, "toolExecutionNotifications": told}


def _result(result: Result, index: int) -> dict[str, object]:
    found: dict[str, object] = {
        "ruleId": result.rule.id,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": _plain(result.message)},
        "locations": [_location(result)],
        "partialFingerprints": {"leastwise/v1": _digest(result)},
    }
    return {**found, "properties": dict(result.properties)} if result.properties else found


def _plain(text: str) -> str:
    """The text without a link in it, which SARIF writes as `[text](target)` (section 3.11.6)."""
    return text.replace("[", "\\[").replace("]", "\\]")


def _location(result: Result) -> dict[str, object]:
    place = result.place
    source = place.source if place else result.source
    region = {"startLine": place.line, "startColumn": place.column} if place else {"startLine": 1}
    return {"physicalLocation": {"artifactLocation": _artifact(source), "region": region}}


def _artifact(source: str) -> dict[str, object]:
    """A path from the root of the sources, or where it lies on the machine."""
    path = PurePath(source)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": _SOURCE_ROOT}


def _digest(result: Result) -> str:
    told = (result.rule.id, result.place.source if result.place else result.source, result.same or result.message)
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()
