"""Amazon ECR."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("ecr", reads=("ecr.DescribeRepositories", "ecr.GetRepositoryPolicy", "ecr.GetRegistryPolicy"))
def repositories(api: Api) -> Iterator[Resource]:
    """Repositories and their policies; the registry's policy is of the type `ecr:account`."""
    registry = api.call("ecr.GetRegistryPolicy", subject=api.root, absent=("RegistryPolicyNotFoundException",))
    if policies := own_policy(registry, "policyText"):
        yield Resource(api.root, api.account, "ecr:account", api.region, policies)
    for one in api.rows("ecr.DescribeRepositories", "repositories"):
        arn = one.text("repositoryArn")
        found = api.call(
            "ecr.GetRepositoryPolicy",
            subject=arn,
            absent=("RepositoryPolicyNotFoundException",),
            repositoryName=one.text("repositoryName"),
        )
        yield Resource(arn, api.account, "ecr:repository", api.region, own_policy(found, "policyText"))
