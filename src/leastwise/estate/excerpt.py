"""The part of a snapshot that can bear on one principal's requests: enough to decide them elsewhere as here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from leastwise.estate.assemble import Estate
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import Iam, Node, Organization, Resource, Resources, Role, User


def excerpt(estate: Estate, principal: str, resources: Iterable[str]) -> Snapshot:
    """The snapshot with the principal, its policies, these resources, and the organisation above them, and no more.

    What was not read stays said. Resources of an account of which none was read are not made out to be none.
    """
    named = sorted(set(resources))
    account = principal.split(":")[4]
    owners = {account, *(owner for arn in named if (owner := estate.owner(arn)))}
    held = {one.arn for arn in named if (one := estate.resource(arn)) is not None}
    held |= {arn for text in named if "?" in text for arn in _like(text, estate)}
    held |= {one.bucket for arn in held if (one := estate.resources.get(arn)) is not None and one.bucket}
    whole = estate.snapshot
    iam = {number: _iam(part, principal, named) for number, part in whole.iam.items() if number in owners}
    attached = {arn for part in iam.values() for arn in _attached(part)}
    return Snapshot(
        whole.taken,
        whole.source,
        iam,
        {},
        {number: tuple(_sets(sets, held, named)) for number, sets in whole.resources.items() if number in owners},
        tuple(_organization(one, owners) for one in whole.organizations),
        (),
        {arn: one for arn, one in whole.aws_policies.items() if arn in attached},
        tuple(one for one in whole.not_read if one.account in ("", *owners)),
    )


def _like(text: str, estate: Estate) -> Iterator[str]:
    """The resources that a name without its last letters may mean, each `?` standing for one of them."""
    head = text.rstrip("?")
    return (arn for arn in estate.resources if arn.startswith(head) and len(arn) == len(text))


def _iam(part: Iam, principal: str, named: Sequence[str]) -> Iam:
    users = tuple(one for one in part.users if one.arn == principal)
    groups = tuple(one for one in part.groups if any(one.name in user.groups for user in users))
    roles = tuple(_role(one, principal) for one in part.roles if one.arn == principal or one.arn in named)
    found = replace(part, users=users, groups=groups, roles=roles, policies=())
    attached = set(_attached(found))
    return replace(found, policies=tuple(one for one in part.policies if one.arn in attached))


def _role(role: Role, principal: str) -> Role:
    """The role; of one that was asked for its trust policy alone, no more than that."""
    return role if role.arn == principal else replace(role, inline=(), attached=(), boundary=None, tags={})


def _attached(part: Iam) -> Iterator[str]:
    holders: tuple[User | Role, ...] = (*part.users, *part.roles)
    for one in (*holders, *part.groups):
        yield from one.attached
    yield from (one.boundary for one in holders if one.boundary)


def _sets(sets: Iterable[Resources], held: set[str], named: Sequence[str]) -> Iterator[Resources]:
    """The sets with those of their resources; what belongs to all of an account, and who owns its buckets, stays."""
    owner: str | None = None
    for one in sets:
        kept: list[Resource] = []
        for each in one.resources:
            is_first = owner is None and isinstance(each.settings.get("OwnerId"), str)
            if each.arn in held or each.is_of_account or is_first:
                kept.append(each)
                owner = each.arn if is_first else owner
        shares = tuple(share for share in one.shares if any(arn in named for arn in share.resources))
        tagged = tuple(each for each in one.tagged if each.arn in named)
        yield replace(one, resources=tuple(kept), shares=shares, tagged=tagged)


def _organization(one: Organization, accounts: set[str]) -> Organization:
    """The organisation with the ways to these accounts, and the policies on them."""
    by_id: Mapping[str, Node] = {node.id: node for node in one.nodes}
    kept: dict[str, None] = dict.fromkeys(node.id for node in one.nodes if node.type == "root")
    for account in sorted(accounts):
        at = account
        while at in by_id and at not in kept:
            kept[at] = None
            at = by_id[at].parent
    nodes = tuple(node for node in one.nodes if node.id in kept)
    policies = {name for node in nodes for name in (*node.scps, *node.rcps)}
    return replace(one, nodes=nodes, policies=tuple(each for each in one.policies if each.id in policies))
