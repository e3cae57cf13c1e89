"""Tags of resources of all services, by the Resource Groups Tagging API."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.authorization import tags_of
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Tagged

_READS = "resourcegroupstaggingapi.GetResources"


@collector("tagging", reads=(_READS,))
def tags(api: Api) -> Iterator[Tagged]:
    """Tags of every resource that has, or once had, some."""
    for one in api.rows(_READS, "ResourceTagMappingList", ResourcesPerPage=100):
        yield Tagged(one.text("ResourceARN"), tags_of(one))
