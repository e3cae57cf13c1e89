"""AWS RAM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Share


@collector(
    "ram", reads=("ram.GetResourceShares", "ram.GetResourceShareAssociations", "ram.ListResourceSharePermissions")
)
def shares(api: Api) -> Iterator[Share]:
    """Resource shares that the account owns: what is shared, with whom, under which permissions."""
    principals = _by_share(api, "PRINCIPAL")
    resources = _by_share(api, "RESOURCE")
    for one in api.rows("ram.GetResourceShares", "resourceShares", resourceOwner="SELF", resourceShareStatus="ACTIVE"):
        arn = one.text("resourceShareArn")
        permissions = api.rows("ram.ListResourceSharePermissions", "permissions", subject=arn, resourceShareArn=arn)
        yield Share(
            arn,
            one.text("name"),
            api.account,
            api.region,
            tuple(resources.get(arn, ())),
            tuple(principals.get(arn, ())),
            tuple(permission.text("arn") for permission in permissions),
        )


def _by_share(api: Api, kind: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in api.rows(
        "ram.GetResourceShareAssociations",
        "resourceShareAssociations",
        associationType=kind,
        associationStatus="ASSOCIATED",
    ):
        found[one.text("resourceShareArn")].append(one.text("associatedEntity"))
    return found
