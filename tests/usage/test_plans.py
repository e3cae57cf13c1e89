"""Call rules made ready: what a parameter may fill, and what of a request is read at all."""

from __future__ import annotations

import pytest
from made_logs import ACCOUNT, a_record

from leastwise.catalogue.load import load_catalogue
from leastwise.usage.events import read_events
from leastwise.usage.kernel import Kernel
from leastwise.usage.plans import TargetPlan, action_plan

PLACE = f"eu-west-1:{ACCOUNT}"


def resources(source: str, name: str, request: object, **fields: object) -> set[tuple[str, str, str]]:
    """Action, resource and how it is known, for one call put through the kernel."""
    import msgspec

    record = a_record(
        1,
        eventSource=f"{source}.amazonaws.com",
        eventName=name,
        requestParameters=request,
        eventCategory="Management",
        managementEvent=True,
        **fields,
    )
    kernel = Kernel(load_catalogue())
    kernel.add(read_events(msgspec.json.encode({"Records": [record]})).events)
    (call,) = kernel.take().calls
    return {(g.action, g.resource, g.how) for g in call.grants}


@pytest.mark.parametrize(
    ("source", "name", "request_", "expected"),
    [
        (
            "autoscaling",
            "CreateAutoScalingGroup",
            {"autoScalingGroupName": "g"},
            f"arn:aws:autoscaling:{PLACE}:autoScalingGroup:*:autoScalingGroupName/g",
        ),
        (
            "autoscaling",
            "PutScalingPolicy",
            {"autoScalingGroupName": "g", "policyName": "p"},
            f"arn:aws:autoscaling:{PLACE}:autoScalingGroup:*:autoScalingGroupName/g",
        ),
    ],
)
def test_a_name_is_not_taken_for_the_id_beside_it(source: str, name: str, request_: object, expected: str) -> None:
    assert expected in {resource for _, resource, _ in resources(source, name, request_)}


def test_no_parameter_fills_two_variables_of_one_resource() -> None:
    catalogue = load_catalogue()
    doubled = {
        (action.action, target.resource_type)
        for prefix in catalogue.prefixes
        for rule in catalogue.rules(prefix)
        for action in rule.actions
        for target in action_plan(action).targets
        if _fills_two(target)
    }
    assert set() == doubled


def _fills_two(target: TargetPlan) -> bool:
    """Whether the untouched text of one member would stand for two variables."""
    names = [
        one.name for _, found in target.fills for one in set(found) if not (one.text or one.transform or one.below)
    ]
    return len(set(names)) < len(names)


def test_members_that_no_rule_asks_for_change_nothing() -> None:
    base = {"dBInstanceIdentifier": "one"}
    noisy = {**base, "clientToken": "x", "filters": [{"name": "y"}], "deep": {"a": {"b": ["c"]}}}
    assert resources("rds", "DeleteDBInstance", base) == resources("rds", "DeleteDBInstance", noisy)


def test_an_arn_anywhere_in_the_request_is_found() -> None:
    arn = f"arn:aws:rds:{PLACE}:db:one"
    assert ("rds:DeleteDBInstance", arn, "requested") in resources(
        "rds", "DeleteDBInstance", {"x": {"y": [{"z": arn}]}}
    )


@pytest.mark.parametrize("name", ["versionId", "VersionID", "\\u0076ersionId"])
def test_a_name_in_any_spelling_decides_even_when_the_record_lists_the_object(name: str) -> None:
    listed = b'[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]'
    record = (
        b'{"Records":[{"eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1",'
        b'"requestParameters":{"bucketName":"b","key":"k","' + name.encode() + b'":"1"},"resources":' + listed + b"}]}"
    )
    kernel = Kernel(load_catalogue())
    kernel.add(read_events(record).events)
    (call,) = kernel.take().calls
    assert {("s3:GetObjectVersion", "arn:aws:s3:::b/k")} == {(g.action, g.resource) for g in call.grants}


def test_what_the_record_lists_goes_before_what_the_request_names() -> None:
    listed = [{"ARN": "arn:aws:s3:::b/listed", "type": "AWS::S3::Object"}]
    found = resources("s3", "GetObject", {"bucketName": "b", "key": "asked"}, resources=listed)
    assert {("s3:GetObject", "arn:aws:s3:::b/listed", "recorded")} == found
