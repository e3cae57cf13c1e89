"""Amazon VPC Lattice."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector(
    "vpc-lattice", reads=("vpc-lattice.ListServices", "vpc-lattice.ListServiceNetworks", "vpc-lattice.GetAuthPolicy")
)
def services(api: Api) -> Iterator[Resource]:
    """Services, service networks and their auth policies."""
    for operation, kind in (("ListServices", "Service"), ("ListServiceNetworks", "ServiceNetwork")):
        for one in api.rows(f"vpc-lattice.{operation}", "items"):
            arn = one.text("arn")
            found = api.call(
                "vpc-lattice.GetAuthPolicy", subject=arn, absent=("ResourceNotFoundException",), resourceIdentifier=arn
            )
            settings: dict[str, bool | str] = (
                {"AuthPolicyState": found.text("state")} if found and found.has("state") else {}
            )
            yield Resource(
                arn, api.account, f"vpc-lattice:{kind}", api.region, own_policy(found, "policy"), settings=settings
            )
