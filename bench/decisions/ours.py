"""Answers by leastwise: `python -m decisions.ours decide|prepare CASES PLAN`; each in a process of its own."""

from __future__ import annotations

import gc
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from leastwise import Policy, PolicySet, Request, evaluate, evaluate_many, parse_policy

PUBLISHED = Path(__file__).parents[2] / "tests" / "data" / "policies" / "policies.jsonl.gz"
Row = tuple[str, str, str, Mapping[str, str]]
Timed = dict[str, float]


def decide(cases: Mapping[str, Any], plan: Mapping[str, int]) -> dict[str, Any]:
    """The answers to the first requests, and CPU seconds of passes over later ones, the ways of asking in turns."""
    rows = rows_of(cases["requests"])
    policies = PolicySet(identity=[parse_policy(cases["policy"])])
    outcomes = [evaluate(_request(row), policies).outcome.value for row in rows[: plan["checked"]]]
    later = rows[plan["checked"] :]
    ways: dict[str, Callable[[int], Timed]] = {
        "single": lambda n: single(_part(later, plan["requests"], n), policies),
        "batch": lambda n: batch(_part(later, plan["requests"], n), policies),
        "handed": lambda n: handed(_part(later, plan["requests"], n), cases["policy"]),
        "unseen": lambda n: unseen(_part(later, plan["parsed"], n), cases["policy"]),
    }
    for name, large in cases["large"].items():
        ways |= _large_ways(name, large, plan)
    return {"outcomes": outcomes, "passes": _in_turns(ways, plan["passes"])}


def _large_ways(name: str, large: Mapping[str, Any], plan: Mapping[str, int]) -> dict[str, Callable[[int], Timed]]:
    policies = PolicySet(identity=[parse_policy(document) for document in large["policies"]])
    rows = rows_of(large["requests"])
    warm, later = rows[: plan["large"]], rows[plan["large"] :]
    single(warm, policies)
    return {
        f"single, {name}": lambda n: single(_part(later, plan["large"], n), policies),
        f"batch, {name}": lambda n: batch(_part(later, plan["large"], n), policies),
    }


def _in_turns(ways: Mapping[str, Callable[[int], Timed]], passes: int) -> dict[str, list[Timed]]:
    taken: dict[str, list[Timed]] = {name: [] for name in ways}
    for number in range(passes):
        for name, way in ways.items():
            taken[name].append(way(number))
    return taken


def _part(rows: Sequence[Row], size: int, number: int) -> Sequence[Row]:
    return rows[number * size : (number + 1) * size]


def rows_of(requests: Sequence[Mapping[str, Any]]) -> list[Row]:
    """What a request is made of, as the peers take it."""
    return [(r["principal"], r["action"], r["resource"], r["context"]) for r in requests]


def _request(row: Row) -> Request:
    return Request(*row, context_is_complete=True)


def single(rows: Sequence[Row], policies: PolicySet) -> Timed:
    """One request made and decided at a time, under policies parsed and compiled before."""
    before = process_time()
    for principal, action, resource, context in rows:
        evaluate(Request(principal, action, resource, context, context_is_complete=True), policies)
    return {"count": len(rows), "cpu": process_time() - before}


def batch(rows: Sequence[Row], policies: PolicySet) -> Timed:
    """All requests handed over at once, made before."""
    requests = [_request(row) for row in rows]
    before = process_time()
    for _ in evaluate_many(requests, policies):
        pass
    return {"count": len(rows), "cpu": process_time() - before}


def handed(rows: Sequence[Row], document: Mapping[str, object]) -> Timed:
    """The document handed over for each decision, as the peers that take documents have it; it was seen before."""
    before = process_time()
    for principal, action, resource, context in rows:
        policies = PolicySet(identity=[parse_policy(document)])
        evaluate(Request(principal, action, resource, context, context_is_complete=True), policies)
    return {"count": len(rows), "cpu": process_time() - before}


def unseen(rows: Sequence[Row], document: Mapping[str, object]) -> Timed:
    """A document that was never seen before for each decision, so that it is parsed and compiled."""
    before = process_time()
    for principal, action, resource, context in rows:
        policies = PolicySet(identity=[parse_policy(document, name=resource)])
        evaluate(Request(principal, action, resource, context, context_is_complete=True), policies)
    return {"count": len(rows), "cpu": process_time() - before}


def prepare(cases: Mapping[str, Any], plan: Mapping[str, int]) -> dict[str, Any]:
    """What is paid before the first decision, in a process that has compiled nothing like it; and hostile patterns."""
    row = rows_of(cases["requests"])[0]
    evaluate(_request(row), PolicySet(identity=[parse_policy(cases["policy"])]))  # the catalogue is loaded by now
    passes: dict[str, list[dict[str, Any]]] = {}
    for name, large in cases["large"].items():
        texts = [json.dumps(document) for document in large["policies"]]
        parse, policies = _parsed(texts)
        statements = sum(len(policy.statements) for policy in policies)
        first = single(rows_of(large["requests"])[:1], PolicySet(identity=policies))
        size = {"count": statements, "of": "statements"}
        passes[f"parse, {name}"] = [{**parse, **size, "bytes": sum(map(len, texts))}]
        passes[f"compile and ask once, {name}"] = [{**first, **size}]
    passes |= dict(_published())
    passes |= {name: [took] for name, took in _starred(cases, row)}
    return {"passes": passes}


def _parsed(texts: Sequence[str]) -> tuple[Timed, list[Policy]]:
    before = process_time()
    policies = [parse_policy(text) for text in texts]
    return {"count": len(texts), "cpu": process_time() - before}, policies


def _published() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    if not PUBLISHED.exists():
        return
    lines = map(json.loads, gzip.decompress(PUBLISHED.read_bytes()).splitlines())
    texts = [json.dumps(line["document"]) for line in lines if line["source"] == "aws-managed-policies"]
    size = {"count": len(texts), "of": "policies", "bytes": sum(map(len, texts))}
    before = process_time()
    for text in texts:
        json.loads(text)
    yield "json.loads, managed policies", [{"cpu": process_time() - before, **size}]
    yield "parse, managed policies", [{**_parsed(texts)[0], **size}]


def _starred(cases: Mapping[str, Any], row: Row) -> Iterator[tuple[str, Timed]]:
    for name, case in cases["stars"].items():
        statement = {"Effect": "Allow", "Action": "*", "Resource": case["pattern"]}
        policies = PolicySet(identity=[parse_policy({"Version": "2012-10-17", "Statement": [statement]})])
        asked = (row[0], row[1], case["resource"], row[3])
        yield f"first, {name}", single([asked], policies)
        yield f"later, {name}", single([asked] * 20, policies)


_COMMANDS = {"decide": decide, "prepare": prepare}

if __name__ == "__main__":
    command, file, planned = sys.argv[1:]
    given = json.loads(Path(file).read_bytes())
    gc.collect()
    gc.freeze()  # the cases are no engine's garbage to look through
    print(json.dumps(_COMMANDS[command](given, json.loads(planned))))
