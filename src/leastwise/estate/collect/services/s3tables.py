"""Amazon S3 Tables."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_NONE = ("NotFoundException",)
_READS = (
    "s3tables.ListTableBuckets",
    "s3tables.GetTableBucketPolicy",
    "s3tables.ListTables",
    "s3tables.GetTablePolicy",
)


@collector("s3tables", reads=_READS)
def table_buckets(api: Api) -> Iterator[Resource]:
    """Table buckets, tables and their policies."""
    for one in api.rows("s3tables.ListTableBuckets", "tableBuckets"):
        if one.text("ownerAccountId") != api.account:
            continue
        arn = one.text("arn")
        found = api.call("s3tables.GetTableBucketPolicy", subject=arn, absent=_NONE, tableBucketARN=arn)
        policies = own_policy(found, "resourcePolicy")
        yield Resource(arn, api.account, "s3tables:TableBucket", api.region, policies)
        yield from _tables(api, arn)


def _tables(api: Api, bucket: str) -> Iterator[Resource]:
    for one in api.rows("s3tables.ListTables", "tables", subject=bucket, tableBucketARN=bucket):
        arn = one.text("tableARN")
        found = api.call(
            "s3tables.GetTablePolicy",
            subject=arn,
            absent=_NONE,
            tableBucketARN=bucket,
            namespace=".".join(one.texts("namespace")),
            name=one.text("name"),
        )
        policies = own_policy(found, "resourcePolicy")
        yield Resource(arn, api.account, "s3tables:Table", api.region, policies, bucket=bucket)
