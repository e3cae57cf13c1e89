"""The cases of `cases.json` written out: every engine reads the same policies and the same requests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
SEED = 20260601
REQUESTS = 36_000
LARGE_REQUESTS = 9_000
STARS = 200
_NAMED_SHARE = 0.6
"""How many requests to a large set name a resource of one of its statements; the rest name none."""
_DENY_EVERY = 20
_PLACE = re.compile(r"\{(\w+)\}")


def written_cases(folder: Path) -> Path:
    """The file with all policies and requests, written now unless an earlier run wrote it."""
    source = (HERE / "cases.json").read_bytes()
    made_by = hashlib.sha256(source + Path(__file__).read_bytes()).hexdigest()[:8]
    target = folder / f"decisions-{made_by}.json"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(filled_in(json.loads(source))), encoding="utf-8")
    return target


def filled_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """Policies and requests in full, without places left to fill."""
    rng = Random(SEED)
    return {
        "account": given["account"],
        "policy": given["policy"],
        "requests": list(_requests(given, rng)),
        "large": {name: _large(given, _repeated(kinds), rng) for name, kinds in given["large"]["sets"].items()},
        "stars": {name: _starred(case, given["stars"]["letters"]) for name, case in given["stars"]["cases"].items()},
    }


def _requests(given: Mapping[str, Any], rng: Random) -> Iterator[dict[str, Any]]:
    for number in range(REQUESTS):
        kind = given["requests"][number % len(given["requests"])]
        context = {**given["context"], **kind["context"]}
        yield {
            "name": kind["name"],
            "principal": rng.choice(given["principals"]),
            "action": kind["action"],
            "resource": _filled(kind["resource"], given["draw"], rng),
            "context": _context(context, given["draw"], rng),
        }


def _context(context: Mapping[str, str | None], draw: Mapping[str, list[Any]], rng: Random) -> dict[str, str]:
    return {key: _filled(value, draw, rng) for key, value in context.items() if value is not None}


def _filled(text: str, draw: Mapping[str, list[Any]], rng: Random) -> str:
    def drawn(place: re.Match[str]) -> str:
        among = draw[place[1]]
        return str(rng.randint(*among) if isinstance(among[0], int) else rng.choice(among))

    return _PLACE.sub(drawn, text)


def _large(given: Mapping[str, Any], kinds: Sequence[Mapping[str, Any]], rng: Random) -> dict[str, Any]:
    large = given["large"]
    each, policies = large["statements"], large["policies"]
    statements = [_statement(large, kinds, app, rng) for app in range(each * policies)]
    documents = [
        {"Version": "2012-10-17", "Statement": statements[first : first + each]}
        for first in range(0, len(statements), each)
    ]
    requests = [_large_request(given, statements, rng) for _ in range(LARGE_REQUESTS)]
    return {"policies": documents, "requests": requests}


def _statement(large: Mapping[str, Any], kinds: Sequence[Mapping[str, Any]], app: int, rng: Random) -> dict[str, Any]:
    kind = kinds[app % len(kinds)]
    body = {
        "Effect": "Allow",
        "Action": rng.choice(kind["actions"]),
        "Resource": [text.replace("{app}", f"{app:04}") for text in rng.choice(kind["resources"])],
    }
    condition = rng.choice(large["conditions"])
    if app % _DENY_EVERY == _DENY_EVERY - 1:
        body["Effect"], condition = "Deny", {"Bool": {"aws:SecureTransport": "false"}}
    return {**body, "Condition": condition} if condition else body


def _large_request(given: Mapping[str, Any], statements: Sequence[Mapping[str, Any]], rng: Random) -> dict[str, Any]:
    statement = rng.choice(statements)
    action, resource = rng.choice(statement["Action"]), rng.choice(statement["Resource"])
    if rng.random() >= _NAMED_SHARE:
        resource = re.sub(r"app-?\d+", f"other-{rng.randint(0, 9999):04}", resource)
    return {
        "principal": rng.choice(given["principals"]),
        "action": action.replace("*", "Item" if "dynamodb" in action else "Object"),
        "resource": re.sub(r"\*", lambda _: f"{rng.randint(0, 9_999_999)}", resource),
        "context": _context(given["large"]["context"], given["draw"], rng),
    }


def _repeated(kinds: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each kind as often as its share says."""
    return [kind for kind in kinds for _ in range(kind.get("share", 1))]


def _starred(case: Mapping[str, Any], letters: int) -> dict[str, str]:
    """A pattern of very many stars, and a long resource that holds as many `a` as said, spread out."""
    every = letters // case["a"]
    text = ("b" * (every - 1) + "a") * case["a"]
    written = case["pattern"].replace("{stars}", case["unit"] * STARS)
    resource = case["pattern"].replace("{stars}*", text + "b" * (letters - len(text))).replace("*", "1")
    return {"pattern": written, "resource": resource}
