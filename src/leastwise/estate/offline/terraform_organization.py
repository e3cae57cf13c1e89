"""The organization in a Terraform plan or state, as the answers of AWS that would tell the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.estate.offline.organizations import TOPIC
from leastwise.estate.offline.reading import Json, Reading, objects, text
from leastwise.estate.offline.terraform_blocks import Block, Blocks

_ORGANIZATION: Final = "aws_organizations_organization"
_LISTS: Final[Mapping[str, str]] = {
    "aws_organizations_account": "Accounts",
    "aws_organizations_organizational_unit": "OrganizationalUnits",
}


def read_tree(reading: Reading, blocks: Blocks) -> None:
    """Keeps the organization, its roots, OUs and accounts, as far as their ids are known, until all files are read."""
    for block in (one for one in blocks.all if one.type == _ORGANIZATION and one.text("id")):
        for answer in _whole(block):
            reading.answer(TOPIC, answer)
    for block in blocks.of_type(*_LISTS):
        if block.text("id") and block.text("parent_id"):
            reading.answer(TOPIC, {"ParentId": block.text("parent_id"), _LISTS[block.type]: [_node(block.values)]})


def _whole(block: Block) -> Iterator[Json]:
    yield {"Organization": {"Id": block.text("id"), "MasterAccountId": block.text("master_account_id")}}
    roots = [_node(one) | {"PolicyTypes": _types(one)} for one in objects(block.values.get("roots"))]
    if roots:
        yield {"Roots": roots}
    yield {"Accounts": [_node(one) for one in objects(block.values.get("accounts"))]}


def _node(values: Json) -> dict[str, object]:
    names = {"Id": "id", "Arn": "arn", "Name": "name", "Status": "status"}
    return {key: text(values.get(name)) for key, name in names.items()}


def _types(root: Json) -> list[dict[str, str]]:
    return [
        {"Type": text(one.get("type")), "Status": text(one.get("status"))} for one in objects(root.get("policy_types"))
    ]
