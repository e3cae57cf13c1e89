"""AWS Glue."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("glue", reads=("glue.GetResourcePolicy",))
def catalogue(api: Api) -> Iterator[Resource]:
    """The data catalogue and its policy."""
    arn = api.arn("glue", "catalog")
    found = api.call("glue.GetResourcePolicy", subject=arn, absent=("EntityNotFoundException",))
    yield Resource(arn, api.account, "glue:rootcatalog", api.region, own_policy(found, "PolicyInJson"))
