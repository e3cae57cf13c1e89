"""Policies to start from, without a log and beside AWS's own."""

from __future__ import annotations

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed
from leastwise.catalogue.risks import weight_of
from leastwise.model.errors import InputError
from leastwise.model.policy import Statement
from leastwise.prove.queries import within
from leastwise.synthesize.nearest import nearest, pruned
from leastwise.synthesize.starting import by_level, starter

CATALOGUE = load_catalogue()


def test_a_starter_is_whole_services_and_stays_within_its_boundary() -> None:
    made = starter(["S3", "sqs", "s3"], catalogue=CATALOGUE)
    assert [Statement("WholeServices", ("s3:*", "sqs:*"), ("*",))] == list(made.policy.statements)
    assert within(made.policy, made.boundary).holds


def test_a_boundary_with_iam_cannot_be_taken_off() -> None:
    made = starter(["iam"], catalogue=CATALOGUE)
    (denied,) = [one for one in made.boundary.statements if one.effect == "Deny"]
    assert {"iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion"} <= set(denied.actions)
    assert all(CATALOGUE.action(action) for action in denied.actions)


def test_an_unknown_service_is_told_with_one_like_it() -> None:
    with pytest.raises(InputError) as raised:
        starter(["dynamodbb"], catalogue=CATALOGUE)
    assert "did you mean `dynamodb`?" == raised.value.help


def test_a_template_has_the_actions_of_the_level_that_take_the_resource() -> None:
    made = by_level("Read", ["arn:aws:s3:::reports/*", "arn:aws:s3:::reports"], catalogue=CATALOGUE)
    by_resource = {one.resources: set(one.actions) for one in made.policy.statements}
    assert "s3:GetObject" in by_resource[("arn:aws:s3:::reports/*",)]
    assert "s3:GetBucketPolicy" in by_resource[("arn:aws:s3:::reports",)]
    assert "s3:GetBucketPolicy" not in by_resource[("arn:aws:s3:::reports/*",)]
    every = {action for actions in by_resource.values() for action in actions}
    assert {"Read"} == {CATALOGUE.action(action).access_level for action in every}  # type: ignore[union-attr]
    assert not every & set(made.unscoped)


def test_what_takes_no_resource_is_told() -> None:
    made = by_level("List", ["arn:aws:s3:::reports"], catalogue=CATALOGUE)
    assert "s3:ListAllMyBuckets" in made.unscoped


@pytest.mark.parametrize("arn", ["reports", "arn:aws:nowhere:::x", "arn:aws:sqs:eu-west-1:111122223333:a/b:c"])
def test_what_is_no_resource_of_the_level_is_refused(arn: str) -> None:
    with pytest.raises(InputError):
        by_level("Tagging" if "s3" not in arn else "List", [arn], catalogue=CATALOGUE)


def test_the_nearest_managed_policy_is_the_one_that_grants_least_besides() -> None:
    used = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogGroup"}
    used |= {"logs:CreateLogStream", "logs:PutLogEvents"}
    found = nearest(used, catalogue=CATALOGUE)
    assert ["AWSLambdaSQSQueueExecutionRole"] == [match.name for match in found.matches]
    assert ((), 0, ()) == (found.matches[0].surplus, found.matches[0].weight, found.left)


def test_several_policies_cover_what_one_does_not_and_what_none_has_is_left() -> None:
    used = {"sqs:ReceiveMessage", "ec2:RunInstances", "s3:GetObject", "nowhere:DoThis"}
    found = nearest(used, catalogue=CATALOGUE)
    assert 1 <= len(found.matches) <= 3
    covered = [action for match in found.matches for action in match.covers]
    assert len(covered) == len(set(covered))
    assert used == {*covered, *found.left}
    assert "nowhere:DoThis" in found.left
    allowed = {policy.name: policy.actions for policy in allowed_by_managed(CATALOGUE)}
    for match in found.matches:
        assert set(match.covers) <= allowed[match.name]
        assert match.weight == sum(weight_of(action, CATALOGUE) for action in match.surplus)


def test_a_pruned_copy_holds_what_was_used_alone() -> None:
    (match,) = nearest({"sqs:ReceiveMessage"}, catalogue=CATALOGUE, most=1).matches
    queue = Statement("Q", ("sqs:ReceiveMessage", "sqs:SendMessage"), ("arn:aws:sqs:eu-west-1:111122223333:q",))
    other = Statement("S", ("s3:GetObject",), ("*",))
    (kept,) = pruned([queue, other], match)
    assert (("sqs:ReceiveMessage",), queue.resources) == (kept.actions, kept.resources)
