"""`leastwise catalogue actions` and `catalogue drift` as a user meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from told import Command

from leastwise.catalogue.load import SHIPPED, load_catalogue

NEW = ("sqs:SendMessage", "sqs:ListQueues")
NAMES = [name for name in load_catalogue().index().actions if name not in NEW]


def statement(*actions: str) -> str:
    body = {"Sid": "Some", "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [body]})


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Command:
    """The command line in a folder with some policies and an older list."""
    (tmp_path / "send.json").write_text(statement("sqs:Send*"), encoding="utf-8")
    (tmp_path / "list.json").write_text(statement("sqs:List*"), encoding="utf-8")
    (tmp_path / "exact.json").write_text(statement("sqs:SendMessage"), encoding="utf-8")
    (tmp_path / "known.txt").write_text("\n".join(NAMES), encoding="utf-8")
    (tmp_path / "known.json").write_text(json.dumps({"actions": [{"action": n} for n in NAMES]}), encoding="utf-8")
    (tmp_path / "list-of-names.json").write_text(json.dumps(NAMES), encoding="utf-8")
    return leastwise


def test_the_list_of_today_is_one_against_which_nothing_is_new(ask: Command, tmp_path: Path) -> None:
    for arguments in ((), ("--json",)):
        (tmp_path / "today").write_text(ask("catalogue", "actions", *arguments).out, encoding="utf-8")
        told = ask("catalogue", "drift", "send.json", "--since", "today")
        assert (0, "send.json: no pattern matches any of them\n") == (told.code, told.out)


@pytest.mark.parametrize("since", ["known.txt", "known.json", "list-of-names.json"])
def test_a_newly_matched_write_ends_with_one(ask: Command, since: str) -> None:
    told = ask("catalogue", "drift", "send.json", "exact.json", "--since", since)
    assert 1 == told.code
    assert [
        "send.json: statement 0 `Some`, Allow `sqs:Send*` matches 1 new action",
        "  sqs:SendMessage: Write, infrastructure modification",
        "exact.json: no pattern matches any of them",
    ] == told.out.splitlines()
    assert "2 actions released since" in told.err


def test_a_newly_matched_list_action_is_told_and_ends_with_nothing(ask: Command) -> None:
    told = ask("catalogue", "drift", "list.json", "--since", "known.txt", "--json")
    assert 0 == told.code
    (policy,) = told.json()["policies"]  # type: ignore[misc]
    assert not policy["widens"]
    assert ["sqs:ListQueues"] == [one["action"] for one in policy["patterns"][0]["actions"]]


def test_an_older_catalogue_may_be_an_archive_or_a_folder_of_an_import(ask: Command, tmp_path: Path) -> None:
    shutil.copy(SHIPPED, tmp_path / "old.zip")
    assert 0 == ask("catalogue", "drift", "send.json", "--since", "old.zip").code
    (tmp_path / "old" / "services").mkdir(parents=True)
    older = {"prefix": "sqs", "name": "sqs", "actions": {}}
    (tmp_path / "old" / "services" / "sqs.json").write_text(json.dumps(older), encoding="utf-8")
    assert 1 == ask("catalogue", "drift", "send.json", "--since", "old").code


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("send.json",), "there is no older catalogue"),
        (("send.json", "--since", "nowhere"), "cannot read `nowhere`"),
        (("send.json", "--since", "send.json"), "it names no action"),
        (("nowhere.json", "--since", "known.txt"), "cannot read `nowhere.json`"),
    ],
)
def test_what_cannot_be_done_ends_with_two(ask: Command, arguments: tuple[str, ...], error: str) -> None:
    told = ask("catalogue", "drift", *arguments)
    assert (2, "") == (told.code, told.out)
    assert error in told.err
