"""Reads a folder of AWS CLI output by itself: what a test says of the company, it says of these files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Estate:
    """The files of one company, read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> Json:
        found: Json = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return found

    @cached_property
    def truth(self) -> Json:
        return self.read("truth.json")

    @cached_property
    def details(self) -> dict[str, Json]:
        names = sorted((self.folder / "accounts").glob("*/authorization-details.json"))
        return {name.parent.name: json.loads(name.read_text(encoding="utf-8")) for name in names}

    @cached_property
    def principals(self) -> dict[str, Json]:
        lists = ("RoleDetailList", "UserDetailList")
        return {entry["Arn"]: entry for one in self.details.values() for name in lists for entry in one[name]}

    @cached_property
    def policies(self) -> dict[str, Json]:
        found = {}
        for one in self.details.values():
            for policy in one["Policies"]:
                found[policy["Arn"]] = policy["PolicyVersionList"][0]["Document"]
        return found

    @cached_property
    def groups(self) -> dict[tuple[str, str], Json]:
        return {(a, group["GroupName"]): group for a, one in self.details.items() for group in one["GroupDetailList"]}

    @cached_property
    def resources(self) -> dict[str, Json]:
        names = sorted((self.folder / "accounts").glob("*/resources/*/*.json"))
        told = [json.loads(name.read_text(encoding="utf-8")) for name in names]
        return {entry["ResourceArn"]: entry["Policy"] for entry in told}

    def credentials(self, account: str) -> dict[str, dict[str, str]]:
        with (self.folder / "accounts" / account / "credential-report.csv").open(encoding="utf-8") as file:
            return {row["user"]: row for row in csv.DictReader(file)}

    def documents(self, arn: str) -> list[Json]:
        """All identity policies of a principal, its groups' as well."""
        entry = self.principals[arn]
        holders = [entry, *(self.groups[(arn.split(":")[4], name)] for name in entry.get("GroupList", ()))]
        found = []
        for holder in holders:
            inline = next((holder[key] for key in INLINE if key in holder), [])
            found += [policy["PolicyDocument"] for policy in inline]
            found += [self.policies[policy["PolicyArn"]] for policy in holder["AttachedManagedPolicies"]]
        return found

    def allows(self, arn: str, action: str, resource: str = "") -> bool:
        """Whether some Allow names the action, on the resource if one is given."""
        return any(names(statement, action, resource) for statement in allows(self.documents(arn)))


INLINE = ("RolePolicyList", "UserPolicyList", "GroupPolicyList")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allows(documents: list[Json]) -> Iterator[Json]:
    for document in documents:
        yield from (s for s in listed(document["Statement"]) if s["Effect"] == "Allow")


def names(statement: Json, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        named = not any(like(action, p) for p in listed(statement["NotAction"]))
        services = {on.split(":")[2] for on in listed(statement["Resource"]) if on != "*"}
        named = named and (not services or action.split(":")[0] in services)
    else:
        named = any(like(action, pattern) for pattern in listed(statement["Action"]))
    return named and (not resource or any(like(resource, p) for p in listed(statement["Resource"])))


def like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())


def trusted(estate: Estate, arn: str) -> Json:
    """The one statement of a role's trust policy."""
    found: Json = listed(estate.principals[arn]["AssumeRolePolicyDocument"]["Statement"])[0]
    return found
