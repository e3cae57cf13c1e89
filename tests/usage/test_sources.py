"""Every log source reads what its table says; see tests/cases/usage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_logs import ALICE, a_record, added, event_id, ids_of

from leastwise.usage.events import Event, NotCloudTrail, read_events
from leastwise.usage.identity import who
from leastwise.usage.observed import opened
from leastwise.usage.sources import shapes
from leastwise.usage.sources.lake import from_rows
from leastwise.usage.store import Store

CASES = Path(__file__).parents[1] / "cases" / "usage"


def _rows(path: Path) -> Iterator[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _cases() -> Iterator[object]:
    for path in sorted(CASES.glob("*.md")):
        for name, *row in _rows(path):
            yield pytest.param(*row, id=f"{path.stem}: {name}")


def test_every_source_has_a_table_and_every_table_a_source() -> None:
    assert {name for name, _ in shapes()} == {path.stem for path in CASES.glob("*.md")}


@pytest.mark.parametrize(("text", "read", "skipped", "reason", "source"), list(_cases()))
def test_table(text: str, read: str, skipped: str, reason: str, source: str) -> None:
    data = text.strip("`").replace("↵", "\n").encode()
    assert source
    if reason:
        with pytest.raises(NotCloudTrail) as caught:
            read_events(data)
        assert str(caught.value).startswith(reason)
        return
    found = read_events(data)
    assert read.split() == [event.event_name for event in found.events]
    assert skipped == ", ".join(f"{why}: {count}" for why, count in sorted(found.skipped.items()))


def _lake_event(**columns: object) -> Event:
    names = {"eventsource": "s3.amazonaws.com", "eventname": "GetObject"}
    found = from_rows([names | columns])
    (event,) = read_events(b"[" + found.records[0] + b"]").events
    return event


def _request(**columns: object) -> object:
    return json.loads(bytes(_lake_event(**columns).request_parameters))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{bucketName=logs, key=k/1}", {"bucketName": "logs", "key": "k/1"}),
        ("{a={b={c=d}}, e=[f, g]}", {"a": {"b": {"c": "d"}}, "e": ["f", "g"]}),
        ("{a={b=1, c=2}, d=3}", {"a": {"b": "1", "c": "2"}, "d": "3"}),
        ("{a=b=c==, d=x?y=z}", {"a": "b=c==", "d": "x?y=z"}),
        ("{ua=Mozilla/5.0 (KHTML, like Gecko), k=v}", {"ua": "Mozilla/5.0 (KHTML, like Gecko)", "k": "v"}),
        ("{a=null, b=x, c=}", {"b": "x", "c": ""}),
        ("{}", {}),
        ('{"bucketName": "logs", "n": [1, {"a": "b=c"}]}', {"bucketName": "logs", "n": [1, {"a": "b=c"}]}),
        (
            '{set={"items":[{"id":"i-1, i=2"},{"id":"}{"}]}, k=v}',
            {"set": {"items": [{"id": "i-1, i=2"}, {"id": "}{"}]}, "k": "v"},
        ),
        (
            '{doc={"Statement":[{"Sid":"a, b=c"}]}, n=p}',
            {"doc": '{"Statement":[{"Sid":"a, b=c"}]}', "n": "p"},
        ),
        (
            "{roleArn=arn:aws:iam::1:role/a, KeyId=K, keyid=k}",
            {"roleArn": "arn:aws:iam::1:role/a", "KeyId": "K", "keyid": "k"},
        ),
        ("not a structure", "not a structure"),
    ],
)
def test_structures_of_the_query_engine(text: str, value: object) -> None:
    assert value == _request(requestparameters=text)


def test_an_identity_of_the_query_engine() -> None:
    text = (
        "{type=AssumedRole, principalid=AROAEXAMPLE:build, "
        "arn=arn:aws:sts::111122223333:assumed-role/ci/build, "
        "accountid=111122223333, accesskeyid=ASIAEXAMPLE, username=null, sessioncontext={attributes="
        "{creationdate=2024-05-01 01:02:03.000, mfaauthenticated=false}, sessionissuer={type=Role, "
        "principalid=AROAEXAMPLE, arn=arn:aws:iam::111122223333:role/team/ci, accountid=111122223333, "
        "username=ci}, webidfederationdata=null, sourceidentity=null, ec2roledelivery=null}, invokedby=null, "
        "identityprovider=null}"
    )
    found = who(_lake_event(useridentity=text).user_identity)
    assert ("arn:aws:iam::111122223333:role/team/ci", "Role") == (found.principal, found.principal_type)
    assert ("AROAEXAMPLE", "build", "temporary", "false") == (
        found.principal_id,
        found.session,
        found.key_type,
        found.mfa,
    )


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2024-05-01 10:11:12.000", "2024-05-01T10:11:12Z"),
        ("2024-05-01 10:11:12.000 UTC", "2024-05-01T10:11:12Z"),
        ("2024-05-01T10:11:12Z", "2024-05-01T10:11:12Z"),
        ("2024-05-01T10:11:12+02:00", "2024-05-01T08:11:12Z"),
        (datetime(2024, 5, 1, 10, 11, 12, 999_999), "2024-05-01T10:11:12Z"),
        (datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC), "2024-05-01T10:11:12Z"),
        ("yesterday", "yesterday"),
        (None, None),
        ("", None),
    ],
)
def test_times_of_the_query_engine(written: object, time: str | None) -> None:
    assert time == _lake_event(eventtime=written).event_time


def test_what_a_row_does_not_say_is_not_said() -> None:
    event = _lake_event(managementevent=None, errorcode="null", errormessage="", readonly=None)
    assert (None, None, None) == (event.management_event, event.error_code, event.error_message)
    assert (True, False) == tuple(_lake_event(managementevent=m).management_event for m in ("true", False))


def test_resources_of_the_query_engine() -> None:
    bucket = "{accountid=111122223333, type=AWS::S3::Bucket, arn=arn:aws:s3:::logs}"
    text = f"[{bucket}, {{arnprefix=arn:aws:s3:::logs/k}}]"
    expected = [
        {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"},
        {"ARNPrefix": "arn:aws:s3:::logs/k"},
    ]
    assert expected == json.loads(bytes(_lake_event(resources=text).resources))


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "{a=" * 50_000 + "}" * 50_000, "[" * 9_999 + "]" * 9_999, "{a=}}}{,=,"]
)
def test_hostile_structures_are_read_as_far_as_they_go(text: str) -> None:
    assert "GetObject" == _lake_event(requestparameters=text, useridentity=text).event_name


IDENTITY = {"type": "IAMUser", "principalid": "AIDAEXAMPLE", "arn": ALICE, "accountid": "111122223333"}


def _columns() -> dict[str, pa.Array]:
    """As CloudTrail Lake's own columns: structures, a map, a list and a time."""
    records = [a_record(n) for n in range(3)]
    times = [datetime.fromisoformat(str(r["eventTime"]).replace("Z", "+00:00")) for r in records]
    requests = [[("bucketName", "logs"), ("key", f"k/{n}"), ("set", '{"items":[{"id":"i-1"}]}')] for n in range(3)]
    return {
        "eventid": pa.array([event_id(n) for n in range(3)]),
        "eventtime": pa.array(times, pa.timestamp("ms", tz="UTC")),
        "eventsource": pa.array(["s3.amazonaws.com"] * 3),
        "eventname": pa.array(["GetObject"] * 3),
        "useridentity": pa.array([IDENTITY] * 3),
        "requestparameters": pa.array(requests, pa.map_(pa.string(), pa.string())),
        "resources": pa.array([[{"arn": f"arn:aws:s3:::logs/k/{n}", "type": "AWS::S3::Object"}] for n in range(3)]),
        "managementevent": pa.array([False, None, True]),
        "awsregion": pa.array(["eu-west-1"] * 3),
    }


def test_parquet_with_nested_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table(_columns()), path)
    store = Store(tmp_path / "store")
    done = added(store, path)
    assert (3, 3) == (done.records, done.kept)
    assert sorted(map(event_id, range(3))) == ids_of(store)
    with opened(store) as observed:
        uses = observed.uses(ALICE)
    assert [f"arn:aws:s3:::logs/k/{n}" for n in range(3)] == sorted(u.resource for u in uses)
    assert {"2024-05-01"} == {f"{u.first:%Y-%m-%d}" for u in uses}
    assert {"Data", "Management", ""} == {u.category for u in uses}


def test_parquet_with_whole_records_counts_them_with_the_trail(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = [json.dumps(a_record(n)) for n in range(5)] + ["no", None]
    pq.write_table(pa.table({"eventJson": pa.array(texts)}), path)
    (tmp_path / "a.json").write_text(json.dumps({"Records": [a_record(n) for n in range(3, 8)]}))
    store = Store(tmp_path / "store")
    done = added(store, path, tmp_path / "a.json")
    assert (8, 2) == (done.kept, done.duplicates)
    (entry,) = [e for e in store.files() if e.name.endswith(".parquet")]
    assert 2 == sum(entry.skipped.values())


def test_parquet_in_pieces_is_read_whole_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastwise.usage.reading._PARQUET_ROWS", 7)
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"eventjson": pa.array([json.dumps(a_record(n)) for n in range(50)])}), path)
    store = Store(tmp_path / "store")
    assert 50 == added(store, path, group_events=10).kept


def test_parquet_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": pa.array([1])}), path)
    (reason,) = added(Store(tmp_path / "store"), path).unreadable.values()
    assert reason.startswith("not a CloudTrail log: no column `eventJson`")


def test_parquet_with_letters_that_are_none_is_named_or_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = pa.array([b"\xff\xfe", json.dumps(a_record(1)).encode()], pa.binary())
    pq.write_table(pa.table({"eventjson": pa.Array.from_buffers(pa.string(), 2, texts.buffers())}), path)
    done = added(Store(tmp_path / "store"), path)
    assert done.unreadable or done.kept == 1


def test_a_parquet_column_of_times_out_of_range_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = _columns() | {"eventtime": pa.array([2**62, -(2**62), 0], pa.timestamp("us"))}
    pq.write_table(pa.table(columns), path)
    done = added(Store(tmp_path / "store"), path)
    assert done.unreadable or done.kept == 3
