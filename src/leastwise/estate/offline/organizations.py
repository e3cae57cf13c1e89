"""Answers of `aws organizations`, put together once all files are read: the trees and the policies on them.

What AWS's answers leave to whoever asked, such as whose parent is listed, is in the file's name or in a key in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from leastwise.estate.answers import document
from leastwise.estate.held import NotRead, OrganizationPolicy, Part
from leastwise.estate.offline.organization_facts import TYPES, Facts, type_of_node
from leastwise.estate.offline.reading import Answer, Json, Reading, member, objects, text

TOPIC: Final = "organizations"
Use = Callable[["_Work", Answer], None]


def is_organization(reading: Reading, body: Json) -> bool:
    """Whether the object is an answer of AWS Organizations."""
    key = _key(body)
    if key == "Policies" and not body[key]:
        return "list-policies" in reading.stem or "TargetId" in body
    return bool(key) and _FITS.get(key, _is_list)(body[key])


def read_organization(reading: Reading, body: Json) -> None:
    """Keeps the answer until all files are read."""
    kind = TYPES.get(text(member(body, "Policy", "PolicySummary", "Type")))
    if kind:
        name = text(member(body, "Policy", "PolicySummary", "Id"))
        reading.look_at(document(member(body, "Policy", "Content")), kind, name)
    reading.answer(TOPIC, body)


def organizations_of(answers: Iterable[Answer], accounts: Iterable[str]) -> Iterator[Part]:
    """The organizations that the answers tell of, what is missing of them, and which accounts are in none of them."""
    work = _Work()
    for answer in sorted(answers, key=lambda one: (one.path, one.stem)):
        _USE[_key(answer.body)](work, answer)
        if answer.body.get("NextToken"):
            reason = f"{answer.path}: the answer is cut off: it has a `NextToken`"
            work.faults.append(NotRead(f"organizations.{_CUT[_key(answer.body)]}", reason))
    yield from work.faults
    found = list(work.facts.organizations())
    yield from found
    yield from work.facts.missing()
    members = work.facts.accounts()
    if found:
        ids = " and ".join(sorted(work.facts.managers))
        reason = f"the account is in none of the organizations that were given: {ids}"
        yield from (NotRead("organization", reason, one) for one in sorted(set(accounts) - members))


def _key(body: Json) -> str:
    return next((name for name in _USE if name in body), "")


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) and "Id" in one for one in value)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping) and ":organizations:" in text(value.get("Arn"))


def _is_policies(value: object) -> bool:
    types = [text(one.get("Type")) for one in objects(value)]
    return bool(types) and all(one.endswith("_POLICY") or one.startswith("DECLARATIVE_POLICY") for one in types)


_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "Organization": lambda value: text(member(value, "Id")).startswith("o-"),
    "OrganizationalUnit": _is_object,
    "Account": _is_object,
    "Policy": lambda value: isinstance(member(value, "PolicySummary"), Mapping),
    "Policies": _is_policies,
    "Targets": lambda value: isinstance(value, list) and all("TargetId" in one for one in objects(value)),
    "DelegatedServices": lambda value: isinstance(value, list),
}

_NODE: Final = re.compile(r"(?<![0-9a-z])(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})(?![0-9a-z])")
_POLICY: Final = re.compile(r"(?<![0-9A-Za-z])p-[0-9A-Za-z_]{8,128}(?![0-9A-Za-z_])")
_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


def _told(answer: Answer, key: str, form: re.Pattern[str]) -> str:
    """The id that the key in front holds, else the last in the file's name; empty where neither tells."""
    found = form.findall(answer.stem)
    return text(answer.body.get(key)) or (found[-1] if found else "")


class _Work:
    def __init__(self) -> None:
        self.facts = Facts()
        self.faults: list[NotRead] = []

    def _about(self, answer: Answer, key: str, form: re.Pattern[str], operation: str) -> str:
        found = _told(answer, key, form)
        if not found:
            reason = f"{answer.path}: neither its name nor a key `{key}` in front tells the id that it is about"
            self.faults.append(NotRead(f"organizations.{operation}", reason))
        return found

    def organization(self, answer: Answer) -> None:
        told = member(answer.body, "Organization")
        self.facts.managers[text(member(told, "Id"))] = text(member(told, "MasterAccountId"))

    def roots(self, answer: Answer) -> None:
        for one in objects(answer.body["Roots"]):
            enabled = [
                TYPES[text(each.get("Type"))]
                for each in objects(one.get("PolicyTypes"))
                if each.get("Status") == "ENABLED" and text(each.get("Type")) in TYPES
            ]
            self.facts.node(text(one.get("Id")), one).parent = ""
            self.facts.enabled[text(one.get("Id"))] = tuple(sorted(enabled))

    def accounts(self, answer: Answer) -> None:
        parent = _told(answer, "ParentId", _NODE)
        if not parent and "for-parent" in answer.stem:
            self._about(answer, "ParentId", _NODE, "ListAccountsForParent")
        for one in objects(answer.body["Accounts"]):
            self._child(text(one.get("Id")), one, "" if type_of_node(parent) == "account" else parent)

    def units(self, answer: Answer) -> None:
        parent = self._about(answer, "ParentId", _NODE, "ListOrganizationalUnitsForParent")
        for one in objects(answer.body["OrganizationalUnits"]):
            self._child(text(one.get("Id")), one, parent)

    def children(self, answer: Answer) -> None:
        parent = self._about(answer, "ParentId", _NODE, "ListChildren")
        for one in objects(answer.body["Children"]):
            self._child(text(one.get("Id")), {}, parent)

    def parents(self, answer: Answer) -> None:
        child = self._about(answer, "ChildId", _NODE, "ListParents")
        for one in objects(answer.body["Parents"]):
            self._child(child, {}, text(one.get("Id")))

    def _child(self, child: str, told: Json, parent: str) -> None:
        if child:
            node = self.facts.node(child, told)
            node.parent = node.parent or parent
        if parent:
            self.facts.node(parent, {})

    def single(self, answer: Answer) -> None:
        told = answer.body.get("Account") or answer.body.get("OrganizationalUnit")
        self.facts.node(text(member(told, "Id")), told if isinstance(told, Mapping) else {})

    def policies(self, answer: Answer) -> None:
        found = list(objects(answer.body["Policies"]))
        for one in found:
            self.facts.policy(one)
        target = _told(answer, "TargetId", _NODE)
        is_list = "TargetId" not in answer.body and ("for-target" not in answer.stem and "list-policies" in answer.stem)
        if is_list or (not target and "for-target" not in answer.stem):
            self._list(answer, found)
        elif self._about(answer, "TargetId", _NODE, "ListPoliciesForTarget"):
            self._attached(answer, found, target)

    def _list(self, answer: Answer, found: list[Json]) -> None:
        for kind in {text(one.get("Type")) for one in found} or {one for one in TYPES if one in answer.stem}:
            if kind in TYPES:
                self.facts.listing(TYPES[kind], [one for one in found if one.get("Type") == kind])

    def _attached(self, answer: Answer, found: list[Json], target: str) -> None:
        for name, kind in TYPES.items():
            ids = [text(one.get("Id")) for one in found if one.get("Type") == name]
            if ids or name in answer.stem:
                self.facts.attached[kind].setdefault(target, []).extend(ids)
        self.facts.node(target, {})

    def policy(self, answer: Answer) -> None:
        told = answer.body["Policy"]
        summary = member(told, "PolicySummary")
        kind = TYPES.get(text(member(summary, "Type")))
        if not isinstance(summary, Mapping) or kind is None:
            return
        self.facts.policy(summary)
        one = text(summary.get("Id"))
        self.facts.documents.setdefault(
            one,
            OrganizationPolicy(
                one,
                text(summary.get("Name")),
                kind,
                document(member(told, "Content")),
                summary.get("AwsManaged") is True,
                answer.origin,
                answer.unknown,
            ),
        )

    def targets(self, answer: Answer) -> None:
        policy = self._about(answer, "PolicyId", _POLICY, "ListTargetsForPolicy")
        found = list(objects(answer.body["Targets"]))
        for one in found:
            self.facts.node(text(one.get("TargetId")), one)
        if policy:
            self.facts.targets.setdefault(policy, {}).update({text(one.get("TargetId")): None for one in found})

    def administrators(self, answer: Answer) -> None:
        for one in objects(answer.body["DelegatedAdministrators"]):
            self.facts.node(text(one.get("Id")), one)
            self.facts.administrators[text(one.get("Id"))] = None

    def services(self, answer: Answer) -> None:
        account = self._about(answer, "AccountId", _ACCOUNT, "ListDelegatedServicesForAccount")
        if account:
            names = [text(one.get("ServicePrincipal")) for one in objects(answer.body["DelegatedServices"])]
            self.facts.services.setdefault(account, []).extend(names)


_USE: Final[Mapping[str, Use]] = {
    "Organization": _Work.organization,
    "Roots": _Work.roots,
    "Accounts": _Work.accounts,
    "OrganizationalUnits": _Work.units,
    "Children": _Work.children,
    "Parents": _Work.parents,
    "OrganizationalUnit": _Work.single,
    "Account": _Work.single,
    "Policies": _Work.policies,
    "Policy": _Work.policy,
    "Targets": _Work.targets,
    "DelegatedAdministrators": _Work.administrators,
    "DelegatedServices": _Work.services,
}
"""The key that tells which answer it is, and what becomes of it."""

_CUT: Final[Mapping[str, str]] = {
    **{name: f"List{name}" for name in ("Roots", "Accounts", "Children", "Parents", "Policies")},
    "DelegatedAdministrators": "ListDelegatedAdministrators",
    "OrganizationalUnits": "ListOrganizationalUnitsForParent",
    "Targets": "ListTargetsForPolicy",
    "DelegatedServices": "ListDelegatedServicesForAccount",
    "Organization": "DescribeOrganization",
    "OrganizationalUnit": "DescribeOrganizationalUnit",
    "Account": "DescribeAccount",
    "Policy": "DescribePolicy",
}
