"""The policies of resources in a CloudFormation template, those of functions among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leastwise.estate.offline.arn_forms import arn_of_url, made_name
from leastwise.estate.offline.made_documents import Document, permissions
from leastwise.estate.offline.resources import ENDPOINT, keep_resource
from leastwise.estate.offline.template_documents import document_of
from leastwise.estate.offline.template_values import KINDS, Template
from leastwise.lint.sources.holes import is_marked

_POLICIES: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::S3::BucketPolicy": ("Bucket", "AWS::S3::Bucket", "PolicyDocument"),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", "AWS::SNS::Topic", "PolicyDocument"),
    "AWS::SNS::TopicPolicy": ("Topics", "AWS::SNS::Topic", "PolicyDocument"),
    "AWS::SQS::QueueInlinePolicy": ("Queue", "AWS::SQS::Queue", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("Queues", "AWS::SQS::Queue", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "AWS::SecretsManager::Secret", "ResourcePolicy"),
}
"""Resource type → the property that says whose policy it is, the type of that, and the property with the document."""

_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::KMS::Key": ("KeyPolicy",),
}
_FUNCTION: Final = "AWS::Lambda::Function"
_PERMISSION: Final = "AWS::Lambda::Permission"
_ARGUMENTS: Final = {
    "action": "Action",
    "principal": "Principal",
    "source_arn": "SourceArn",
    "source_account": "SourceAccount",
    "principal_org_id": "PrincipalOrgID",
    "event_source_token": "EventSourceToken",
    "function_url_auth_type": "FunctionUrlAuthType",
}


def read_resources(template: Template) -> None:
    """Keeps each resource that has a policy in the template."""
    by_function: dict[str, list[str]] = {}
    for name in template.resources:
        kind = template.type(name)
        if kind in _POLICIES:
            of, subject, held = _POLICIES[kind]
            for arn in _arns(template, name, of, subject):
                _keep(template, arn, name, document_of(template, template.property(name, held), "resource"))
        if kind in _OWN and template.property(name, *_OWN[kind]) is not None:
            own = "endpoint" if KINDS[kind][1] == ENDPOINT else "resource"
            body = document_of(template, template.property(name, *_OWN[kind]), own)  # type: ignore[arg-type]
            _keep(template, template.arn(name), name, body)
        if kind == _PERMISSION:
            for arn in _arns(template, name, "FunctionName", _FUNCTION):
                by_function.setdefault(":".join(arn.split(":")[:7]), []).append(name)
    for arn, found in by_function.items():
        _keep(template, arn, found[0], permissions(arn, [_given(template, one) for one in found]))


def _arns(template: Template, name: str, path: str, kind: str) -> list[str]:
    """The ARNs of what a property names, made of the logical names where they are not known."""
    found = []
    for one in template.listed(template.property(name, path)):
        subject = template.named(one)
        value = template.value(one)
        if template.type(subject) == kind:
            found.append(template.arn(subject))
        elif not isinstance(value, str) or is_marked(value):
            found.append(template.arn_of_name(kind, made_name(f"{name}.{path}")))
        elif value.startswith("arn:"):
            found.append(value)
        else:
            found.append(arn_of_url(value) or template.arn_of_name(kind, value))
    return found


def _keep(template: Template, arn: str, name: str, body: Document) -> None:
    account = "" if arn.split(":", 5)[4:5] != [""] else template.account
    origin = f"{template.reading.path}: {name}"
    keep_resource(template.reading, arn, body.text, account=account, origin=origin, unknown=body.unknown)


def _given(template: Template, name: str) -> dict[str, str]:
    """The arguments of a permission; one that is not known stands as a policy variable."""
    found = {}
    for argument, path in _ARGUMENTS.items():
        value = template.value(template.property(name, path))
        if isinstance(value, str) and value:
            found[argument] = f"${{{name}.{path}}}" if is_marked(value) else value
    return found
