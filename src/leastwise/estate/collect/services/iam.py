"""AWS IAM: who there is, their policies, and what IAM tells about use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from leastwise.estate.answers import Answer
from leastwise.estate.authorization import OPERATION, group_of, last_used_of, managed_of, role_of, user_of
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.last_accessed import READS as LAST_ACCESSED
from leastwise.estate.collect.last_accessed import last_accessed
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Activity, Group, Iam, Role, User

_POLLS: Final = 30
_PAUSE: Final = 2.0
_READS: Final = (OPERATION, "iam.GenerateCredentialReport", "iam.GetCredentialReport")


@collector("iam", scope="account", reads=_READS, optional=LAST_ACCESSED)
def principals(api: Api) -> Iterator[Iam | Activity]:
    """Users, groups, roles, managed policies, the credential report; when roles and, if asked, services were used."""
    pages = list(api.pages(OPERATION, MaxItems=1000))
    users = tuple(user_of(one) for page in pages for one in page.rows("UserDetailList"))
    groups = tuple(group_of(one) for page in pages for one in page.rows("GroupDetailList"))
    rows = [one for page in pages for one in page.rows("RoleDetailList")]
    roles = tuple(map(role_of, rows))
    everybody: list[User | Group | Role] = [*users, *groups, *roles]
    named = _attached(everybody)
    managed = (one for page in pages for one in page.rows("Policies"))
    wanted = (managed_of(one) for one in managed if one.text("Arn") in named or not _is_of_aws(one))
    policies = tuple(one for one in wanted if one is not None)
    if pages:
        yield Iam(api.account, users, groups, roles, policies)
    asked = [one.arn for one in everybody] if api.asked.last_accessed else []
    used = {one.text("Arn"): last_used_of(one) for one in rows}
    yield Activity(api.account, used, tuple(_credentials(api)), last_accessed(api, asked))


def _attached(principals: Iterable[User | Group | Role]) -> frozenset[str]:
    """Every managed policy that a principal names."""
    named = {arn for one in principals for arn in one.attached}
    bounds = {one.boundary for one in principals if not isinstance(one, Group) and one.boundary}
    return frozenset(named | bounds)


def _is_of_aws(one: Answer) -> bool:
    return one.text("Arn").split(":")[4:5] == ["aws"]


def _credentials(api: Api) -> Iterator[dict[str, str]]:
    """The rows of the credential report, which IAM makes anew at most every four hours."""
    for _ in range(_POLLS):
        state = api.call("iam.GenerateCredentialReport")
        if state is None:
            return
        if state.text("State") == "COMPLETE":
            break
        api.wait(_PAUSE)
    else:
        api.note("iam.GenerateCredentialReport", "the report was not ready in time")
        return
    report = api.call("iam.GetCredentialReport")
    if report is not None:
        for row in csv.DictReader(io.StringIO(report.text("Content"))):
            yield {name: value or "" for name, value in row.items() if name}
