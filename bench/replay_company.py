"""The made-up company's organisation as its files tell of it, and denied calls that are planted into its logs."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, object]
Pairs = dict[tuple[str, str], int]
"""Principal and action → calls."""

BOUND = re.compile(r"arn:aws:iam::(\d{12}):(?:user|role)/(?!aws-service-role/)")
"""A principal that SCPs bind; its account."""

EASED_REGION, SHUT_REGION = "eu-central-2", "sa-east-1"
EASED_SCP = "regions"


class Files:
    """The organisation as the AWS CLI tells of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.management = str(self._read("describe-organization")["Organization"]["MasterAccountId"])
        self.documents = {name: json.loads(content) for name, content in self._policies()}

    def below(self, node: str) -> frozenset[str]:
        """The accounts under a node, an account being under itself; none is the management account."""
        if node.isdigit():
            return frozenset({node}) - {self.management}
        accounts = {one["Id"] for one in self._read(f"list-accounts-for-parent-{node}")["Accounts"]}
        units = self._read(f"list-organizational-units-for-parent-{node}")["OrganizationalUnits"]
        return frozenset(accounts).union(*(self.below(one["Id"]) for one in units)) - {self.management}

    def under(self, policy: str) -> frozenset[str]:
        """The accounts that an SCP binds, given by its name."""
        ids = [one["Id"] for one in self._summaries() if one["Name"] == policy]
        targets = self._read(f"list-targets-for-policy-{ids[0]}")["Targets"]
        return frozenset[str]().union(*(self.below(one["TargetId"]) for one in targets))

    def _policies(self) -> Iterator[tuple[str, str]]:
        for one in self._summaries():
            yield one["Name"], self._read(f"describe-policy-{one['Id']}")["Policy"]["Content"]

    def _summaries(self):  # type: ignore[no-untyped-def]
        return self._read("list-policies-SERVICE_CONTROL_POLICY")["Policies"]

    def _read(self, name: str):  # type: ignore[no-untyped-def]
        return json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))


_ACTIONS = {"DescribeInstances": "ec2:DescribeInstances", "DescribeLogGroups": "logs:DescribeLogGroups"}
_REFUSED = "ec2:DescribeRegions"
_REASON = "with an explicit deny in a service control policy"


def write_denied(company: Path, folder: Path) -> Pairs:
    """What an eased SCP lets through; the records of it are in the folder, beside some that stay denied.

    Copies of calls with success, moved to a Region that the SCP shuts: these its easing lets through. Moved to a Region
    that stays shut, and copies of calls that the identity policies denied: these not, unless these allow them by now.
    """
    accounts = sorted(Files(company / "organization").under(EASED_SCP))
    found: Counter[tuple[str, str]] = Counter()
    records: list[Json] = []
    for account in accounts:
        allowed = _allowed(company / "accounts" / account / "authorization-details.json", _REFUSED)
        for record in _some_records(company / "logs", account):
            who, action = _asker(record), _ACTIONS.get(record["eventName"])
            if action and not record.get("errorCode") and BOUND.match(who):
                records += [_moved(record, action, EASED_REGION), _moved(record, action, SHUT_REGION)]
                found[who, action] += 1
            elif record["eventName"] == "DescribeRegions" and "identity-based" in record.get("errorMessage", ""):
                records.append(_moved(record, _REFUSED, EASED_REGION))
                found[who, _REFUSED] += who in allowed
    folder.mkdir(parents=True)
    with gzip.open(folder / "denied.json.gz", "wt", encoding="utf-8") as file:
        json.dump({"Records": records}, file)
    return dict(+found)


def _allowed(details: Path, action: str) -> set[str]:
    """The roles of an account with a policy that allows the action."""
    told = json.loads(details.read_text(encoding="utf-8"))
    managed = {one["Arn"]: one["PolicyVersionList"][0]["Document"] for one in told["Policies"]}
    found = set()
    for role in told["RoleDetailList"]:
        own = [one["PolicyDocument"] for one in role.get("RolePolicyList", ())]
        own += [managed[one["PolicyArn"]] for one in role["AttachedManagedPolicies"] if one["PolicyArn"] in managed]
        if any(_allows(statement, action) for document in own for statement in _listed(document["Statement"])):
            found.add(role["Arn"])
    return found


def _allows(statement: Mapping[str, object], action: str) -> bool:
    patterns = map(str, _listed(statement.get("Action", [])))
    return statement["Effect"] == "Allow" and any(fnmatchcase(action.lower(), one.lower()) for one in patterns)


def _listed(value):  # type: ignore[no-untyped-def]
    return value if isinstance(value, list) else [value]


def _some_records(logs: Path, account: str):  # type: ignore[no-untyped-def]
    for path in sorted(logs.glob(f"AWSLogs/*/{account}/CloudTrail/*/*/*/*/*.json.gz"))[::40][:8]:
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


def _asker(record) -> str:  # type: ignore[no-untyped-def]
    who = record["userIdentity"]
    return str(who.get("sessionContext", {}).get("sessionIssuer", who).get("arn", ""))


def _moved(record: Mapping[str, object], action: str, region: str) -> Json:
    who = record["userIdentity"]
    assert isinstance(who, dict)
    return {
        **record,
        "eventID": str(uuid5(NAMESPACE_URL, f"{record['eventID']}/{region}")),
        "awsRegion": region,
        "errorCode": "AccessDenied",
        "errorMessage": f"User: {who.get('arn')} is not authorized to perform: {action} {_REASON}",
        "responseElements": None,
    }
