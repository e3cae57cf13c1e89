"""The script that decides a history of policy versions, on published policies and edits of them."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "data" / "policies" / "policies.jsonl.gz"
NAMES = ("IAMReadOnlyAccess", "AmazonSQSReadOnlyAccess", "ReadOnlyAccess")
Json = dict


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield


def published() -> dict[str, Json]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["name"]: row["document"] for row in rows if row["name"] in NAMES}


def with_more(document: Json, **more: object) -> Json:
    """The document with a statement more."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", **more}
    statements = document["Statement"]
    return {
        **copy.deepcopy(document),
        "Statement": [*(statements if isinstance(statements, list) else [statements]), statement],
    }


def history(path: Path, policies: dict[str, Sequence[Json]]) -> Path:
    rows = [
        {
            "arn": f"arn:aws:iam::aws:policy/{name}",
            "version": f"v{at + 1}",
            "created": f"2026-01-{at + 1:02}",
            "document": one,
        }
        for name, documents in policies.items()
        for at, one in enumerate(documents)
    ]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in reversed(rows))
    return path


def test_versions_are_decided_and_what_widened_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from compare_versions import main

    found = published()
    iam, sqs = found["IAMReadOnlyAccess"], found["AmazonSQSReadOnlyAccess"]
    organisation = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    file = history(
        tmp_path / "history.jsonl.gz",
        {
            "IAMReadOnlyAccess": [iam, with_more(iam), iam],
            "AmazonSQSReadOnlyAccess": [
                with_more(sqs, Condition=organisation),
                with_more(sqs),
                with_more(sqs, Resource="arn:aws:s3:::*"),
                with_more(sqs, Resource="arn:aws:s3:::*", Sid="again"),
            ],
        },
    )
    assert 0 == main([str(file)])
    lines = capsys.readouterr().out.splitlines()
    assert "consecutive versions: 5" == lines[0]
    assert {"  FAIL: 3", "  PASS: 2", "  widened: 3, by"} <= set(lines)
    assert {"conditions: 1", "actions: 1", "resources: 1"} == {
        line.strip() for line in lines if line.startswith("    ")
    }


def test_newest_versions_are_asked_against_a_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from compare_versions import main

    found = published()
    outside = with_more(found["AmazonSQSReadOnlyAccess"], Action="sqs:DeleteQueue", Resource="*")
    file = history(
        tmp_path / "history.jsonl.gz",
        {
            "AmazonSQSReadOnlyAccess": [found["AmazonSQSReadOnlyAccess"]],
            "Outside": [found["AmazonSQSReadOnlyAccess"], outside],
            "ReadOnlyAccess": [found["ReadOnlyAccess"]],
        },
    )
    assert 0 == main([str(file), "--within", "ReadOnlyAccess"])
    told = capsys.readouterr().out.partition("newest versions within ReadOnlyAccess: 3\n")[2]
    assert "  FAIL: 1" in told
    assert 2 == main([str(file), "--within", "NoSuchPolicy"])


def test_an_answer_left_open_is_told_and_is_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from compare_versions import main

    empty = {"Version": "2012-10-17", "Statement": []}
    known = {"StringLike": {"aws:PrincipalTag/t": "?*", "aws:PrincipalTag/u": "?*"}}
    old = with_more(empty, Resource="arn:aws:s3:::b/??*")
    new = with_more(empty, Resource="arn:aws:s3:::b/${aws:PrincipalTag/t}${aws:PrincipalTag/u}", Condition=known)
    file = history(tmp_path / "history.jsonl.gz", {"Open": [old, new]})
    assert 1 == main([str(file)])
    assert "  UNKNOWN arn:aws:iam::aws:policy/Open v1 to v2: s3:GetObject" in capsys.readouterr().out


def test_a_file_that_is_none_is_exit_2(tmp_path: Path) -> None:
    from compare_versions import main

    assert 2 == main([str(tmp_path / "none.jsonl.gz")])
    (tmp_path / "bad.jsonl.gz").write_bytes(gzip.compress(b'{"arn": "a"}\n'))
    assert 2 == main([str(tmp_path / "bad.jsonl.gz")])
