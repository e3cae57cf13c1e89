"""Condition keys whose values a call's request parameters tell.

Source: Service Authorization Reference, condition keys tables; IAM User Guide, "AWS global condition context
keys" (aws:RequestTag, aws:TagKeys).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from leastwise.usage.parameters import Parameters

Context = dict[str, tuple[str, ...]]

_KEYS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        ".prefix": "s3:prefix",
        ".delimiter": "s3:delimiter",
        ".versionid": "s3:VersionId",
        ".x-amz-acl": "s3:x-amz-acl",
        ".x-amz-server-side-encryption": "s3:x-amz-server-side-encryption",
        ".x-amz-server-side-encryption-aws-kms-key-id": "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ".x-amz-storage-class": "s3:x-amz-storage-class",
    },
    "iam": {
        ".policyarn": "iam:PolicyARN",
        ".permissionsboundary": "iam:PermissionsBoundary",
        ".awsservicename": "iam:AWSServiceName",
    },
    "sts": {
        ".externalid": "sts:ExternalId",
        ".rolesessionname": "sts:RoleSessionName",
        ".sourceidentity": "sts:SourceIdentity",
    },
    "ec2": {"instancetype": "ec2:InstanceType", "availabilityzone": "ec2:AvailabilityZone"},
    "kms": {".encryptionalgorithm": "kms:EncryptionAlgorithm", ".signingalgorithm": "kms:SigningAlgorithm"},
    "rds": {".dbinstanceclass": "rds:DatabaseClass", ".engine": "rds:DatabaseEngine"},
    "secretsmanager": {".versionstage": "secretsmanager:VersionStage"},
    "lambda": {".functionurlauthtype": "lambda:FunctionUrlAuthType", ".principal": "lambda:Principal"},
    "route53": {".type": "route53:ChangeResourceRecordSetsRecordTypes"},
}
_TAG_MEMBERS = ("tags", "tagset", "taglist", "tagspecificationset", "tagging", "resourcetags")
_TOP_TAG_MEMBERS = frozenset(f".{name}" for name in _TAG_MEMBERS)
_KEY_NAMES = ("key", "tagKey", "Key", "TagKey")
_VALUE_NAMES = ("value", "tagValue", "Value", "TagValue")
_MAX_TAGS = 50


@dataclass(frozen=True, slots=True)
class Told:
    """Which condition keys a kind of call tells by its request: by member name, and by structures of their own."""

    keys: Mapping[str, str]
    tags: bool
    encryption_context: bool
    names: frozenset[str]


NOTHING_TOLD = Told({}, tags=False, encryption_context=False, names=frozenset())


@lru_cache(maxsize=4096)
def told_by(prefix: str, keys: frozenset[str]) -> Told:
    """What a call to this service tells when its actions take `keys`, in the catalogue's spelling."""
    table = {member: key for member, key in _KEYS.get(prefix, {}).items() if key in keys}
    tags = any(key.startswith(("aws:RequestTag/", "aws:TagKeys")) for key in keys)
    encryption = any(key.startswith("kms:EncryptionContext:") for key in keys)
    names = frozenset(table) | (_TOP_TAG_MEMBERS if tags else frozenset())
    return Told(table, tags, encryption, names | ({".encryptioncontext"} if encryption else frozenset()))


def context_of(told: Told, parameters: Parameters, request: Mapping[str, object]) -> Context:
    """Condition key → values, for the keys that this request's parameters settle."""
    keys, texts = told.keys, parameters.texts
    context: Context = {keys[p]: tuple(dict.fromkeys(texts[p])) for p in keys.keys() & texts.keys()}
    if told.encryption_context:
        context |= _encryption_context(request)
    if told.tags and not parameters.members.isdisjoint(_TOP_TAG_MEMBERS):
        context |= _tags(request)
    return context


def _encryption_context(request: Mapping[str, object]) -> Context:
    given = request.get("encryptionContext")
    if not isinstance(given, dict):
        return {}
    return {f"kms:EncryptionContext:{k}": (str(v),) for k, v in sorted(given.items())}


def _tags(request: Mapping[str, object]) -> Context:
    tags: dict[str, str] = {}
    for name, part in request.items():
        if name.lower() in _TAG_MEMBERS:
            _collect(part, tags, 0)
    if not tags:
        return {}
    pairs = sorted(tags.items())[:_MAX_TAGS]
    return {f"aws:RequestTag/{key}": (value,) for key, value in pairs} | {"aws:TagKeys": tuple(k for k, _ in pairs)}


def _collect(part: object, tags: dict[str, str], depth: int) -> None:
    """Tags are written as lists of key and value, as maps, or wrapped in `items` and the like."""
    if depth > 6:
        return
    if isinstance(part, list):
        for item in part:
            _collect(item, tags, depth + 1)
    elif isinstance(part, dict):
        _collect_object(part, tags, depth)


def _collect_object(part: Mapping[str, object], tags: dict[str, str], depth: int) -> None:
    key = next((part[n] for n in _KEY_NAMES if isinstance(part.get(n), str)), None)
    if isinstance(key, str):
        value = next((part[n] for n in _VALUE_NAMES if isinstance(part.get(n), str)), "")
        tags[key] = str(value)
        return
    nested = [v for v in part.values() if isinstance(v, list | dict)]
    if nested:
        for item in nested:
            _collect(item, tags, depth + 1)
        return
    tags.update({k: v for k, v in part.items() if isinstance(v, str) and k.lower() != "resourcetype"})


def written(context: Context) -> str:
    """The context as one line of JSON with sorted keys; empty text for an empty context."""
    return msgspec.json.encode(context, order="sorted").decode() if context else ""


def read(text: str) -> Context:
    """The context that `written` wrote."""
    return msgspec.json.decode(text, type=dict[str, tuple[str, ...]]) if text else {}
