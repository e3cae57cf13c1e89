"""AWS Organizations: the tree, and the SCPs and RCPs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Delegation, Node, Organization, OrganizationPolicy, PolicyType, Resource

_TYPES: Final[Mapping[str, PolicyType]] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
_NONE: Final = ("AWSOrganizationsNotInUseException",)
_READS: Final = (
    "organizations.DescribeOrganization",
    "organizations.DescribeResourcePolicy",
    "organizations.ListRoots",
    "organizations.ListOrganizationalUnitsForParent",
    "organizations.ListAccountsForParent",
    "organizations.ListPolicies",
    "organizations.DescribePolicy",
    "organizations.ListTargetsForPolicy",
    "organizations.ListDelegatedAdministrators",
    "organizations.ListDelegatedServicesForAccount",
)
_Attached = Mapping[tuple[PolicyType, str], list[str]]


@collector("organizations", scope="organization", reads=_READS)
def organization(api: Api) -> Iterator[Organization | Resource]:
    """The organisation: roots, OUs, accounts, SCPs, RCPs, delegated administrators and the delegation policy."""
    told = api.call("organizations.DescribeOrganization", absent=_NONE)
    if told is None:
        return
    about = told.row("Organization")
    roots = list(api.rows("organizations.ListRoots", "Roots"))
    attached: dict[tuple[PolicyType, str], list[str]] = defaultdict(list)
    policies = tuple(one for kind in _TYPES for one in _policies(api, kind, attached))
    enabled = (
        one.text("Type") for root in roots for one in root.rows("PolicyTypes") if one.text("Status") == "ENABLED"
    )
    yield Organization(
        about.text("Id"),
        about.text("MasterAccountId"),
        tuple(node for root in roots for node in _tree(api, root, attached)),
        policies,
        tuple(_delegations(api)),
        tuple(sorted({_TYPES[name] for name in enabled if name in _TYPES}, reverse=True)),
    )
    yield from _delegation_policy(api, about.text("MasterAccountId"))


def _policies(api: Api, kind: str, attached: dict[tuple[PolicyType, str], list[str]]) -> Iterator[OrganizationPolicy]:
    for one in api.rows("organizations.ListPolicies", "Policies", Filter=kind):
        number, short = one.text("Id"), _TYPES[kind]
        about = {"subject": number, "PolicyId": number}
        for target in api.rows("organizations.ListTargetsForPolicy", "Targets", **about):
            attached[short, target.text("TargetId")].append(number)
        content = api.call("organizations.DescribePolicy", **about)
        document = content.text("Policy", "Content") if content else ""
        yield OrganizationPolicy(number, one.text("Name"), short, document, one.flag("AwsManaged"))


def _tree(api: Api, root: Answer, attached: _Attached) -> Iterator[Node]:
    """The root and all below it, parents first."""
    yield _node("root", root, "", attached)
    waiting = [root.text("Id")]
    while waiting:
        parent = waiting.pop(0)
        asked = {"subject": parent, "ParentId": parent}
        for account in api.rows("organizations.ListAccountsForParent", "Accounts", **asked):
            yield _node("account", account, parent, attached)
        for unit in api.rows("organizations.ListOrganizationalUnitsForParent", "OrganizationalUnits", **asked):
            yield _node("ou", unit, parent, attached)
            waiting.append(unit.text("Id"))


def _node(kind: Literal["root", "ou", "account"], one: Answer, parent: str, attached: _Attached) -> Node:
    number = one.text("Id")
    scps, rcps = (tuple(attached.get((short, number), ())) for short in _TYPES.values())
    return Node(number, one.text("Name"), kind, parent, scps, rcps, one.text("State") or one.text("Status"))


def _delegations(api: Api) -> Iterator[Delegation]:
    for one in api.rows("organizations.ListDelegatedAdministrators", "DelegatedAdministrators"):
        number = one.text("Id")
        services = api.rows(
            "organizations.ListDelegatedServicesForAccount", "DelegatedServices", subject=number, AccountId=number
        )
        yield Delegation(number, tuple(service.text("ServicePrincipal") for service in services))


def _delegation_policy(api: Api, owner: str) -> Iterator[Resource]:
    none = ("ResourcePolicyNotFoundException",)
    found = api.call("organizations.DescribeResourcePolicy", absent=none)
    if policies := own_policy(found, "ResourcePolicy", "Content"):
        arn = found.text("ResourcePolicy", "ResourcePolicySummary", "Arn") if found else ""
        yield Resource(arn, owner, "organizations:resourcepolicy", policies=policies)
