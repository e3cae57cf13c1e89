"""The copy of a principal as Terraform or CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.surfaces.formats.hcl import quoted
from leastwise.surfaces.formats.json import plain
from leastwise.surfaces.formats.yaml import written
from leastwise.synthesize.mirror import Mirror

_POLICY: Final = re.compile(r'^resource "aws_iam_policy" "(\w+)" \{$', re.MULTILINE)
_ROLE: Final = "mirror"


def terraform(copy: Mirror) -> str:
    """The role, its policies attached, its boundary made where the snapshot has it."""
    held = _policies(copy)
    text = FORMATS["hcl"](held)
    labels = _POLICY.findall(text)
    edge = f"aws_iam_policy.{labels.pop()}.arn" if copy.boundary_policy else quoted(copy.boundary or "")
    lines = [
        f'resource "aws_iam_role" "{_ROLE}" {{',
        f"  name               = {quoted(copy.name)}",
        f"  path               = {quoted(copy.path)}",
        f"  assume_role_policy = {quoted(json.dumps(copy.trust))}",
        *([f"  permissions_boundary = {edge}"] if copy.boundary else []),
        "}\n",
    ]
    return "\n".join(["\n".join(lines), text, *map(_attached, labels)])


def _attached(label: str) -> str:
    return (
        f'resource "aws_iam_role_policy_attachment" "{label}" {{\n'
        f"  role       = aws_iam_role.{_ROLE}.name\n"
        f"  policy_arn = aws_iam_policy.{label}.arn\n}}\n"
    )


def _policies(copy: Mirror) -> list[NamedPolicy]:
    """The policies to make, the boundary last."""
    edge = [copy.boundary_policy] if copy.boundary_policy else []
    return [NamedPolicy(one.name, one.document) for one in (*copy.policies, *edge)]


def cloudformation(copy: Mirror) -> str:
    """The same as a template; raises InputError for text that CloudFormation would resolve."""
    held = _policies(copy)
    FORMATS["cfn"]([*held, NamedPolicy("Trust", copy.trust)])  # it refuses what CloudFormation would read as its own
    own = [f"Policy{place + 1}" for place in range(len(copy.policies))]
    names = [*own, "Boundary"][: len(held)]
    resources: dict[str, object] = {"Role": {"Type": "AWS::IAM::Role", "Properties": _role(copy, own)}}
    for name, one in zip(names, held, strict=True):
        resources[name] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": plain(one.document)}}
    return written({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _role(copy: Mirror, own: list[str]) -> Mapping[str, object]:
    fields: dict[str, object] = {
        "RoleName": copy.name,
        "Path": copy.path,
        "AssumeRolePolicyDocument": plain(copy.trust),
        "ManagedPolicyArns": [{"Ref": name} for name in own],
    }
    if copy.boundary:
        fields["PermissionsBoundary"] = {"Ref": "Boundary"} if copy.boundary_policy else copy.boundary
    return fields


FORMS: Final[Mapping[str, Callable[[Mirror], str]]] = {"cfn": cloudformation, "hcl": terraform}
"""How the copy is written, by the name that `-f` takes."""
