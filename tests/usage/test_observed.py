"""Questions to the store: who is who, what counts once, and what DuckDB may not do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_logs import ACCOUNT, ALICE, a_record, added, write_logs

from leastwise.model.errors import StoreError, UnknownPrincipal
from leastwise.usage.observed import Window, opened
from leastwise.usage.store import Exclusion, Store

StoreOf = Callable[..., Store]
OTHER = "444455556666"


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """A store of the given records."""

    def make(*records: dict[str, object]) -> Store:
        store = Store(tmp_path / "usage")
        added(store, write_logs(tmp_path / "logs", {"one.json.gz": list(records)}))
        return store

    return make


def counts(store: Store, window: Window | None = None) -> dict[str, int]:
    """Events of each principal."""
    with opened(store) as observed:
        return {p.name: p.events for p in observed.principals(window or Window())}


def test_a_call_into_another_account_counts_once_and_for_its_caller(store_of: StoreOf) -> None:
    shared = "11111111-2222-4333-8444-555555555555"
    owners_copy = {"type": "AWSAccount", "accountId": ACCOUNT, "principalId": "AIDAEXAMPLE"}
    store = store_of(
        a_record(1, sharedEventID=shared),
        a_record(2, sharedEventID=shared, userIdentity=owners_copy, recipientAccountId=OTHER),
        a_record(3, userIdentity=owners_copy, recipientAccountId=OTHER, sharedEventID=None),
    )
    assert {ALICE: 1, ACCOUNT: 1} == counts(store)


def test_only_the_owners_copy_is_the_callers_account(store_of: StoreOf) -> None:
    owners_copy = {"type": "AWSAccount", "accountId": ACCOUNT, "principalId": "AIDAEXAMPLE"}
    store = store_of(a_record(1, sharedEventID="11111111-2222-4333-8444-555555555555", userIdentity=owners_copy))
    assert {ACCOUNT: 1} == counts(store)


def test_a_name_is_found_by_its_short_forms(store_of: StoreOf) -> None:
    role = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/s",
        "principalId": "AROA1:s",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/team/deploy"}},
    }
    store = store_of(a_record(1), a_record(2, userIdentity=role))
    with opened(store) as observed:
        for name in (f"arn:aws:iam::{ACCOUNT}:role/team/deploy", "role/team/deploy", "role/deploy", "deploy"):
            assert f"arn:aws:iam::{ACCOUNT}:role/team/deploy" == observed.resolve(name)
        assert ALICE == observed.resolve("user/alice")
        with pytest.raises(UnknownPrincipal):
            observed.resolve("role/alice")


def test_a_window_is_from_its_beginning_up_to_its_end(store_of: StoreOf) -> None:
    store = store_of(a_record(0), a_record(7_200), a_record(86_400), a_record(5, eventTime=None))
    day = Window(since=datetime(2024, 5, 1, tzinfo=UTC), until=datetime(2024, 5, 2, tzinfo=UTC))
    assert {ALICE: 2} == counts(store, day)
    assert {ALICE: 1} == counts(store, Window(since=datetime(2024, 5, 2, tzinfo=UTC)))
    assert {ALICE: 4} == counts(store)


@pytest.mark.parametrize(
    ("exclusion", "left"),
    [
        (Exclusion(principal=ALICE), 0),
        (Exclusion(principal="user/bob"), 3),
        (Exclusion(address="192.0.2.0/25"), 1),
        (Exclusion(address="192.0.2.1"), 2),
        (Exclusion(address="2001:db8::/32"), 2),
        (Exclusion(session="evil"), 3),
        (Exclusion(until=int(datetime(2024, 5, 1, 1, tzinfo=UTC).timestamp())), 1),
        (Exclusion(since=int(datetime(2024, 5, 1, 1, tzinfo=UTC).timestamp()), address="192.0.2.9"), 2),
    ],
)
def test_exclusions(store_of: StoreOf, exclusion: Exclusion, left: int) -> None:
    store = store_of(
        a_record(0),
        a_record(1, sourceIPAddress="2001:db8::1"),
        a_record(7_200, sourceIPAddress="192.0.2.9"),
    )
    assert left == sum(counts(store, Window(exclusions=(exclusion,))).values())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/leastwise-should-not-exist.csv'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "ATTACH '/tmp/leastwise-should-not-exist.db' AS other",
    ],
)
def test_the_database_reaches_nothing_but_the_store_and_cannot_be_told_to(store_of: StoreOf, query: str) -> None:
    with opened(store_of(a_record(1))) as observed, pytest.raises(StoreError):
        observed._rows(query, [])


def test_text_from_logs_is_never_sql(store_of: StoreOf) -> None:
    evil = f"arn:aws:iam::{ACCOUNT}:user/x'); DROP VIEW calls; --"
    identity = {"type": "IAMUser", "arn": evil, "accountId": ACCOUNT}
    store = store_of(a_record(1, userIdentity=identity, awsRegion="'; SELECT 1 --", sourceIPAddress="') OR true --"))
    with opened(store) as observed:
        (use,) = observed.uses(evil, Window(regions=("'; SELECT 1 --",)))
        assert 1 == use.count
    assert {} == counts(store, Window(exclusions=(Exclusion(address="') OR true --"),)))


def test_the_example_is_an_event_of_the_use(store_of: StoreOf) -> None:
    records = [a_record(n, requestParameters={"bucketName": "b", "key": f"k{n % 3}"}) for n in range(0, 40_000, 900)]
    with opened(store_of(*records)) as observed:
        for use in observed.uses(ALICE):
            key = use.resource.rpartition("/")[2]
            mine = {r["eventID"] for r in records if r["requestParameters"]["key"] == key}  # type: ignore[index]
            assert observed.event_id(use.places) in mine
            assert len(mine) == use.count == sum(p.events for p in use.places)


def test_days_of_use_are_of_calls_that_succeeded_at_a_known_time(store_of: StoreOf) -> None:
    denied = a_record(9, errorCode="AccessDenied", errorMessage="User is not authorized to perform this")
    store = store_of(a_record(0), a_record(7), a_record(86_400), a_record(5, eventTime=None), denied)
    first = (datetime(2024, 5, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    with opened(store) as observed:
        found = observed.daily()
        assert [(ALICE, first, 2), (ALICE, first + 1, 1)] == [(one.principal, one.day, one.events) for one in found]
        assert found == observed.daily(principal=ALICE)
        assert [] == observed.daily(principal="somebody")


def test_a_question_about_the_record_after_one_about_the_request_finds_it(store: Store, tmp_path: Path) -> None:
    added(store, write_logs(tmp_path / "logs", {"a.json.gz": [a_record(n) for n in range(9)]}))
    with opened(store) as observed:
        daily = observed.daily(principal=ALICE)
        uses = observed.uses(ALICE)
        again = observed.daily(principal=ALICE)
    assert daily == again
    assert {("s3.amazonaws.com", "GetObject")} == {(use.event_source, use.event_name) for use in uses}
    assert 9 == sum(use.count for use in uses) == sum(use.events for use in daily)
