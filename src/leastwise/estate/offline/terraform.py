"""`terraform show -json` of a plan or a state: its principals, policies and resources as they will be, or are.

Only those attributes are read that an estate holds. A name or ARN that is not known until apply is made of the account
and the address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from leastwise.estate.answers import document
from leastwise.estate.held import Group, Iam, InlinePolicy, ManagedPolicy, Role, User
from leastwise.estate.offline.made_documents import UNKNOWN, Document
from leastwise.estate.offline.reading import Json, Reading, account_of, member, objects, text
from leastwise.estate.offline.terraform_blocks import Block, Blocks
from leastwise.estate.offline.terraform_documents import document_of
from leastwise.estate.offline.terraform_names import Names
from leastwise.estate.offline.terraform_resources import read_resources
from leastwise.model.policy import Kind

_WHOLES: Final = ("planned_values", "values", "resource_changes")
_ROLE, _USER, _GROUP = "aws_iam_role", "aws_iam_user", "aws_iam_group"
_LISTED: Final = "managed_policy_arns"
"""An attribute of roles that the provider fills where the configuration does not."""

_INLINE: Final[Mapping[str, tuple[str, str]]] = {
    "aws_iam_role_policy": ("role", _ROLE),
    "aws_iam_user_policy": ("user", _USER),
    "aws_iam_group_policy": ("group", _GROUP),
}
_ATTACHMENTS: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "aws_iam_role_policy_attachment": ("policy_arn", (("role", _ROLE),)),
    "aws_iam_user_policy_attachment": ("policy_arn", (("user", _USER),)),
    "aws_iam_group_policy_attachment": ("policy_arn", (("group", _GROUP),)),
    "aws_iam_policy_attachment": ("policy_arn", (("roles", _ROLE), ("users", _USER), ("groups", _GROUP))),
    "aws_iam_role_policy_attachments_exclusive": ("policy_arns", (("role_name", _ROLE),)),
    "aws_iam_user_policy_attachments_exclusive": ("policy_arns", (("user_name", _USER),)),
    "aws_iam_group_policy_attachments_exclusive": ("policy_arns", (("group_name", _GROUP),)),
}
"""Resource type → the attribute with the policies, and those with the principals, each with their type."""


def is_terraform(_reading: Reading, body: Json) -> bool:
    """Whether the object is a plan or a state as `terraform show -json` prints it."""
    return isinstance(body.get("format_version"), str) and any(one in body for one in _WHOLES)


def read_terraform(reading: Reading, body: Json) -> None:
    """Keeps the principals, policies and resources of all modules."""
    work = _Terraform(reading, body)
    reading.parts += work.iam()
    read_resources(reading, work.blocks, work.names)


class _Terraform:
    def __init__(self, reading: Reading, body: Json) -> None:
        self.reading = reading
        self.blocks = Blocks(body)
        self.names = Names(reading, body, self.blocks)
        self.inline: dict[str, dict[str, InlinePolicy]] = {}
        self.attached: dict[str, dict[str, None]] = {}
        self.groups: dict[str, dict[str, None]] = {}
        self.profiles: dict[str, dict[str, None]] = {}
        self._read_parts()

    def iam(self) -> Iterator[Iam]:
        """The principals and policies of each account that they are in."""
        users = _by_account(map(self._user, self.blocks.of_type(_USER)), lambda one: one.arn)
        groups = _by_account(map(self._group, self.blocks.of_type(_GROUP)), lambda one: one.arn)
        roles = _by_account(map(self._role, self.blocks.of_type(_ROLE)), lambda one: one.arn)
        policies = _by_account(self._policies(), lambda one: one.arn)
        accounts = {*users, *groups, *roles, *policies} - {"aws"}
        of_aws = policies.pop("aws", [])
        if accounts:
            policies.setdefault(min(accounts), []).extend(of_aws)
        for account in sorted(accounts):
            held = (users, groups, roles, policies)
            yield Iam(account, *(tuple(one.get(account, ())) for one in held))  # type: ignore[arg-type]

    def _read_parts(self) -> None:
        for block in self.blocks.of_type(_ROLE):
            self._read_inline_blocks(block)
            is_listed = block.texts(_LISTED) or self.blocks.is_configured(block, _LISTED)
            told = self.names.arns(block, _LISTED, "aws_iam_policy") if is_listed else ()
            self.attached.setdefault(block.address, {}).update(dict.fromkeys(told))
        for block in self.blocks.of_type(*_INLINE):
            attribute, kind = _INLINE[block.type]
            for owner in self._owners(block, attribute, kind):
                self._keep_inline(owner, block, block.text("name"), self._document(block, "policy", "identity"))
        for block in self.blocks.of_type(*_ATTACHMENTS):
            of_policies, of_owners = _ATTACHMENTS[block.type]
            policies = dict.fromkeys(self.names.arns(block, of_policies, "aws_iam_policy"))
            for owner in (one for attribute, kind in of_owners for one in self._owners(block, attribute, kind)):
                self.attached.setdefault(owner.address, {}).update(policies)
        self._read_memberships()

    def _read_memberships(self) -> None:
        for block in self.blocks.of_type("aws_iam_user_group_membership"):
            for user in self._owners(block, "user", _USER):
                owners, names = self.names.owners(block, "groups", _GROUP)
                joined = [*map(self.names.name, owners), *names]
                self.groups.setdefault(user.address, {}).update(dict.fromkeys(joined))
        for block in self.blocks.of_type("aws_iam_group_membership"):
            owners, names = self.names.owners(block, "group", _GROUP)
            joined = [*map(self.names.name, owners), *names]
            for user in self._owners(block, "users", _USER):
                self.groups.setdefault(user.address, {}).update(dict.fromkeys(joined))
        for block in self.blocks.of_type("aws_iam_instance_profile"):
            for role in self._owners(block, "role", _ROLE):
                self.profiles.setdefault(role.address, {})[self.names.arn(block)] = None

    def _owners(self, block: Block, attribute: str, kind: str) -> list[Block]:
        found, absent = self.names.owners(block, attribute, kind)
        for name in absent:
            word = kind.removeprefix("aws_iam_")
            reason = f"{block.address} is about the {word} `{name}`, which is not in the file: it is left out"
            self.reading.fault("attachment", reason, subject=self.names.arn_of_name(kind, name))
        return found

    def _read_inline_blocks(self, block: Block) -> None:
        unknown = block.unknown.get("inline_policy")
        given = list(objects(block.values.get("inline_policy")))
        flags = list(unknown) if isinstance(unknown, list) else []
        if not given and unknown is True and self.blocks.is_configured(block, "inline_policy"):
            self._keep_inline(block, block, "", UNKNOWN)
        for index, one in enumerate(given):
            is_open = member(flags[index], "policy") is True if index < len(flags) else unknown is True
            body = UNKNOWN if is_open else Document(document(one.get("policy")))
            if body.text:
                self._keep_inline(block, block, text(one.get("name")), body)

    def _keep_inline(self, owner: Block, block: Block, name: str, body: Document) -> None:
        held = InlinePolicy(name or block.address, body.text, self._origin(block), body.unknown)
        self.inline.setdefault(owner.address, {}).setdefault(held.name, held)

    def _document(self, block: Block, attribute: str, kind: Kind) -> Document:
        found = document_of(self.blocks, block, attribute, kind)
        self.reading.look_at(found.text, kind, block.address)
        return found

    def _origin(self, block: Block) -> str:
        return f"{self.reading.path}: {block.address}"

    def _boundary(self, block: Block) -> str | None:
        return next(iter(self.names.arns(block, "permissions_boundary", "aws_iam_policy")), None)

    def _parts(self, block: Block) -> tuple[tuple[InlinePolicy, ...], tuple[str, ...]]:
        inline, attached = self.inline.get(block.address, {}), self.attached.get(block.address, {})
        return tuple(inline[name] for name in sorted(inline)), tuple(sorted(attached))

    def _user(self, block: Block) -> User:
        inline, attached = self._parts(block)
        return User(
            self.names.arn(block),
            self.names.name(block),
            block.text("unique_id"),
            block.text("path") or "/",
            "",
            inline,
            attached,
            tuple(sorted(self.groups.get(block.address, ()))),
            self._boundary(block),
            _tags(block),
        )

    def _group(self, block: Block) -> Group:
        inline, attached = self._parts(block)
        arn, name = self.names.arn(block), self.names.name(block)
        return Group(arn, name, block.text("unique_id"), block.text("path") or "/", inline, attached)

    def _role(self, block: Block) -> Role:
        inline, attached = self._parts(block)
        trust = self._document(block, "assume_role_policy", "trust")
        return Role(
            self.names.arn(block),
            self.names.name(block),
            block.text("unique_id"),
            block.text("path") or "/",
            block.text("create_date"),
            trust.text,
            self._origin(block),
            trust.unknown,
            inline,
            attached,
            self._boundary(block),
            _tags(block),
            tuple(sorted(self.profiles.get(block.address, ()))),
        )

    def _policies(self) -> Iterator[ManagedPolicy]:
        """The customer managed policies, and those that were read as data."""
        data = [one for one in self.blocks.all if one.type == "aws_iam_policy" and one.is_data and one.text("policy")]
        for block in (*self.blocks.of_type("aws_iam_policy"), *data):
            body = self._document(block, "policy", "identity")
            yield ManagedPolicy(
                self.names.arn(block),
                self.names.name(block),
                body.text,
                id=block.text("policy_id"),
                path=block.text("path") or "/",
                origin=self._origin(block),
                unknown=body.unknown,
            )


def _tags(block: Block) -> dict[str, str]:
    given = block.values.get("tags_all") or block.values.get("tags")
    told = given.items() if isinstance(given, Mapping) else ()
    return {key: value for key, value in told if isinstance(value, str)}


T = TypeVar("T")


def _by_account(values: Iterator[T], arn: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for value in values:
        found.setdefault(account_of(arn(value)), []).append(value)
    return found
