"""Sessions of a principal out of the store: where one ends, what it did, who began it, and questions within it."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_logs import ALICE, a_record, added, write_logs
from made_sessions import ROLE, assuming, by_role

from leastwise.usage.observed import Window, opened
from leastwise.usage.sessions import UsedSession, rows_of, sessions
from leastwise.usage.store import Store


def found(tmp_path: Path, *records: dict[str, object], principal: str = ROLE) -> list[UsedSession]:
    store = Store(tmp_path / "usage")
    added(store, write_logs(tmp_path / "logs", {"one.json.gz": list(records)}))
    with opened(store) as observed:
        return sessions(observed, principal)


def test_one_name_under_one_set_of_credentials_is_a_session(tmp_path: Path) -> None:
    later = by_role(90_000, "a", issued="2024-05-02T00:00:00Z")
    told = found(tmp_path, by_role(1, "a"), by_role(7_300, "a", "PutObject"), by_role(2, "b"), later)
    assert [("a", 2), ("b", 1), ("a", 1)] == [(one.name, one.events) for one in told]
    assert {"s3:GetObject", "s3:PutObject"} == told[0].actions


@pytest.mark.parametrize(("gap", "count"), [(1_500, 1), (2_400, 2)])
def test_calls_of_a_user_that_are_far_apart_are_two_sessions(tmp_path: Path, gap: int, count: int) -> None:
    told = found(tmp_path, a_record(0), a_record(gap, eventName="PutObject"), principal=ALICE)
    assert count == len(told)


def test_two_clients_of_a_user_are_two_sessions(tmp_path: Path) -> None:
    told = found(tmp_path, a_record(0), a_record(5, userAgent="Terraform/1.9"), principal=ALICE)
    assert ["aws-cli", "Terraform"] == [one.agent for one in told]


def test_denied_calls_are_in_no_session(tmp_path: Path) -> None:
    told = found(tmp_path, by_role(1, "a"), by_role(2, "b", errorCode="AccessDenied"))
    assert ["a"] == [one.name for one in told]


def test_who_assumed_the_role_is_told_by_the_session_s_name(tmp_path: Path) -> None:
    told = found(tmp_path, assuming(1, "a"), by_role(2, "a"), by_role(3, "b"))
    assert [(ALICE,), ()] == [tuple(caller.name for caller in one.callers) for one in told]


def test_source_identity_is_told(tmp_path: Path) -> None:
    told = found(tmp_path, by_role(1, "a", context={"sourceIdentity": "ann"}))
    assert ["ann"] == [one.source_identity for one in told]


def test_a_window_within_sessions_holds_their_calls_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "usage")
    records = [
        by_role(1, "a"),
        by_role(2, "a", "PutObject"),
        by_role(3, "b", "DeleteObject"),
        by_role(4, "b", "GetObjectAcl"),
    ]
    added(store, write_logs(tmp_path / "logs", {"one.json.gz": records}))
    with opened(store) as observed:
        (mine,) = [one for one in sessions(observed, ROLE) if one.name == "a"]

        def actions(**more: tuple[str, ...]) -> set[str]:
            return {use.action for use in observed.uses(ROLE, Window(within=rows_of([mine], **more)))}

        assert {"s3:GetObject", "s3:PutObject"} == actions()
        assert {"s3:GetObject"} == actions(without=("s3:PutObject",))
        assert {"s3:GetObject", "s3:PutObject", "s3:GetObjectAcl"} == actions(besides=("s3:GetObjectAcl",))
