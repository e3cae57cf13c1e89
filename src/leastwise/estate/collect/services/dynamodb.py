"""Amazon DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_NONE = ("PolicyNotFoundException", "ResourceNotFoundException")


@collector("dynamodb", reads=("dynamodb.ListTables", "dynamodb.GetResourcePolicy", "dynamodbstreams.ListStreams"))
def tables(api: Api) -> Iterator[Resource]:
    """Tables, streams and their policies."""
    for name in api.texts("dynamodb.ListTables", "TableNames"):
        yield _held(api, api.arn("dynamodb", f"table/{name}"), "dynamodb:table")
    for stream in api.rows("dynamodbstreams.ListStreams", "Streams"):
        yield _held(api, stream.text("StreamArn"), "dynamodb:stream")


def _held(api: Api, arn: str, kind: str) -> Resource:
    found = api.call("dynamodb.GetResourcePolicy", subject=arn, absent=_NONE, ResourceArn=arn)
    return Resource(arn, api.account, kind, api.region, own_policy(found, "Policy"))
