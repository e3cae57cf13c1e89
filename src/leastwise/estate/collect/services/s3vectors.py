"""Amazon S3 Vectors."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("s3vectors", reads=("s3vectors.ListVectorBuckets", "s3vectors.GetVectorBucketPolicy"))
def vector_buckets(api: Api) -> Iterator[Resource]:
    """Vector buckets and their policies."""
    for one in api.rows("s3vectors.ListVectorBuckets", "vectorBuckets"):
        arn = one.text("vectorBucketArn")
        found = api.call(
            "s3vectors.GetVectorBucketPolicy", subject=arn, absent=("NotFoundException",), vectorBucketArn=arn
        )
        yield Resource(arn, api.account, "s3vectors:VectorBucket", api.region, own_policy(found, "policy"))
