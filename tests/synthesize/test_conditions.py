"""Conditions from evidence: only where every call satisfies them, and enough calls did."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from made_logs import a_record

from leastwise.catalogue.load import load_catalogue
from leastwise.synthesize.conditions import KINDS, LEAST_CALLS, Kind
from leastwise.synthesize.propose import Options
from leastwise.synthesize.tighten import Ground, Tightened, tightened
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

StoreOf = Callable[..., Store]
DAY = 86_400


def calls(count: int = 24, days: int = 8, **fields: object) -> list[dict[str, object]]:
    """So many calls, one after another on so many days."""
    return [a_record(number % days * DAY + number // days, **fields) for number in range(count)]


def found(store: Store, *kinds: Kind) -> Tightened:
    with opened(store) as observed:
        name = observed.resolve("user/alice")
        ground = Ground(load_catalogue(), frozenset({"s3"}))
        return tightened(observed, name, ground=ground, options=Options(may_generalise=False), conditions=kinds)


def conditions(result: Tightened) -> dict[str, dict[str, tuple[str, ...]]]:
    (policy,) = result.policies
    (statement,) = {repr(one.conditions): one for one in policy.policy.statements}.values()
    return {operator: dict(block) for operator, block in statement.conditions.items()}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("region", {}, {"StringEquals": {"aws:RequestedRegion": ("eu-west-1",)}}),
        ("source-ip", {}, {"IpAddress": {"aws:SourceIp": ("192.0.2.1/32",)}}),
        ("vpc-endpoint", {"vpcEndpointId": "vpce-1"}, {"StringEquals": {"aws:SourceVpce": ("vpce-1",)}}),
        ("tls", {"tlsDetails": {"tlsVersion": "TLSv1.3"}}, {"Bool": {"aws:SecureTransport": ("true",)}}),
        ("tls", {}, {}),
        ("vpc-endpoint", {}, {}),
        ("mfa", {}, {}),
        ("called-via", {}, {}),
        ("until", {}, {"DateLessThan": {"aws:CurrentTime": ("2024-06-07T00:00:00Z",)}}),
    ],
)
def test_what_every_call_satisfies_is_proposed(
    store_of: StoreOf, kind: Kind, fields: dict[str, object], expected: object
) -> None:
    result = found(store_of(*calls(**fields)), kind)
    assert expected == conditions(result)
    assert {"allowed"} == set(result.judged.replay.requests)


def test_none_is_added_that_nobody_asked_for(store_of: StoreOf) -> None:
    assert {} == conditions(found(store_of(*calls())))


@pytest.mark.parametrize("kind", KINDS)
def test_one_call_that_tells_nothing_is_enough_against_it(store_of: StoreOf, kind: Kind) -> None:
    silent = a_record(99, awsRegion=None, sourceIPAddress="AWS Internal", eventTime=None)
    assert {} == conditions(found(store_of(*calls(), silent), kind))


@pytest.mark.parametrize(("count", "days"), [(LEAST_CALLS - 1, 8), (40, 6)])
def test_too_few_calls_or_days_are_no_evidence(store_of: StoreOf, count: int, days: int) -> None:
    assert {} == conditions(found(store_of(*calls(count, days)), "region"))


def test_addresses_of_one_network_are_one_network(store_of: StoreOf) -> None:
    several = [a_record(n % 8 * DAY + n, sourceIPAddress=f"192.0.2.{n % 5}") for n in range(24)]
    other = a_record(5, sourceIPAddress="198.51.100.7")
    told = conditions(found(store_of(*several, other), "source-ip"))
    assert {"IpAddress": {"aws:SourceIp": ("192.0.2.0/24", "198.51.100.7/32")}} == told


def test_the_evidence_is_told(store_of: StoreOf) -> None:
    result = found(store_of(*calls()), "region")
    notes = result.proposal.policies[0].statements[0].evidence.notes
    assert "every one of its 24 calls was in eu-west-1" in notes
