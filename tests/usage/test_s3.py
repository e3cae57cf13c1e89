"""Logs in S3 are read as those in a folder are, against a server of S3's interface on this machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from made_logs import a_file, a_record, added, content, event_id, files_under, ids_of
from moto.server import ThreadedMotoServer

from leastwise.model.errors import InputError
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.locations import Wanted
from leastwise.usage.sources import s3
from leastwise.usage.store import SKIPPED, Store

LAYOUT = "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/{day:02}/x_20240501T0000Z_{n}.json.gz"
LATER = "AWSLogs/444455556666/CloudTrail/us-east-1/2024/06/01/x_20240601T0000Z_1.json.gz"
DIGEST = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/d.json.gz"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket `logs` with a day's files of two accounts, a digest and a file that is none."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    s3._client.cache_clear()
    made = boto3.client("s3")
    made.create_bucket(Bucket="logs")
    for n in range(6):
        records = [a_record(i) for i in range(n * 10, n * 10 + 15)]
        made.put_object(
            Bucket="logs", Key=f"p/{LAYOUT.format(day=1 + n // 3, n=n)}", Body=gzip.compress(a_file(*records))
        )
    made.put_object(Bucket="logs", Key=f"p/{LATER}", Body=gzip.compress(a_file(a_record(900))))
    made.put_object(Bucket="logs", Key=f"p/{DIGEST}", Body=b"x")
    made.put_object(Bucket="logs", Key="p/cut.json.gz", Body=gzip.compress(a_file(a_record(1)))[:-9])
    yield made
    for page in made.get_paginator("list_objects_v2").paginate(Bucket="logs"):
        for found in page.get("Contents", ()):
            made.delete_object(Bucket="logs", Key=found["Key"])
    made.delete_bucket(Bucket="logs")
    made.close()
    s3._client.cache_clear()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_bucket_is_read_like_a_folder(client: Any, tmp_path: Path, processes: int) -> None:
    store = Store(tmp_path / "store")
    done = added(store, "s3://logs/p/", processes=processes, unit_bytes=1)
    assert (7, 91, 66, 25, 1) == (done.files, done.records, done.kept, done.duplicates, done.skipped)
    assert {"s3://logs/p/cut.json.gz": "gzip data is cut off"} == done.unreadable
    assert sorted(map(event_id, [*range(65), 900])) == ids_of(store)
    assert {f"s3://logs/p/{DIGEST}"} == {e.name for e in store.files() if e.state == SKIPPED}
    again = added(store, "s3://logs/p/", processes=processes)
    assert (8, 0) == (again.known, again.records)


def test_a_bucket_and_a_folder_with_the_same_files_come_to_the_same(client: Any, tmp_path: Path) -> None:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="logs"):
        for found in page["Contents"]:
            path = tmp_path / "copy" / found["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket="logs", Key=found["Key"])["Body"].read())
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    added(one, "s3://logs/p")
    added(two, tmp_path / "copy")
    assert content(one) == content(two)
    both = added(one, tmp_path / "copy")
    assert (0, 91) == (both.kept, both.duplicates)


def test_only_what_is_wanted_is_read(client: Any) -> None:
    def names(**wanted: Any) -> int:
        return len(files_under("s3://logs/p", wanted=Wanted(**wanted)))

    assert 9 == names()
    assert (8, 2) == (names(accounts=("111122223333",)), names(accounts=("444455556666",)))
    assert 2 == names(regions=("us-east-1",))
    assert (5, 2) == (names(since=date(2024, 5, 2)), names(since=date(2024, 5, 3)))
    assert 8 == names(until=date(2024, 5, 1))
    assert 5 == names(until=date(2024, 4, 30))


def test_lines_and_parquet_are_read_from_a_bucket(client: Any, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = "".join(json.dumps(a_record(n)) + "\n" for n in range(30))
    client.put_object(Bucket="logs", Key="q/a.jsonl", Body=lines.encode())
    pq.write_table(pa.table({"eventJson": [json.dumps(a_record(n)) for n in range(20, 40)]}), tmp_path / "a.parquet")
    client.put_object(Bucket="logs", Key="q/b.parquet", Body=(tmp_path / "a.parquet").read_bytes())
    done = added(Store(tmp_path / "store"), "s3://logs/q")
    assert (40, 10) == (done.kept, done.duplicates)


def test_lines_that_stop_coming_are_named_and_what_came_is_kept(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(json.dumps(a_record(n)) + "\n" for n in range(4_000))
    client.put_object(Bucket="logs", Key="q/a.jsonl", Body=lines.encode())
    store = Store(tmp_path / "store")
    with monkeypatch.context() as failing:
        failing.setattr("botocore.response.StreamingBody.read", _Failing().read)
        done = added(store, "s3://logs/q")
    assert {"s3://logs/q/a.jsonl": "the line went dead"} == done.unreadable
    assert 0 < done.kept < 4_000
    again = added(store, "s3://logs/q")
    assert 4_000 == again.kept
    assert sorted(map(event_id, range(4_000))) == ids_of(store)


class _Failing:
    """A body that gives its first megabyte and then fails."""

    def __init__(self) -> None:
        self._left = 1

    def read(self, amt: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("the line went dead")
        return b"".join(json.dumps(a_record(n)).encode() + b"\n" for n in range(100))[:amt]


def test_a_changed_object_is_read_again(client: Any, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    client.put_object(Bucket="logs", Key="r/a.json", Body=a_file(a_record(1)))
    added(store, "s3://logs/r")
    client.put_object(Bucket="logs", Key="r/a.json", Body=a_file(a_record(2)))
    assert 1 == added(store, "s3://logs/r").kept
    assert sorted(map(event_id, (1, 2))) == ids_of(store)


@pytest.mark.slow
def test_more_objects_than_one_page_lists(client: Any) -> None:
    for n in range(1_050):
        client.put_object(Bucket="logs", Key=f"many/{n}.json", Body=b"{}")
    assert 1_050 == len(files_under("s3://logs/many/"))


@pytest.mark.parametrize("name", ["a b+c%20.json", "ü/é.json", "'; DROP--.json", "../up.json", "#?&.json"])
def test_a_key_is_only_a_key(client: Any, tmp_path: Path, name: str) -> None:
    client.put_object(Bucket="logs", Key=f"odd/{name}", Body=a_file(a_record(1)))
    store = Store(tmp_path / "store")
    done = added(store, "s3://logs/odd/")
    assert ({}, 1) == (done.unreadable, done.kept)
    assert [f"s3://logs/odd/{name}"] == [e.name for e in store.files()]


def test_a_missing_bucket_is_told(client: Any) -> None:
    with pytest.raises(InputError, match=r"cannot list `s3://nowhere/x`: .*NoSuchBucket"):
        files_under("s3://nowhere/x")


def test_no_bucket_is_told() -> None:
    with pytest.raises(InputError, match="no bucket in `s3://`"):
        files_under("s3://")


def test_no_credentials_is_told(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    s3._client.cache_clear()
    with pytest.raises(InputError, match="Unable to locate credentials") as caught:
        files_under("s3://logs/p")
    assert "sign in to AWS, or name a profile with `--profile`" == caught.value.help


def test_an_unknown_profile_is_told(client: Any) -> None:
    with pytest.raises(InputError, match=r"cannot list `s3://logs/p`: .*profile .*nobody"):
        list(s3.objects("s3://logs/p", profile="nobody"))


class _Denying:
    """A client whose every call is denied, as a bucket policy would."""

    def get_object(self, **_: object) -> dict[str, object]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    def get_paginator(self, _: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "ListObjectsV2")


def test_a_denial_is_told(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_under("s3://logs/p")
    with monkeypatch.context() as denying:
        denying.setattr(s3, "_client", lambda profile: _Denying())
        with pytest.raises(InputError, match="AccessDenied") as caught:
            files_under("s3://logs/p")
        done = add_logs(Store(tmp_path / "store"), files, settings=Settings())
    assert "the bucket needs s3:ListBucket and s3:GetObject for you" == caught.value.help
    assert 8 == len(done.unreadable)
    assert all("AccessDenied" in reason for reason in done.unreadable.values())


def test_an_object_that_vanishes_is_named_and_tried_again(client: Any, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (file,) = files_under(f"s3://logs/p/{LATER}")
    gone = replace(file, name=file.name + "x")
    done = add_logs(store, [gone, file], settings=Settings())
    assert 1 == done.kept
    assert "NoSuchKey" in done.unreadable[gone.name]


def test_without_the_sdk_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    s3._client.cache_clear()
    with pytest.raises(InputError, match="needs the AWS SDK") as caught:
        files_under("s3://logs/p")
    assert "pip install 'leastwise[aws]'" == caught.value.help
