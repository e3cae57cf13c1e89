"""Policies of resources: named by an ARN beside them, in the file's name, or in the policy's own statements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from leastwise.estate.answers import document
from leastwise.estate.offline.reading import Json, Reading, account_in, member, objects, text
from leastwise.estate.offline.resources import keep_resource

_ARNS: Final = (
    "ResourceArn",
    "Arn",
    "arn",
    "ARN",
    "resourceArn",
    "QueueArn",
    "TopicArn",
    "BackupVaultArn",
    "SecretArn",
    "registryArn",
)
_POLICIES: Final = ("Policy", "ResourcePolicy", "policyText", "policy", "resourcePolicy", "PolicyDocument")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12})?:\S+")
_REGION: Final = re.compile(r"(?<![a-z0-9])[a-z]{2}(?:-[a-z]+){1,2}-\d(?![a-z0-9])")
_ENDPOINT_SERVICE: Final = re.compile(r"\.([a-z]{2}(?:-[a-z]+){1,2}-\d)\.")
ADVICE: Final = "name the file after the ARN, with `%3A` for each colon and `%2F` for each slash"


def is_resource_policy(_reading: Reading, body: Json) -> bool:
    """Whether the object holds a policy of a resource, or is one."""
    if "Statement" in body or isinstance(body.get("VpcEndpoints"), list):
        return True
    attributes = body.get("Attributes")
    if isinstance(attributes, Mapping):
        return any(name in attributes for name in (*_ARNS, "Policy"))
    return any(_is_policy(body.get(name)) for name in _POLICIES) or (_told(body) != "" and "ResourcePolicy" in body)


def read_resource_policy(reading: Reading, body: Json) -> None:
    """Keeps the resource with its policy."""
    if isinstance(body.get("VpcEndpoints"), list):
        for one in objects(body["VpcEndpoints"]):
            _read_endpoint(reading, one)
        return
    attributes = body.get("Attributes")
    holder = attributes if isinstance(attributes, Mapping) else body
    policy = body if "Statement" in body else next((holder[name] for name in _POLICIES if name in holder), "")
    arn = _told(holder) or arn_in_name(reading.stem) or _of_repository(reading, body) or _of_statements(policy)
    if not arn:
        reading.fault("file", f"it is not told of which resource the policy is: {ADVICE}")
        return
    keep_resource(reading, arn, document(policy))


def arn_in_name(stem: str) -> str:
    """The ARN that a file's name is, in percent form or as it is; empty where it is none."""
    found = _ARN.search(unquote(stem))
    return found[0] if found else ""


def _is_policy(value: object) -> bool:
    if isinstance(value, Mapping):
        return "Statement" in value
    return isinstance(value, str) and (not value.strip() or value.lstrip().lower().startswith(("{", "%7b")))


def _told(body: Json) -> str:
    found = (text(body.get(name)) for name in _ARNS)
    return next((one for one in found if _ARN.fullmatch(one)), "")


def _of_repository(reading: Reading, body: Json) -> str:
    """The ARN of a repository of ECR, of which the answer tells the account but not the Region."""
    account, name = text(body.get("registryId")), text(body.get("repositoryName"))
    regions = _REGION.findall(reading.path)
    return f"arn:aws:ecr:{regions[-1]}:{account}:repository/{name}" if account and name and regions else ""


def _of_statements(policy: object) -> str:
    """The one resource that all statements name; empty where they name none, or several."""
    try:
        body = json.loads(document(policy))
    except (ValueError, RecursionError):
        return ""
    statements = member(body, "Statement")
    found = set(_named(statements if isinstance(statements, list) else [statements]))
    return found.pop() if len(found) == 1 else ""


def _named(statements: list[object]) -> Iterator[str]:
    for statement in statements:
        resource = member(statement, "Resource")
        for one in resource if isinstance(resource, list) else [resource]:
            arn = text(one)
            whole = arn.partition("/")[0] if arn.split(":")[2:3] == ["s3"] else arn
            yield whole if _ARN.fullmatch(whole) and "*" not in whole else ""


def _read_endpoint(reading: Reading, one: Json) -> None:
    account = text(one.get("OwnerId")) or account_in(reading.path) or reading.given
    regions = _ENDPOINT_SERVICE.findall(text(one.get("ServiceName"))) or _REGION.findall(reading.path)
    endpoint = text(one.get("VpcEndpointId"))
    arn = f"arn:aws:ec2:{regions[-1] if regions else ''}:{account}:vpc-endpoint/{endpoint}"
    keep_resource(reading, arn, document(one.get("PolicyDocument")))
