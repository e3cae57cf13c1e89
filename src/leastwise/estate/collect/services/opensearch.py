"""Amazon OpenSearch Service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_AT_ONCE: Final = 5


@collector("opensearch", reads=("opensearch.ListDomainNames", "opensearch.DescribeDomains"))
def domains(api: Api) -> Iterator[Resource]:
    """Domains and their policies."""
    names = [one.text("DomainName") for one in api.rows("opensearch.ListDomainNames", "DomainNames")]
    for at in range(0, len(names), _AT_ONCE):
        yield from _described(api, names[at : at + _AT_ONCE])


def _described(api: Api, names: Sequence[str]) -> Iterator[Resource]:
    subject = api.arn("es", f"domain/{names[0]}") if len(names) == 1 else ""
    found = api.call("opensearch.DescribeDomains", subject=subject, DomainNames=names)
    for one in found.rows("DomainStatusList") if found else ():
        yield Resource(
            one.text("ARN"),
            api.account,
            "es:domain",
            api.region,
            own_policy(one, "AccessPolicies"),
            settings={"VPCId": one.text("VPCOptions", "VPCId")} if one.has("VPCOptions", "VPCId") else {},
        )
