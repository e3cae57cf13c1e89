"""The organisation tree: what stands between its root and an account, and the policies on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from leastwise.estate.documents import Documents, Parsed, not_known
from leastwise.estate.held import Node, NotRead, Organization, OrganizationPolicy, PolicyType

_FULL: Final[Mapping[str, OrganizationPolicy]] = {
    "p-FullAWSAccess": OrganizationPolicy(
        "p-FullAWSAccess",
        "FullAWSAccess",
        "scp",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        is_aws_managed=True,
    ),
    "p-RCPFullAWSAccess": OrganizationPolicy(
        "p-RCPFullAWSAccess",
        "RCPFullAWSAccess",
        "rcp",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
        is_aws_managed=True,
    ),
}
"""AWS Organizations User Guide, "Service control policies", "Resource control policies"."""

_MOST_LEVELS: Final = 32


@dataclass(frozen=True, slots=True)
class Level:
    """One node on the way from the root to an account, with its policies of one type; `node` is its id."""

    name: str
    policies: tuple[Parsed, ...]
    node: str = ""


@dataclass(frozen=True)
class Tree:
    """One organisation, to be asked about its accounts."""

    organization: Organization
    documents: Documents
    not_read: tuple[NotRead, ...] = ()

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {one.id: one for one in self.organization.nodes}

    @cached_property
    def _policies(self) -> Mapping[str, OrganizationPolicy]:
        return {**_FULL, **{one.id: one for one in self.organization.policies}}

    def way(self, account: str) -> tuple[Node, ...] | None:
        """The nodes from the root to the account; None where the account is not in the tree, or the way is broken."""
        found: list[Node] = []
        at = account
        while at in self.nodes and len(found) < _MOST_LEVELS:
            found.append(self.nodes[at])
            at = self.nodes[at].parent
        way = tuple(reversed(found))
        return way if way and way[0].type == "root" else None

    def path(self, account: str) -> str | None:
        """The account's place as `aws:PrincipalOrgPaths` has it: `o-…/r-…/ou-…/`; None where it is not known."""
        way = self.way(account)
        ids = [node.id for node in way or () if node.type != "account"]
        return "/".join((self.organization.id, *ids, "")) if ids else None

    def levels(self, account: str, kind: PolicyType) -> tuple[Level, ...] | None:
        """The policies of the type on the way to the account, level by level; None where there is no knowing.

        None of the type bind an organisation that has it switched off: there are then no levels. Where it is on, every
        node has one of the type at least, so that it is off where none has. AWS Organizations User Guide, "Attaching
        and detaching service control policies".
        """
        enabled = self.organization.enabled
        if enabled and kind not in enabled:
            return ()
        way = self.way(account)
        if way is None or any(self._is_unread(one, kind, way) for one in self.not_read):
            return None
        if not enabled and not any(_ids(node, kind) for node in self.nodes.values()):
            return ()
        return tuple(Level(_title(node), tuple(self.attached(node, kind)), node.id) for node in way)

    def _is_unread(self, one: NotRead, kind: PolicyType, way: tuple[Node, ...]) -> bool:
        """Whether it may be that attachments of the type on the way are missing."""
        if not one.what.startswith("organizations.List") or "Delegated" in one.what:
            return False
        if one.subject in ("scp", "rcp"):
            return one.subject == kind
        if one.subject in self.nodes:
            return any(node.id == one.subject for node in way)
        known = self._policies.get(one.subject)
        return known is None or known.type == kind

    def attached_titles(self, node: Node, kind: PolicyType) -> tuple[str, ...]:
        """The names with ids of the policies of the type at the node itself, in the order of `attached`."""
        named = ((self._policies.get(one), one) for one in _ids(node, kind))
        return tuple(f"{found.name} ({one})" if found else one for found, one in named)

    def attached(self, node: Node, kind: PolicyType) -> Iterator[Parsed]:
        """The policies of the type at the node itself."""
        for policy in _ids(node, kind):
            found = self._policies.get(policy)
            yield not_known(kind, f"{kind} {policy}") if found is None else self.documents.of_organization(found)


def _ids(node: Node, kind: PolicyType) -> tuple[str, ...]:
    return node.scps if kind == "scp" else node.rcps


def _title(node: Node) -> str:
    return f"{node.type}/{node.name or node.id}"
