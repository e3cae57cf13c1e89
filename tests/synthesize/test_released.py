"""Newly released actions and the patterns that match them."""

from __future__ import annotations

from leastwise.catalogue.load import load_catalogue
from leastwise.model.policy import Policy, Statement
from leastwise.synthesize.released import newly_matched, released

CATALOGUE = load_catalogue()
NEW = {"sqs:SendMessage", "sqs:ListQueues", "s3:PutBucketPolicy"}
SINCE = [name.upper() for name in CATALOGUE.index().actions if name not in NEW]


def test_what_an_older_list_lacks_is_released_whatever_the_case_of_its_letters() -> None:
    found = {one.name: (one.access_level, one.risk, one.changes) for one in released(CATALOGUE, SINCE)}
    assert NEW == set(found)
    assert ("Permissions management", "resource exposure", True) == found["s3:PutBucketPolicy"]
    assert not found["sqs:ListQueues"][2]


def test_patterns_that_match_are_told_and_exact_names_are_not() -> None:
    policy = Policy(
        (
            Statement("A", ("sqs:Send*", "sqs:ListQueues", "sqs:Delete*"), ("*",)),
            Statement("B", ("sqs:List?ueues",), ("*",)),
            Statement("C", ("s3:*",), ("*",), effect="Deny"),
        )
    )
    found = newly_matched(policy, released(CATALOGUE, SINCE))
    told = [(one.statement, one.pattern, [a.name for a in one.actions], one.widens) for one in found]
    assert [
        (0, "sqs:Send*", ["sqs:SendMessage"], True),
        (1, "sqs:List?ueues", ["sqs:ListQueues"], False),
        (2, "s3:*", ["s3:PutBucketPolicy"], False),
    ] == told


def test_not_action_matches_what_its_list_leaves() -> None:
    policy = Policy((Statement(None, ("s3:*", "iam:*"), ("*",), is_not_action=True),))
    (found,) = newly_matched(policy, released(CATALOGUE, SINCE))
    assert ["sqs:ListQueues", "sqs:SendMessage"] == [one.name for one in found.actions]
    assert found.widens
