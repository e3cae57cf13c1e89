"""Condition keys whose values a call's request parameters tell.

Source: Service Authorization Reference, condition keys tables; IAM User Guide, "AWS global condition context
keys" (aws:RequestTag, aws:TagKeys).
"""

from __future__ import annotations

from collections.abc import Mapping

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
_NO_KEYS: Mapping[str, str] = {}
_KEY_NAMES = ("key", "tagKey", "Key", "TagKey")
_VALUE_NAMES = ("value", "tagValue", "Value", "TagValue")
_MAX_TAGS = 50


def parameters_of_keys(prefix: str) -> frozenset[str]:
    """The member names that tell condition keys of this service, tags included."""
    own = frozenset({".encryptioncontext"}) if prefix == "kms" else frozenset()
    return frozenset(_KEYS.get(prefix, {})) | _TOP_TAG_MEMBERS | own


def context_of(prefix: str, parameters: Parameters, request: Mapping[str, object]) -> Context:
    """Condition key → values, for the keys that this request's parameters settle."""
    keys, texts = _KEYS.get(prefix, _NO_KEYS), parameters.texts
    context: Context = {keys[p]: tuple(dict.fromkeys(texts[p])) for p in keys.keys() & texts.keys()}
    if prefix == "kms":
        context |= _encryption_context(request)
    return context if parameters.members.isdisjoint(_TOP_TAG_MEMBERS) else context | _tags(request)


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
