"""Amazon CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("logs", reads=("logs.DescribeResourcePolicies", "logs.DescribeDestinations"))
def log_policies(api: Api) -> Iterator[Resource]:
    """Destinations and their policies; the account's resource policies are together of the type `logs:account`.

    A policy on a single log group is told only where AWS lists it with those of the account.
    """
    found = list(api.rows("logs.DescribeResourcePolicies", "resourcePolicies"))
    of_account = {one.text("policyName"): one.text("policyDocument") for one in found if not one.has("resourceArn")}
    if of_account:
        yield Resource(api.root, api.account, "logs:account", api.region, of_account)
    for one in (one for one in found if one.has("resourceArn")):
        arn = one.text("resourceArn")
        yield Resource(arn, api.account, "logs:log-group", api.region, own_policy(one, "policyDocument"))
    for one in api.rows("logs.DescribeDestinations", "destinations"):
        yield Resource(one.text("arn"), api.account, "logs:destination", api.region, own_policy(one, "accessPolicy"))
