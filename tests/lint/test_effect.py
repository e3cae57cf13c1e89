"""What statements do beside each other: examples and the prover say the same, on published policies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from leastwise import Policy
from leastwise.language.parse import read_draft
from leastwise.lint.examples import matches_something, matches_what_others_do_not
from leastwise.prove.queries import verdict_of
from leastwise.prove.verdict import Verdict

CORPUS = Path(__file__).parent.parent / "data" / "policies" / "policies.jsonl.gz"


def policies() -> Iterator[Policy]:
    """One published identity policy in nine."""
    lines = gzip.decompress(CORPUS.read_bytes()).splitlines()
    for line in islice(lines, 0, None, 9):
        draft = read_draft(json.loads(line)["document"])
        if draft.policy is not None and draft.is_sound:
            yield draft.policy


def test_a_statement_with_an_example_is_not_dead() -> None:
    alive = 0
    for policy in policies():
        for statement in policy.statements[:3]:
            if statement.effect == "Allow" and matches_something(statement):
                alive += 1
                nothing, alone = replace(policy, statements=()), replace(policy, statements=(statement,))
                assert verdict_of(nothing, alone) is not Verdict.PASS, statement
    assert alive > 100


def test_a_statement_with_an_example_of_its_own_is_not_redundant() -> None:
    needed = 0
    for policy in policies():
        allows = [one for one in policy.statements if one.effect == "Allow"][:4]
        for place, statement in enumerate(allows):
            others = [one for number, one in enumerate(allows) if number != place]
            if others and matches_what_others_do_not(statement, others):
                needed += 1
                without, whole = replace(policy, statements=tuple(others)), replace(policy, statements=tuple(allows))
                assert verdict_of(without, whole) is not Verdict.PASS, statement
    assert needed > 100
