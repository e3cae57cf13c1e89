"""Amazon EventBridge."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("events", reads=("events.ListEventBuses",))
def buses(api: Api) -> Iterator[Resource]:
    """Event buses and their policies."""
    for bus in api.rows("events.ListEventBuses", "EventBuses"):
        yield Resource(bus.text("Arn"), api.account, "events:event-bus", api.region, own_policy(bus, "Policy"))
