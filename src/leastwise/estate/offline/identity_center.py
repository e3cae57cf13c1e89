"""Answers of `aws sso-admin` and `aws identitystore`, put together once all files are read.

Most of them do not say which permission set they are about: its ARN is in a key in front, or its id in the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from leastwise.estate.answers import document
from leastwise.estate.held import Assignment, IdentityCenter, NotRead, Part, PermissionSet, Person, PersonGroup
from leastwise.estate.offline.reading import Answer, Json, Reading, member, objects, text, texts

TOPIC: Final = "identity center"
_SET: Final = re.compile(r"(?<![0-9a-z])ps-[0-9a-f]{16}(?![0-9a-z])")
_INSTANCE: Final = re.compile(r":permissionSet/(ssoins-[0-9a-zA-Z.-]+)/")
_GROUP: Final = re.compile(r"(?:[0-9a-f]{10}-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_PRINCIPALS: Final[Mapping[str, Literal["USER", "GROUP"]]] = {"USER": "USER", "GROUP": "GROUP"}
Use = Callable[["_Work", Answer], None]


def is_identity_center(reading: Reading, body: Json) -> bool:
    """Whether the object is an answer of IAM Identity Center or of its identity store."""
    return any(key in body and fits(reading, body[key]) for key, (fits, _) in _ANSWERS.items())


def read_identity_center(reading: Reading, body: Json) -> None:
    """Keeps the answer until all files are read."""
    inline = text(body.get("InlinePolicy"))
    if inline:
        reading.look_at(inline, "identity", f"the inline policy of {reading.stem}")
    reading.answer(TOPIC, body)


def centers_of(answers: Iterable[Answer], _accounts: Iterable[str]) -> Iterator[Part]:
    """The instances that the answers tell of, and what is missing of them."""
    work = _Work()
    for answer in sorted(answers, key=lambda one: (one.path, one.stem)):
        key = next(key for key in _ANSWERS if key in answer.body)
        _ANSWERS[key][1](work, answer)
        if answer.body.get("NextToken"):
            work.faults.append(
                NotRead(f"sso-admin.{key}", f"{answer.path}: the answer is cut off: it has a `NextToken`")
            )
    yield from work.centers()
    yield from work.faults


@dataclass
class _Set:
    name: str = ""
    inline: str = ""
    boundary: str = ""
    attached: list[str] = field(default_factory=list)
    customer_managed: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)


class _Work:
    def __init__(self) -> None:
        self.stores: dict[str, str] = {}
        self.sets: dict[str, _Set] = {}
        self.assignments: dict[Assignment, None] = {}
        self.users: dict[str, tuple[str, str]] = {}
        self.groups: dict[str, tuple[str, str]] = {}
        self.members: dict[str, set[str]] = {}
        self.read: set[str] = set()
        self.faults: list[NotRead] = []

    def instances(self, answer: Answer) -> None:
        for one in objects(answer.body["Instances"]):
            self.stores[text(one.get("InstanceArn"))] = text(one.get("IdentityStoreId"))

    def listed(self, answer: Answer) -> None:
        for arn in texts(answer.body["PermissionSets"]):
            self.sets.setdefault(arn, _Set())

    def described(self, answer: Answer) -> None:
        told = answer.body["PermissionSet"]
        found = self.sets.setdefault(text(member(told, "PermissionSetArn")), _Set())
        found.name = text(member(told, "Name"))

    def _about(self, answer: Answer, operation: str) -> _Set | None:
        """The permission set that the answer is about; None, and a fault, where nothing tells."""
        told = text(answer.body.get("PermissionSetArn"))
        ids = _SET.findall(answer.stem)
        arn = told or (f"?/{ids[-1]}" if ids else "")
        if not arn:
            reason = f"{answer.path}: neither its name nor a key `PermissionSetArn` in front tells the permission set"
            self.faults.append(NotRead(f"sso-admin.{operation}", reason))
            return None
        found = self.sets.setdefault(arn, _Set())
        found.told.add(operation)
        return found

    def inline(self, answer: Answer) -> None:
        found = self._about(answer, "GetInlinePolicyForPermissionSet")
        if found:
            found.inline = document(answer.body["InlinePolicy"])

    def attached(self, answer: Answer) -> None:
        found = self._about(answer, "ListManagedPoliciesInPermissionSet")
        if found:
            found.attached += [text(one.get("Arn")) for one in objects(answer.body["AttachedManagedPolicies"])]

    def references(self, answer: Answer) -> None:
        found = self._about(answer, "ListCustomerManagedPolicyReferencesInPermissionSet")
        if found:
            found.customer_managed += [_named(one) for one in objects(answer.body["CustomerManagedPolicyReferences"])]

    def boundary(self, answer: Answer) -> None:
        found = self._about(answer, "GetPermissionsBoundaryForPermissionSet")
        told = answer.body["PermissionsBoundary"]
        if found:
            reference = member(told, "CustomerManagedPolicyReference")
            own = _named(reference) if isinstance(reference, Mapping) else ""
            found.boundary = text(member(told, "ManagedPolicyArn")) or own

    def assigned(self, answer: Answer) -> None:
        self.read.add("ListAccountAssignments")
        for one in objects(answer.body["AccountAssignments"]):
            kind = _PRINCIPALS.get(text(one.get("PrincipalType")), "GROUP")
            arn, account = text(one.get("PermissionSetArn")), text(one.get("AccountId"))
            self.sets.setdefault(arn, _Set())
            self.assignments[Assignment(arn, account, kind, text(one.get("PrincipalId")))] = None

    def people(self, answer: Answer) -> None:
        for one in objects(answer.body["Users"]):
            told = text(one.get("UserName")) or text(one.get("DisplayName"))
            self.users[text(one.get("UserId"))] = (told, text(one.get("IdentityStoreId")))

    def teams(self, answer: Answer) -> None:
        for one in objects(answer.body["Groups"]):
            self.groups[text(one.get("GroupId"))] = (text(one.get("DisplayName")), text(one.get("IdentityStoreId")))

    def memberships(self, answer: Answer) -> None:
        named = text(answer.body.get("GroupId")) or next(iter(_GROUP.findall(answer.stem)), "")
        self.read.add(f"ListGroupMemberships {named}")
        for one in objects(answer.body["GroupMemberships"]):
            group = text(one.get("GroupId")) or named
            self.read.add(f"ListGroupMemberships {group}")
            self.members.setdefault(text(member(one, "MemberId", "UserId")), set()).add(group)

    def centers(self) -> Iterator[Part]:
        """An instance for each that is named; what names none belongs to the only one."""
        self._settle_names()
        instances = {*self.stores, *(_instance(arn) for arn in self.sets if _instance(arn))}
        if not instances and (self.sets or self.users or self.groups):
            reason = "no file tells the instance: add the answer of `aws sso-admin list-instances`"
            self.faults.append(NotRead("sso-admin.ListInstances", reason))
        for instance in sorted(instances):
            yield self._center(instance, is_only=len(instances) == 1)
        self._look_for_gaps()

    def _settle_names(self) -> None:
        """Answers that only have the id of a permission set become those of its ARN."""
        arns = {arn.rpartition("/")[2]: arn for arn in self.sets if not arn.startswith("?/")}
        instances = {*self.stores, *map(_instance, arns.values())}
        only = instances.pop() if len(instances) == 1 else ""
        for short in [arn for arn in self.sets if arn.startswith("?/")]:
            part = self.sets.pop(short)
            name = short.removeprefix("?/")
            made = only.replace(":instance/", ":permissionSet/") + f"/{name}" if only else short
            whole = self.sets.setdefault(arns.get(name, made), _Set())
            whole.inline = whole.inline or part.inline
            whole.boundary = whole.boundary or part.boundary
            whole.attached += part.attached
            whole.customer_managed += part.customer_managed
            whole.told |= part.told

    def _center(self, instance: str, *, is_only: bool) -> IdentityCenter:
        store = self.stores.get(instance, "")
        own = {arn: one for arn, one in sorted(self.sets.items()) if is_only or _instance(arn) == instance}
        assignments = [one for one in self.assignments if one.permission_set in own]
        ordered = sorted(assignments, key=lambda one: (one.permission_set, one.account, one.principal))
        users = [
            Person(one, name, tuple(sorted(self.members.get(one, ()))))
            for one, (name, holder) in sorted(self.users.items())
            if is_only or holder == store
        ]
        groups = [
            PersonGroup(one, name) for one, (name, holder) in sorted(self.groups.items()) if is_only or holder == store
        ]
        sets = tuple(_permission_set(arn, one, ordered) for arn, one in own.items())
        return IdentityCenter(instance, store, sets, tuple(ordered), tuple(users), tuple(groups))

    def _look_for_gaps(self) -> None:
        for arn, one in sorted(self.sets.items()):
            for operation in sorted(_OF_EACH_SET - one.told):
                reason = "no file has the answer for this permission set"
                self.faults.append(NotRead(f"sso-admin.{operation}", reason, subject=arn))
        if self.sets and "ListAccountAssignments" not in self.read:
            reason = "no file tells who has a permission set in an account"
            self.faults.append(NotRead("sso-admin.ListAccountAssignments", reason))
        for group in sorted(self.groups):
            if f"ListGroupMemberships {group}" not in self.read:
                reason = "no file tells who is in the group: name it after the group's id"
                self.faults.append(NotRead("identitystore.ListGroupMemberships", reason, subject=group))


_OF_EACH_SET: Final = frozenset(
    {
        "GetInlinePolicyForPermissionSet",
        "ListManagedPoliciesInPermissionSet",
        "ListCustomerManagedPolicyReferencesInPermissionSet",
    }
)
"""What has to be known of a permission set. That it has no boundary AWS says by an error, which leaves no file."""


def _permission_set(arn: str, one: _Set, assignments: Iterable[Assignment]) -> PermissionSet:
    accounts = sorted({each.account for each in assignments if each.permission_set == arn})
    attached, references = tuple(sorted(set(one.attached))), tuple(sorted(set(one.customer_managed)))
    return PermissionSet(arn, one.name, one.inline, attached, references, one.boundary, tuple(accounts))


def _instance(permission_set: str) -> str:
    found = _INSTANCE.search(permission_set)
    return permission_set.replace(":permissionSet/", ":instance/").rpartition("/")[0] if found else ""


def _named(reference: Json) -> str:
    return f"{text(reference.get('Path')) or '/'}{text(reference.get('Name'))}"


def _all_have(key: str) -> Callable[[Reading, object], bool]:
    return lambda _, value: isinstance(value, list) and all(isinstance(one, Mapping) and key in one for one in value)


def _of_store(key: str) -> Callable[[Reading, object], bool]:
    return lambda _, value: _all_have(key)(_, value) and not any("Arn" in one for one in objects(value))


_ANSWERS: Final[Mapping[str, tuple[Callable[[Reading, object], bool], Use]]] = {
    "Instances": (_all_have("InstanceArn"), _Work.instances),
    "PermissionSets": (lambda _, value: isinstance(value, list), _Work.listed),
    "PermissionSet": (
        lambda _, value: "PermissionSetArn" in value if isinstance(value, Mapping) else False,
        _Work.described,
    ),
    "InlinePolicy": (lambda _, value: isinstance(value, str | Mapping), _Work.inline),
    "AttachedManagedPolicies": (_all_have("Arn"), _Work.attached),
    "CustomerManagedPolicyReferences": (lambda _, value: isinstance(value, list), _Work.references),
    "PermissionsBoundary": (lambda _, value: isinstance(value, Mapping), _Work.boundary),
    "AccountAssignments": (lambda _, value: isinstance(value, list), _Work.assigned),
    "Users": (_of_store("UserId"), _Work.people),
    "Groups": (_of_store("GroupId"), _Work.teams),
    "GroupMemberships": (lambda _, value: isinstance(value, list), _Work.memberships),
}
"""The key that tells which answer it is, whether its value has the form, and what becomes of it."""
