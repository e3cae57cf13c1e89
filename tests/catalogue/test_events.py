"""Calls whose actions are not just the service's prefix and the event's name; each row cites its source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import resolver

from leastwise.catalogue.load import Catalogue

S3 = "Amazon S3 User Guide, required permissions for Amazon S3 API operations"
SAR = "Service Authorization Reference, API operations table"
LAMBDA = "AWS Lambda Developer Guide, logging Lambda API calls"
STS = "Service Authorization Reference, API operations table: AWS STS"
BOTOCORE = "botocore 1.44.5, HTTP method and path"
Request = dict[str, object]

ROWS: list[tuple[str, str, Request, set[str], str]] = [
    ("s3", "ListObjects", {"bucketName": "b"}, {"s3:ListBucket"}, S3),
    ("s3", "ListObjectsV2", {"bucketName": "b"}, {"s3:ListBucket"}, S3),
    ("s3", "HeadBucket", {"bucketName": "b"}, {"s3:ListBucket"}, S3),
    ("s3", "ListObjectVersions", {"bucketName": "b"}, {"s3:ListBucketVersions"}, S3),
    ("s3", "ListMultipartUploads", {"bucketName": "b"}, {"s3:ListBucketMultipartUploads"}, S3),
    ("s3", "ListParts", {"bucketName": "b", "key": "k"}, {"s3:ListMultipartUploadParts"}, S3),
    ("s3", "ListBuckets", {}, {"s3:ListAllMyBuckets"}, S3),
    ("s3", "GetObject", {"bucketName": "b", "key": "k"}, {"s3:GetObject"}, S3),
    ("s3", "GetObject", {"bucketName": "b", "key": "k", "versionId": "v"}, {"s3:GetObjectVersion"}, S3),
    ("s3", "HeadObject", {"bucketName": "b", "key": "k"}, {"s3:GetObject"}, S3),
    ("s3", "HeadObject", {"bucketName": "b", "key": "k", "versionId": "v"}, {"s3:GetObjectVersion"}, S3),
    (
        "s3",
        "GetObjectAttributes",
        {"bucketName": "b", "key": "k"},
        {"s3:GetObject", "s3:GetObjectAttributes"},
        "Amazon S3 API text of the operation",
    ),
    (
        "s3",
        "GetObjectAttributes",
        {"bucketName": "b", "key": "k", "versionId": "v"},
        {"s3:GetObjectVersion", "s3:GetObjectVersionAttributes"},
        "Amazon S3 API text of the operation",
    ),
    ("s3", "GetObjectAcl", {"key": "k", "versionId": "v"}, {"s3:GetObjectVersionAcl"}, S3),
    ("s3", "PutObjectAcl", {"key": "k"}, {"s3:PutObjectAcl"}, S3),
    ("s3", "GetObjectTagging", {"key": "k", "versionId": "v"}, {"s3:GetObjectVersionTagging"}, S3),
    ("s3", "PutObjectTagging", {"key": "k", "versionId": "v"}, {"s3:PutObjectVersionTagging"}, S3),
    ("s3", "DeleteObjectTagging", {"key": "k", "versionId": "v"}, {"s3:DeleteObjectVersionTagging"}, S3),
    ("s3", "PutObject", {"bucketName": "b", "key": "k"}, {"s3:PutObject"}, S3),
    (
        "s3",
        "PutObject",
        {"bucketName": "b", "key": "k", "x-amz-acl": "bucket-owner-full-control"},
        {"s3:PutObject", "s3:PutObjectAcl"},
        S3,
    ),
    ("s3", "PutObject", {"key": "k", "x-amz-tagging": "a=b"}, {"s3:PutObject", "s3:PutObjectTagging"}, S3),
    (
        "s3",
        "PutObject",
        {"key": "k", "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-legal-hold": "ON"},
        {"s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"},
        S3,
    ),
    ("s3", "CreateMultipartUpload", {"key": "k"}, {"s3:PutObject"}, S3),
    ("s3", "UploadPart", {"key": "k"}, {"s3:PutObject"}, S3),
    ("s3", "CompleteMultipartUpload", {"key": "k"}, {"s3:PutObject"}, S3),
    (
        "s3",
        "CopyObject",
        {"bucketName": "b", "key": "k", "x-amz-copy-source": "a/s"},
        {"s3:GetObject", "s3:PutObject"},
        S3,
    ),
    (
        "s3",
        "CopyObject",
        {"bucketName": "b", "key": "k", "x-amz-copy-source": "a/s?versionId=v"},
        {"s3:GetObjectVersion", "s3:PutObject"},
        S3,
    ),
    ("s3", "DeleteObject", {"key": "k"}, {"s3:DeleteObject"}, S3),
    ("s3", "DeleteObject", {"key": "k", "versionId": "v"}, {"s3:DeleteObjectVersion"}, S3),
    (
        "s3",
        "DeleteObject",
        {"key": "k", "versionId": "v", "x-amz-bypass-governance-retention": "true"},
        {"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"},
        S3,
    ),
    ("s3", "DeleteObjects", {"bucketName": "b"}, {"s3:DeleteObject"}, S3),
    ("s3", "SelectObjectContent", {"key": "k"}, {"s3:GetObject"}, S3),
    ("s3", "GetBucketLifecycle", {"bucketName": "b"}, {"s3:GetLifecycleConfiguration"}, S3),
    ("s3", "PutBucketLifecycle", {"bucketName": "b"}, {"s3:PutLifecycleConfiguration"}, S3),
    ("s3", "DeleteBucketLifecycle", {"bucketName": "b"}, {"s3:PutLifecycleConfiguration"}, S3),
    ("s3", "GetBucketCors", {"bucketName": "b"}, {"s3:GetBucketCORS"}, S3),
    ("s3", "DeleteBucketCors", {"bucketName": "b"}, {"s3:PutBucketCORS"}, S3),
    ("s3", "GetBucketEncryption", {"bucketName": "b"}, {"s3:GetEncryptionConfiguration"}, S3),
    ("s3", "DeleteBucketEncryption", {"bucketName": "b"}, {"s3:PutEncryptionConfiguration"}, S3),
    ("s3", "GetBucketReplication", {"bucketName": "b"}, {"s3:GetReplicationConfiguration"}, S3),
    ("s3", "PutBucketReplication", {"bucketName": "b"}, {"s3:PutReplicationConfiguration"}, S3),
    ("s3", "DeleteBucketTagging", {"bucketName": "b"}, {"s3:PutBucketTagging"}, S3),
    ("s3", "GetPublicAccessBlock", {"bucketName": "b"}, {"s3:GetBucketPublicAccessBlock"}, S3),
    ("s3", "PutPublicAccessBlock", {"bucketName": "b"}, {"s3:PutBucketPublicAccessBlock"}, S3),
    ("s3", "CreateBucket", {"bucketName": "b"}, {"s3:CreateBucket"}, S3),
    (
        "s3",
        "CreateBucket",
        {"bucketName": "b", "x-amz-acl": "private"},
        {"s3:CreateBucket", "s3:PutBucketAcl"},
        S3,
    ),
    ("lambda", "CreateFunction20150331", {"functionName": "f"}, {"lambda:CreateFunction"}, LAMBDA),
    ("lambda", "GetFunction20150331v2", {"functionName": "f"}, {"lambda:GetFunction"}, LAMBDA),
    ("lambda", "UpdateFunctionCode20150331v2", {"functionName": "f"}, {"lambda:UpdateFunctionCode"}, LAMBDA),
    (
        "lambda",
        "PutFunctionConcurrency20171031",
        {"functionName": "f"},
        {"lambda:PutFunctionConcurrency"},
        LAMBDA,
    ),
    ("lambda", "TagResource20170331v2", {"resource": "f"}, {"lambda:TagResource"}, LAMBDA),
    ("lambda", "PublishLayerVersion20181031", {"layerName": "l"}, {"lambda:PublishLayerVersion"}, LAMBDA),
    ("lambda", "Invoke", {"functionName": "f"}, {"lambda:InvokeFunction"}, SAR),
    (
        "lambda",
        "CreateFunction20150331",
        {"functionName": "f", "tags": {"team": "ops"}},
        {"lambda:CreateFunction", "lambda:TagResource"},
        SAR,
    ),
    (
        "monitoring",
        "PutMetricAlarm",
        {"alarmName": "a"},
        {"cloudwatch:PutMetricAlarm"},
        "CloudTrail User Guide",
    ),
    ("tagging", "GetResources", {}, {"tag:GetResources"}, "recorded"),
    ("sts", "AssumeRole", {"roleArn": "arn:aws:iam::111122223333:role/r"}, {"sts:AssumeRole"}, STS),
    ("sts", "AssumeRole", {"tags": [{"key": "a", "value": "b"}]}, {"sts:AssumeRole", "sts:TagSession"}, STS),
    ("sts", "AssumeRole", {"sourceIdentity": "me"}, {"sts:AssumeRole", "sts:SetSourceIdentity"}, STS),
    ("sns", "PublishBatch", {"topicArn": "t"}, {"sns:Publish"}, SAR),
    ("sqs", "SendMessageBatch", {"queueUrl": "q"}, {"sqs:SendMessage"}, SAR),
    ("sqs", "DeleteMessageBatch", {"queueUrl": "q"}, {"sqs:DeleteMessage"}, SAR),
    ("kms", "ReEncrypt", {}, {"kms:ReEncryptFrom", "kms:ReEncryptTo"}, SAR),
    ("bedrock", "Converse", {"modelId": "anthropic.claude-v2"}, {"bedrock:InvokeModel"}, SAR),
    (
        "bedrock",
        "Converse",
        {"modelId": "anthropic.claude-v2", "guardrailConfig": {"guardrailIdentifier": "g"}},
        {"bedrock:InvokeModel", "bedrock:ApplyGuardrail"},
        SAR,
    ),
    ("dynamodb", "TransactGetItems", {}, {"dynamodb:GetItem"}, SAR),
    ("budgets", "DescribeBudgets", {}, {"budgets:ViewBudget"}, SAR),
    ("budgets", "UpdateBudget", {}, {"budgets:ModifyBudget"}, SAR),
    ("apigateway", "CreateRestApi", {}, {"apigateway:POST"}, BOTOCORE),
    ("apigateway", "GetStages", {"restApiId": "a"}, {"apigateway:GET"}, BOTOCORE),
    ("ec2", "RunInstances", {}, {"ec2:RunInstances"}, SAR),
    (
        "ec2",
        "RunInstances",
        {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "a"}]}]}},
        {"ec2:RunInstances", "ec2:CreateTags"},
        "Amazon EC2 User Guide, grant permission to tag resources during creation",
    ),
    ("iam", "CreateRole", {"roleName": "r", "tags": []}, {"iam:CreateRole"}, "IAM User Guide, tags"),
    (
        "iam",
        "CreateRole",
        {"roleName": "r", "tags": [{"key": "a", "value": "b"}]},
        {"iam:CreateRole", "iam:TagRole"},
        "IAM User Guide, tags",
    ),
    ("sqs", "CreateQueue", {"tags": {"a": "b"}}, {"sqs:CreateQueue", "sqs:TagQueue"}, "SQS API text"),
    ("s3express", "GetObject", {"bucketName": "b"}, {"s3express:CreateSession"}, S3),
    ("cassandra", "GetTable", {}, {"cassandra:Select"}, SAR),
    ("appstream2", "DescribeFleets", {}, {"appstream:DescribeFleets"}, "trailscraper"),
    ("ds", "ListUsers", {}, {"ds-data:ListUsers"}, "AWS API models, directory-service-data"),
]


@pytest.mark.parametrize(("source", "name", "request_parameters", "expected", "cited"), ROWS)
def test_actions_of_a_call(
    catalogue: Catalogue, source: str, name: str, request_parameters: Request, expected: set[str], cited: str
) -> None:
    rule = catalogue.call(f"{source}.amazonaws.com", name)
    assert rule.kind == "mapped"
    assert expected == set(resolver.resources(rule, request_parameters)), cited


@pytest.mark.parametrize(
    ("source", "name", "kind", "cited"),
    [
        ("sts", "GetCallerIdentity", "no-permission", "AWS STS API text in the botocore model"),
        ("sts", "GetSessionToken", "no-permission", "AWS STS API text in the botocore model"),
        ("cognito-idp", "SignUp", "no-permission", "botocore: the call is not signed"),
        ("codecatalyst", "AnythingAtAll", "no-permission", "bearer token"),
        ("signin", "ConsoleLogin", "not-a-call", "CloudTrail User Guide, AwsConsoleSignIn"),
        ("ec2", "SharedSnapshotVolumeCreated", "not-a-call", "recorded as AwsServiceEvent"),
        ("s3", "OPTIONS", "no-permission", "preflight request"),
        ("cloudhsm", "ListLunaClients", "unmapped", "retired service"),
        ("nosuch", "Thing", "unmapped", "no such service"),
        ("", "", "unmapped", "nothing at all"),
    ],
)
def test_calls_without_actions(catalogue: Catalogue, source: str, name: str, kind: str, cited: str) -> None:
    rule = catalogue.call(f"{source}.amazonaws.com", name)
    assert (kind, ()) == (rule.kind, rule.actions), cited


@pytest.mark.parametrize(
    ("source", "name", "parameters", "service", "by_profile"),
    [
        ("lambda", "CreateFunction20150331", {"role"}, "lambda.amazonaws.com", False),
        (
            "ec2",
            "RunInstances",
            {"iaminstanceprofile.arn", "iaminstanceprofile.name"},
            "ec2.amazonaws.com",
            True,
        ),
        (
            "ecs",
            "RegisterTaskDefinition",
            {"executionrolearn", "taskrolearn"},
            "ecs-tasks.amazonaws.com",
            False,
        ),
        ("events", "PutTargets", {"rolearn"}, "events.amazonaws.com", False),
        ("cloudformation", "CreateStack", {"rolearn"}, "cloudformation.amazonaws.com", False),
        ("iam", "AddRoleToInstanceProfile", {"rolename"}, "ec2.amazonaws.com", False),
        (
            "apigateway",
            "PutIntegration",
            {"credentials", "credentialsarn"},
            "apigateway.amazonaws.com",
            False,
        ),
        ("s3", "CreateAccessGrantsLocation", {"iamrolearn"}, "access-grants.s3.amazonaws.com", False),
        ("states", "CreateStateMachine", {"rolearn"}, "states.amazonaws.com", False),
    ],
)
def test_passed_roles(
    catalogue: Catalogue, source: str, name: str, parameters: set[str], service: str, by_profile: bool
) -> None:
    rules = catalogue.call(f"{source}.amazonaws.com", name).pass_role
    assert [(parameters, service, by_profile)] == [(set(r.parameters), r.service, r.by_profile) for r in rules]


def test_each_role_goes_to_the_service_that_takes_it(catalogue: Catalogue) -> None:
    rules = catalogue.call("rds.amazonaws.com", "CreateDBInstance").pass_role
    assert {
        ("monitoringrolearn", "monitoring.rds.amazonaws.com"),
        ("domainiamrolename", "rds.amazonaws.com"),
        ("customiaminstanceprofile", "ec2.amazonaws.com"),
    } == {(name, rule.service) for rule in rules for name in rule.parameters}


def test_the_answer_names_the_question(catalogue: Catalogue) -> None:
    rule = catalogue.call("lambda.amazonaws.com", "GetFunction20150331v2")
    assert (rule.event_source, rule.event_name) == ("lambda.amazonaws.com", "GetFunction20150331v2")
    assert rule is catalogue.call("lambda.amazonaws.com", "GetFunction20150331v2")


@pytest.mark.parametrize("domain", ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"])
def test_other_partitions_have_other_domains(catalogue: Catalogue, domain: str) -> None:
    assert catalogue.call(f"s3.{domain}", "GetObject").kind == "mapped"


def test_data_events_are_marked(catalogue: Catalogue) -> None:
    calls = [("s3", "GetObject"), ("lambda", "Invoke"), ("s3", "GetBucketPolicy"), ("kms", "Decrypt")]
    found = [catalogue.call(f"{source}.amazonaws.com", name).is_data_event for source, name in calls]
    assert found == [True, True, False, False]


def test_decoders_are_named(catalogue: Catalogue) -> None:
    assert catalogue.call("dynamodb.amazonaws.com", "ExecuteStatement").decoder == "partiql"
    assert catalogue.call("dynamodb.amazonaws.com", "TransactWriteItems").decoder == "dynamodb-transact"
    assert catalogue.call("dynamodb.amazonaws.com", "GetItem").decoder == ""


def test_undecidable_conditions_stay_in_words(catalogue: Catalogue) -> None:
    conditional = dict(catalogue.call("s3.amazonaws.com", "GetObject").conditional)
    assert {"s3:GetObjectTagging", "s3:GetObjectRetention", "s3:GetObjectLegalHold"} == set(conditional)


def test_every_condition_of_the_table_is_decided_or_kept(catalogue: Catalogue) -> None:
    path = Path(__file__).parents[2] / "scripts" / "catalogue_sources" / "event-to-action.json"
    rows = json.loads(path.read_text())["event_actions"]
    lost = [
        (row["event_name"], case["action"])
        for row in rows
        for case in row.get("conditional_actions", [])
        if case["action"] != "iam:PassRole" and case["action"] not in _named(catalogue, row)
    ]
    assert lost == []


def _named(catalogue: Catalogue, row: dict[str, str]) -> set[str]:
    rule = catalogue.call(row["event_source"], row["event_name"])
    return {action.action for action in rule.actions} | {name for name, _ in rule.conditional}


def test_every_rule_names_known_actions(catalogue: Catalogue) -> None:
    unknown = {
        action.action
        for prefix in catalogue.prefixes
        for rule in catalogue.rules(prefix)
        for action in rule.actions
        if catalogue.action(action.action) is None
    }
    assert {"lambda:AddEventSource"} == unknown
