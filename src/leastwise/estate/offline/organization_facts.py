"""What answers tell of organizations, fact by fact, and the organizations that these make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from leastwise.estate.held import Delegation, Node, NotRead, Organization, OrganizationPolicy, PolicyType
from leastwise.estate.offline.reading import Json, text

TYPES: Final[Mapping[str, PolicyType]] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
FULL: Final[Mapping[PolicyType, str]] = {"scp": "p-FullAWSAccess", "rcp": "p-RCPFullAWSAccess"}
"""The policies of AWS that are attached everywhere from the day on that their type is enabled."""

_ARN = re.compile(r"arn:[^:]+:organizations::(\d{12}):[a-z_]+/(o-[a-z0-9]+)(?:/|$)")
_MOST_LEVELS: Final = 32


def type_of_node(node: str) -> Literal["root", "ou", "account"]:
    """What the id is of."""
    return "root" if node.startswith("r-") else "ou" if node.startswith("ou-") else "account"


@dataclass
class _Node:
    name: str = ""
    parent: str = ""
    status: str = ""
    organization: str = ""


@dataclass
class Facts:
    """All that was told, in no order. `managers` are the management accounts by organization.

    `attached` are policies by target, `targets` the other way round: each is complete for what it has an entry for.
    """

    managers: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, _Node] = field(default_factory=dict)
    enabled: dict[str, tuple[PolicyType, ...]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    documents: dict[str, OrganizationPolicy] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    listed: dict[PolicyType, list[list[str]]] = field(default_factory=lambda: {"scp": [], "rcp": []})
    attached: dict[PolicyType, dict[str, list[str]]] = field(default_factory=lambda: {"scp": {}, "rcp": {}})
    targets: dict[str, dict[str, None]] = field(default_factory=dict)
    administrators: dict[str, None] = field(default_factory=dict)
    services: dict[str, list[str]] = field(default_factory=dict)

    def node(self, node: str, told: Json) -> _Node:
        """The root, OU or account of this id, with what the object tells of it added."""
        found = self.nodes.setdefault(node, _Node())
        found.name = found.name or text(told.get("Name"))
        found.status = found.status or text(told.get("Status")) or text(told.get("State"))
        found.organization = found.organization or self._organization_in(text(told.get("Arn")))
        return found

    def policy(self, summary: Json) -> None:
        """Keeps the type, name and owner of a policy."""
        one = text(summary.get("Id"))
        self.types[one] = text(summary.get("Type"))
        self.names[one] = text(summary.get("Name"))
        owner = self._organization_in(text(summary.get("Arn")))
        if owner:
            self.owners[one] = owner

    def listing(self, kind: PolicyType, policies: Sequence[Json]) -> None:
        """Keeps that these are all policies of the type, of one organization."""
        self.listed[kind].append([text(one.get("Id")) for one in policies])

    def accounts(self) -> set[str]:
        """The accounts of all organizations, the management accounts among them."""
        members = {one for one in self.nodes if type_of_node(one) == "account"}
        return members | {one for one in self.managers.values() if one}

    def _organization_in(self, arn: str) -> str:
        found = _ARN.match(arn)
        if found is None:
            return ""
        self.managers.setdefault(found[2], found[1])
        return found[2]

    def organizations(self) -> Iterator[Organization]:
        """Each organization with its part of the facts."""
        for one in sorted(self.managers):
            yield _Tree(self, one).organization()

    def missing(self) -> Iterator[NotRead]:
        """What answers are missing, so that what turns on them stays open."""
        if not self.managers and (self.nodes or self.types):
            reason = "no file tells the organization: add the answer of `aws organizations describe-organization`"
            yield NotRead("organizations.DescribeOrganization", reason)
        for one in sorted(self.managers):
            yield from _Tree(self, one).missing()


class _Tree:
    """The facts about one organization."""

    def __init__(self, facts: Facts, organization: str) -> None:
        self.facts = facts
        self.id = organization
        self.account = facts.managers[organization]
        self.nodes = {node: one for node, one in sorted(facts.nodes.items()) if self._of(node) == organization}
        self.roots = [node for node in self.nodes if type_of_node(node) == "root"]

    def _of(self, node: str) -> str:
        """The organization of a node: as its ARN or those above or below it tell, or the only one that there is."""
        if len(self.facts.managers) == 1:
            return self.id
        at, seen = node, 0
        while at in self.facts.nodes and seen < _MOST_LEVELS:
            found = self.facts.nodes[at]
            if found.organization:
                return found.organization
            at, seen = found.parent, seen + 1
        below = (one for one in self.facts.nodes.values() if one.parent == node and one.organization)
        return next((one.organization for one in below), "")

    def organization(self) -> Organization:
        attachments = {kind: self._attachments(kind) for kind in FULL}
        nodes = tuple(
            Node(
                node,
                found.name,
                type_of_node(node),
                self._parent(node),
                attachments["scp"].get(node, ()),
                attachments["rcp"].get(node, ()),
                found.status,
            )
            for node, found in self.nodes.items()
        )
        used = {one for by_node in attachments.values() for ids in by_node.values() for one in ids}
        policies = tuple(one for name, one in sorted(self.facts.documents.items()) if self._has(name, used))
        enabled = tuple(sorted({kind for root in self.roots for kind in self.facts.enabled.get(root, ())}))
        return Organization(self.id, self.account, nodes, policies, tuple(self._delegations()), enabled)

    def _has(self, policy: str, used: set[str]) -> bool:
        owner = self.facts.owners.get(policy)
        return policy in used or owner == self.id or (owner is None and len(self.facts.managers) == 1)

    def _parent(self, node: str) -> str:
        return "" if type_of_node(node) == "root" else self.nodes[node].parent

    def _delegations(self) -> Iterator[Delegation]:
        for account in sorted({*self.facts.administrators, *self.facts.services}):
            if account in self.nodes:
                services = dict.fromkeys(self.facts.services.get(account, ()))
                yield Delegation(account, tuple(services))

    def _attachments(self, kind: PolicyType) -> dict[str, tuple[str, ...]]:
        """The policies of the type by node. Where no type is enabled none binds, and AWS's own says just that."""
        if self._is_off():
            return dict.fromkeys(self.nodes, (FULL[kind],))
        found = {node: set(ids) for node, ids in self.facts.attached[kind].items() if node in self.nodes}
        for policy, targets in self.facts.targets.items():
            if self._type(policy) == kind:
                for node in targets:
                    found.setdefault(node, set()).add(policy)
        return {node: tuple(sorted(ids)) for node, ids in found.items()}

    def _is_off(self) -> bool:
        told = [self.facts.enabled[root] for root in self.roots if root in self.facts.enabled]
        return bool(told) and not any(told)

    def _type(self, policy: str) -> PolicyType | None:
        own = next((kind for kind, name in FULL.items() if name == policy), None)
        return own or TYPES.get(self.facts.types.get(policy, ""))

    def missing(self) -> Iterator[NotRead]:
        told = [self.facts.enabled[root] for root in self.roots if root in self.facts.enabled]
        if not told:
            yield self._fault("ListRoots", "no answer of `list-roots` tells which policy types are enabled")
        if self._is_off():
            return
        kinds = {kind for one in told for kind in one} if told else set(FULL)
        yield from (self._fault(*found) for kind in sorted(kinds) for found in self._untold(kind))
        yield from (self._fault(*found) for found in self._undescribed())
        yield from (self._fault(*found) for found in self._orphans())
        yield from (self._fault(*found) for found in self._unserved())

    def _fault(self, operation: str, reason: str, subject: str = "") -> NotRead:
        return NotRead(f"organizations.{operation}", reason, self.account, subject=subject)

    def _untold(self, kind: PolicyType) -> Iterator[tuple[str, str, str]]:
        """Why attachments of the type may be missing."""
        if self.nodes and all(node in self.facts.attached[kind] for node in self.nodes):
            return
        listings = [one for one in self.facts.listed[kind] if self._is_own(one)]
        if not listings:
            yield "ListTargetsForPolicy", f"no answer of `list-policies` tells all {kind.upper()}s", kind
        for policy in sorted({policy for one in listings for policy in one}):
            if self._is_alien(policy) or self._has_targets(policy):
                continue
            advice = f"add the answer of `list-targets-for-policy --policy-id {policy}`"
            yield "ListTargetsForPolicy", f"it is not told to what {policy} is attached: {advice}", kind
        for policy in sorted(self.facts.targets):
            if self._type(policy) is None and policy not in self.facts.types and not listings:
                yield "ListTargetsForPolicy", f"it is not told of which type {policy} is", kind

    def _is_own(self, listing: Sequence[str]) -> bool:
        owners = {self.facts.owners[policy] for policy in listing if policy in self.facts.owners}
        return self.id in owners or (not owners and len(self.facts.managers) == 1)

    def _is_alien(self, policy: str) -> bool:
        return self.facts.owners.get(policy, self.id) != self.id

    def _has_targets(self, policy: str) -> bool:
        if policy not in self.facts.targets:
            return False
        is_sure = len(self.facts.managers) == 1 or policy in self.facts.owners
        return is_sure or any(node in self.nodes for node in self.facts.targets[policy])

    def _undescribed(self) -> Iterator[tuple[str, str, str]]:
        used = {one for kind in FULL for ids in self._attachments(kind).values() for one in ids}
        for policy in sorted(used - {*self.facts.documents, *FULL.values()}):
            name = self.facts.names.get(policy, "")
            reason = f"the document of `{name or policy}` is not given: add the answer of `describe-policy`"
            yield "DescribePolicy", reason, policy

    def _orphans(self) -> Iterator[tuple[str, str, str]]:
        below = [node for node in self.nodes if type_of_node(node) != "root"]
        orphans = [node for node in below if not self.nodes[node].parent]
        advice = "add the answers of `list-accounts-for-parent` and `list-organizational-units-for-parent`"
        if len(orphans) > 1 and len(orphans) == len(below):
            yield "ListParents", f"it is not told what stands above any account or OU: {advice}", ""
            return
        for node in orphans:
            yield "ListParents", f"it is not told what stands above {node}: {advice}, or of `list-parents`", node

    def _unserved(self) -> Iterator[tuple[str, str, str]]:
        for account in sorted(self.facts.administrators):
            if account in self.nodes and account not in self.facts.services:
                reason = "it is not told of which services the account is a delegated administrator"
                yield "ListDelegatedServicesForAccount", reason, account
