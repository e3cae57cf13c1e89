"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("kinesis", reads=("kinesis.ListStreams", "kinesis.ListStreamConsumers", "kinesis.GetResourcePolicy"))
def streams(api: Api) -> Iterator[Resource]:
    """Streams, their consumers and the policies of both."""
    for name in api.texts("kinesis.ListStreams", "StreamNames"):
        stream = api.arn("kinesis", f"stream/{name}")
        yield _held(api, stream, "kinesis:stream")
        for one in api.rows("kinesis.ListStreamConsumers", "Consumers", subject=stream, StreamARN=stream):
            yield _held(api, one.text("ConsumerARN"), "kinesis:consumer")


def _held(api: Api, arn: str, kind: str) -> Resource:
    found = api.call("kinesis.GetResourcePolicy", subject=arn, absent=("ResourceNotFoundException",), ResourceARN=arn)
    return Resource(arn, api.account, kind, api.region, own_policy(found, "Policy"))
