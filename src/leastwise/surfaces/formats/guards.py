"""Guard rails as the tools that apply them take them: the policies, and what they are attached to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.model.policy import Kind, Policy
from leastwise.surfaces.formats import NamedPolicy, unique_names
from leastwise.surfaces.formats import cfn as cloudformation
from leastwise.surfaces.formats import hcl as terraform
from leastwise.surfaces.formats.json import plain
from leastwise.surfaces.formats.json import render as json_of
from leastwise.surfaces.formats.yaml import written as yaml_of

_TYPES: Final[Mapping[Kind, str]] = {"scp": "SERVICE_CONTROL_POLICY", "rcp": "RESOURCE_CONTROL_POLICY"}
_LONGEST_NAME: Final = 128
_LONGEST_DESCRIPTION: Final = 512
"""AWS Organizations API Reference, "CreatePolicy"."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A guard rail to be applied: its policy, what it is attached to, and in a line what it is for.

    `targets` are ids of roots, OUs and accounts for an SCP or RCP, ARNs of principals for a permissions boundary.
    """

    name: str
    policy: Policy
    targets: tuple[str, ...] = ()
    told: str = ""


def written(artefacts: Sequence[Artefact], form: str) -> str:
    """The guard rails in a format, one of FORMS: in `json` the documents alone, otherwise attachments as well."""
    return FORMS[form](artefacts).rstrip("\n")


def _json(artefacts: Sequence[Artefact]) -> str:
    return json_of([NamedPolicy(one.name, one.policy.document()) for one in artefacts])


def _hcl(artefacts: Sequence[Artefact]) -> str:
    labels = unique_names(terraform.label_of(one.name) for one in artefacts)
    blocks = (
        _boundary_hcl(one, label) if one.policy.kind not in _TYPES else "\n".join(_control_hcl(one, label))
        for one, label in zip(artefacts, labels, strict=True)
    )
    return "\n".join(blocks)


def _control_hcl(one: Artefact, label: str) -> Iterator[str]:
    """An SCP or RCP, written small, for every character of it counts; and its attachments."""
    yield f'resource "aws_organizations_policy" "{label}" {{'
    yield f"  name        = {terraform.quoted(one.name[:_LONGEST_NAME])}"
    yield f"  description = {terraform.quoted(one.told[:_LONGEST_DESCRIPTION])}"
    yield f"  type        = {terraform.quoted(_TYPES[one.policy.kind])}"
    yield f"  content = jsonencode(jsondecode(<<POLICY\n{terraform.template_free(one.policy.document())}\nPOLICY\n  ))"
    yield "}\n"
    names = unique_names(f"{label}_{terraform.label_of(target)}" for target in one.targets)
    for target, name in zip(one.targets, names, strict=True):
        yield f'resource "aws_organizations_policy_attachment" "{name}" {{'
        yield f"  policy_id = aws_organizations_policy.{label}.id"
        yield f"  target_id = {terraform.quoted(target)}"
        yield "}\n"


def _boundary_hcl(one: Artefact, label: str) -> str:
    """The policy, and by principal the ARN for its `permissions_boundary`: no resource of its own attaches one."""
    text = terraform.render([NamedPolicy(one.name, one.policy.document())])
    made = re.findall(r'^resource "aws_iam_policy" "(\w+)" \{$', text, re.MULTILINE)[0]
    if not one.targets:
        return text
    lines = [f"    {terraform.quoted(target)} = aws_iam_policy.{made}.arn" for target in one.targets]
    return "\n".join([text, "locals {", f"  permissions_boundary_{label} = {{", *lines, "  }", "}\n"])


def _cfn(artefacts: Sequence[Artefact]) -> str:
    for one in artefacts:
        cloudformation.refuse_what_cloudformation_reads(NamedPolicy(one.name, one.policy.document()))
        for text in (one.told, one.name, *one.targets):
            cloudformation.refuse_what_cloudformation_reads(NamedPolicy(one.name, {"Version": text}))
    ids = unique_names(cloudformation.logical_id(one.name) for one in artefacts)
    resources = {name: _resource(one) for name, one in zip(ids, artefacts, strict=True)}
    return yaml_of({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def _resource(one: Artefact) -> dict[str, object]:
    content = plain(one.policy.document())
    if one.policy.kind not in _TYPES:
        told = {"Metadata": {"PermissionsBoundaryOf": list(one.targets)}} if one.targets else {}
        return {"Type": "AWS::IAM::ManagedPolicy", **told, "Properties": {"PolicyDocument": content}}
    properties: dict[str, object] = {
        "Name": one.name[:_LONGEST_NAME],
        "Description": one.told[:_LONGEST_DESCRIPTION],
        "Type": _TYPES[one.policy.kind],
        "Content": content,
    }
    if one.targets:
        properties["TargetIds"] = list(one.targets)
    return {"Type": "AWS::Organizations::Policy", "Properties": properties}


FORMS: Final[Mapping[str, Callable[[Sequence[Artefact]], str]]] = {"json": _json, "hcl": _hcl, "cfn": _cfn}


def artefact_fields(one: Artefact) -> dict[str, object]:
    """The guard rail as JSON answers have it."""
    return {
        "name": one.name,
        "type": one.policy.kind,
        "told": one.told,
        "targets": list(one.targets),
        "document": one.policy.document(),
        "characters": len(json.dumps(one.policy.document(), separators=(",", ":"), ensure_ascii=False)),
    }
