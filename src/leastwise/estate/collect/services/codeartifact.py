"""AWS CodeArtifact."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_NONE = ("ResourceNotFoundException",)
_READS = (
    "codeartifact.ListDomains",
    "codeartifact.GetDomainPermissionsPolicy",
    "codeartifact.ListRepositories",
    "codeartifact.GetRepositoryPermissionsPolicy",
)


@collector("codeartifact", reads=_READS)
def packages(api: Api) -> Iterator[Resource]:
    """Domains, repositories and their policies."""
    for domain in api.rows("codeartifact.ListDomains", "domains"):
        arn, name = domain.text("arn"), domain.text("name")
        found = api.call(
            "codeartifact.GetDomainPermissionsPolicy",
            subject=arn,
            absent=_NONE,
            domain=name,
            domainOwner=domain.text("owner"),
        )
        yield Resource(arn, api.account, "codeartifact:domain", api.region, own_policy(found, "policy", "document"))
    for one in api.rows("codeartifact.ListRepositories", "repositories"):
        arn = one.text("arn")
        found = api.call(
            "codeartifact.GetRepositoryPermissionsPolicy",
            subject=arn,
            absent=_NONE,
            domain=one.text("domainName"),
            domainOwner=one.text("domainOwner"),
            repository=one.text("name"),
        )
        policies = own_policy(found, "policy", "document")
        yield Resource(arn, api.account, "codeartifact:repository", api.region, policies)
