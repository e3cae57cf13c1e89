"""The calls by which a principal leaves its permissions boundary, as data.

Sets of actions: the public catalogue pathfinding.cloud (Apache-2.0). IAM User Guide, "Permissions boundaries for IAM
entities", "Delegating responsibility to others using permissions boundaries".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Sets = tuple[tuple[str, ...], ...]

PASSING: Final[Mapping[str, Sets]] = {
    "apprunner.amazonaws.com": (("apprunner:CreateService",),),
    "bedrock-agentcore.amazonaws.com": (
        (
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:CreateStack",),
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        ("cloudformation:UpdateStackSet",),
    ),
    "codebuild.amazonaws.com": (
        ("codebuild:CreateProject", "codebuild:StartBuild"),
        ("codebuild:CreateProject", "codebuild:StartBuildBatch"),
    ),
    "datapipeline.amazonaws.com": (
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ),
    "ec2.amazonaws.com": (("ec2:RunInstances",), ("ec2:RequestSpotInstances",)),
    "ecs-tasks.amazonaws.com": (
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
    ),
    "glue.amazonaws.com": (
        ("glue:CreateDevEndpoint",),
        ("glue:CreateJob", "glue:StartJobRun"),
        ("glue:CreateJob", "glue:CreateTrigger"),
        ("glue:UpdateJob", "glue:StartJobRun"),
        ("glue:UpdateJob", "glue:CreateTrigger"),
    ),
    "lambda.amazonaws.com": (
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        ("lambda:CreateFunction", "lambda:AddPermission"),
    ),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreateNotebookInstance",),
        ("sagemaker:CreateTrainingJob",),
        ("sagemaker:CreateProcessingJob",),
    ),
    "tasks.apprunner.amazonaws.com": (("apprunner:CreateService",),),
}
"""By the service that a role trusts: the calls, beside iam:PassRole, that make something which runs as the role."""

RUNNING: Final[Mapping[str, Sets]] = {
    "bedrock-agentcore.amazonaws.com": (
        ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:UpdateStack",),
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    ),
    "codebuild.amazonaws.com": (("codebuild:StartBuild",), ("codebuild:StartBuildBatch",)),
    "ec2.amazonaws.com": (
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
        ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
        ("ec2-instance-connect:SendSSHPublicKey",),
        ("ssm:StartSession",),
        ("ssm:SendCommand",),
    ),
    "ecs-tasks.amazonaws.com": (("ecs:ExecuteCommand",),),
    "glue.amazonaws.com": (("glue:UpdateDevEndpoint",),),
    "lambda.amazonaws.com": (("lambda:UpdateFunctionCode",),),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreatePresignedNotebookInstanceUrl",),
        (
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ),
    ),
    "tasks.apprunner.amazonaws.com": (("apprunner:UpdateService",),),
}
"""By the service that a role trusts: the calls that change or enter something which runs as the role already."""

TAKING: Final[Mapping[str, tuple[str, ...]]] = {
    "role": ("iam:UpdateAssumeRolePolicy",),
    "user": ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
}
"""The calls on a role or a user by which it is taken over as it is."""

GRANTING: Final[Mapping[str, tuple[str, ...]]] = {
    "role": ("iam:AttachRolePolicy", "iam:PutRolePolicy"),
    "user": ("iam:AttachUserPolicy", "iam:PutUserPolicy"),
    "group": ("iam:AttachGroupPolicy", "iam:PutGroupPolicy"),
}
"""The calls that let a role, a user or the members of a group do whatever the caller writes."""

CREATING: Final[Mapping[str, str]] = {"iam:CreateRole": "role", "iam:CreateUser": "user"}
REPLACING: Final[Mapping[str, str]] = {
    "role": "iam:PutRolePermissionsBoundary",
    "user": "iam:PutUserPermissionsBoundary",
}
REMOVING: Final[Mapping[str, str]] = {
    "role": "iam:DeleteRolePermissionsBoundary",
    "user": "iam:DeleteUserPermissionsBoundary",
}
EDITING: Final = (
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:DeletePolicyVersion",
    "iam:DeletePolicy",
)
"""The calls on a managed policy that change what it says. DeletePolicy is refused by AWS while it is attached."""

DETACHING: Final[Mapping[str, str]] = {
    "iam:DetachRolePolicy": "role",
    "iam:DetachUserPolicy": "user",
    "iam:DetachGroupPolicy": "group",
}
EDITING_OF_ORGANIZATIONS: Final = (
    "organizations:UpdatePolicy",
    "organizations:DetachPolicy",
    "organizations:DeletePolicy",
)

OPENING: Final = (
    "dynamodb:PutResourcePolicy",
    "ecr:SetRepositoryPolicy",
    "kms:PutKeyPolicy",
    "s3:PutBucketPolicy",
    "secretsmanager:PutResourcePolicy",
    "sns:SetTopicAttributes",
    "sqs:SetQueueAttributes",
)
"""The calls that write the policy of a resource, which may name a session, and what it allows that no boundary limits.

Source: IAM User Guide, "Permissions boundaries for IAM entities", resource-based policies.
"""
ASSIGNING: Final = (
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:PutInlinePolicyToPermissionSet",
)
"""The calls by which people get permissions of any account, made in that of Identity Center's administration."""
IDENTITY_CENTER: Final = "sso.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of escape: its name, and what it comes to in words."""

    name: str
    told: str


CREATES: Final = Way("creates-without-boundary", "makes a principal without the boundary")
REPLACES: Final = Way("boundary-replaceable", "puts another boundary in its place")
REMOVES: Final = Way("boundary-removable", "takes the boundary off")
EDITS: Final = Way("boundary-editable", "changes what the boundary says")
DETACHES: Final = Way("guard-removable", "changes or detaches a policy that guards it")
ASSUMES: Final = Way("assumes-unbound", "assumes a role that may do more")
PASSES: Final = Way("passes-unbound", "runs code as a role that may do more")
TAKES: Final = Way("takes-over", "takes over a principal that may do more")
GRANTS: Final = Way("grants-unbound", "lets a principal that it does not bind do anything")
VERBS: Final = {ASSUMES: "assumes", TAKES: "takes over", GRANTS: "writes the permissions of"}
"""What who goes one of these ways does to whom."""
OPENS: Final = Way("resource-policy-writable", "writes a resource's policy, whose grant to a session it does not limit")
ASSIGNS: Final = Way("assigns-people", "gives people permissions by Identity Center")
FORBIDDEN: Final = Way("forbidden", "may do what is forbidden")
WAYS: Final = (CREATES, REPLACES, REMOVES, EDITS, DETACHES, ASSUMES, PASSES, TAKES, GRANTS, OPENS, ASSIGNS, FORBIDDEN)
