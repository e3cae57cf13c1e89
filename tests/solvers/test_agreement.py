"""The prover, z3 and cvc5 on the same questions; and its proofs, lemma by lemma, as the others see them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from made_pairs import Pair

from leastwise import Policy, parse_policy
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.checking.verify import verified
from leastwise.prove.queries import no_new_access
from leastwise.prove.smt import SolverName, Unsupported, check
from leastwise.prove.smt_facts import is_plain, is_unsat
from leastwise.prove.smt_question import question_script
from leastwise.prove.verdict import Proof, Verdict

DATA = Path(__file__).parents[1] / "data" / "policies" / "policies.jsonl.gz"
LIMIT_MS = 1_000
LEMMA_LIMIT_MS = 10_000
SOLVERS: tuple[SolverName, ...] = ("z3", "cvc5")
AS_SCRIPTS: frozenset[Axiom] = frozenset({"single-valued"})
"""What a script of a whole question takes for granted too."""

Named = tuple[str, Policy, Policy]


def made() -> Iterator[Named]:
    """Made-up pairs."""
    for seed in range(10_000):
        pair = Pair(seed)
        yield f"pair {seed}", parse_policy(pair.old), parse_policy(pair.new)


def of_scripts(pairs: Iterator[Named]) -> Iterator[Named]:
    """Those without policy variables, and without an action that needs no permission, of which no script knows."""
    for name, old, new in pairs:
        text = f"{old.document()}{new.document()}"
        if "${" not in text and "sts:GetCallerIdentity" not in text:
            yield name, old, new


def is_wide(policy: Policy) -> bool:
    """Whether it names actions of thousands of kinds, each of which has a record of its own."""
    return any(one.is_not_action or {"*", "s*:*"} & {*one.actions} for one in policy.statements)


def narrow(pairs: Iterator[Named]) -> Iterator[Named]:
    """Those that have few records."""
    return (pair for pair in pairs if not is_wide(pair[1]) and not is_wide(pair[2]))


@lru_cache(maxsize=1)
def small() -> tuple[Policy, ...]:
    """Small managed policies of AWS, without variables."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    wanted = (one for one in told if one["source"] == "aws-managed-policies" and len(json.dumps(one["document"])) < 900)
    return tuple(
        parse_policy(one["document"], name=one["name"]) for one in wanted if "${" not in json.dumps(one["document"])
    )


def real() -> Iterator[Named]:
    """A policy and the same with an edit, the other way round in turns."""
    rng = Random("real pairs")
    for turn, policy in enumerate(rng.sample(small(), 200)):
        edited = parse_policy(edit(rng, policy))
        yield f"{policy.name}, {turn}", *((policy, edited) if turn % 3 else (edited, policy))


def edit(rng: Random, policy: Policy) -> dict[str, object]:
    """One statement given a condition, or denied besides, or without one of its actions."""
    written = json.loads(json.dumps(policy.document()))
    statements = written["Statement"] if isinstance(written["Statement"], list) else [written["Statement"]]
    one = rng.choice(statements)
    how = rng.choice(("condition", "deny", "action"))
    if how == "condition":
        one.setdefault("Condition", {}).setdefault("Bool", {})["aws:SecureTransport"] = "true"
    elif how == "deny":
        region = {"StringNotEquals": {"aws:RequestedRegion": rng.choice(("eu-west-1", "us-east-1"))}}
        statements.append({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": region})
    else:
        name = "Action" if "Action" in one else "NotAction"
        actions = one[name] if isinstance(one[name], list) else [one[name]]
        one[name] = actions[1:] or [f"{actions[0].rstrip('*')}x*"]
    return {**written, "Statement": statements}


def gained(proof: Proof) -> bool | None:
    """Whether the new allow more, by a name known today or another; None where that is not settled."""
    if proof.verdict is Verdict.PASS:
        return False
    return True if proof.difference or proof.future else None


@pytest.mark.parametrize(("pairs", "count"), [(of_scripts(made()), 240), (real(), 60)], ids=["made", "real"])
def test_whole_questions_are_answered_alike(pairs: Iterator[Named], count: int) -> None:
    told: list[str] = []
    decided: Counter[str] = Counter()
    for name, old, new in islice(pairs, count):
        try:
            script = question_script(old, new, arn="segments", actions=None)
        except Unsupported:
            continue
        ours = gained(no_new_access(old, new, axioms=AS_SCRIPTS))
        said = {solver: check(script, solver, limit_ms=LIMIT_MS) for solver in SOLVERS}
        known = {answer for answer in said.values() if answer != "unknown"}
        decided["any"] += bool(known)
        decided.update(solver for solver, answer in said.items() if answer != "unknown")
        decided["ours"] += ours is not None
        decided["gained"] += ours is True
        if len(known | ({"sat" if ours else "unsat"} if ours is not None else set())) > 1:
            told.append(f"{name}: {ours}, {said}\n{old.document()}\n{new.document()}")
    assert not told, "\n\n".join([f"{len(told)} answers differ", *told[:5]])
    assert decided["any"] >= 0.6 * count and decided["ours"] >= 0.95 * count, decided
    assert count / 10 < decided["gained"] < count * 0.9, decided


@pytest.mark.parametrize(
    ("pairs", "count"), [(narrow(made()), 145), (made(), 5), (real(), 50)], ids=["narrow", "any", "real"]
)
def test_proofs_are_verified_and_their_lemmas_refuted(pairs: Iterator[Named], count: int) -> None:
    told: list[str] = []
    seen: Counter[str] = Counter()
    for name, old, new in pairs:
        proof = no_new_access(old, new, axioms=ALL)
        if proof.certify is None:
            continue
        seen["proofs"] += 1
        for literals, facts, axioms in verified(json.dumps(proof.certify()).encode()).lemmas:
            if is_plain(literals):
                seen["plain"] += 1
                continue
            seen["lemmas"] += 1
            answers = (is_unsat(literals, facts, axioms, solver, LEMMA_LIMIT_MS) for solver in SOLVERS)
            found = next((one for one in answers if one is not None), None)
            if not found:
                told.append(f"{name}: {found}, {literals}, {facts}, {axioms}")
        if seen["proofs"] == count:
            break
    assert not told, "\n\n".join([f"{len(told)} lemmas are not refuted", *told[:5]])
    assert count == seen["proofs"], seen
