"""The API calls that the invented principals make, as CloudTrail words them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from synthetic.names import base36, base64, digits, hexes, uuid

if TYPE_CHECKING:
    from synthetic.world import Belongings

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a call is made of: chance, place, and the caller's belongings."""

    rng: Random
    account: str
    region: str
    day: str
    has: Belongings


@dataclass(frozen=True, slots=True)
class Body:
    """The parts of a record that depend on the call; `action` is what an access denial would name."""

    request: Json | None = None
    response: Json | None = None
    resources: tuple[Json, ...] = ()
    extra: Json | None = None
    target: str = "*"


@dataclass(frozen=True, slots=True)
class Call:
    """One API with the maker of its bodies."""

    service: str
    name: str
    reads: bool
    is_data: bool
    body: Callable[[Scene], Body]


def _resource(kind: str, arn: str, account: str) -> Json:
    return {"accountId": account, "type": kind, "ARN": arn}


def _s3_extra(s: Scene, *, sent: int, received: int) -> Json:
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": sent,
        "SSEApplied": "Default_SSE_S3",
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": base64(s.rng, 72),
        "bytesTransferredOut": received,
    }


def _object(s: Scene) -> Body:
    rng, bucket = s.rng, s.has.buckets.draw(s.rng)
    folder, ending = s.has.folders.draw(rng), rng.choice(("json.gz", "parquet", "jpg"))
    key = f"{folder}/{s.day}/{hexes(rng, 8)}/{uuid(rng)}.{ending}"
    arn = f"arn:aws:s3:::{bucket}/{key}"
    return Body(
        request={"bucketName": bucket, "Host": f"{bucket}.s3.{s.region}.amazonaws.com", "key": key},
        resources=(
            {"type": "AWS::S3::Object", "ARN": arn},
            _resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}", s.account),
        ),
        extra=_s3_extra(s, sent=rng.randrange(4_000_000), received=rng.randrange(4_000_000)),
        target=arn,
    )


def _listing(s: Scene) -> Body:
    bucket, folder = s.has.buckets.draw(s.rng), s.has.folders.draw(s.rng)
    host = f"{bucket}.s3.{s.region}.amazonaws.com"
    request: Json = {"list-type": "2", "bucketName": bucket, "encoding-type": "url"}
    request |= {"max-keys": "1000", "prefix": f"{folder}/{s.day}/", "delimiter": "/", "Host": host}
    return Body(
        request=request,
        resources=(
            {"type": "AWS::S3::Object", "ARNPrefix": f"arn:aws:s3:::{bucket}/{folder}/{s.day}/"},
            _resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}", s.account),
        ),
        extra=_s3_extra(s, sent=0, received=s.rng.randrange(90_000)),
        target=f"arn:aws:s3:::{bucket}",
    )


def _bucket(question: str) -> Callable[[Scene], Body]:
    def body(s: Scene) -> Body:
        bucket = s.has.buckets.draw(s.rng)
        host = f"{bucket}.s3.{s.region}.amazonaws.com"
        return Body(
            request={"bucketName": bucket, "Host": host, question: ""},
            resources=(_resource("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}", s.account),),
            extra=_s3_extra(s, sent=0, received=s.rng.randrange(900)),
            target=f"arn:aws:s3:::{bucket}",
        )

    return body


def _table_arn(s: Scene, table: str) -> str:
    return f"arn:aws:dynamodb:{s.region}:{s.account}:table/{table}"


def _item(s: Scene) -> Body:
    table = s.has.tables.draw(s.rng)
    arn = _table_arn(s, table)
    return Body(
        request={
            "tableName": table,
            "key": {"pk": f"CUST#{uuid(s.rng)}", "sk": f"{s.day}#{uuid(s.rng)}#{base36(s.rng, 26)}"},
            "returnConsumedCapacity": "TOTAL",
            "consistentRead": False,
        },
        resources=(_resource("AWS::DynamoDB::Table", arn, s.account),),
        target=arn,
    )


def _query(s: Scene) -> Body:
    table = s.has.tables.draw(s.rng)
    arn = _table_arn(s, table)
    return Body(
        request={
            "tableName": table,
            "indexName": "by-status-index",
            "keyConditionExpression": "#pk = :pk AND begins_with(#sk, :prefix)",
            "select": "ALL_ATTRIBUTES",
            "exclusiveStartKey": {"pk": uuid(s.rng), "sk": uuid(s.rng)},
            "limit": s.rng.randrange(10, 500),
            "scanIndexForward": False,
        },
        resources=(_resource("AWS::DynamoDB::Table", arn, s.account),),
        target=arn,
    )


def _invoke(s: Scene) -> Body:
    arn = f"arn:aws:lambda:{s.region}:{s.account}:function:{s.has.functions.draw(s.rng)}"
    return Body(
        request={
            "functionName": arn,
            "invocationType": "RequestResponse",
            "clientContext": base64(s.rng, 96),
        },
        resources=(_resource("AWS::Lambda::Function", arn, s.account),),
        extra={"functionVersion": f"{arn}:{s.rng.randrange(1, 90)}"},
        target=arn,
    )


def _queue(s: Scene) -> Body:
    name = s.has.queues.draw(s.rng)
    arn = f"arn:aws:sqs:{s.region}:{s.account}:{name}"
    return Body(
        request={
            "queueUrl": f"https://sqs.{s.region}.amazonaws.com/{s.account}/{name}",
            "receiptHandle": "AQEB" + base64(s.rng, 120),
        },
        response={"messageId": uuid(s.rng), "md5": hexes(s.rng, 32)},
        resources=(_resource("AWS::SQS::Queue", arn, s.account),),
        target=arn,
    )


def _kms(s: Scene) -> Body:
    arn = f"arn:aws:kms:{s.region}:{s.account}:key/{s.has.keys.draw(s.rng)}"
    return Body(
        request={
            "keyId": arn,
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{s.has.buckets.draw(s.rng)}"},
        },
        resources=(_resource("AWS::KMS::Key", arn, s.account),),
        extra={"keyMaterialId": hexes(s.rng, 64)},
        target=arn,
    )


def _credentials(s: Scene, role: str, session: str) -> Json:
    return {
        "credentials": {
            "accessKeyId": "ASIA" + base36(s.rng, 16),
            "sessionToken": "synthetic-" + base64(s.rng, 300),
            "expiration": "Jun 12, 2026, 4:31:59 AM",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"AROA{base36(s.rng, 17)}:{session}",
            "arn": f"arn:aws:sts::{s.account}:assumed-role/{role}/{session}",
        },
    }


def _assume(s: Scene) -> Body:
    role, session = s.has.roles.draw(s.rng), f"session-{digits(s.rng, 10)}"
    arn = f"arn:aws:iam::{s.account}:role/{role}"
    return Body(
        request={"roleArn": arn, "roleSessionName": session, "durationSeconds": 3600},
        response=_credentials(s, role, session),
        resources=(_resource("AWS::IAM::Role", arn, s.account),),
        target=arn,
    )


def _assume_web(s: Scene) -> Body:
    role, session = s.has.roles.draw(s.rng), f"GitHubActions-{digits(s.rng, 11)}"
    arn = f"arn:aws:iam::{s.account}:role/{role}"
    who: Json = {
        "subjectFromWebIdentityToken": f"repo:example/{s.has.repositories.draw(s.rng)}:ref:refs/heads/main",
        "provider": f"arn:aws:iam::{s.account}:oidc-provider/token.actions.githubusercontent.com",
        "audience": "sts.amazonaws.com",
    }
    return Body(
        request={"roleArn": arn, "roleSessionName": session, "durationSeconds": 900},
        response=who | _credentials(s, role, session),
        resources=(_resource("AWS::IAM::Role", arn, s.account),),
        target=arn,
    )


def _instances(s: Scene) -> Body:
    ids = [{"instanceId": s.has.instances.draw(s.rng)} for _ in range(s.rng.randint(1, 6))]
    names = [{"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}]}}]
    return Body(request={"instancesSet": {"items": ids}, "filterSet": {"items": names}})


def _tags(s: Scene) -> Body:
    instance = s.has.instances.draw(s.rng)
    tags = [{"key": "team", "value": "platform"}, {"key": "build", "value": digits(s.rng, 6)}]
    return Body(
        request={"resourcesSet": {"items": [{"resourceId": instance}]}, "tagSet": {"items": tags}},
        response={"requestId": uuid(s.rng), "_return": True},
        target=f"arn:aws:ec2:{s.region}:{s.account}:instance/{instance}",
    )


def _run_instances(s: Scene) -> Body:
    instance, interface = "i-0" + hexes(s.rng, 16), "eni-0" + hexes(s.rng, 16)
    made: Json = {"instanceId": instance, "imageId": "ami-0" + hexes(s.rng, 16), "instanceType": "m6i.large"}
    made |= {"instanceState": {"code": 0, "name": "pending"}, "privateDnsName": "ip-10-0-3-17.ec2.internal"}
    made |= {"networkInterfaceSet": {"items": [{"networkInterfaceId": interface, "status": "in-use"}]}}
    return Body(
        request={
            "instancesSet": {"items": [{"imageId": made["imageId"], "minCount": 1, "maxCount": 1}]},
            "instanceType": "m6i.large",
            "subnetId": "subnet-0" + hexes(s.rng, 16),
            "clientToken": uuid(s.rng),
        },
        response={"reservationId": "r-0" + hexes(s.rng, 16), "instancesSet": {"items": [made]}},
        target=f"arn:aws:ec2:{s.region}:{s.account}:instance/*",
    )


def _secret(s: Scene) -> Body:
    arn = f"arn:aws:secretsmanager:{s.region}:{s.account}:secret:{s.has.secrets.draw(s.rng)}-a1b2c3"
    return Body(request={"secretId": arn, "versionStage": "AWSCURRENT"}, target=arn)


def _parameter(s: Scene) -> Body:
    name = "/" + s.has.secrets.draw(s.rng)
    arn = f"arn:aws:ssm:{s.region}:{s.account}:parameter{name}"
    return Body(
        request={"name": name, "withDecryption": True},
        resources=({"accountId": s.account, "ARN": arn},),
        target=arn,
    )


def _log_stream(s: Scene) -> Body:
    group = f"/aws/lambda/{s.has.functions.draw(s.rng)}"
    stream = f"{s.day}/[$LATEST]{hexes(s.rng, 32)}"
    arn = f"arn:aws:logs:{s.region}:{s.account}:log-group:{group}:log-stream:{stream}"
    return Body(request={"logGroupName": group, "logStreamName": stream}, target=arn)


def _image(s: Scene) -> Body:
    repository = s.has.repositories.draw(s.rng)
    arn = f"arn:aws:ecr:{s.region}:{s.account}:repository/{repository}"
    wanted = [{"imageDigest": f"sha256:{hexes(s.rng, 64)}"}]
    return Body(
        request={"repositoryName": repository, "registryId": s.account, "imageIds": wanted},
        resources=({"accountId": s.account, "ARN": arn},),
        target=arn,
    )


def _named(field: str, what: str, arn: str) -> Callable[[Scene], Body]:
    """Bodies of a call that names one belonging: `what` says which, `arn` is its pattern."""

    def body(s: Scene) -> Body:
        name = getattr(s.has, what).draw(s.rng)
        full = arn.format(region=s.region, account=s.account, name=name)
        return Body(request={field: name}, target=full)

    return body


def _plain(request: Json | None = None) -> Callable[[Scene], Body]:
    return lambda s: Body(request=request)


def _data(service: str, names: str, body: Callable[[Scene], Body], *, reads: bool) -> tuple[Call, ...]:
    return tuple(Call(service, name, reads, True, body) for name in names.split())


def _call(service: str, name: str, body: Callable[[Scene], Body]) -> Call:
    reads = name.startswith(("Get", "List", "Describe", "Batch", "Decrypt", "Generate", "Assume"))
    return Call(service, name, reads, False, body)


_ROLE = "arn:aws:iam::{account}:role/{name}"
_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{name}"
_CLUSTER = "arn:aws:ecs:{region}:{account}:service/{name}"
_STACK = "arn:aws:cloudformation:{region}:{account}:stack/{name}/*"

DATA: tuple[Call, ...] = (
    *_data("s3", "GetObject HeadObject", _object, reads=True),
    *_data("s3", "PutObject DeleteObject", _object, reads=False),
    *_data("s3", "ListObjects", _listing, reads=True),
    *_data("dynamodb", "GetItem BatchGetItem", _item, reads=True),
    *_data("dynamodb", "PutItem UpdateItem DeleteItem", _item, reads=False),
    *_data("dynamodb", "Query", _query, reads=True),
    *_data("lambda", "Invoke", _invoke, reads=False),
    *_data("sqs", "SendMessage ReceiveMessage DeleteMessage", _queue, reads=False),
)
"""Data events. The share that they take is settled by the principal."""

MANAGEMENT: tuple[Call, ...] = (
    _call("sts", "AssumeRole", _assume),
    _call("sts", "AssumeRoleWithWebIdentity", _assume_web),
    _call("sts", "GetCallerIdentity", _plain()),
    _call("kms", "Decrypt", _kms),
    _call("kms", "GenerateDataKey", _kms),
    _call("ec2", "DescribeInstances", _instances),
    _call("ec2", "DescribeSecurityGroups", _plain({"securityGroupSet": {}, "filterSet": {}})),
    _call("ec2", "DescribeVolumes", _plain({"volumeSet": {}, "filterSet": {}})),
    _call("ec2", "DescribeNetworkInterfaces", _plain({"networkInterfaceIdSet": {}, "filterSet": {}})),
    _call("ec2", "DescribeTags", _plain({"filterSet": {}, "maxResults": 1000})),
    _call("ec2", "CreateTags", _tags),
    _call("ec2", "RunInstances", _run_instances),
    _call("s3", "GetBucketLocation", _bucket("location")),
    _call("s3", "GetBucketAcl", _bucket("acl")),
    _call("s3", "GetBucketPolicy", _bucket("policy")),
    _call("iam", "GetRole", _named("roleName", "roles", _ROLE)),
    _call("iam", "ListAttachedRolePolicies", _named("roleName", "roles", _ROLE)),
    _call("iam", "ListRoles", _plain({"maxItems": 100})),
    _call("lambda", "GetFunction20150331v2", _named("functionName", "functions", _FUNCTION)),
    _call("lambda", "ListFunctions20150331", _plain()),
    _call("lambda", "UpdateFunctionCode20150331v2", _named("functionName", "functions", _FUNCTION)),
    _call(
        "dynamodb",
        "DescribeTable",
        _named("tableName", "tables", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    ),
    _call("dynamodb", "ListTables", _plain({"limit": 100})),
    _call("sqs", "GetQueueUrl", _named("queueName", "queues", "arn:aws:sqs:{region}:{account}:{name}")),
    _call("logs", "CreateLogStream", _log_stream),
    _call("logs", "DescribeLogGroups", _plain({"limit": 50})),
    _call("secretsmanager", "GetSecretValue", _secret),
    _call("ssm", "GetParameter", _parameter),
    _call("ecr", "GetAuthorizationToken", _plain()),
    _call("ecr", "BatchGetImage", _image),
    _call("ecs", "DescribeServices", _named("cluster", "repositories", _CLUSTER)),
    _call("ecs", "UpdateService", _named("service", "repositories", _CLUSTER)),
    _call("cloudformation", "DescribeStacks", _named("stackName", "functions", _STACK)),
    _call("monitoring", "DescribeAlarms", _plain({"maxRecords": 100})),
    _call("autoscaling", "DescribeAutoScalingGroups", _plain({"maxRecords": 100})),
    _call("rds", "DescribeDBInstances", _plain({"maxRecords": 100})),
)

FOR_SERVICES: tuple[tuple[Call, ...], tuple[Call, ...]] = (
    tuple(call for call in DATA if call.name in {"PutObject", "Invoke", "SendMessage"}),
    tuple(call for call in MANAGEMENT if call.name in {"AssumeRole", "GenerateDataKey", "GetBucketAcl"}),
)
"""What AWS services call in their own name: data events, then the rest."""
