"""The API calls that made-up principals make: as a policy names them, and as CloudTrail words them.

`{name}` is the resource's name, `{id}` a fresh UUID, `{hex}` sixteen fresh digits, `{day}` the date, `{session}` the
caller's session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastwise.sample.values import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One action: the ARN that a policy grants it on, its event, and the event's parameters and resources."""

    action: str
    on: str
    event: str
    source: str
    request: Json | None
    told: tuple[tuple[str, str], ...]
    reads: bool
    is_data: bool

    @property
    def service(self) -> str:
        """The service's prefix."""
        return self.action.partition(":")[0]


def _call(
    action: str,
    on: str = "*",
    request: Json | None = None,
    *,
    event: str = "",
    source: str = "",
    told: tuple[tuple[str, str], ...] = (),
    writes: bool = False,
    data: bool = False,
) -> Call:
    service, _, name = action.partition(":")
    return Call(action, on, event or name, f"{source or service}.amazonaws.com", request, told, not writes, data)


_BUCKET = "arn:aws:s3:::{name}"
_TABLE = "arn:aws:dynamodb:{region}:{account}:table/{name}"
_QUEUE = "arn:aws:sqs:{region}:{account}:{name}"
_TOPIC = "arn:aws:sns:{region}:{account}:{name}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{name}"
_KEY = "arn:aws:kms:{region}:{account}:key/{key}"
_SECRET = "arn:aws:secretsmanager:{region}:{account}:secret:{name}/config-{suffix}"  # noqa: S105
_PARAMETER = "arn:aws:ssm:{region}:{account}:parameter/{name}/*"
_GROUP = "arn:aws:logs:{region}:{account}:log-group:/app/{name}"
_REPOSITORY = "arn:aws:ecr:{region}:{account}:repository/{name}"
_SERVICE = "arn:aws:ecs:{region}:{account}:service/main/{name}"
_STACK = "arn:aws:cloudformation:{region}:{account}:stack/{name}/*"
_CATALOG = "arn:aws:glue:{region}:{account}:*"
_WORKGROUP = "arn:aws:athena:{region}:{account}:workgroup/{name}"
_SNAPSHOT = "arn:aws:rds:{region}:{account}:snapshot:{name}-*"
_DATABASE = "arn:aws:rds:{region}:{account}:db:{name}"
_MACHINE = "arn:aws:states:{region}:{account}:stateMachine:{name}"
_STREAM = "arn:aws:kinesis:{region}:{account}:stream/{name}"
_APP_ROLE = "arn:aws:iam::{account}:role/app/{name}-*"

_OBJECT_OF: Json = {"bucketName": "{name}", "Host": "{name}.s3.{region}.amazonaws.com", "key": "{day}/{id}.json"}
_TOLD_OBJECT = (("AWS::S3::Object", "arn:aws:s3:::{name}/{day}/{id}.json"), ("AWS::S3::Bucket", _BUCKET))
_ROW_OF: Json = {"tableName": "{name}", "key": {"pk": "{id}"}}
_TOLD_TABLE = (("AWS::DynamoDB::Table", _TABLE),)
_QUEUE_OF: Json = {"queueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}"}
_TOLD_QUEUE = (("AWS::SQS::Queue", _QUEUE),)
_ENCRYPTION: Json = {"encryptionContext": {"aws:s3:arn": _BUCKET}, "keyId": _KEY}
_TOLD_KEY = (("AWS::KMS::Key", _KEY),)
_IMAGE_OF: Json = {"repositoryName": "{name}", "registryId": "{account}"}
_TOLD_IMAGE = (("AWS::ECR::Repository", _REPOSITORY),)
_FUNCTION_OF: Json = {"functionName": "{name}"}

_STORAGE = (
    _call("s3:GetObject", f"{_BUCKET}/*", _OBJECT_OF, told=_TOLD_OBJECT, data=True),
    _call("s3:PutObject", f"{_BUCKET}/*", _OBJECT_OF, told=_TOLD_OBJECT, data=True, writes=True),
    _call("s3:DeleteObject", f"{_BUCKET}/*", _OBJECT_OF, told=_TOLD_OBJECT, data=True, writes=True),
    _call(
        "s3:ListBucket",
        _BUCKET,
        {"bucketName": "{name}", "Host": "{name}.s3.{region}.amazonaws.com", "list-type": "2", "prefix": "{day}/"},
        event="ListObjects",
        told=(("AWS::S3::Bucket", _BUCKET),),
        data=True,
    ),
    _call(
        "s3:GetBucketLocation",
        _BUCKET,
        {"bucketName": "{name}", "Host": "{name}.s3.{region}.amazonaws.com", "location": ""},
        told=(("AWS::S3::Bucket", _BUCKET),),
    ),
    _call("s3:ListAllMyBuckets", request={"Host": "s3.{region}.amazonaws.com"}, event="ListBuckets"),
    _call("dynamodb:GetItem", _TABLE, _ROW_OF, told=_TOLD_TABLE, data=True),
    _call("dynamodb:PutItem", _TABLE, _ROW_OF, told=_TOLD_TABLE, data=True, writes=True),
    _call("dynamodb:UpdateItem", _TABLE, _ROW_OF, told=_TOLD_TABLE, data=True, writes=True),
    _call("dynamodb:Query", _TABLE, {"tableName": "{name}", "limit": 100}, told=_TOLD_TABLE, data=True),
    _call("dynamodb:DescribeTable", _TABLE, {"tableName": "{name}"}),
    _call("sqs:SendMessage", _QUEUE, _QUEUE_OF, told=_TOLD_QUEUE, data=True, writes=True),
    _call("sqs:ReceiveMessage", _QUEUE, _QUEUE_OF, told=_TOLD_QUEUE, data=True),
    _call("sqs:DeleteMessage", _QUEUE, _QUEUE_OF, told=_TOLD_QUEUE, data=True, writes=True),
    _call("sns:Publish", _TOPIC, {"topicArn": _TOPIC}, told=(("AWS::SNS::Topic", _TOPIC),), data=True, writes=True),
    _call(
        "kinesis:PutRecords",
        _STREAM,
        {"streamName": "{name}"},
        told=(("AWS::Kinesis::Stream", _STREAM),),
        data=True,
        writes=True,
    ),
    _call("kms:Decrypt", _KEY, {**_ENCRYPTION, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, told=_TOLD_KEY),
    _call("kms:GenerateDataKey", _KEY, {**_ENCRYPTION, "keySpec": "AES_256"}, told=_TOLD_KEY),
    _call("secretsmanager:GetSecretValue", _SECRET, {"secretId": "{name}/config"}),
    _call("secretsmanager:DescribeSecret", _SECRET, {"secretId": "{name}/config"}),
    _call("ssm:GetParameter", _PARAMETER, {"name": "/{name}/endpoint", "withDecryption": True}),
    _call("ssm:GetParameters", _PARAMETER, {"names": ["/{name}/endpoint", "/{name}/flags"], "withDecryption": True}),
)
_COMPUTE = (
    _call(
        "lambda:InvokeFunction",
        _FUNCTION,
        {"functionName": _FUNCTION, "invocationType": "RequestResponse"},
        event="Invoke",
        told=(("AWS::Lambda::Function", _FUNCTION),),
        data=True,
        writes=True,
    ),
    _call("lambda:GetFunction", _FUNCTION, _FUNCTION_OF, event="GetFunction20150331v2"),
    _call("lambda:UpdateFunctionCode", _FUNCTION, _FUNCTION_OF, event="UpdateFunctionCode20150331v2", writes=True),
    _call(
        "lambda:CreateFunction",
        _FUNCTION,
        {
            "functionName": "{name}",
            "runtime": "python3.12",
            "role": "arn:aws:iam::{account}:role/app/{name}-function",
            "handler": "main.handler",
        },
        event="CreateFunction20150331",
        writes=True,
    ),
    _call("ecr:GetAuthorizationToken", request={"registryIds": ["{account}"]}),
    _call("ecr:BatchGetImage", _REPOSITORY, _IMAGE_OF, told=_TOLD_IMAGE),
    _call("ecr:GetDownloadUrlForLayer", _REPOSITORY, _IMAGE_OF, told=_TOLD_IMAGE),
    _call("ecr:BatchCheckLayerAvailability", _REPOSITORY, _IMAGE_OF, told=_TOLD_IMAGE),
    _call("ecr:PutImage", _REPOSITORY, _IMAGE_OF, told=_TOLD_IMAGE, writes=True),
    _call("ecs:UpdateService", _SERVICE, {"cluster": "main", "service": "{name}"}, writes=True),
    _call("ecs:DescribeServices", _SERVICE, {"cluster": "main", "services": ["{name}"]}),
    _call(
        "ecs:RegisterTaskDefinition",
        request={"family": "{name}", "taskRoleArn": "arn:aws:iam::{account}:role/app/{name}-task"},
        writes=True,
    ),
    _call("ec2:DescribeInstances", request={"instancesSet": {}, "filterSet": {}}),
    _call("ec2:DescribeTags", request={"filterSet": {}, "maxResults": 1000}),
    _call("ec2:DescribeRegions", request={"regionSet": {}}),
    _call("ec2:DescribeVolumes", request={"volumeSet": {}, "filterSet": {}}),
    _call("ec2:DescribeVpcs", request={"vpcSet": {}, "filterSet": {}}),
    _call("ec2:DescribeSecurityGroups", request={"securityGroupSet": {}, "filterSet": {}}),
    _call("autoscaling:DescribeAutoScalingGroups", request={"maxRecords": 100}),
    _call("ssm:UpdateInstanceInformation", request={"instanceId": "{session}", "platformType": "Linux"}),
)
_DATA = (
    _call("rds:DescribeDBInstances", request={"maxRecords": 100}),
    _call(
        "rds:CreateDBSnapshot",
        _DATABASE,
        {"dBInstanceIdentifier": "{name}", "dBSnapshotIdentifier": "{name}-{day}"},
        writes=True,
    ),
    _call("rds:DeleteDBSnapshot", _SNAPSHOT, {"dBSnapshotIdentifier": "{name}-{day}"}, writes=True),
    _call("glue:GetTable", _CATALOG, {"databaseName": "{database}", "name": "events"}),
    _call("glue:GetPartitions", _CATALOG, {"databaseName": "{database}", "tableName": "events"}),
    _call("glue:BatchCreatePartition", _CATALOG, {"databaseName": "{database}", "tableName": "events"}, writes=True),
    _call("athena:StartQueryExecution", _WORKGROUP, {"workGroup": "{name}", "clientRequestToken": "{id}"}, writes=True),
    _call("athena:GetQueryExecution", _WORKGROUP, {"queryExecutionId": "{id}"}),
    _call("athena:GetQueryResults", _WORKGROUP, {"queryExecutionId": "{id}"}),
    _call("states:StartExecution", _MACHINE, {"stateMachineArn": _MACHINE, "name": "{id}"}, writes=True),
)
_OPERATIONS = (
    _call(
        "logs:CreateLogStream",
        f"{_GROUP}:*",
        {"logGroupName": "/app/{name}", "logStreamName": "{day}/{id}"},
        writes=True,
    ),
    _call("logs:DescribeLogGroups", request={"limit": 50}),
    _call("logs:StartQuery", request={"logGroupName": "/app/{name}", "queryString": "fields @message"}),
    _call("cloudwatch:DescribeAlarms", request={"maxRecords": 100}, source="monitoring"),
    _call("tag:GetResources", request={"resourcesPerPage": 100}, source="tagging"),
    _call("cloudformation:DescribeStacks", _STACK, {"stackName": "{name}"}),
    _call("cloudformation:CreateChangeSet", _STACK, {"stackName": "{name}", "changeSetName": "c{hex}"}, writes=True),
    _call("cloudformation:ExecuteChangeSet", _STACK, {"stackName": "{name}", "changeSetName": "c{hex}"}, writes=True),
    _call("config:DescribeConfigRules"),
    _call("guardduty:ListDetectors", "*"),
    _call("securityhub:GetFindings", request={"maxResults": 100}),
    _call("ce:GetCostAndUsage", request={"granularity": "DAILY", "metrics": ["UnblendedCost"]}),
    _call("iam:ListRoles", request={"maxItems": 100}),
    _call("iam:ListUsers", request={"maxItems": 100}),
    _call("iam:GetAccountSummary"),
    _call("iam:CreateUser", "*", {"userName": "test"}, writes=True),
    _call("iam:CreateRole", "*", {"roleName": "{name}", "path": "/team/"}, writes=True),
    _call("organizations:ListAccounts"),
    _call("organizations:DescribeOrganization"),
    _call(
        "sts:AssumeRole",
        "{name}",
        {"roleArn": "{name}", "roleSessionName": "drill"},
        told=(("AWS::IAM::Role", "{name}"),),
    ),
)
CALLS: Mapping[str, Call] = {call.action: call for call in (*_STORAGE, *_COMPUTE, *_DATA, *_OPERATIONS)}

UNLOGGED: Mapping[str, str] = {
    "iam:PassRole": _APP_ROLE,
    "logs:PutLogEvents": f"{_GROUP}:*",
    "cloudwatch:PutMetricData": "*",
}
"""Actions that no CloudTrail record shows by name, with the ARN that a policy grants them on."""

GLOBAL_SERVICES = frozenset({"iam", "organizations", "ce", "health", "support", "route53", "cloudfront"})
"""Services whose events are logged in us-east-1."""
