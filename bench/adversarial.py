"""Families of policy pairs that are hard for one way or another to compare policies: each as documents, old and new."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

Document = dict[str, Any]
Pair = tuple[str, Document, Document]
"""A name, the old document and the new one."""

BUCKET = "arn:aws:s3:::bucket"
OBJECTS = f"{BUCKET}/"
RATIO = 4.26
"""Clauses for each variable at which random 3-SAT is hardest."""
SEED = 5


@dataclass(frozen=True, slots=True)
class Family:
    """A pair, and whether its new document allows something that the old one does not."""

    make: Callable[[], Pair]
    has_new_access: bool


def families() -> Iterator[Family]:
    """Every family with the parameters that are measured."""
    for size in (12, 40):
        yield Family(partial(substrings_met, size), has_new_access=True)
    yield Family(partial(tail_in_shorter_tail, 200), has_new_access=False)
    yield Family(partial(tails_apart, 100), has_new_access=False)
    yield Family(first_letters, has_new_access=True)
    for size in (300, 1_000):
        yield Family(partial(buckets_in_prefixes, size), has_new_access=False)
    yield Family(partial(cover_by_length, 64), has_new_access=False)
    yield Family(partial(random_tags, 150), has_new_access=False)
    for size in (8, 10, 12):
        yield Family(partial(substrings_without_room, size), has_new_access=False)


def substrings_met(size: int) -> Pair:
    """New objects are those whose names hold each of `size` words; the old ones hold none of all but the first."""
    words = [f"{first}{second}" for first in string.ascii_lowercase for second in string.digits][:size]
    new = [allow("s3:GetObject", [f"{OBJECTS}*"]), *(deny_all_but(f"{OBJECTS}*{word}*") for word in words)]
    old = [
        allow("s3:GetObject", [f"{OBJECTS}*"]),
        *(deny("s3:GetObject", [f"{OBJECTS}*{word}*"]) for word in words[1:]),
    ]
    return f"{size} words in one name", document(old), document(new)


def tail_in_shorter_tail(size: int) -> Pair:
    """Names with an `a` before their last `size` letters have one before the last half of these."""
    new = [allow("s3:GetObject", [f"{OBJECTS}*a{'?' * size}"])]
    old = [allow("s3:GetObject", [f"{OBJECTS}*a{'?' * (size // 2)}*"])]
    return f"`*a` and {size} `?` in a shorter one", document(old), document(new)


def tails_apart(size: int) -> Pair:
    """No letter before the last `size` letters is `a` and `b`."""
    tail = "?" * size
    new = [allow("s3:GetObject", [f"{OBJECTS}*a{tail}"]), deny_all_but(f"{OBJECTS}*b{tail}")]
    return f"`*a` and `*b`, each with {size} `?`", nothing(), document(new)


def first_letters() -> Pair:
    """All names, against those that begin with one of 62 letters and digits."""
    letters = string.ascii_letters + string.digits
    old = [allow("s3:GetObject", [f"{OBJECTS}{letter}*" for letter in letters])]
    return (
        f"all names by {len(letters)} first letters",
        document(old),
        document([allow("s3:GetObject", [f"{OBJECTS}*"])]),
    )


def buckets_in_prefixes(size: int) -> Pair:
    """Buckets by their full names, against the prefixes that ten of them share."""
    names = [f"{BUCKET}-{number:04}" for number in range(size)]
    old = [allow("s3:ListBucket", sorted({f"{name[:-1]}*" for name in names}))]
    return f"{size:,} buckets against prefixes", document(old), document([allow("s3:ListBucket", names)])


def cover_by_length(size: int) -> Pair:
    """All names, against those of each length up to `size` and those that are longer."""
    exact = [f"{OBJECTS}{'?' * length}" for length in range(size)]
    old = [allow("s3:GetObject", [*exact, f"{OBJECTS}{'?' * size}*"])]
    return f"all names by {size} lengths", document(old), document([allow("s3:GetObject", [f"{OBJECTS}*"])])


def random_tags(size: int) -> Pair:
    """Random 3-SAT that has no solution: a Deny for each clause, of the tags that break it."""
    denied = [deny("ec2:StartInstances", ["*"], _broken(clause)) for clause in clauses(size)]
    return f"3-SAT over {size} tags", nothing(), document([allow("ec2:StartInstances", ["*"]), *denied])


def clauses(size: int, seed: int = SEED) -> list[tuple[int, ...]]:
    """Clauses of three variables out of `size`, counted from 1 and negative where they are negated."""
    rng = Random(seed)
    variables = range(1, size + 1)
    return [
        tuple(variable * rng.choice((1, -1)) for variable in rng.sample(variables, 3))
        for _ in range(round(size * RATIO))
    ]


def _broken(clause: Sequence[int]) -> Document:
    found: dict[str, Document] = {}
    for literal in clause:
        operator = "StringNotEquals" if literal > 0 else "StringEquals"
        found.setdefault(operator, {})[f"aws:ResourceTag/t{abs(literal)}"] = "yes"
    return found


def substrings_without_room(size: int) -> Pair:
    """Names of `size - 1` letters that hold each of `size` letters."""
    letters = string.ascii_uppercase[:size]
    new = [allow("s3:GetObject", [f"{OBJECTS}{'?' * (size - 1)}"])]
    new += [deny_all_but(f"{OBJECTS}*{letter}*") for letter in letters]
    return f"{size} letters in {size - 1} places", nothing(), document(new)


def document(statements: Sequence[Document]) -> Document:
    """An identity policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def nothing() -> Document:
    """A policy that allows none of what the others do."""
    return document([allow("iam:GetUser", ["*"])])


def allow(action: str, resources: Sequence[str]) -> Document:
    """A statement that allows the action on these."""
    return {"Effect": "Allow", "Action": action, "Resource": list(resources)}


def deny(action: str, resources: Sequence[str], condition: Mapping[str, Any] | None = None) -> Document:
    """A statement that denies the action on these."""
    found = {"Effect": "Deny", "Action": action, "Resource": list(resources)}
    return {**found, "Condition": dict(condition)} if condition else found


def deny_all_but(resource: str) -> Document:
    """A statement that denies reading every object that the pattern does not name."""
    return {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": resource}
