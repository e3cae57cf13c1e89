"""The people and groups of IAM Identity Center behind the roles that it makes in accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leastwise.estate.gather import Snapshot
from leastwise.estate.held import Assignment, IdentityCenter

_ROLE: Final = re.compile(
    r"arn:[^:]+:iam::(\d{12}):role/aws-reserved/sso\.amazonaws\.com/(?:.+/)?AWSReservedSSO_(.+)_[0-9a-f]+"
)
"""IAM Identity Center User Guide, "Referencing permission sets in resource policies"."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A user or group that has the role by assignment, by its name, or its id where that is not known; `people` are
    the names of a group's members.
    """

    kind: str
    name: str
    people: tuple[str, ...] = ()


def assigned(snapshot: Snapshot, role: str) -> Iterator[Assigned]:
    """Who has the role, given as its ARN, by assignment of the permission set that it was made from."""
    found = _ROLE.fullmatch(role)
    for center in snapshot.identity_centers if found else ():
        sets = {one.arn for one in center.permission_sets if found and one.name == found[2]}
        for one in center.assignments:
            if found and one.permission_set in sets and one.account == found[1]:
                yield _told(center, one)


def _told(center: IdentityCenter, one: Assignment) -> Assigned:
    if one.principal_type == "USER":
        name = next((person.name for person in center.users if person.id == one.principal), one.principal)
        return Assigned("user", name)
    name = next((group.name for group in center.groups if group.id == one.principal), one.principal)
    return Assigned("group", name, tuple(person.name for person in center.users if one.principal in person.groups))
