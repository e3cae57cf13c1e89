"""Tags of resources, as `aws resourcegroupstaggingapi get-resources` prints them."""

from __future__ import annotations

from leastwise.estate.answers import Answer
from leastwise.estate.authorization import tags_of
from leastwise.estate.held import Resources, Tagged
from leastwise.estate.offline.reading import Json, Reading, account_of, objects, text

_LIST = "ResourceTagMappingList"
_PARTS = 6


def is_tagged(_reading: Reading, body: Json) -> bool:
    """Whether the object is that answer."""
    return isinstance(body.get(_LIST), list)


def read_tagged(reading: Reading, body: Json) -> None:
    """Keeps the tags, those of each account and Region together."""
    together: dict[tuple[str, str], list[Tagged]] = {}
    for one in objects(body[_LIST]):
        arn = text(one.get("ResourceARN"))
        parts = arn.split(":", _PARTS - 1)
        owner = account_of(arn) or reading.account or reading.given
        if len(parts) != _PARTS:
            reading.fault("file", f"`{arn}` is no ARN of a resource", subject=arn)
        else:
            together.setdefault((owner, parts[3]), []).append(Tagged(arn, tags_of(Answer(one))))
    for (owner, region), tagged in together.items():
        reading.parts.append(Resources(owner, "tagging", region, tagged=tuple(tagged)))
