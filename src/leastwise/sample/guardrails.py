"""What the organization forbids: SCPs and RCPs, and where they hang. Boundaries of accounts as well."""

from __future__ import annotations

from collections.abc import Sequence

from leastwise.sample.chance import letters
from leastwise.sample.grants import allow, deny, document
from leastwise.sample.values import ControlPolicy, Json

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
SECURITY_ROLES = "arn:aws:iam::*:role/security/*"
_GLOBAL = [
    "account:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "health:*",
    "iam:*",
    "organizations:*",
    "route53:*",
    "sso:*",
    "sts:*",
    "support:*",
    "trustedadvisor:*",
]


def full_access(kind: str, targets: Sequence[str]) -> ControlPolicy:
    """The policy that AWS attaches everywhere."""
    statement: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if kind == SCP:
        return ControlPolicy(
            "p-FullAWSAccess", "FullAWSAccess", kind, _EVERYTHING, document([statement]), (*targets,), True
        )
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    told = "Allows access to every resource"
    return ControlPolicy("p-RCPFullAWSAccess", "RCPFullAWSAccess", kind, told, document([statement]), (*targets,), True)


def control(
    seed: int, name: str, kind: str, *, told: str, statements: Sequence[Json], on: Sequence[str]
) -> ControlPolicy:
    """A policy of the organization's own."""
    return ControlPolicy(f"p-{letters(10, seed, kind, name)}", name, kind, told, document(statements), (*on,))


def region_deny(regions: Sequence[str]) -> list[Json]:
    """Nothing outside the Regions, but for global services."""
    condition = {"StringNotEquals": {"aws:RequestedRegion": sorted(regions)}}
    return [
        {
            "Sid": "OtherRegions",
            "Effect": "Deny",
            "NotAction": _GLOBAL,
            "Resource": "*",
            "Condition": condition,
        }
    ]


def stay_in_organization() -> list[Json]:
    """No account leaves."""
    return [deny(["organizations:LeaveOrganization"], Sid="StayInTheOrganization")]


def protect_security_tooling() -> list[Json]:
    """Trails and detectors stay on, whoever asks but the security roles."""
    actions = [
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
        "config:DeleteConfigurationRecorder",
        "config:StopConfigurationRecorder",
        "guardduty:DeleteDetector",
        "guardduty:UpdateDetector",
        "securityhub:DisableSecurityHub",
    ]
    condition = {"ArnNotLike": {"aws:PrincipalArn": SECURITY_ROLES}}
    return [deny(actions, Sid="ProtectSecurityTooling", Condition=condition)]


def protect_production() -> list[Json]:
    """What is stored in production is not thrown away."""
    actions = ["kms:ScheduleKeyDeletion", "rds:DeleteDBCluster", "rds:DeleteDBInstance", "s3:DeleteBucket"]
    return [deny(actions, Sid="ProtectProduction")]


def account_defaults() -> list[Json]:
    """What keeps an account's data private by default stays on."""
    actions = ["ec2:DisableEbsEncryptionByDefault", "s3:PutAccountPublicAccessBlock"]
    condition = {"ArnNotLike": {"aws:PrincipalArn": SECURITY_ROLES}}
    return [deny(actions, Sid="AccountDefaults", Condition=condition)]


def no_root_user() -> list[Json]:
    """Nothing by the root user of a member account."""
    return [deny(["*"], Sid="NoRootUser", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})]


def suspended() -> list[Json]:
    """Nothing at all."""
    return [deny(["*"], Sid="Suspended")]


def organization_perimeter(organization: str) -> list[Json]:
    """Only the organization and AWS services reach its resources."""
    condition = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    actions = ["kms:*", "s3:*", "secretsmanager:*", "sqs:*"]
    return [deny(actions, Sid="OrganizationPerimeter", Principal="*", Condition=condition)]


def services_perimeter(organization: str) -> list[Json]:
    """What `organization_perimeter` forbids, and AWS services only where they work for the organization."""
    condition = {
        "StringNotEqualsIfExists": {"aws:SourceOrgID": organization},
        "Null": {"aws:SourceAccount": "false"},
        "Bool": {"aws:PrincipalIsAWSService": "true"},
    }
    actions = ["kms:*", "s3:*", "secretsmanager:*", "sqs:*"]
    others = deny(actions, Sid="ServicesForTheOrganization", Principal="*", Condition=condition)
    return [*organization_perimeter(organization), others]


def transport_encrypted() -> list[Json]:
    """Nothing without TLS."""
    condition = {"BoolIfExists": {"aws:SecureTransport": "false"}}
    return [deny(["s3:*", "sqs:*"], Sid="TransportEncrypted", Principal="*", Condition=condition)]


BOUNDARY = "team-boundary"


def team_boundary() -> Json:
    """What roles that teams make may do at most."""
    services = [
        "athena",
        "cloudwatch",
        "dynamodb",
        "glue",
        "kinesis",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sns",
        "sqs",
    ]
    reading = ["ec2:Describe*", "ecs:Describe*", "iam:Get*", "iam:List*", "ssm:GetParameter*", "states:StartExecution"]
    statements = [
        allow([*(f"{service}:*" for service in services), *reading, "lambda:InvokeFunction"], Sid="Ceiling"),
        deny(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "s3:PutBucketPolicy"], Sid="NotTheOwners"),
    ]
    return document(statements)


def delegated_boundary(account: str) -> Json:
    """What roles that make other roles may do at most; it says nothing of boundaries, which is the gap."""
    role = f"arn:aws:iam::{account}:role/team/*"
    actions = [
        "iam:AttachRolePolicy",
        "iam:CreatePolicyVersion",
        "iam:CreateRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePolicy",
    ]
    own = f"arn:aws:iam::{account}:policy/{BOUNDARY}*"
    return document([allow(actions, [role, own], Sid="MakeRoles"), *_statements(team_boundary())])


def publishing_boundary(account: str) -> Json:
    """What roles that publish functions may do at most; it does not say within which boundary a role is passed."""
    run = allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Sid="PublishFunctions")
    made = deny(["lambda:CreateFunction"], [f"arn:aws:lambda:*:{account}:function:core-*"], Sid="NotTheCore")
    return document([run, made, *_statements(team_boundary())])


def _statements(policy: Json) -> list[Json]:
    found = policy["Statement"]
    return list(found) if isinstance(found, list) else []


_EVERYTHING = "Allows access to every operation"
