"""Action wildcards: none too wide, none without need, the least risky first."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastwise.catalogue.load import load_catalogue
from leastwise.model.policy import Statement
from leastwise.synthesize.action_names import Listed, boundaries, words
from leastwise.synthesize.action_patterns import Pattern, patterns_for
from leastwise.synthesize.fit import weight
from leastwise.synthesize.pattern_cover import fewest_characters, least_drift
from leastwise.synthesize.pattern_drift import Drift, drift_of, together
from leastwise.synthesize.pattern_lists import Problem, characters, hazard
from leastwise.synthesize.wildcards import compressed

CATALOGUE = load_catalogue()
WORDS = st.sampled_from(["Get", "Put", "List", "Bucket", "Object", "Tags", "ACL", "V2", "s"])
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map("".join), min_size=2, max_size=14, unique_by=str.lower)


def listed(names: list[str], others: list[str]) -> Listed:
    levels = dict.fromkeys([*names, *others], "Write")
    return Listed("s3", tuple(sorted(names, key=str.lower)), tuple(others), levels)  # type: ignore[arg-type]


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern with its service matches a short name, worked out without the product's matcher."""
    return fnmatchcase(name.lower(), pattern.partition(":")[2].lower())


def test_words_are_told_apart_by_their_capitals() -> None:
    assert ("Describe", "DB", "Cluster", "Snapshots") == words("DescribeDBClusterSnapshots")
    assert ("List", "Objects", "V", "2") == words("ListObjectsV2")
    assert (3, 9) == boundaries("GetObject")


@given(NAMES, st.data())
@settings(max_examples=150)
def test_a_pattern_matches_the_names_that_it_says_and_no_other_known_name(
    names: list[str], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(names) - 1))
    one = listed(names[:size], names[size:])
    for pattern in patterns_for(one):
        held = {name for i, name in enumerate(one.names) if pattern.covers >> i & 1}
        assert held == {name for name in names if matches(pattern.text, name)}, pattern.text


def test_patterns_take_every_form() -> None:
    one = listed(["GetBucketAcl", "PutBucketAcl", "GetObjectAcl", "GetBucketTags"], ["PutObject", "ListBuckets"])
    found = {pattern.text for pattern in patterns_for(one)}
    assert {"s3:Get*", "s3:*Acl", "s3:Get*Acl", "s3:GetBucketAcl"} <= found
    inner = {pattern.text for pattern in patterns_for(listed(["GetTagsAll", "PutTagsOne"], ["GetAll", "PutOne"]))}
    assert "s3:*Tags*" in inner
    assert not {"s3:*", "s3:P*", "s3:*Bucket*"} & found


def problem_of(prefix: str, short: list[str]) -> tuple[Problem, Listed]:
    service = CATALOGUE.service(prefix)
    assert service is not None
    levels = {action.name.partition(":")[2]: action.access_level for action in service.actions.values()}
    names = tuple(sorted((name for name in levels if any(map(name.startswith, short))), key=str.lower))
    one = Listed(prefix, names, tuple(name for name in levels if name not in names), levels)
    return Problem(len(names), patterns_for(one)), one


def test_a_list_that_fits_has_no_wildcard() -> None:
    problem, one = problem_of("sqs", [""])
    room = sum(len(name) + 7 for name in one.names)
    found = least_drift([problem], room=room)
    assert found is not None
    assert {f"sqs:{name}" for name in one.names} == {pattern.text for pattern in found[0]}


@pytest.mark.parametrize("share", [0.85, 0.6, 0.45])
def test_a_longer_list_is_covered_within_its_room_by_little_risk(share: float) -> None:
    problem, one = problem_of("rds", ["Describe", "Create", "Delete"])
    room = int(sum(len(name) + 7 for name in one.names) * share)
    found = least_drift([problem], room=room)
    assert found is not None
    covered = 0
    for pattern in found[0]:
        covered |= pattern.covers
    assert (1 << len(one.names)) - 1 == covered
    assert characters(found[0]) <= room
    assert hazard(found[0]) < hazard(fewest_characters(problem)) / 3


def test_what_cannot_fit_has_no_answer() -> None:
    problem, _ = problem_of("sqs", ["Send", "Delete"])
    assert least_drift([problem], room=10) is None


def test_choices_are_near_the_best_of_all_choices() -> None:
    words_ = ("Get", "Put", "Bucket", "Object", "Tags", "Acl", "Job", "Queue")
    ratios: list[float] = []
    for seed in range(60):
        chance = Random(seed)
        names = sorted({"".join(chance.sample(words_, chance.randint(1, 3))) for _ in range(12)})
        chance.shuffle(names)
        one = listed(names[:5], names[5:])
        problem = Problem(5, patterns_for(one)[:16])
        room = int(sum(len(name) + 6 for name in one.names) * chance.uniform(0.7, 0.95))
        best, found = _best(problem, room), least_drift([problem], room=room)
        assert (best is None) == (found is None)
        if best is not None and found is not None:
            assert characters(found[0]) <= room
            assert best <= hazard(found[0]) + 1e-9
            ratios.append(hazard(found[0]) / best)
    assert len(ratios) > 20
    assert sum(ratios) / len(ratios) < 1.01


def _best(problem: Problem, room: int) -> float | None:
    """The least hazard of any choice within the room, by trying them all."""
    every = (1 << problem.names) - 1
    best = math.inf
    for size in range(1, problem.names + 1):
        for choice in combinations(problem.patterns, size):
            covered = 0
            for pattern in choice:
                covered |= pattern.covers
            if covered == every and sum(pattern.characters for pattern in choice) <= room:
                best = min(best, sum(pattern.drift.hazard for pattern in choice))
    return None if best == math.inf else best


def test_drift_grows_with_what_a_pattern_leaves_open() -> None:
    levels = dict.fromkeys(("CreateBucket", "CreateJob", "CreateJobQueue", "GetJob", "GetJobQueue"), "Write")
    reads = {**levels, "GetJob": "Read", "GetJobQueue": "Read"}
    risk = [
        drift_of("GetJob*", ["GetJob", "GetJobQueue"], reads).changing,  # type: ignore[arg-type]
        drift_of("CreateJob*", ["CreateJob", "CreateJobQueue"], reads).changing,  # type: ignore[arg-type]
        drift_of("Create*", ["CreateBucket", "CreateJob", "CreateJobQueue"], reads).changing,  # type: ignore[arg-type]
    ]
    assert sorted(risk) == risk
    assert 0 < risk[0] < 0.02 < risk[2] < 1


def test_drifts_together_are_the_chance_of_one_at_least() -> None:
    assert Drift(0.75, 0.0) == together([Drift(0.5, 0.0), Drift(0.5, 0.0)])
    assert 0.0 == together([]).changing


def statement(*actions: str) -> Statement:
    return Statement("Some", actions, ("*",))


def test_patterns_that_stood_in_the_list_stay_and_are_no_new_wildcards() -> None:
    one = statement("sqs:Get*", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:*Nowhere", "*:Nothing")
    found = compressed([one], room=weight(one), catalogue=CATALOGUE)
    assert found is not None
    assert () == found.wildcards
    assert set(one.actions) == set(found.statements[0].actions)


def test_names_that_the_catalogue_does_not_know_are_kept_as_they_are() -> None:
    one = statement("sqs:SendMessage", "sqs:SendOwl", "nowhere:DoThis", "nowhere:DoThat")
    found = compressed([one], room=weight(one), catalogue=CATALOGUE)
    assert found is not None
    assert set(one.actions) == set(found.statements[0].actions)


def test_a_wildcard_takes_in_another_action_only_where_it_is_accepted() -> None:
    one = statement("sqs:DeleteMessage", "sqs:DeleteMessageBatch", "sqs:SendMessage", "sqs:ReceiveMessage")
    room = weight(one) - 48
    exact = compressed([one], room=room, catalogue=CATALOGUE)
    assert exact is None or all(not wildcard.beyond for wildcard in exact.wildcards)
    accepted = compressed([one], room=room, catalogue=CATALOGUE, slack={"sqs:DeleteQueue", "sqs:SendMessageBatch"})
    assert accepted is not None
    known = {action.name for action in CATALOGUE.service("sqs").actions.values()}  # type: ignore[union-attr]
    allowed = {*one.actions, "sqs:DeleteQueue", "sqs:SendMessageBatch"}
    for text in accepted.statements[0].actions:
        assert {name for name in known if fnmatchcase(name.lower(), text.lower())} <= allowed
    assert weight(accepted.statements[0]) <= room
    beyond = {name for wildcard in accepted.wildcards for name in wildcard.beyond}
    assert beyond <= {"sqs:DeleteQueue", "sqs:SendMessageBatch"}


def test_lists_after_not_action_stay_as_they_are() -> None:
    one = Statement(None, ("sqs:SendMessage", "sqs:ReceiveMessage"), ("*",), is_not_action=True)
    found = compressed([one], room=weight(one), catalogue=CATALOGUE)
    assert found is not None
    assert (one,) == found.statements


def test_exact_names_have_no_drift() -> None:
    pattern = Pattern("s3:GetObject", 1, Drift.NONE)
    assert (0.0, len('"s3:GetObject",')) == (pattern.drift.hazard, pattern.characters)
