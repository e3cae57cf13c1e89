"""Pairs of policies to be compared, written out so that every engine reads the same."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import adversarial
from leastwise.language.parse import parse_draft

PUBLISHED = Path(__file__).parents[2] / "tests" / "data" / "policies" / "policies.jsonl.gz"
SEED = 20260601
SMALL_STATEMENTS = 4
MOST = 300
"""Pairs of one workload; from more, as many are taken at even distances."""

Json = dict[str, Any]
Pair = dict[str, Any]
"""`name`, `old` and `new`; of an adversarial family also `has_new_access`."""


def written_pairs(folder: Path, history: Path | None) -> Path:
    """The file with all pairs, by workload."""
    target = folder / "proofs.json"
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(workloads(history)), encoding="utf-8")
    return target


def workloads(history: Path | None) -> dict[str, list[Pair]]:
    """Small real policies, managed policies, and families that are hard one way or another."""
    lines = map(json.loads, gzip.decompress(PUBLISHED.read_bytes()).splitlines())
    rows = [row for row in lines if not parse_draft(row["document"], kind=row["kind"])[1]]
    small = [row for row in rows if row["source"] == "iam-user-guide" and row["kind"] == "identity" and _is_small(row)]
    managed = [row for row in rows if row["source"] == "aws-managed-policies"]
    return {
        "small": [*thinned(neighbours(small), MOST // 2), *thinned(edited(small), MOST // 2)],
        "managed": thinned(versions(history) if history else [*neighbours(managed), *edited(managed)], MOST),
        "adversarial": list(_adversarial()),
    }


def _is_small(row: Mapping[str, Any]) -> bool:
    return len(statements(row["document"])) <= SMALL_STATEMENTS


def statements(document: Mapping[str, Any]) -> list[Json]:
    """The statements of a document, which may be one without a list."""
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def thinned(pairs: Iterable[Pair], most: int) -> list[Pair]:
    """At most so many of the pairs, from first to last."""
    found = list(pairs)
    if len(found) <= most:
        return found
    return [found[number * len(found) // most] for number in range(most)]


def neighbours(rows: Sequence[Mapping[str, Any]]) -> Iterator[Pair]:
    """Each policy against the next."""
    for one, other in pairwise(rows):
        yield {"name": f"{one['name']} to {other['name']}", "old": one["document"], "new": other["document"]}


def edited(rows: Iterable[Mapping[str, Any]]) -> Iterator[Pair]:
    """Each policy against itself with one edit."""
    rng = Random(SEED)
    for row in rows:
        yield {"name": f"{row['name']}, edited", "old": row["document"], "new": edit(row["document"], rng)}


def edit(document: Mapping[str, Any], rng: Random) -> Json:
    """The document with a condition, an action or a statement less, or with a resource or an action more."""
    found = {**copy.deepcopy(dict(document)), "Statement": copy.deepcopy(statements(document))}
    statement = rng.choice(found["Statement"])
    what = rng.choice(("condition", "resource", "action", "less", "statement"))
    if what == "condition" and "Condition" in statement:
        del statement["Condition"]
    elif what == "resource" and "Resource" in statement:
        statement["Resource"] = [*_listed(statement["Resource"]), "arn:aws:s3:::another-bucket/*"]
    elif what == "less" and len(_listed(statement.get("Action", ()))) > 1:
        statement["Action"] = statement["Action"][1:]
    elif what == "statement" and len(found["Statement"]) > 1:
        found["Statement"].remove(statement)
    elif "Action" in statement:
        statement["Action"] = [*_listed(statement["Action"]), "s3:GetObject"]
    return found


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def versions(history: Path) -> Iterator[Pair]:
    """Each version of a policy against the one before it."""
    found: dict[str, list[tuple[int, Json]]] = {}
    with gzip.open(history, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            found.setdefault(row["arn"], []).append((int(row["version"].lstrip("v")), row["document"]))
    for arn, several in found.items():
        several.sort(key=lambda one: one[0])
        for (before, old), (after, new) in pairwise(several):
            yield {"name": f"{arn.rpartition('/')[2]} v{before} to v{after}", "old": old, "new": new}


def _adversarial() -> Iterator[Pair]:
    for family in adversarial.families():
        name, old, new = family.make()
        yield {"name": name, "old": old, "new": new, "has_new_access": family.has_new_access}
