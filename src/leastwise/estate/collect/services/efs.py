"""Amazon EFS."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("efs", reads=("efs.DescribeFileSystems", "efs.DescribeFileSystemPolicy"))
def file_systems(api: Api) -> Iterator[Resource]:
    """File systems and their policies."""
    for one in api.rows("efs.DescribeFileSystems", "FileSystems"):
        if one.text("OwnerId") != api.account:
            continue
        number = one.text("FileSystemId")
        arn = api.arn("elasticfilesystem", f"file-system/{number}")
        found = api.call("efs.DescribeFileSystemPolicy", subject=arn, absent=("PolicyNotFound",), FileSystemId=number)
        yield Resource(arn, api.account, "elasticfilesystem:file-system", api.region, own_policy(found, "Policy"))
