"""Amazon SQS."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("sqs", reads=("sqs.ListQueues", "sqs.GetQueueAttributes"))
def queues(api: Api) -> Iterator[Resource]:
    """Queues and their policies."""
    return api.each(api.texts("sqs.ListQueues", "QueueUrls", MaxResults=1000), _queue)


def _queue(api: Api, url: str) -> Resource:
    arn = api.arn("sqs", url.rpartition("/")[2])
    found = api.call("sqs.GetQueueAttributes", subject=arn, QueueUrl=url, AttributeNames=["Policy"])
    return Resource(arn, api.account, "sqs:queue", api.region, own_policy(found, "Attributes", "Policy"))
