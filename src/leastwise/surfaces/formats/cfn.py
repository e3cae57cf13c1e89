"""Policies as a CloudFormation template in which no text can turn into a function or a reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from leastwise.model.errors import InputError
from leastwise.surfaces.formats import NamedPolicy, unique_names
from leastwise.surfaces.formats.json import plain
from leastwise.surfaces.formats.yaml import written

NAME = "cfn"

_DYNAMIC_REFERENCE = re.compile(r"\{\{\s*resolve\s*:", re.IGNORECASE)
_FUNCTION = re.compile(r"(Ref|Condition|Fn::.*)\Z", re.DOTALL)
_LONGEST_ID = 200
_HELP = "write this policy with `-f json` or `-f hcl`"


def render(policies: Sequence[NamedPolicy]) -> str:
    """One managed policy a document, without a name of its own.

    CloudFormation then names it: a named one needs CAPABILITY_NAMED_IAM and cannot be replaced in an
    update. CloudFormation resolves `{{resolve:…}}` in any text and has no way to quote it (user guide,
    "Get values stored in other services using dynamic references"), so such text is refused.
    """
    if not policies:
        raise InputError("a CloudFormation template needs a policy", help="propose one first")
    for policy in policies:
        refuse_what_cloudformation_reads(policy)
    ids = unique_names(logical_id(policy.name) for policy in policies)
    resources = {name: _resource(policy) for name, policy in zip(ids, policies, strict=True)}
    return written({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _resource(policy: NamedPolicy) -> dict[str, object]:
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": plain(policy.document)}}


def logical_id(name: str) -> str:
    """The name as a template names a resource."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(word[:1].upper() + word[1:] for word in words)[:_LONGEST_ID] or "Policy"


def refuse_what_cloudformation_reads(policy: NamedPolicy) -> None:
    """Raises InputError where CloudFormation would take text of the policy for its own."""
    for text in _texts(policy.document):
        if _DYNAMIC_REFERENCE.search(text):
            raise InputError(f"CloudFormation would resolve {_shown(text)}", help=_HELP)
    for key in _function_keys(policy.document):
        raise InputError(f"CloudFormation would read the key {_shown(key)} as a function", help=_HELP)


def _shown(text: str) -> str:
    return f"`{json.dumps(text[:120])[1:-1]}`"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _function_keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        is_statement = "Effect" in value
        for key, inner in value.items():
            if _FUNCTION.match(str(key)) and not (is_statement and key == "Condition"):
                yield str(key)
            yield from _function_keys(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _function_keys(inner)
