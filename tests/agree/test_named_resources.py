"""ARNs made from requests, held against the ARNs that AWS itself wrote into the same real records."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.usage.events import Event, decoded, read_events
from leastwise.usage.parameters import Parameters, project, request_of
from leastwise.usage.plans import ActionPlan, plan_of
from leastwise.usage.requests import named_resources
from leastwise.usage.resources import BY_NAME, REQUESTED, Named, place_of, resources_of

REAL_REGIONS = ("invictus", "opensearch", "grycap")  # in the fourth set account numbers and Regions are scrambled
Kind = tuple[str, str, str]


def events(demo_logs: Path) -> Iterator[Event]:
    for path in sorted(demo_logs.glob("*.json.gz")):
        if path.name.startswith(REAL_REGIONS):
            yield from (e for e in read_events(gzip.decompress(path.read_bytes())).events if not e.error_code)


def arns_in(value: object) -> set[str]:
    if isinstance(value, str):
        return {value} if value.startswith("arn:") else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {arn for part in parts for arn in arns_in(part)}


def by_type(arns: set[str], action: ActionPlan) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for arn in arns:
        match = action.matcher(arn)
        if match is not None and match.lastindex:
            found.setdefault(action.owners[match.lastindex - 1].resource_type, set()).add(arn)
    return found


@pytest.fixture(scope="module")
def compared(demo_logs: Path) -> tuple[Counter[Kind], dict[Kind, tuple[set[str], set[str]]]]:
    """How often each kind of call agrees, and one pair of sets for each that does not."""
    catalogue = load_catalogue()
    agree: Counter[Kind] = Counter()
    differ: dict[Kind, tuple[set[str], set[str]]] = {}
    for event in events(demo_logs):
        plan = plan_of(catalogue.call(event.event_source, event.event_name))
        written = set(named_resources(bytes(event.resources)).arns) | arns_in(decoded(event.response_elements))
        parameters = Parameters(request_of(project(event.request_parameters, plan.asks)))
        place = place_of(event.aws_region or "", event.recipient_account_id or "")
        for action in plan.actions:
            pairs = resources_of(action, parameters, named=Named(), place=place) if action.targets else []
            made = by_type({arn for arn, how in pairs if how in (REQUESTED, BY_NAME)}, action)
            for resource_type, told in by_type(written, action).items():
                ours = made.get(resource_type, set())
                kind = (event.event_source, event.event_name, resource_type)
                if ours & told:
                    agree[kind] += 1
                elif ours:
                    differ[kind] = (ours, told)
    return agree, differ


def test_every_arn_made_from_a_request_is_the_one_that_aws_wrote(
    compared: tuple[Counter[Kind], dict[Kind, tuple[set[str], set[str]]]],
) -> None:
    agree, differ = compared
    assert {} == differ
    assert len(agree) > 40
    assert agree.total() > 1_000
