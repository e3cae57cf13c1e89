"""Resources with policies of their own: buckets, keys, queues, topics, secrets, functions, repositories."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leastwise.sample.chance import number
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, deny, document, fillers
from leastwise.sample.values import Fault, Json, Resource

ARNS: Mapping[str, str] = {
    "s3": "arn:aws:s3:::{bucket}",
    "kms": "arn:aws:kms:{region}:{account}:key/{key}",
    "sqs": "arn:aws:sqs:{region}:{account}:{name}",
    "sns": "arn:aws:sns:{region}:{account}:{name}",
    "secretsmanager": "arn:aws:secretsmanager:{region}:{account}:secret:{name}/config-{suffix}",
    "lambda": "arn:aws:lambda:{region}:{account}:function:{name}",
    "ecr": "arn:aws:ecr:{region}:{account}:repository/{name}",
}
_OF_ARCHETYPE: Mapping[str, tuple[str, ...]] = {
    "function": ("s3", "kms", "secretsmanager", "lambda"),
    "task": ("s3", "kms", "sqs", "sns"),
    "execution": ("ecr",),
    "instance": ("s3",),
    "job": ("s3", "kms"),
}


def add_resources(draft: Draft, app: str, archetypes: tuple[str, ...]) -> None:
    """The resources of an application, as far as they have a policy."""
    services = {service for archetype in archetypes for service in _OF_ARCHETYPE.get(archetype, ())}
    for service in sorted(services):
        add_resource(draft, app, service, _POLICIES[service](draft, arn_of(draft, app, service), app))


def add_resource(draft: Draft, app: str, service: str, policy: Json) -> Resource:
    """One resource with this policy."""
    resource = Resource(service, app, arn_of(draft, app, service), policy)
    draft.resources.append(resource)
    return resource


def arn_of(draft: Draft, app: str, service: str) -> str:
    """The ARN of the application's resource of a service."""
    bucket = f"{draft.company}-{app}-{draft.id}"
    return ARNS[service].format(bucket=bucket, **fillers(draft.id, draft.region_of(app), app))


def account_principal(account: str) -> Json:
    """The account, as policies name it."""
    return {"AWS": f"arn:aws:iam::{account}:root"}


def _bucket(draft: Draft, arn: str, app: str) -> Json:
    tls = {"Bool": {"aws:SecureTransport": "false"}}
    fence = deny(["s3:*"], [arn, f"{arn}/*"], Sid="OnlyTls", Principal="*", Condition=tls)
    return _BUCKETS[number("bucket", draft.id, app) % len(_BUCKETS)](draft, arn, fence)


def _closed(draft: Draft, arn: str, fence: Json) -> Json:
    return document([fence])


def _for_organization(draft: Draft, arn: str, fence: Json) -> Json:
    condition = {"StringEquals": {"aws:PrincipalOrgID": draft.organization}}
    draft.lookalikes.append(Fault("organization-wide-bucket", draft.id, resources=(arn,)))
    reading = allow(["s3:GetObject"], [f"{arn}/*"], Sid="Organization", Principal="*", Condition=condition)
    return document([fence, reading])


def _for_distribution(draft: Draft, arn: str, fence: Json) -> Json:
    source = f"arn:aws:cloudfront::{draft.id}:distribution/E{number(arn) % 10**12:012d}"
    condition = {"StringEquals": {"aws:SourceArn": source}}
    principal = {"Service": "cloudfront.amazonaws.com"}
    reading = allow(["s3:GetObject"], [f"{arn}/*"], Sid="Distribution", Principal=principal, Condition=condition)
    return document([fence, reading])


_BUCKETS = (_closed, _closed, _closed, _for_distribution, _closed, _for_organization, _closed)


def _key(draft: Draft, arn: str, app: str) -> Json:
    owner = allow(["kms:*"], Sid="OwnerAccount", Principal=account_principal(draft.id))
    return document([owner])


def _queue(draft: Draft, arn: str, app: str) -> Json:
    topic = arn.replace(":sqs:", ":sns:")
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    principal = {"Service": "sns.amazonaws.com"}
    return document([allow(["sqs:SendMessage"], [arn], Sid="FromTopic", Principal=principal, Condition=condition)])


def _topic(draft: Draft, arn: str, app: str) -> Json:
    condition = {"StringEquals": {"AWS:SourceAccount": draft.id}}
    principal = {"Service": "cloudwatch.amazonaws.com"}
    return document([allow(["sns:Publish"], [arn], Sid="FromAlarms", Principal=principal, Condition=condition)])


def _secret(draft: Draft, arn: str, app: str) -> Json:
    condition = {"StringNotEquals": {"aws:PrincipalAccount": draft.id}}
    return document([deny(["secretsmanager:*"], Sid="OwnAccountOnly", Principal="*", Condition=condition)])


def _function(draft: Draft, arn: str, app: str) -> Json:
    condition = {
        "StringEquals": {"AWS:SourceAccount": draft.id},
        "ArnLike": {"AWS:SourceArn": arn.replace(":lambda:", ":events:").replace(":function:", ":rule/")},
    }
    principal = {"Service": "events.amazonaws.com"}
    call = allow(["lambda:InvokeFunction"], [arn], Sid="FromRule", Principal=principal, Condition=condition)
    return {**document([call]), "Id": "default"}


def _repository(draft: Draft, arn: str, app: str) -> Json:
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    condition = {"StringEquals": {"aws:PrincipalOrgID": draft.organization}}
    draft.lookalikes.append(Fault("organization-wide-repository", draft.id, resources=(arn,)))
    statement: Json = {"Sid": "Pull", "Effect": "Allow", "Principal": "*", "Action": pull, "Condition": condition}
    return document([statement])


_POLICIES: Mapping[str, Callable[[Draft, str, str], Json]] = {
    "s3": _bucket,
    "kms": _key,
    "sqs": _queue,
    "sns": _topic,
    "secretsmanager": _secret,
    "lambda": _function,
    "ecr": _repository,
}
