"""Amazon RDS: snapshots that are shared."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_READS = (
    "rds.DescribeDBSnapshots",
    "rds.DescribeDBSnapshotAttributes",
    "rds.DescribeDBClusterSnapshots",
    "rds.DescribeDBClusterSnapshotAttributes",
)


@collector("rds", reads=_READS)
def snapshots(api: Api) -> Iterator[Resource]:
    """Manual snapshots of databases and clusters, and whom they are shared with. No others can be shared."""
    for one in api.rows("rds.DescribeDBSnapshots", "DBSnapshots", SnapshotType="manual"):
        arn, name = one.text("DBSnapshotArn"), one.text("DBSnapshotIdentifier")
        found = api.call("rds.DescribeDBSnapshotAttributes", subject=arn, DBSnapshotIdentifier=name)
        shared = _shared(found, "DBSnapshotAttributesResult", "DBSnapshotAttributes")
        yield Resource(arn, api.account, "rds:snapshot", api.region, shared_with=shared)
    for one in api.rows("rds.DescribeDBClusterSnapshots", "DBClusterSnapshots", SnapshotType="manual"):
        arn, name = one.text("DBClusterSnapshotArn"), one.text("DBClusterSnapshotIdentifier")
        found = api.call("rds.DescribeDBClusterSnapshotAttributes", subject=arn, DBClusterSnapshotIdentifier=name)
        shared = _shared(found, "DBClusterSnapshotAttributesResult", "DBClusterSnapshotAttributes")
        yield Resource(arn, api.account, "rds:cluster-snapshot", api.region, shared_with=shared)


def _shared(found: Answer | None, *path: str) -> tuple[str, ...]:
    rows = found.rows(*path) if found else ()
    return tuple(who for row in rows if row.text("AttributeName") == "restore" for who in row.texts("AttributeValues"))
