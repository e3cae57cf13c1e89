"""The kinds of roles that a company has: what each truly needs, how often, and who assumes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Need = tuple[str, str, int]
"""Action, rhythm, calls on such a day."""


@dataclass(frozen=True, slots=True)
class Archetype:
    """One kind of role. `trusted` is a service, or the name of another form of trust."""

    name: str
    role: str
    trusted: str
    session: str
    needs: tuple[Need, ...]
    unlogged: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    path: str = "/app/"
    is_refused_at_times: bool = False


_FUNCTION_NEEDS = (
    ("dynamodb:GetItem", "daily", 12),
    ("dynamodb:PutItem", "daily", 4),
    ("dynamodb:Query", "daily", 3),
    ("s3:GetObject", "daily", 4),
    ("sqs:SendMessage", "daily", 3),
    ("secretsmanager:GetSecretValue", "daily", 1),
    ("kms:Decrypt", "daily", 2),
    ("logs:CreateLogStream", "daily", 2),
    ("s3:PutObject", "half-yearly", 1),
)
_TASK_NEEDS = (
    ("sqs:ReceiveMessage", "daily", 10),
    ("sqs:DeleteMessage", "daily", 8),
    ("dynamodb:UpdateItem", "daily", 6),
    ("sns:Publish", "daily", 2),
    ("s3:PutObject", "daily", 3),
    ("ssm:GetParameters", "daily", 1),
    ("kms:GenerateDataKey", "daily", 2),
)
_EXECUTION_NEEDS = (
    ("ecr:GetAuthorizationToken", "workdays", 1),
    ("ecr:BatchCheckLayerAvailability", "workdays", 1),
    ("ecr:BatchGetImage", "workdays", 2),
    ("ecr:GetDownloadUrlForLayer", "workdays", 2),
    ("logs:CreateLogStream", "workdays", 1),
)
_INSTANCE_NEEDS = (
    ("ssm:UpdateInstanceInformation", "daily", 6),
    ("ec2:DescribeInstances", "daily", 2),
    ("ec2:DescribeTags", "daily", 2),
    ("s3:GetObject", "daily", 3),
    ("s3:ListBucket", "weekly", 1),
    ("ssm:GetParameter", "daily", 2),
)
_JOB_NEEDS = (
    ("glue:GetTable", "workdays", 3),
    ("glue:GetPartitions", "workdays", 3),
    ("glue:BatchCreatePartition", "workdays", 1),
    ("s3:GetObject", "workdays", 8),
    ("s3:PutObject", "workdays", 6),
    ("s3:ListBucket", "workdays", 2),
    ("kms:GenerateDataKey", "workdays", 1),
    ("s3:DeleteObject", "monthly", 3),
)
_FUNCTION_DEPLOY_NEEDS = (
    ("cloudformation:DescribeStacks", "workdays", 2),
    ("cloudformation:CreateChangeSet", "workdays", 1),
    ("cloudformation:ExecuteChangeSet", "workdays", 1),
    ("lambda:GetFunction", "workdays", 1),
    ("lambda:UpdateFunctionCode", "workdays", 1),
    ("lambda:CreateFunction", "half-yearly", 1),
)
_SERVICE_DEPLOY_NEEDS = (
    ("ecr:GetAuthorizationToken", "workdays", 1),
    ("ecr:BatchCheckLayerAvailability", "workdays", 2),
    ("ecr:PutImage", "workdays", 1),
    ("ecs:RegisterTaskDefinition", "workdays", 1),
    ("ecs:UpdateService", "workdays", 1),
    ("ecs:DescribeServices", "workdays", 2),
)
_MONITOR_NEEDS = (
    ("cloudwatch:DescribeAlarms", "daily", 4),
    ("logs:DescribeLogGroups", "daily", 1),
    ("ec2:DescribeInstances", "daily", 2),
    ("rds:DescribeDBInstances", "daily", 2),
    ("tag:GetResources", "weekly", 1),
)
_REPORT_NEEDS = (
    ("athena:StartQueryExecution", 3),
    ("athena:GetQueryExecution", 6),
    ("athena:GetQueryResults", 3),
    ("s3:PutObject", 2),
    ("glue:GetTable", 2),
)


def _seasonal(rhythm: str, role: str) -> Archetype:
    needs = tuple((action, rhythm, calls) for action, calls in _REPORT_NEEDS)
    return Archetype(f"{rhythm}-job", role, "lambda", "function", needs)


_LOG = ("logs:PutLogEvents",)
_ALL = (
    Archetype(
        "function",
        "{app}-function",
        "lambda",
        "function",
        _FUNCTION_NEEDS,
        _LOG,
        ("service-role/AWSLambdaBasicExecutionRole",),
        is_refused_at_times=True,
    ),
    Archetype("task", "{app}-task", "ecs-tasks", "task", _TASK_NEEDS, _LOG, is_refused_at_times=True),
    Archetype(
        "execution",
        "{app}-execution",
        "ecs-tasks",
        "task",
        _EXECUTION_NEEDS,
        _LOG,
        ("service-role/AmazonECSTaskExecutionRolePolicy",),
    ),
    Archetype(
        "instance",
        "{app}-instance",
        "ec2",
        "instance",
        _INSTANCE_NEEDS,
        ("cloudwatch:PutMetricData",),
        ("AmazonSSMManagedInstanceCore",),
        is_refused_at_times=True,
    ),
    Archetype("job", "{app}-job", "glue", "job", _JOB_NEEDS, _LOG, is_refused_at_times=True),
    Archetype(
        "workflow",
        "{app}-workflow",
        "states",
        "service",
        (("lambda:InvokeFunction", "workdays", 6), ("sns:Publish", "workdays", 1)),
    ),
    Archetype(
        "schedule",
        "{app}-schedule",
        "scheduler",
        "service",
        (("states:StartExecution", "workdays", 1), ("sqs:SendMessage", "weekly", 1)),
    ),
    Archetype(
        "function-deploy", "{app}-deploy", "github", "github", _FUNCTION_DEPLOY_NEEDS, ("iam:PassRole",), path="/ci/"
    ),
    Archetype(
        "service-deploy", "{app}-deploy", "github", "github", _SERVICE_DEPLOY_NEEDS, ("iam:PassRole",), path="/ci/"
    ),
    Archetype(
        "backup",
        "{app}-backup",
        "lambda",
        "function",
        (
            ("rds:DescribeDBInstances", "daily", 1),
            ("rds:CreateDBSnapshot", "daily", 1),
            ("rds:DeleteDBSnapshot", "weekly", 2),
        ),
    ),
    Archetype("monitor", "{app}-monitor", "lambda", "function", _MONITOR_NEEDS, path="/ops/"),
    Archetype(
        "vendor",
        "{app}-integration",
        "vendor",
        "vendor",
        (
            ("ec2:DescribeInstances", "daily", 2),
            ("ec2:DescribeSecurityGroups", "daily", 1),
            ("iam:ListRoles", "weekly", 1),
            ("tag:GetResources", "weekly", 1),
        ),
        path="/vendor/",
    ),
    Archetype(
        "inventory",
        "{app}-inventory",
        "lambda",
        "function",
        (
            ("config:DescribeConfigRules", "daily", 1),
            ("guardduty:ListDetectors", "daily", 1),
            ("securityhub:GetFindings", "daily", 3),
            ("iam:GetAccountSummary", "weekly", 1),
        ),
        path="/ops/",
    ),
    Archetype(
        "cost",
        "{app}-cost",
        "lambda",
        "function",
        (("ce:GetCostAndUsage", "daily", 2), ("organizations:ListAccounts", "weekly", 1)),
        path="/ops/",
    ),
    Archetype(
        "reader",
        "organization-reader",
        "organization",
        "reader",
        (
            ("ec2:DescribeInstances", "daily", 1),
            ("iam:ListUsers", "daily", 1),
            ("rds:DescribeDBInstances", "weekly", 1),
        ),
        path="/audit/",
    ),
    _seasonal("monthly", "{app}-month-end"),
    _seasonal("quarterly", "{app}-quarter-close"),
    _seasonal("yearly", "{app}-year-end"),
)
ARCHETYPES: Mapping[str, Archetype] = {archetype.name: archetype for archetype in _ALL}

APPS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "workload": (
        ("api", ("function", "function-deploy")),
        ("service", ("task", "execution", "service-deploy")),
        ("pipeline", ("job", "workflow", "schedule")),
        ("fleet", ("instance", "backup")),
        ("watch", ("monitor",)),
        ("worker", ("function", "function-deploy")),
        ("hub", ("vendor",)),
    ),
    "operations": (
        ("posture", ("inventory",)),
        ("watch", ("monitor",)),
        ("spend", ("cost",)),
        ("tools", ("function", "function-deploy")),
        ("archive", ("job", "workflow")),
    ),
    "sandbox": (
        ("trial", ("function",)),
        ("proof", ("task", "execution")),
        ("lab", ("instance",)),
    ),
}
"""By kind of account: kinds of applications, each with its roles."""

SERVICE_LINKED = (
    ("AWSServiceRoleForSupport", "support", "AWSSupportServiceRolePolicy"),
    ("AWSServiceRoleForTrustedAdvisor", "trustedadvisor", "AWSTrustedAdvisorServiceRolePolicy"),
    ("AWSServiceRoleForECS", "ecs", "AmazonECSServiceRolePolicy"),
    ("AWSServiceRoleForAutoScaling", "autoscaling", "AutoScalingServiceRolePolicy"),
    ("AWSServiceRoleForConfig", "config", "AWSConfigServiceRolePolicy"),
)
SERVICE_LINKED_NEEDS: Mapping[str, tuple[Need, ...]] = {
    "autoscaling": (("ec2:DescribeInstances", "daily", 3),),
    "config": (("iam:ListRoles", "daily", 1), ("ec2:DescribeVpcs", "daily", 2)),
    "trustedadvisor": (("ec2:DescribeVolumes", "weekly", 2),),
    "ecs": (("ec2:DescribeSecurityGroups", "daily", 1),),
}
REFUSED = ("organizations:ListAccounts", "ce:GetCostAndUsage", "ec2:DescribeRegions", "iam:ListUsers")
"""What a library tries once in a while and is not granted."""
