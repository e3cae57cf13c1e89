"""What a request's parameters make of each service's ARN templates.

The member names are those of botocore 1.44.5 as CloudTrail writes them; rows marked R are as recorded in
public CloudTrail logs. The place is eu-west-1 in account 111122223333.
"""

from __future__ import annotations

import pytest
import resolver

from leastwise.catalogue.load import Catalogue

Request = dict[str, object]


def arn(service: str, resource: str) -> str:
    """An ARN in the place of the tests."""
    return f"arn:aws:{service}:eu-west-1:111122223333:{resource}"


def iam(resource: str) -> str:
    """An IAM ARN in the account of the tests."""
    return f"arn:aws:iam::111122223333:{resource}"


ROWS: list[tuple[str, Request, str, list[str]]] = [
    ("s3:GetObject", {"bucketName": "b", "key": "a/b c"}, "s3:GetObject", ["arn:aws:s3:::b/a/b c"]),  # R
    ("s3:CreateBucket", {"bucketName": "b"}, "s3:CreateBucket", ["arn:aws:s3:::b"]),
    ("s3:ListObjects", {"bucketName": "b"}, "s3:ListBucket", ["arn:aws:s3:::b"]),
    (
        "s3:CopyObject",
        {"bucketName": "b", "key": "k", "x-amz-copy-source": "/src/a%20b"},
        "s3:GetObject",
        ["arn:aws:s3:::src/a b"],
    ),
    (
        "s3:CopyObject",
        {"bucketName": "b", "key": "k", "x-amz-copy-source": "/src/a%20b"},
        "s3:PutObject",
        ["arn:aws:s3:::b/k"],
    ),
    ("s3:CreateJob", {}, "s3:CreateJob", ["*"]),
    (
        "s3express:GetObject",
        {"bucketName": "b--euw1-az1--x-s3", "key": "k"},
        "s3express:CreateSession",
        [arn("s3express", "bucket/b--euw1-az1--x-s3")],
    ),
    (
        "sqs:SendMessage",
        {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"},
        "sqs:SendMessage",
        [arn("sqs", "q")],
    ),
    (
        "sqs:SendMessage",
        {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/444455556666/q"},
        "sqs:SendMessage",
        ["arn:aws:sqs:eu-west-1:444455556666:q"],
    ),
    ("sqs:CreateQueue", {"queueName": "q"}, "sqs:CreateQueue", [arn("sqs", "q")]),
    ("sns:CreateTopic", {"name": "t"}, "sns:CreateTopic", [arn("sns", "t")]),
    ("sns:Publish", {"topicArn": arn("sns", "t")}, "sns:Publish", [arn("sns", "t")]),
    ("sns:Unsubscribe", {"subscriptionArn": arn("sns", "t:0f1e")}, "sns:Unsubscribe", [arn("sns", "t")]),
    ("dynamodb:GetItem", {"tableName": "t"}, "dynamodb:GetItem", [arn("dynamodb", "table/t")]),
    (
        "dynamodb:Query",
        {"tableName": "t", "indexName": "i"},
        "dynamodb:Query",
        [arn("dynamodb", "table/t"), arn("dynamodb", "table/t/index/i")],
    ),
    ("dynamodb:CreateTable", {"tableName": "t"}, "dynamodb:CreateTable", [arn("dynamodb", "table/t")]),
    (
        "lambda:Invoke",
        {"functionName": "f:live"},
        "lambda:InvokeFunction",
        [arn("lambda", "function:f:live")],
    ),
    (
        "lambda:CreateFunction20150331",
        {"functionName": "f", "layers": [arn("lambda", "layer:l:3")]},
        "lambda:GetLayerVersion",
        [arn("lambda", "layer:l:3")],
    ),
    (
        "lambda:PublishLayerVersion20181031",
        {"layerName": "l"},
        "lambda:PublishLayerVersion",
        [arn("lambda", "layer:l")],
    ),
    (
        "lambda:DeleteEventSourceMapping20150331",
        {"uUID": "0a1b"},
        "lambda:DeleteEventSourceMapping",
        [arn("lambda", "event-source-mapping:0a1b")],
    ),
    (
        "ec2:RunInstances",
        {
            "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "keyName": "k"}]},
            "subnetId": "subnet-1",
            "groupSet": {"items": [{"groupId": "sg-1"}]},
        },
        "ec2:RunInstances",
        [
            arn("ec2", "instance/*"),
            arn("ec2", "key-pair/k"),
            arn("ec2", "network-interface/*"),
            arn("ec2", "security-group/sg-1"),
            arn("ec2", "subnet/subnet-1"),
            arn("ec2", "volume/*"),
            "arn:aws:ec2:eu-west-1::image/ami-1",
        ],
    ),  # R
    (
        "ec2:RunInstances",
        {
            "instancesSet": {"items": [{"imageId": "ami-1"}]},
            "launchTemplate": {"launchTemplateId": "lt-1"},
            "placement": {"groupName": "pg"},
            "networkInterfaceSet": {
                "items": [{"networkInterfaceId": "eni-1", "groupSet": {"items": [{"groupId": "sg-2"}]}}]
            },
        },
        "ec2:RunInstances",
        [
            arn("ec2", "instance/*"),
            arn("ec2", "launch-template/lt-1"),
            arn("ec2", "network-interface/eni-1"),
            arn("ec2", "placement-group/pg"),
            arn("ec2", "security-group/sg-2"),
            arn("ec2", "volume/*"),
            "arn:aws:ec2:eu-west-1::image/ami-1",
        ],
    ),
    (
        "ec2:TerminateInstances",
        {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}},
        "ec2:TerminateInstances",
        [arn("ec2", "instance/i-1"), arn("ec2", "instance/i-2")],
    ),  # R
    ("ec2:CreateVpc", {"cidrBlock": "10.0.0.0/16"}, "ec2:CreateVpc", [arn("ec2", "vpc/*")]),  # R
    (
        "ec2:CreateSubnet",
        {"vpcId": "vpc-1"},
        "ec2:CreateSubnet",
        [arn("ec2", "subnet/*"), arn("ec2", "vpc/vpc-1")],
    ),  # R
    (
        "ec2:CreateTags",
        {"resourcesSet": {"items": [{"resourceId": "i-0ab"}, {"resourceId": "vol-0ab"}]}},
        "ec2:CreateTags",
        [arn("ec2", "instance/i-0ab"), arn("ec2", "volume/vol-0ab")],
    ),  # R
    (
        "ec2:CreateFlowLogs",
        {"CreateFlowLogsRequest": {"ResourceId": {"tag": 1, "content": "vpc-4034"}}},
        "ec2:CreateFlowLogs",
        [arn("ec2", "vpc-flow-log/*"), arn("ec2", "vpc/vpc-4034")],
    ),  # R
    (
        "ec2:CreateFlowLogs",
        {
            "CreateFlowLogsRequest": {
                "ResourceId": {"tag": 1, "content": "vpc-4034"},
                "TagSpecification": {"tag": 1, "ResourceType": "vpc-flow-log"},
            }
        },
        "ec2:CreateTags",
        [arn("ec2", "vpc-flow-log/*")],
    ),  # R
    (
        "ec2:RunInstances",
        {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "a"}]}]}},
        "ec2:CreateTags",
        [arn("ec2", "instance/*")],
    ),  # R
    (
        "ec2:AuthorizeSecurityGroupIngress",
        {
            "groupId": "sg-1",
            "ipPermissions": {"items": [{"groups": {"items": [{"groupId": "sg-9"}]}}]},
        },
        "ec2:AuthorizeSecurityGroupIngress",
        [arn("ec2", "security-group-rule/*"), arn("ec2", "security-group/sg-1")],
    ),
    (
        "ec2:DeleteSnapshot",
        {"snapshotId": "snap-1"},
        "ec2:DeleteSnapshot",
        ["arn:aws:ec2:eu-west-1::snapshot/snap-1"],
    ),
    (
        "ec2:CreateVolume",
        {"tagSpecificationSet": {"items": [{"resourceType": "volume", "tags": [{"key": "a"}]}]}},
        "ec2:CreateTags",
        [arn("ec2", "volume/*")],
    ),
    ("iam:CreateRole", {"roleName": "r"}, "iam:CreateRole", [iam("role/r")]),
    ("iam:CreateRole", {"roleName": "r", "path": "/"}, "iam:CreateRole", [iam("role/r")]),
    (
        "iam:CreateRole",
        {"roleName": "r", "path": "/service-role/"},
        "iam:CreateRole",
        [iam("role/service-role/r")],
    ),  # R
    ("iam:CreatePolicy", {"policyName": "p", "path": "/a/b/"}, "iam:CreatePolicy", [iam("policy/a/b/p")]),
    ("iam:GetPolicy", {"policyArn": iam("policy/p")}, "iam:GetPolicy", [iam("policy/p")]),
    ("iam:GetUser", {"userName": "u"}, "iam:GetUser", [iam("user/u")]),
    ("iam:AddUserToGroup", {"groupName": "g", "userName": "u"}, "iam:AddUserToGroup", [iam("group/g")]),
    (
        "iam:CreateServiceLinkedRole",
        {"aWSServiceName": "ecs.amazonaws.com"},
        "iam:CreateServiceLinkedRole",
        [iam("role/aws-service-role/ecs.amazonaws.com/*")],
    ),
    (
        "iam:CreateOpenIDConnectProvider",
        {"url": "https://token.actions.githubusercontent.com"},
        "iam:CreateOpenIDConnectProvider",
        [iam("oidc-provider/token.actions.githubusercontent.com")],
    ),
    (
        "iam:GetInstanceProfile",
        {"instanceProfileName": "p"},
        "iam:GetInstanceProfile",
        [iam("instance-profile/p")],
    ),
    ("sts:AssumeRole", {"roleArn": iam("role/a/r")}, "sts:AssumeRole", [iam("role/a/r")]),
    ("kms:Encrypt", {"keyId": "1234abcd"}, "kms:Encrypt", [arn("kms", "key/1234abcd")]),
    ("kms:Encrypt", {"keyId": arn("kms", "key/1234abcd")}, "kms:Encrypt", [arn("kms", "key/1234abcd")]),
    ("kms:Encrypt", {"keyId": "alias/x"}, "kms:Encrypt", []),
    (
        "kms:CreateAlias",
        {"aliasName": "alias/x", "targetKeyId": "1234abcd"},
        "kms:CreateAlias",
        [arn("kms", "alias/x"), arn("kms", "key/1234abcd")],
    ),
    (
        "secretsmanager:GetSecretValue",
        {"secretId": "prod/db"},
        "secretsmanager:GetSecretValue",
        [arn("secretsmanager", "secret:prod/db-??????")],
    ),
    (
        "secretsmanager:GetSecretValue",
        {"secretId": arn("secretsmanager", "secret:prod/db-AbCdEf")},
        "secretsmanager:GetSecretValue",
        [arn("secretsmanager", "secret:prod/db-AbCdEf")],
    ),
    (
        "secretsmanager:CreateSecret",
        {"name": "prod/db"},
        "secretsmanager:CreateSecret",
        [arn("secretsmanager", "secret:prod/db-??????")],
    ),
    ("ssm:GetParameter", {"name": "/a/b"}, "ssm:GetParameter", [arn("ssm", "parameter/a/b")]),
    (
        "ssm:GetParameters",
        {"names": ["/a", "b"]},
        "ssm:GetParameters",
        [arn("ssm", "parameter/a"), arn("ssm", "parameter/b")],
    ),
    (
        "ssm:SendCommand",
        {"documentName": "AWS-RunShellScript", "instanceIds": ["i-0ab"]},
        "ssm:SendCommand",
        ["arn:aws:ec2:eu-west-1:111122223333:instance/i-0ab", arn("ssm", "document/AWS-RunShellScript")],
    ),
    (
        "ssm:StartSession",
        {"target": "i-0ab"},
        "ssm:StartSession",
        [
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-0ab",
            arn("ssm", "document/SSM-SessionManagerRunShell"),
        ],
    ),
    (
        "logs:CreateLogGroup",
        {"logGroupName": "/aws/lambda/f"},
        "logs:CreateLogGroup",
        [arn("logs", "log-group:/aws/lambda/f:*")],
    ),
    (
        "logs:CreateLogGroup",
        {"logGroupName": "g", "tags": {"a": "b"}},
        "logs:TagResource",
        [arn("logs", "log-group:g")],
    ),
    (
        "logs:CreateLogStream",
        {"logGroupName": "g", "logStreamName": "a/b"},
        "logs:CreateLogStream",
        [arn("logs", "log-group:g:log-stream:a/b")],
    ),
    (
        "monitoring:PutMetricAlarm",
        {"alarmName": "a"},
        "cloudwatch:PutMetricAlarm",
        [arn("cloudwatch", "alarm:a")],
    ),
    ("events:PutRule", {"name": "r"}, "events:PutRule", [arn("events", "rule/r")]),
    ("events:PutRule", {"name": "r", "eventBusName": "default"}, "events:PutRule", [arn("events", "rule/r")]),
    (
        "events:PutRule",
        {"name": "r", "eventBusName": "orders"},
        "events:PutRule",
        [arn("events", "rule/orders/r")],
    ),
    ("events:PutTargets", {"rule": "r"}, "events:PutTargets", [arn("events", "rule/r")]),
    (
        "states:StartExecution",
        {"stateMachineArn": arn("states", "stateMachine:m"), "name": "run-1"},
        "states:StartExecution",
        [arn("states", "stateMachine:m")],
    ),
    (
        "states:CreateStateMachine",
        {"name": "m"},
        "states:CreateStateMachine",
        [arn("states", "stateMachine:m")],
    ),
    (
        "rds:CreateDBInstance",
        {"dBInstanceIdentifier": "d", "dBSubnetGroupName": "s", "dBName": "app"},
        "rds:CreateDBInstance",
        [arn("rds", "db:d"), arn("rds", "subgrp:s")],
    ),  # R
    ("rds:DeleteDBCluster", {"dBClusterIdentifier": "c"}, "rds:DeleteDBCluster", [arn("rds", "cluster:c")]),
    (
        "rds:ModifyDBSnapshotAttribute",
        {"dBSnapshotIdentifier": "s"},
        "rds:ModifyDBSnapshotAttribute",
        [arn("rds", "snapshot:s")],
    ),  # R
    (
        "elasticache:DeleteCacheCluster",
        {"cacheClusterId": "c"},
        "elasticache:DeleteCacheCluster",
        [arn("elasticache", "cluster:c")],
    ),
    (
        "ecs:UpdateService",
        {"cluster": arn("ecs", "cluster/c"), "service": "s"},
        "ecs:UpdateService",
        [arn("ecs", "service/c/s")],
    ),
    ("ecs:UpdateService", {"service": "s"}, "ecs:UpdateService", [arn("ecs", "service/default/s")]),
    ("ecs:RunTask", {"taskDefinition": "f:7"}, "ecs:RunTask", [arn("ecs", "task-definition/f:7")]),
    ("ecs:RunTask", {"taskDefinition": "f"}, "ecs:RunTask", [arn("ecs", "task-definition/f:*")]),
    (
        "ecs:RegisterTaskDefinition",
        {"family": "f"},
        "ecs:RegisterTaskDefinition",
        [arn("ecs", "task-definition/f:*")],
    ),
    (
        "ecr:BatchGetImage",
        {"repositoryName": "a/b"},
        "ecr:BatchGetImage",
        [arn("ecr", "repository/a/b")],
    ),  # R
    ("eks:DescribeCluster", {"name": "c"}, "eks:DescribeCluster", [arn("eks", "cluster/c")]),
    (
        "eks:DescribeNodegroup",
        {"clusterName": "c", "nodegroupName": "n"},
        "eks:DescribeNodegroup",
        [arn("eks", "nodegroup/c/n/*")],
    ),
    (
        "elasticloadbalancing:CreateLoadBalancer",
        {"loadBalancerName": "l"},
        "elasticloadbalancing:CreateLoadBalancer",
        [arn("elasticloadbalancing", "loadbalancer/l")],
    ),
    (
        "elasticloadbalancing:DeleteLoadBalancer",
        {"loadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/l/1")},
        "elasticloadbalancing:DeleteLoadBalancer",
        [arn("elasticloadbalancing", "loadbalancer/app/l/1")],
    ),
    (
        "autoscaling:UpdateAutoScalingGroup",
        {"autoScalingGroupName": "g"},
        "autoscaling:UpdateAutoScalingGroup",
        [arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/g")],
    ),
    (
        "cloudformation:CreateStack",
        {"stackName": "s"},
        "cloudformation:CreateStack",
        [arn("cloudformation", "stack/s/*")],
    ),
    ("cloudtrail:StopLogging", {"name": "t"}, "cloudtrail:StopLogging", [arn("cloudtrail", "trail/t")]),  # R
    (
        "cloudfront:GetDistribution2020_05_31",
        {"id": "E1"},
        "cloudfront:GetDistribution",
        ["arn:aws:cloudfront::111122223333:distribution/E1"],
    ),
    (
        "route53:ChangeResourceRecordSets",
        {"hostedZoneId": "/hostedzone/Z1"},
        "route53:ChangeResourceRecordSets",
        ["arn:aws:route53:::hostedzone/Z1"],
    ),
    (
        "route53:ChangeTagsForResource",
        {"resourceType": "hostedzone", "resourceId": "Z1"},
        "route53:ChangeTagsForResource",
        ["arn:aws:route53:::hostedzone/Z1"],
    ),
    (
        "elasticloadbalancing:AddTags",
        {"loadBalancerNames": ["l"]},
        "elasticloadbalancing:AddTags",
        [arn("elasticloadbalancing", "loadbalancer/l")],
    ),
    (
        "apigateway:GetStage",
        {"restApiId": "a1", "stageName": "prod"},
        "apigateway:GET",
        ["arn:aws:apigateway:eu-west-1::/restapis/a1/stages/prod"],
    ),
    (
        "apigateway:GetApi",
        {"apiId": "a1"},
        "apigateway:GET",
        ["arn:aws:apigateway:eu-west-1::/apis/a1"],
    ),
    ("kinesis:PutRecord", {"streamName": "s"}, "kinesis:PutRecord", [arn("kinesis", "stream/s")]),
    (
        "firehose:PutRecord",
        {"deliveryStreamName": "d"},
        "firehose:PutRecord",
        [arn("firehose", "deliverystream/d")],
    ),
    (
        "glue:GetTable",
        {"databaseName": "d", "name": "t"},
        "glue:GetTable",
        [arn("glue", "catalog"), arn("glue", "database/d"), arn("glue", "table/d/t")],
    ),
    (
        "athena:StartQueryExecution",
        {"workGroup": "w"},
        "athena:StartQueryExecution",
        [arn("athena", "workgroup/w")],
    ),
    (
        "redshift:DescribeClusters",
        {"clusterIdentifier": "c"},
        "redshift:DescribeClusters",
        [arn("redshift", "cluster:c")],
    ),
    ("es:DescribeDomain", {"domainName": "d"}, "es:DescribeDomain", [arn("es", "domain/d")]),
    (
        "batch:SubmitJob",
        {"jobQueue": "q", "jobDefinition": "j:3", "jobName": "n"},
        "batch:SubmitJob",
        [arn("batch", "job-definition/j"), arn("batch", "job-definition/j:3"), arn("batch", "job-queue/q")],
    ),
    (
        "backup:DeleteBackupVault",
        {"backupVaultName": "v"},
        "backup:DeleteBackupVault",
        [arn("backup", "backup-vault:v")],
    ),
    ("codebuild:StartBuild", {"projectName": "p"}, "codebuild:StartBuild", [arn("codebuild", "project/p")]),
    (
        "codepipeline:StartPipelineExecution",
        {"name": "p"},
        "codepipeline:StartPipelineExecution",
        [arn("codepipeline", "p")],
    ),
    ("codecommit:GetBranch", {"repositoryName": "r"}, "codecommit:GetBranch", [arn("codecommit", "r")]),
    (
        "sagemaker:CreateTrainingJob",
        {"trainingJobName": "t"},
        "sagemaker:CreateTrainingJob",
        [arn("sagemaker", "training-job/t")],
    ),
    (
        "wafv2:GetWebACL",
        {"name": "w", "id": "0a1b", "scope": "REGIONAL"},
        "wafv2:GetWebACL",
        [arn("wafv2", "regional/webacl/w/0a1b")],
    ),
    (
        "guardduty:GetDetector",
        {"detectorId": "d"},
        "guardduty:GetDetector",
        [arn("guardduty", "detector/d")],
    ),  # R
    (
        "rolesanywhere:DeleteProfile",
        {"profileId": "p"},
        "rolesanywhere:DeleteProfile",
        [arn("rolesanywhere", "profile/p")],
    ),  # R
    (
        "organizations:DescribeAccount",
        {"accountId": "444455556666"},
        "organizations:DescribeAccount",
        ["arn:aws:organizations::111122223333:account/o-*/444455556666"],
    ),
    (
        "organizations:AttachPolicy",
        {"policyId": "p-abc", "targetId": "ou-ab12-cd34"},
        "organizations:AttachPolicy",
        [
            "arn:aws:organizations::111122223333:ou/o-*/ou-ab12-cd34",
            "arn:aws:organizations::111122223333:policy/o-*/*/p-abc",
        ],
    ),
    (
        "acm:DeleteCertificate",
        {"certificateArn": arn("acm", "certificate/c")},
        "acm:DeleteCertificate",
        [arn("acm", "certificate/c")],
    ),
    (
        "cognito-idp:AdminGetUser",
        {"userPoolId": "eu-west-1_a"},
        "cognito-idp:AdminGetUser",
        [arn("cognito-idp", "userpool/eu-west-1_a")],
    ),
    (
        "servicecatalog:DescribeProduct",
        {"id": "prod-1"},
        "servicecatalog:DescribeProduct",
        ["arn:aws:catalog:eu-west-1:111122223333:product/prod-1"],
    ),
    (
        "elasticfilesystem:DeleteFileSystem",
        {"fileSystemId": "fs-1"},
        "elasticfilesystem:DeleteFileSystem",
        [arn("elasticfilesystem", "file-system/fs-1")],
    ),
    (
        "elasticbeanstalk:TerminateEnvironment",
        {"environmentName": "e"},
        "elasticbeanstalk:TerminateEnvironment",
        [arn("elasticbeanstalk", "environment/*/e")],
    ),
    ("mq:DeleteBroker", {"brokerId": "b"}, "mq:DeleteBroker", [arn("mq", "broker:*:b")]),
    (
        "kafka:DeleteCluster",
        {"clusterArn": arn("kafka", "cluster/c/0a1b")},
        "kafka:DeleteCluster",
        [arn("kafka", "cluster/c/0a1b")],
    ),
    (
        "bedrock:InvokeModel",
        {"modelId": "anthropic.claude-v2"},
        "bedrock:InvokeModel",
        ["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2"],
    ),  # R
    (
        "bedrock:InvokeModel",
        {"modelId": "eu.anthropic.claude-v2"},
        "bedrock:InvokeModel",
        [arn("bedrock", "inference-profile/eu.anthropic.claude-v2")],
    ),
    (
        "config:DeleteConfigRule",
        {"configRuleName": "r"},
        "config:DeleteConfigRule",
        [],
    ),
    (
        "securityhub:EnableSecurityHub",
        {},
        "securityhub:EnableSecurityHub",
        [arn("securityhub", "hub/default")],
    ),
]


@pytest.mark.parametrize(("call", "request_parameters", "action", "expected"), ROWS)
def test_fill(catalogue: Catalogue, call: str, request_parameters: Request, action: str, expected: list[str]) -> None:
    source, _, name = call.partition(":")
    rule = catalogue.call(f"{source}.amazonaws.com", name)
    assert sorted(expected) == resolver.resources(rule, request_parameters)[action]
