"""Amazon SNS."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("sns", reads=("sns.ListTopics", "sns.GetTopicAttributes"))
def topics(api: Api) -> Iterator[Resource]:
    """Topics and their policies."""
    return api.each(api.rows("sns.ListTopics", "Topics"), _topic)


def _topic(api: Api, topic: Answer) -> Resource:
    arn = topic.text("TopicArn")
    found = api.call("sns.GetTopicAttributes", subject=arn, TopicArn=arn)
    return Resource(arn, api.account, "sns:topic", api.region, own_policy(found, "Attributes", "Policy"))
