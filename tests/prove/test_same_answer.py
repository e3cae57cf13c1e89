"""The same question has the same answer, in every detail, whenever and wherever it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

AGREE = Path(__file__).parents[1] / "agree"
ANSWERS = """
import hashlib
from made_pairs import Pair
from leastwise import parse_policy
from leastwise.prove.axioms import ALL
from leastwise.prove.queries import no_new_access
for seed in range(30):
    pair = Pair(seed)
    proof = no_new_access(parse_policy(pair.old), parse_policy(pair.new), every_action=seed % 6 == 0)
    print(seed, hashlib.sha256(repr((proof, pair.new)).encode()).hexdigest(), proof.verdict)
"""


def answers(hash_seed: str, *, times: int = 1) -> str:
    """The answers of a process of its own, in which hashes are as `hash_seed` has them."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join((str(AGREE), *sys.path))}
    command = [sys.executable, "-c", ANSWERS * times]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_answers_are_the_same_in_every_process_and_when_asked_again() -> None:
    once = answers("1")
    assert 30 == len(once.splitlines())
    assert once == answers("2")
    assert once + once == answers("3", times=2)
