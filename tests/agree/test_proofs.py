"""The prover against the engine: each difference is replayed, each proof is attacked with requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import pytest
from admitted import admitted
from given import asked
from made_pairs import Pair
from made_sets import SetPair

from leastwise import Policy, PolicySet, Principal, Request, evaluate, parse_policy
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.request import principal_of
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.compare import Side
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof, Verdict

NONE: frozenset[Axiom] = frozenset()
ATTACKS = 60


@dataclass(frozen=True)
class Question:
    """What is asked, whom it is about, requests to attack a proof with, and whether variables stand in the policies."""

    old: Policy | PolicySet
    new: Policy | PolicySet
    attacks: Iterator[Request]
    has_variables: bool
    principal: Principal | None = None


def of_documents(seed: int) -> Question:
    """Two documents, and requests that they may tell apart."""
    made = Pair(seed)

    def attacks() -> Iterator[Request]:
        while True:
            principal, action, resource, context = made.request()
            yield Request(principal_of(principal), action, resource, context, context_is_complete=True)

    has_variables = "${aws:" in f"{made.old}{made.new}"
    return Question(parse_policy(made.old), parse_policy(made.new), attacks(), has_variables)


def of_sets(seed: int, *, is_of_one: bool) -> Question:
    """All policies of a made-up world and an edit of them, asked for one principal or for everyone."""
    made = SetPair(seed)
    requests = (asked(request) for request in made.requests())
    principal = asked(made.request).principal if is_of_one else None
    attacks = (one for one in requests if principal is None or one.principal == principal)
    has_variables = "${" in f"{made.old}{made.new}"
    return Question(*made.sides(), attacks, has_variables, principal)


def gained(request: Request, question: Question) -> bool:
    """Whether the new policies allow the request and the old ones certainly do not."""
    old, new = (Side.of(side).policies for side in (question.old, question.new))
    return evaluate(request, new).outcome is ALLOW and evaluate(request, old).outcome not in (ALLOW, DEPENDS)


def faults(question: Question, proof: Proof, axioms: frozenset[Axiom]) -> Iterator[str]:
    """Where the answer and the engine do not agree, and answers without a reason."""
    gaps = (*proof.difference, *proof.future)
    if bool(proof.difference) is not (proof.verdict is Verdict.FAIL):
        yield f"{proof.verdict} with {len(proof.difference)} gaps"
    yield from (f"not so of the witness: {gap.witness}" for gap in gaps if not gained(gap.witness, question))
    if proof.verdict is Verdict.UNKNOWN and not all(is_good(why, question) for why in proof.undecided or ("",)):
        yield f"UNKNOWN for no good reason: {proof.undecided}"
    if proof.holds:
        attacks = islice(question.attacks, ATTACKS)
        tried = filter(None, map(admitted, attacks)) if axioms else attacks
        missed = next((one for one in tried if gained(one, question)), None)
        if missed is not None:
            yield f"{proof.verdict} though the new alone allow {missed}"


OPEN = (
    "the key policy allows it",
    "the trust policy allows it",
    "sets of several families",
    "is not known",
    "keys that belong together",
)
"""Why an answer may be left open though no variable stands in the policies: what was not given, keys that are compared
in two ways at once, and, without the axioms that tie them, keys of one fact that a model has apart."""


def is_good(reason: str, question: Question) -> bool:
    """Whether an answer may be left open for this reason."""
    return question.has_variables or any(one in reason for one in OPEN)


def agreed(questions: Iterator[tuple[object, Callable[[], Question], frozenset[Axiom]]]) -> Counter[str]:
    """The verdicts of these questions, with all of which the engine agrees."""
    found: Counter[str] = Counter()
    told: list[str] = []
    for name, question, axioms in questions:
        asking = question()
        try:
            proof = no_new_access(asking.old, asking.new, principal=asking.principal, axioms=axioms)
        except Exception as crash:
            told.append(f"{name}, {len(axioms)} axioms: {crash!r}")
            continue
        found[proof.verdict] += 1
        told += [f"{name}, {len(axioms)} axioms: {fault}" for fault in faults(asking, proof, axioms)]
    assert not told, "\n\n".join([f"{len(told)} answers are wrong", *told[:8]])
    return found


def assert_varied(found: Counter[str], unknown: float) -> None:
    """PASS and FAIL have their share, and no more than a small one is UNKNOWN."""
    assert min(found[Verdict.PASS], found[Verdict.FAIL]) > found.total() / 10, found
    assert found[Verdict.UNKNOWN] < found.total() * unknown, found


def documents(seeds: range) -> Counter[str]:
    """The verdicts on pairs of documents, under all axioms and under none in turns."""
    return agreed((f"pair {seed}", partial(of_documents, seed), (ALL, NONE)[seed % 2]) for seed in seeds)


def sets(seeds: range) -> Counter[str]:
    """The verdicts on pairs of policy sets, asked for the world's principal or, one in six, for everyone."""
    asking = ((seed, partial(of_sets, seed, is_of_one=seed % 6 > 0), (ALL, NONE)[seed // 6 % 2]) for seed in seeds)
    return agreed((f"world {seed}", question, axioms) for seed, question, axioms in asking)


def test_documents_are_compared_as_they_decide() -> None:
    assert_varied(documents(range(200)), unknown=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(200, 20_200, 1_000))
def test_many_documents_are_compared_as_they_decide(first: int) -> None:
    assert_varied(documents(range(first, first + 1_000)), unknown=0.02)


@pytest.mark.parametrize("seed", [8711, 13455, 19375])
def test_buckets_policies_are_asked_for_in_the_account_of_the_caller(seed: int) -> None:
    assert {Verdict.FAIL: 1} == agreed(iter([(f"pair {seed}", partial(of_documents, seed), NONE)]))


def test_policy_sets_are_compared_as_they_decide() -> None:
    assert_varied(sets(range(50)), unknown=0.1)


@pytest.mark.parametrize("seed", [1963, 2936])
def test_sets_that_were_once_compared_wrongly(seed: int) -> None:
    assert {Verdict.FAIL: 1} == agreed(iter([(f"world {seed}", partial(of_sets, seed, is_of_one=True), NONE)]))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(50, 1_250, 100))
def test_many_policy_sets_are_compared_as_they_decide(first: int) -> None:
    assert_varied(sets(range(first, first + 100)), unknown=0.15)
