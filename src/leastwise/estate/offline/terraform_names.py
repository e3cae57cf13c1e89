"""Names, ARNs and accounts of a Terraform plan's resources, made where they are not known until apply."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final

from leastwise.estate.offline.arn_forms import ARN_FORMS, arn_of_url, made_name
from leastwise.estate.offline.reading import NO_ACCOUNT, Json, Reading, account_of, member, text
from leastwise.estate.offline.terraform_blocks import Block, Blocks

_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "aws_dynamodb_table": ("name", "dynamodb:table"),
    "aws_ecr_repository": ("name", "ecr:repository"),
    "aws_iam_group": ("name", "iam:group"),
    "aws_iam_instance_profile": ("name", "iam:instance-profile"),
    "aws_iam_policy": ("name", "iam:policy"),
    "aws_iam_role": ("name", "iam:role"),
    "aws_iam_user": ("name", "iam:user"),
    "aws_kms_key": ("key_id", "kms:key"),
    "aws_lambda_function": ("function_name", "lambda:function"),
    "aws_s3_bucket": ("bucket", "s3:bucket"),
    "aws_secretsmanager_secret": ("name", "secretsmanager:secret"),
    "aws_sns_topic": ("name", "sns:topic"),
    "aws_sqs_queue": ("name", "sqs:queue"),
    "aws_vpc_endpoint": ("id", "ec2:vpc-endpoint"),
}
"""Resource type → the attribute that is its name, and its kind."""

_ACCOUNT_OF_ARN: Final = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")


class Names:
    """What the resources are called. Of an account that nothing tells there is one fault, once it is needed."""

    def __init__(self, reading: Reading, body: Json, blocks: Blocks) -> None:
        self.reading = reading
        self.blocks = blocks
        self._body = body
        self._by_name: dict[tuple[str, str], list[Block]] = {}
        for one in blocks.all:
            if one.type in _KINDS and not one.is_data:
                self._by_name.setdefault((one.type, self.name(one)), []).append(one)

    def name(self, block: Block) -> str:
        """The resource's name, made of its address where it is not known."""
        in_arn = block.text("arn").rpartition("/")[2] if block.type.startswith("aws_iam_") else ""
        return block.text(_KINDS[block.type][0]) or in_arn or made_name(block.address)

    def arn(self, block: Block) -> str:
        """The resource's ARN, made of its name where it is not known."""
        return block.text("arn") or self.arn_of_name(block.type, self.name(block), block.text("path") or "/")

    def arn_of_name(self, kind: str, name: str, path: str = "/") -> str:
        """The ARN of a resource of this type and name; a name may be an ARN, or the URL of a queue."""
        if name.startswith("arn:"):
            return name
        if name.startswith("https:"):
            return arn_of_url(name)
        form = ARN_FORMS[_KINDS[kind][1]]
        account = self.account if "{account}" in form else ""
        region = self.region if "{region}" in form else ""
        return f"arn:{self.partition}:" + form.format(region=region, account=account, path=path, name=name)

    def arns(self, block: Block, attribute: str, kind: str) -> list[str]:
        """The ARNs that an attribute names, of resources of this type where it refers to them."""
        told = block.texts(attribute) or (block.text(attribute),)
        found = [self.arn_of_name(kind, one) for one in told if one]
        if block.is_open(attribute):
            referred = [self.arn(one) for one in self.blocks.referred(block, attribute, kind)]
            found += referred or [self.arn_of_name(kind, made_name(block.address))]
        return list(dict.fromkeys(found))

    def owners(self, block: Block, attribute: str, kind: str) -> tuple[list[Block], list[str]]:
        """The principals that an attribute names, and the names of those that are not in the file."""
        told = block.texts(attribute) or (block.text(attribute),)
        referred = [one for one in self.blocks.referred(block, attribute, kind) if not one.is_data]
        found: list[Block] = list(referred) if block.is_open(attribute) else []
        absent = [] if found or not block.is_open(attribute) else [made_name(block.address)]
        for name in filter(None, told):
            same = [one for one in referred if self.name(one) == name] or self._by_name.get((kind, name), [])
            near = [one for one in same if one.module == block.module] or same
            found += near
            absent += [] if near else [name]
        return list({one.address: one for one in found}.values()), absent

    @cached_property
    def partition(self) -> str:
        """The partition of the first ARN."""
        return next((arn.split(":")[1] for arn in self._arns(lambda key: key == "arn")), "aws")

    @cached_property
    def account(self) -> str:
        """The account as whoever asked gives it, as ARNs show it, or as the path has it."""
        found = (
            self.reading.given
            or _commonest(account_of(one.text("arn")) for one in self.blocks.all if not one.is_data)
            or _commonest(one.text("account_id") for one in self.blocks.all if one.type == "aws_caller_identity")
            or _commonest(account_of(arn) for arn in self._arns(lambda key: key.endswith("_arn")))
            or self.reading.account
            or self._only_account()
        )
        if not found:
            self.reading.fault("account", f"the file names no account: {NO_ACCOUNT} stands for it until one is given")
        return found or NO_ACCOUNT

    def _only_account(self) -> str:
        """The account of all ARNs, those in policies as well; empty where they name several."""
        values = json.dumps([one.values for one in self.blocks.all])
        found = set(_ACCOUNT_OF_ARN.findall(values))
        return found.pop() if len(found) == 1 else ""

    @cached_property
    def region(self) -> str:
        """The Region of most ARNs, or of the provider; empty where nothing tells it."""
        regions = (one.text("region") or one.text("name") for one in self.blocks.all if one.type == "aws_region")
        configured = member(self._body, "configuration", "provider_config", "aws", "expressions", "region")
        return (
            _commonest(arn.split(":")[3] for arn in self._arns(lambda key: key == "arn"))
            or _commonest(regions)
            or text(member(configured, "constant_value"))
        )

    def _arns(self, is_key: Callable[[str], bool]) -> Iterator[str]:
        values = (value for one in self.blocks.all for key, value in one.values.items() if is_key(key))
        return (value for value in values if isinstance(value, str) and value.count(":") >= 5)


def _commonest(values: Iterator[str]) -> str:
    counted = Counter(one for one in values if one and one != "aws")
    return min(counted, key=lambda one: (-counted[one], one), default="")
