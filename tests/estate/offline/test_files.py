"""What cannot be used is named with the reason, and the rest goes on."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from written import read, reasons, snapshot, write

import leastwise.estate.offline.files as files
from leastwise.model.errors import InputError, UnreadableFile

GOOD = {"ResourceArn": "arn:aws:sqs:eu-west-1:111122223333:jobs", "Policy": ""}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"UserDetailList": [', "no JSON: it is cut off (line 1, column 21)"),
        ('{"UserDetailList": ["a', "no JSON: it is cut off (line 1, column 21)"),
        ("{'a': 1}", "no JSON: expecting property name enclosed in double quotes (line 1, column 2)"),
        (b"\x89PNG\r\n\x1a\n\0\0", "the file is binary, or no text in UTF-8"),
        (b'{"a": "\0"}', "the file is binary"),
        (b"  \n", "the file is empty"),
        ({"Buckets": []}, "not understood: it has the form of no answer of AWS, plan, template or policy"),
        ([1, 2], "not understood: it has the form of no answer of AWS, plan, template or policy"),
        ("[" * 100_000, "no JSON: it is nested too deep"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_rest_is_read(tmp_path: Path, content: object, reason: str) -> None:
    found = read(tmp_path, {"bad.json": content, "good.json": GOOD})
    assert [("file", reason)] == reasons(found)
    assert ["111122223333"] == list(found.resources)


def test_an_empty_folder_and_no_folder_are_errors(tmp_path: Path) -> None:
    write(tmp_path, {"notes.txt": "nothing", ".git/config.json": "{}"})
    with pytest.raises(InputError, match=r"the folder holds no file that is read: `\.csv`, `\.json`"):
        snapshot(tmp_path)
    with pytest.raises(UnreadableFile, match="no such file or folder"):
        snapshot(tmp_path / "absent")


def test_what_is_plainly_something_else_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    record = {"Records": [{"eventVersion": "1.11", "eventName": "GetRole"}]}
    other = {
        "logs/a.json.gz": gzip.compress(b"{}"),
        "logs/b.json": record,
        "notes.md": "#",
        "table.csv": "a,b\n1,2\n",
        "good.json": GOOD,
    }
    assert [] == reasons(read(tmp_path, other))
    named = snapshot(tmp_path / "table.csv", tmp_path / "logs" / "b.json", tmp_path / "logs" / "a.json.gz")
    assert {"file"} == {one.what for one in named.not_read}
    assert 3 == len(named.not_read)


def test_a_file_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1024 * 1024)
    found = read(tmp_path, {"big.json": " " * (1024 * 1024 + 1), "good.json": GOOD})
    assert [("file", "the file is larger than 1 MB")] == reasons(found)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.json": GOOD, "inside/good.json": GOOD, "inside/below/kept.json": GOOD})
    inside = tmp_path / "inside"
    (inside / "file.json").symlink_to(tmp_path / "outside" / "secret.json")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "same.json").symlink_to(inside / "good.json")
    found = snapshot(inside)
    assert [("file", "a link that leads out of the folder is not followed")] * 2 == reasons(found)


def test_a_pipe_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert [("file", "it is no regular file")] == reasons(snapshot(tmp_path / "pipe.json"))


def test_a_principal_that_stands_twice_is_told(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:user/ann"
    users = [{"UserDetailList": [{"UserName": "ann", "Arn": arn, "Path": path}]} for path in ("/", "/x/")]
    found = read(tmp_path, {"a.json": users[0], "b.json": users[1]})
    assert [("duplicate", arn)] == [(one.what, one.subject) for one in found.not_read]
    assert ["/"] == [user.path for user in found.iam["111122223333"].users]


def test_utf_16_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = '{"ResourceArn": "arn:aws:sqs:eu-west-1:111122223333:jobs", "Policy": ""}'
    found = read(tmp_path, {"a.json": text.encode("utf-16"), "b.json": text.encode("utf-8-sig")})
    assert [] == reasons(found)
    assert 1 == len(found.resources["111122223333"][0].resources)


def test_a_link_to_itself_and_an_odd_name_break_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"good.json": GOOD})
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.json")).write_text("{", encoding="utf-8")
    found = snapshot(tmp_path)
    assert ["file"] == [one.what for one in found.not_read]
    assert found.not_read[0].reason.isprintable()


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"good.json": GOOD, "closed/more.json": GOOD})
    listed = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert [("file", "permission denied")] == reasons(snapshot(tmp_path))


def test_broken_yaml_is_told_where_it_is_about_aws(tmp_path: Path) -> None:
    files = {"chart.yaml": "a: {{ b }}: c\n", "stack.yaml": "Resources: {A: {Type: AWS::IAM::User\n", "good.json": GOOD}
    ((what, reason),) = reasons(read(tmp_path, files))
    assert ("file", True) == (what, reason.startswith("not YAML"))
