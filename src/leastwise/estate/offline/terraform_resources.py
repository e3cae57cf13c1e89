"""The policies of resources in a Terraform plan or state, those of functions and of organizations among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from leastwise.estate.offline.arn_forms import made_name
from leastwise.estate.offline.made_documents import Document, permissions
from leastwise.estate.offline.organizations import TOPIC
from leastwise.estate.offline.reading import Reading
from leastwise.estate.offline.resources import keep_resource
from leastwise.estate.offline.terraform_blocks import Block, Blocks
from leastwise.estate.offline.terraform_documents import document_of
from leastwise.estate.offline.terraform_names import Names
from leastwise.estate.offline.terraform_organization import read_tree
from leastwise.model.policy import Kind

_POLICIES: Final[Mapping[str, tuple[str, str]]] = {
    "aws_dynamodb_resource_policy": ("resource_arn", "aws_dynamodb_table"),
    "aws_ecr_repository_policy": ("repository", "aws_ecr_repository"),
    "aws_kms_key_policy": ("key_id", "aws_kms_key"),
    "aws_s3_bucket_policy": ("bucket", "aws_s3_bucket"),
    "aws_secretsmanager_secret_policy": ("secret_arn", "aws_secretsmanager_secret"),
    "aws_sns_topic_policy": ("arn", "aws_sns_topic"),
    "aws_sqs_queue_policy": ("queue_url", "aws_sqs_queue"),
    "aws_vpc_endpoint_policy": ("vpc_endpoint_id", "aws_vpc_endpoint"),
}
"""Resource type → the attribute that says whose policy it is, and the type of that."""

_OWN: Final = ("aws_kms_key", "aws_sns_topic", "aws_sqs_queue", "aws_vpc_endpoint")
"""Resources that may have their policy themselves; in a plan it is open where another resource, or AWS, gives it."""

_PERMISSION: Final = "aws_lambda_permission"
_ARGUMENTS: Final = (
    "statement_id",
    "action",
    "principal",
    "qualifier",
    "source_arn",
    "source_account",
    "principal_org_id",
    "event_source_token",
    "function_url_auth_type",
)


def read_resources(reading: Reading, blocks: Blocks, names: Names) -> None:
    """Keeps each resource with its policy, and the policies of organizations until all files are read."""
    work = _Resources(reading, blocks, names)
    work.read_policies()
    work.read_permissions()
    work.read_organizations()
    read_tree(reading, blocks)


class _Resources:
    def __init__(self, reading: Reading, blocks: Blocks, names: Names) -> None:
        self.reading = reading
        self.blocks = blocks
        self.names = names
        self.kept: set[str] = set()

    def read_policies(self) -> None:
        for block in self.blocks.of_type(*_POLICIES):
            for arn in self.names.arns(block, *_POLICIES[block.type]):
                kind: Kind = "endpoint" if "endpoint" in block.type else "resource"
                self._keep(arn, block, document_of(self.blocks, block, "policy", kind))
        for block in self.blocks.of_type(*_OWN):
            if block.text("policy") or self.blocks.is_configured(block, "policy"):
                own: Kind = "endpoint" if "endpoint" in block.type else "resource"
                arn = self.names.arn(block)
                if arn not in self.kept:
                    self._keep(arn, block, document_of(self.blocks, block, "policy", own))

    def read_permissions(self) -> None:
        by_function: dict[str, list[Block]] = {}
        for block in self.blocks.of_type(_PERMISSION):
            for arn in self.names.arns(block, "function_name", "aws_lambda_function"):
                by_function.setdefault(":".join(arn.split(":")[:7]), []).append(block)
        for arn, found in by_function.items():
            self._keep(arn, found[0], permissions(arn, [_arguments(one) for one in found]))

    def _keep(self, arn: str, block: Block, body: Document) -> None:
        self.kept.add(arn)
        account = "" if arn.split(":")[4] else self.names.account
        origin = f"{self.reading.path}: {block.address}"
        keep_resource(self.reading, arn, body.text, account=account, origin=origin, unknown=body.unknown)

    def read_organizations(self) -> None:
        policies = self.blocks.of_type("aws_organizations_policy")
        for block in policies:
            self._organization_policy(block)
        ids = {block.address: _policy_id(block) for block in policies}
        for block in self.blocks.of_type("aws_organizations_policy_attachment"):
            told = [block.text("policy_id")] if block.text("policy_id") else self._ids(block, ids)
            target = block.text("target_id")
            for policy in told if target else ():
                self.reading.answer(TOPIC, {"PolicyId": policy, "Targets": [{"TargetId": target}]})
            if not target or not told:
                what = "organizations.ListTargetsForPolicy"
                self.reading.fault(what, f"it is not known until apply what {block.address} attaches to what")

    def _ids(self, block: Block, ids: Mapping[str, str]) -> Iterable[str]:
        referred = self.blocks.referred(block, "policy_id", "aws_organizations_policy")
        return [ids[one.address] for one in referred if one.address in ids]

    def _organization_policy(self, block: Block) -> None:
        given = block.text("type") or "SERVICE_CONTROL_POLICY"
        kind: Kind = "rcp" if given == "RESOURCE_CONTROL_POLICY" else "scp"
        if given not in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            return
        body = document_of(self.blocks, block, "content", kind)
        self.reading.look_at(body.text, kind, block.address)
        name = block.text("name") or block.address
        summary = {"Id": _policy_id(block), "Arn": block.text("arn"), "Name": name, "Type": given}
        self.reading.answer(
            TOPIC,
            {"Policy": {"PolicySummary": summary, "Content": body.text}},
            origin=f"{self.reading.path}: {block.address}",
            unknown=body.unknown,
        )


def _policy_id(block: Block) -> str:
    return block.text("id") or f"p-{made_name(block.address)}"


def _arguments(block: Block) -> dict[str, str]:
    """The arguments of a permission; one that is not known stands as a policy variable."""
    return {
        name: f"${{{made_name(block.address)}.{name}}}" if block.is_open(name) else block.text(name)
        for name in _ARGUMENTS
        if block.text(name) or (block.is_open(name) and name != "statement_id")
    }
