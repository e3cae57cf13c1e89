"""Whom a boundary is meant for: principals by name, by IAM group, by tag, by place in the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.held import Role, User
from leastwise.model.errors import InputError
from leastwise.synthesize.guardrails.nodes import node_named

_SERVICE_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Targets:
    """Who is meant: whoever is named, and whoever is in the group, has the tag, or is under the node.

    With several tags a principal must have each; tags and node together are met together.
    """

    principals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    node: str = ""
    is_all: bool = False


def principals_meant(estate: Estate, targets: Targets) -> tuple[str, ...]:
    """The ARNs of the users and roles that are meant; raises InputError where there is none."""
    found = dict.fromkeys(_named(estate, targets.principals))
    found |= dict.fromkeys(arn for name in targets.groups for arn in _members(estate, name))
    if targets.tags or targets.node or targets.is_all:
        accounts = _accounts(estate, targets.node)
        found |= dict.fromkeys(arn for arn, one in sorted(estate.holders.items()) if _is_meant(one, targets, accounts))
    if not found:
        raise InputError(
            "there is no principal to bind", help="name one, or give `--group`, `--tag`, `--ou` or `--all`"
        )
    return tuple(sorted(found))


def _named(estate: Estate, texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        who = estate.principal(text)
        holder = estate.holder(who)
        if holder is None:
            raise InputError(f"`{text}` is no user or role of the snapshot", help="give the ARN of one")
        yield holder.arn


def _members(estate: Estate, name: str) -> list[str]:
    members = [arn for arn, one in estate.holders.items() if isinstance(one, User) and name in one.groups]
    if not members:
        raise InputError(f"no user of the snapshot is in a group `{name}`", help="give the name of an IAM group")
    return members


def _accounts(estate: Estate, node: str) -> frozenset[str]:
    if not node:
        return frozenset(estate.snapshot.accounts)
    nodes, top = node_named(estate, node)
    return frozenset(one.id for one in nodes.accounts(top))


def _is_meant(one: Holder, targets: Targets, accounts: frozenset[str]) -> bool:
    """Whether tags and place fit; a service-linked role, which no boundary can be put on, never does.

    Source: IAM User Guide, "Permissions boundaries for IAM entities".
    """
    if isinstance(one, Role) and _SERVICE_LINKED in one.arn:
        return False
    return one.arn.split(":")[4] in accounts and all(one.tags.get(key) == value for key, value in targets.tags)
