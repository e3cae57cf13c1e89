"""The policies that collecting needs, worked out from what the collectors declare that they read."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.catalogue.events import ActionRule
from leastwise.catalogue.load import Catalogue
from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.plan import ORGANIZATION_READS, PLANNING_READS
from leastwise.language.quotas import size_without_space
from leastwise.model.policy import MANAGED_POLICY_LIMIT

Document = Mapping[str, object]

EVENT_SOURCES: Final[Mapping[str, str]] = {
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tagging",
    "s3control": "s3",
    "sesv2": "ses",
    "sso-admin": "sso",
}
"""Services whose calls are authorized under another name than the SDK's."""
_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "s3.GetBucketPolicy": ("s3", "s3express"),
    "s3.ListDirectoryBuckets": ("s3express",),
}
"""Operations that are authorized by other services, or by several. S3 User Guide, "IAM for directory buckets"."""
_NAMED_OTHERWISE: Final[Mapping[str, str]] = {"s3control.GetPublicAccessBlock": "GetAccountPublicAccessBlock"}
"""Operations that share their name with another of the service; their IAM action does not."""
FREE: Final[Mapping[str, str]] = {"sts.GetCallerIdentity": "needs no permission and cannot be denied"}
"""Operations that are called and need no action, with the reason. STS API Reference, "GetCallerIdentity"."""
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read: with `role_name`, also through a role of this name in other accounts."""

    role_name: str = ""
    last_accessed: bool = False
    partition: str = "aws"


def own_policies(catalogue: Catalogue, asked: Asked) -> tuple[Document, ...]:
    """The managed policies that whoever collects needs; more than one where one would be over the quota."""
    needs = _resources(catalogue, own_operations(asked), asked.partition)
    if asked.role_name:
        needs["sts:AssumeRole"] = (f"arn:{asked.partition}:iam::*:role/{asked.role_name}",)
    return _documents(needs)


def role_policies(catalogue: Catalogue, asked: Asked) -> tuple[Document, ...]:
    """The managed policies of the role in each other account, which is not asked about the organisation."""
    return _documents(_resources(catalogue, role_operations(asked), asked.partition))


def own_operations(asked: Asked) -> frozenset[str]:
    """Every operation that is called in the account that asks."""
    more = {"sts.AssumeRole"} if asked.role_name else set()
    return _reads(asked, {"organization", "account", "region", "every-region"}) | {*ORGANIZATION_READS, *FREE, *more}


def role_operations(asked: Asked) -> frozenset[str]:
    """Every operation that is called through the role of another account."""
    return _reads(asked, {"account", "region", "every-region"})


def _reads(asked: Asked, scopes: Collection[str]) -> frozenset[str]:
    found = [one for one in collectors().values() if one.scope in scopes]
    reads = {read for one in found for read in one.reads if asked.last_accessed or read not in one.optional}
    return frozenset(reads | {*PLANNING_READS})


def actions_of(catalogue: Catalogue, operation: str) -> tuple[ActionRule, ...]:
    """The actions that an operation needs; raises LookupError when the catalogue does not know it."""
    service, _, name = operation.partition(".")
    sources = _SOURCES.get(operation, (EVENT_SOURCES.get(service, service),))
    called = _NAMED_OTHERWISE.get(operation, name)
    rules = [catalogue.call(f"{source}.amazonaws.com", called) for source in sources]
    if operation not in FREE and any(rule.kind != "mapped" for rule in rules):
        raise LookupError(f"no action is known for {operation}")
    return tuple(one for rule in rules for one in rule.actions if not one.present)


def _resources(catalogue: Catalogue, wanted: Iterable[str], partition: str) -> dict[str, tuple[str, ...]]:
    """Each action with the resources that it is needed on."""
    found: dict[str, tuple[str, ...]] = {}
    for operation in sorted(wanted):
        for rule in actions_of(catalogue, operation):
            found[rule.action] = tuple(sorted({*found.get(rule.action, ()), *_targets(rule, partition)}))
    return found


def _targets(rule: ActionRule, partition: str) -> Iterator[str]:
    """The resources of a rule where each is one and the same in every account, otherwise all."""
    templates = [target.template for target in rule.targets]
    names = {name for template in templates for name in _VARIABLE.findall(template)}
    if not templates or names - {"Partition", "Region", "Account"}:
        yield "*"
        return
    known = {"Partition": partition}
    yield from (_VARIABLE.sub(lambda found: known.get(found[1], "*"), template) for template in templates)


def _documents(needs: Mapping[str, tuple[str, ...]]) -> tuple[Document, ...]:
    """As few documents as keep each within the quota."""
    documents: list[Document] = []
    held: list[str] = []
    for action in sorted(needs, key=lambda one: (needs[one], one)):
        if held and _size(_document([*held, action], needs)) > MANAGED_POLICY_LIMIT:
            documents.append(_document(held, needs))
            held = []
        held.append(action)
    return (*documents, _document(held, needs))


def _size(document: Document) -> int:
    return size_without_space(json.dumps(document))


def _document(actions: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> Document:
    by_resource: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action in actions:
        by_resource[needs[action]].append(action)
    statements = [
        {
            "Sid": f"Read{number}" if "sts:AssumeRole" not in found else "AssumeReadRole",
            "Effect": "Allow",
            "Action": found,
            "Resource": resources[0] if len(resources) == 1 else list(resources),
        }
        for number, (resources, found) in enumerate(by_resource.items(), 1)
    ]
    return {"Version": "2012-10-17", "Statement": statements}
