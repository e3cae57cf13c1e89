"""AWS KMS."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Grant, Resource


@collector("kms", reads=("kms.ListKeys", "kms.GetKeyPolicy", "kms.ListGrants"))
def keys(api: Api) -> Iterator[Resource]:
    """Keys, their policies and their grants."""
    return api.each(api.rows("kms.ListKeys", "Keys", Limit=1000), _key)


def _key(api: Api, key: Answer) -> Resource:
    arn = key.text("KeyArn")
    found = api.call("kms.GetKeyPolicy", subject=arn, KeyId=arn, PolicyName="default")
    grants = tuple(_grant(one) for one in api.rows("kms.ListGrants", "Grants", subject=arn, KeyId=arn))
    return Resource(arn, api.account, "kms:key", api.region, own_policy(found, "Policy"), grants=grants)


def _grant(one: Answer) -> Grant:
    limits = one.row("Constraints")
    return Grant(
        one.text("GranteePrincipal") or one.text("GranteeServicePrincipal"),
        one.texts("Operations"),
        one.text("GrantId"),
        limits.table("EncryptionContextEquals") if limits.has("EncryptionContextEquals") else None,
        limits.table("EncryptionContextSubset"),
    )
