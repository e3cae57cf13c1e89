"""Logs are written by strangers: nothing in one stops the run, loses another's records, or is acted on."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_logs import (
    GOOD,
    ONE,
    Record,
    a_file,
    a_record,
    added,
    content,
    counts,
    event_id,
    ids_of,
    ledger,
    read_beside,
    uses_of,
)

from leastwise.usage import reading
from leastwise.usage.events import NotCloudTrail, event_of, read_events
from leastwise.usage.locations import Wanted, listed
from leastwise.usage.observed import opened
from leastwise.usage.store import READ, SKIPPED, UNREADABLE, Store

MEMBER = gzip.compress(ONE, mtime=0)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("cut.json.gz", MEMBER[:-30], "gzip data is cut off"),
        ("cut-in-trailer.json.gz", MEMBER[:-3], "gzip data is cut off"),
        ("header-only.json.gz", MEMBER[:10], "gzip data is cut off"),
        ("two-bytes.json.gz", MEMBER[:2], "gzip data is cut off"),
        ("second-member-cut.json.gz", MEMBER + MEMBER[:-5], "gzip data is cut off"),
        ("text-after.json.gz", MEMBER + b"x", "bytes after the end of the gzip data"),
        ("cut.json", ONE[:-20], "not valid JSON"),
        ("broken.json", b'{"Records":[{]}', "not valid JSON"),
        ("empty.json", b"", "empty file"),
        ("spaces.json", b" \n\t ", "empty file"),
        ("empty.json.gz", gzip.compress(b""), "empty file"),
        ("null.json", b"null", "not a CloudTrail log"),
        ("number.json", b"1e999", "not"),
        ("text.json", b'"Records"', "not a CloudTrail log"),
        ("other.json", b'{"hello": "world"}', "not a CloudTrail log"),
        ("records-null.json", b'{"Records": null}', "`Records` is not a list"),
        ("records-object.json", b'{"Records": {"eventName": 1}}', "`Records` is not a list"),
        ("records-nested.json", b'{"Records": [[[]], [1]]}', "no CloudTrail record in it"),
        ("binary.json", bytes(range(256)) * 40, "not"),
        ("nul.json", b"\0" * 4_096, "not"),
        ("gzip-in-gzip.json.gz", gzip.compress(gzip.compress(ONE)), "not"),
        ("random.parquet", bytes(range(256)) * 40, ""),
        ("half.parquet", b"PAR1" + b"\xff" * 400 + b"PAR1", ""),
        ("nothing.parquet", b"", ""),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_file_that_is_no_log_is_named_with_the_reason(
    store: Store, logs: Path, name: str, data: bytes, reason: str
) -> None:
    entry = read_beside(store, logs, name, data)
    assert UNREADABLE == entry.state
    assert reason in entry.reason
    assert entry.reason
    assert "\n" not in entry.reason
    assert [event_id(GOOD)] == ids_of(store)


def test_a_zip_file_is_no_log(store: Store, logs: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", ONE)
    assert UNREADABLE == read_beside(store, logs, "a.json", packed.getvalue()).state


def test_damaged_gzip_is_named(store: Store, logs: Path) -> None:
    data = bytearray(gzip.compress(a_file(*(a_record(n) for n in range(200)))))
    data[60:70] = b"\xff" * 10
    entry = read_beside(store, logs, "damaged.json.gz", bytes(data))
    assert UNREADABLE == entry.state
    assert "gzip data is damaged" in entry.reason


@pytest.mark.parametrize("name", ["a.json.gz", "a.jsonl.gz"])
@pytest.mark.parametrize("joint", [b"", b"\n"], ids=["joined", "in lines"])
def test_every_member_of_a_gzip_file_is_read(store: Store, logs: Path, name: str, joint: bytes) -> None:
    """Log shippers append members; two may be the same."""
    files = [a_file(a_record(n)) + joint for n in (1, 2, 2, 3)]
    entry = read_beside(store, logs, name, b"".join(map(gzip.compress, files)) + b"\0" * 7)
    assert (READ, 4, 3, 1) == (entry.state, entry.records, entry.kept, entry.duplicates)
    assert sorted(map(event_id, (1, 2, 3, GOOD))) == ids_of(store)


def test_members_may_cut_a_record_in_two(store: Store, logs: Path) -> None:
    whole = a_file(a_record(1), a_record(2))
    entry = read_beside(store, logs, "a.json.gz", gzip.compress(whole[:100]) + gzip.compress(whole[100:]))
    assert (READ, 2) == (entry.state, entry.kept)


def test_many_small_members_take_no_more_than_linear_work(store: Store, logs: Path) -> None:
    members = gzip.compress(b" ", mtime=0) * 100_000 + MEMBER
    assert 1 == read_beside(store, logs, "a.json.gz", members).kept


def test_a_forged_size_is_not_believed(store: Store, logs: Path) -> None:
    for i, size in enumerate((0, 1, len(ONE) - 1, len(ONE) + 1, 0xFFFFFFFF)):
        entry = read_beside(store, logs, f"{i}.json.gz", MEMBER[:-4] + size.to_bytes(4, "little"))
        assert UNREADABLE == entry.state
    assert [event_id(GOOD)] == ids_of(store)


@pytest.mark.parametrize("members", [1, 40])
def test_a_bomb_hits_the_limit(tmp_path: Path, logs: Path, members: int) -> None:
    bomb = gzip.compress(b" " * (4 << 20), mtime=0) * members + gzip.compress(b" " * (8 << 20), mtime=0)
    (logs / "bomb.json.gz").write_bytes(bomb)
    from leastwise.catalogue.load import load_catalogue

    reader = reading.Reader(load_catalogue(), limit=5 << 20)
    tracemalloc.start()
    batch = reader.read(list(listed([str(logs)], Wanted(), lambda _: [])))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    states = {Path(e.name).name: (e.state, e.reason) for e in batch.entries}
    assert (UNREADABLE, f"unpacks to more than the limit of {5 << 20} bytes") == states["bomb.json.gz"]
    assert (READ, "") == states["zz-good.json"]
    assert most < 64 << 20


def test_a_plain_file_over_the_limit_is_named(logs: Path) -> None:
    from leastwise.catalogue.load import load_catalogue

    (logs / "big.json").write_bytes(a_file(*(a_record(n) for n in range(100))))
    batch = reading.Reader(load_catalogue(), limit=4_000).read(list(listed([str(logs)], Wanted(), lambda _: [])))
    assert ["larger than the limit of 4000 bytes", ""] == [e.reason for e in batch.entries]


def test_an_endless_line_hits_the_limit(store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LONGEST_LINE", 10_000)
    line = json.dumps(a_record(1)).encode() + b"\n"
    entry = read_beside(store, logs, "a.jsonl.gz", gzip.compress(line + b"x" * 100_000_000))
    assert (UNREADABLE, "a line is longer than the limit of 10000 bytes") == (entry.state, entry.reason)
    assert sorted([event_id(1), event_id(GOOD)]) == ids_of(store)


def test_many_lines_are_streamed(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory that a file of lines needs does not grow with it."""
    monkeypatch.setattr(reading, "LINES_AT_ONCE", 1 << 20)
    pad = "x" * 2_000
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(20_000):
            file.write(json.dumps(a_record(n, additionalEventData={"pad": pad})) + "\n")
    assert path.stat().st_size > 50 << 20
    tracemalloc.start()
    done = added(store, path, group_events=4_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 20_000 == done.kept
    assert most < 48 << 20


def _deep(levels: int) -> object:
    value: object = "x"
    for i in range(levels):
        value = [value] if i % 2 else {"a": value}
    return value


def _deep_text(levels: int) -> str:
    return '{"a":[' * (levels // 2) + "]}" * (levels // 2)


@pytest.mark.parametrize("levels", [4_000, 300_000])
@pytest.mark.parametrize("field", ["requestParameters", "userIdentity", "eventName", "resources", "unread"])
def test_one_record_nested_too_deeply_loses_no_other(store: Store, logs: Path, field: str, levels: int) -> None:
    """Brackets in a string beside it are no nesting."""
    deep = json.dumps(a_record(2, **{field: "DEEP"})).replace('"DEEP"', _deep_text(levels))
    tricky = json.dumps(a_record(3, userAgent='}]{["\\" {[ \\'))
    text = f'{{"Records":[{json.dumps(a_record(1))},{deep},{tricky}]}}'
    entry = read_beside(store, logs, "deep.json", text.encode())
    assert (READ, 3, 2) == (entry.state, entry.records, entry.kept)
    assert {"record nested too deeply": 1} == entry.skipped
    assert sorted(map(event_id, (1, 3, GOOD))) == ids_of(store)


def test_a_deep_record_in_lines_a_list_or_alone_is_counted(store: Store, logs: Path) -> None:
    deep = json.dumps(a_record(2, unread="DEEP")).replace('"DEEP"', _deep_text(5_000))
    one = json.dumps(a_record(1))
    for name, text in (("l.jsonl", f"{one}\n{deep}\n"), ("b.json", f"[{deep},{one}]"), ("s.json", deep)):
        entry = read_beside(store, logs, name, text.encode())
        assert 1 == sum(entry.skipped.values()), name
    assert sorted(map(event_id, (1, GOOD))) == ids_of(store)


def test_a_record_a_decoder_can_just_read_is_kept(store: Store, logs: Path) -> None:
    entry = read_beside(
        store, logs, "a.json", a_file(a_record(1, requestParameters={"bucketName": "b", "x": _deep(190)}))
    )
    assert 1 == entry.kept


WRONG = [None, True, 0, -1, 1.5, 10**400, "", "x", [], [1, [None]], {}, {"a": {"b": [1]}}]


@pytest.mark.parametrize("field", list(a_record()))
def test_a_wrong_type_in_any_field_is_an_absent_field(store: Store, logs: Path, field: str) -> None:
    """A record that names no call any more is counted; every other one is kept."""
    records = [a_record(n) | {field: value} for n, value in enumerate(WRONG)]
    entry = read_beside(store, logs, "wrong.json", json.dumps({"Records": records}).encode())
    assert READ == entry.state
    assert len(WRONG) == entry.records == entry.kept + entry.duplicates + sum(entry.skipped.values())
    if field not in ("eventName", "eventSource"):
        assert {} == entry.skipped
        assert len(WRONG) - (field == "eventID") * 3 <= entry.kept
    uses_of(store)


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_every_field_of_the_wrong_type_at_once(store: Store, logs: Path, value: object) -> None:
    members = ("type", "arn", "accountId", "sessionContext", "invokedBy", "onBehalfOf", "inScopeOf")
    inside = dict.fromkeys(members, value)
    issuer = {"sessionContext": {"sessionIssuer": {"arn": value}, "attributes": value, "sourceIdentity": value}}
    identities: list[object] = [value, inside, {"type": "AssumedRole"} | issuer]
    names = {"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances"}
    others = dict.fromkeys(set(a_record()) - set(names), value)
    records = [
        others
        | names
        | {
            "userIdentity": identity,
            "resources": [value, {"ARN": value}],
            "tlsDetails": {"tlsVersion": value},
        }
        | {
            "requestParameters": {
                "instancesSet": value,
                "tagSpecificationSet": {"items": [value]},
                "a": [value],
            }
        }
        for identity in identities
    ]
    entry = read_beside(store, logs, "wrong.json", json.dumps({"Records": records}).encode())
    assert (3, 0) == (entry.records, sum(entry.skipped.values()))
    assert 1 <= entry.kept <= 3


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("0000-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("1970-01-01T00:00:00Z", "1970-01-01"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
        ("99999-12-31T23:59:59Z", None),
        ("2024-02-29T23:59:59Z", "2024-02-29"),
        ("2024-13-01T00:00:00Z", None),
        ("2024-05-01T02:00:00+05:00", "2024-04-30"),
        ("2024-05-01T00:00:00.987654Z", "2024-05-01"),
        ("2024-05-01 00:00:00", "2024-05-01"),
        ("١٩٧٠-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("-024-05-01T00:00:0Z0", None),
    ],
)
def test_a_time_is_told_or_unknown_but_the_record_is_kept(store: Store, logs: Path, time: str, day: str | None) -> None:
    entry = read_beside(store, logs, "a.json", a_file(a_record(1, eventTime=time)))
    assert 1 == entry.kept
    (part,) = [p for p in store.parts() if event_id(1) in _ids_in(store, p)]
    assert f"day={day or 'unknown'}" == store.rows_path(part).parent.name
    assert 2 == sum(u.count for u in uses_of(store))


def _ids_in(store: Store, part: object) -> list[str]:
    from uuid import UUID

    ids = store.ids(part)  # type: ignore[arg-type]
    return [str(UUID(int=h << 64 | low)) for h, low in zip(ids.high.tolist(), ids.low.tolist(), strict=True)]


def test_a_record_without_a_time_is_kept_with_its_time_unknown(store: Store, logs: Path) -> None:
    read_beside(store, logs, "a.json", a_file(a_record(1, eventTime=None)))
    (use,) = [u for u in uses_of(store) if u.first is None]
    assert (1, None, None) == (use.count, use.first, use.last)


def test_ids_of_any_kind_tell_records_apart(store: Store, logs: Path) -> None:
    odd = [
        "",
        "x",
        "x" * 5_000,
        "\0",
        "é",
        7,
        7.5,
        "7",
        event_id(1)[:-1],
        event_id(1) + "0",
        " " + event_id(1)[1:],
    ]
    records = [a_record(1) | {"eventID": one, "awsRegion": f"r-{i}"} for i, one in enumerate(odd)]
    entry = read_beside(store, logs, "a.json", a_file(*records))
    assert (len(odd) - 1, 1) == (entry.kept, entry.duplicates)  # 7 and "7" are one id
    assert 1 == entry.without_id


def test_an_id_repeated_with_other_content_counts_once(store: Store, logs: Path) -> None:
    entry = read_beside(store, logs, "a.json", a_file(a_record(1), a_record(1, eventName="PutObject")))
    assert (1, 1) == (entry.kept, entry.duplicates)
    assert {"s3:GetObject"} == {u.action for u in uses_of(store)}


def test_of_a_member_that_stands_twice_the_last_counts(store: Store, logs: Path) -> None:
    """As every JSON reader has it."""
    text = json.dumps(a_record(1)).replace('"eventName": ', '"eventName": "PutObject", "eventName": ')
    read_beside(store, logs, "a.json", f'{{"Records": [{text}]}}'.encode())
    assert {"s3:GetObject"} == {u.action for u in uses_of(store)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"aws-cli", b"\xff\xfe\xfd"),
        (b"aws-cli", b"\\u0000\\u001b"),
        (b"aws-cli", b"\\ud83d"),
        (b"aws-cli", b"\\ude00x"),
        (b"aws-cli", b"\\\\ud83d"),
        (b"user/alice", b"user/\xc3\x28"),
        (b"user/alice", b"user/\\ud800"),
        (b'"k/1"', b'"\\udfff/\xe2\x82"'),
        (b'"k/1"', b"1e400"),
        (b'"k/1"', b"-" + b"9" * 5_000),
    ],
    ids=repr,
)
def test_letters_and_numbers_that_are_none_lose_no_record(store: Store, logs: Path, old: bytes, new: bytes) -> None:
    entry = read_beside(store, logs, "a.json", a_file(a_record(1), a_record(2)).replace(old, new, 1))
    assert (2, {}) == (entry.kept, entry.skipped)
    with opened(store) as observed:
        assert 3 == sum(p.events for p in observed.principals())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be-marked"])
def test_a_byte_order_mark_is_no_fault(store: Store, logs: Path, encoding: str) -> None:
    """Some shells write one when output is redirected to a file."""
    text = ONE.decode()
    data = b"\xfe\xff" + text.encode("utf-16-be") if encoding.endswith("marked") else text.encode(encoding)
    assert 1 == read_beside(store, logs, "a.json", data).kept


def test_a_record_of_100_kb_and_one_of_1000_resources_are_records(store: Store, logs: Path) -> None:
    keys = [f"arn:aws:s3:::logs/k/{n}" for n in range(1_000)]
    resources = [{"type": "AWS::S3::Object", "ARN": arn} for arn in keys]
    large = a_record(1, requestParameters={"bucketName": "logs", "key": "k", "filler": ["x" * 1_000] * 100})
    entry = read_beside(store, logs, "a.json", a_file(large, a_record(2, resources=resources)))
    assert 2 == entry.kept
    assert set(keys) <= {u.resource for u in uses_of(store)}


def test_digest_insights_and_aggregated_records_are_skipped_and_counted(store: Store, logs: Path) -> None:
    base = logs / "AWSLogs" / "111122223333"
    for kind in ("CloudTrail-Digest", "CloudTrail-Insight"):
        folder = base / kind / "eu-west-1" / "2024" / "05" / "01"
        folder.mkdir(parents=True)
        (folder / f"111122223333_{kind}_eu-west-1_x.json.gz").write_bytes(b"anything")
    loose = {"digestS3Object": "x", "digestPublicKeyFingerprint": "y", "logFiles": []}
    (logs / "loose-digest.json").write_bytes(json.dumps(loose).encode())
    aggregated: Record = {"eventCategory": "Aggregated", "eventSource": "s3.amazonaws.com", "summary": {}}
    insight = a_record(1, eventCategory="Insight")
    (logs / "mixed.json").write_bytes(a_file(aggregated, insight, a_record(2)))
    (logs / "insights.json").write_bytes(a_file(insight, a_record(3)))
    added(store, logs)
    found = {Path(e.name).name: (e.state, e.reason, e.skipped, e.kept) for e in store.files()}
    assert (SKIPPED, "digest file", {}, 0) == found["111122223333_CloudTrail-Digest_eu-west-1_x.json.gz"]
    assert (SKIPPED, "Insights file", {}, 0) == found["111122223333_CloudTrail-Insight_eu-west-1_x.json.gz"]
    assert (READ, "", {"digest file": 1}, 0) == found["loose-digest.json"]
    assert (READ, "", {"aggregated event": 1, "insight event": 1}, 1) == found["mixed.json"]
    assert (READ, "", {"insight event": 1}, 1) == found["insights.json"]


def test_a_fault_in_two_processes_is_told_as_in_one(tmp_path: Path, logs: Path) -> None:
    for i in range(6):
        (logs / f"{i}.json.gz").write_bytes(MEMBER[: -10 - i] if i % 2 else gzip.compress(a_file(a_record(i))))
    stores = [Store(tmp_path / str(n)) for n in (1, 2)]
    done = [added(s, logs, processes=n, unit_bytes=1) for n, s in enumerate(stores, 1)]
    assert done[0] == done[1]
    assert 3 == len(done[0].unreadable)
    assert content(stores[0]) == content(stores[1])
    assert ledger(stores[0]) == ledger(stores[1])


def test_reading_needs_no_more_than_the_bytes(tmp_path: Path) -> None:
    """Any kind of bytes-like content is read."""
    kinds: list[Callable[[bytes], bytes | bytearray | memoryview]] = [bytes, bytearray, memoryview]
    assert [1, 1, 1] == [len(read_events(kind(ONE)).events) for kind in kinds]
    with pytest.raises(NotCloudTrail):
        read_events(memoryview(b"{}"))
    assert event_of({}) is None


def test_counts_add_up_over_all_of_it(store: Store, logs: Path) -> None:
    (logs / "a.json").write_bytes(a_file(a_record(1), a_record(1), {"eventName": 1}, a_record(2, eventTime=5)))
    done = added(store, logs)
    found = counts(store.files())
    assert found["records"] == found["kept"] + found["duplicates"] + found["skipped"] == 5
    assert (done.records, done.kept, done.duplicates) == (5, found["kept"], found["duplicates"])
    assert 1 == found["mended"]
