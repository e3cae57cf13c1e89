"""Checks of credentials: by the columns of the credential report, as AWS writes them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from small_scenes import ACCOUNT, HEAD, found_by, iam, scene, user
from test_unused import key, report, row, used

from leastwise.estate.held import Activity
from leastwise.findings.scene import Scene, Settings
from leastwise.usage.last_uses import LastUse

OLD = "2021-01-01T00:00:00+00:00"
NEW = "2026-05-20T00:00:00+00:00"
PASSWORD = {"password_enabled": "true", "password_last_changed": OLD, "password_last_used": NEW}


def root(**columns: str) -> dict[str, str]:
    """The row of a root user that is put away: `<root_account>`, with what AWS does not support there."""
    away = {
        "user": "<root_account>",
        "arn": f"{HEAD}:root",
        "password_enabled": "not_supported",
        "password_last_used": "no_information",
        "mfa_active": "true",
    }
    return row("root", **away) | columns


def where(*rows: Mapping[str, str], **more: object) -> Scene:
    return scene(iam(user("person")), report(*rows), **more)  # type: ignore[arg-type]


CASES = [
    ("root-used", root(), 0),
    ("root-used", root(password_last_used=NEW), 1),
    ("root-used", root(password_last_used=OLD), 0),
    ("root-used", root(access_key_2_last_used_date=NEW), 1),
    ("root-access-key", root(), 0),
    ("root-access-key", root(**key(1)), 1),
    ("root-access-key", row("person", **key(1)), 0),
    ("root-without-mfa", root(), 0),
    ("root-without-mfa", root(mfa_active="false"), 1),
    ("root-without-mfa", root(mfa_active="FALSE"), 1),
    ("root-without-mfa", root(mfa_active="not_supported"), 0),
    ("password-without-mfa", row("person", **PASSWORD), 1),
    ("password-without-mfa", row("person", **PASSWORD) | {"mfa_active": "true"}, 0),
    ("password-without-mfa", row("person"), 0),
    ("password-without-mfa", root(password_enabled="true", mfa_active="false"), 0),
    ("old-access-key", row("person", **key(1)), 1),
    ("old-access-key", row("person", **key(1), **key(2)), 2),
    ("old-access-key", row("person", **key(1, made=NEW)), 0),
    ("old-access-key", row("person", **key(1)) | {"access_key_1_active": "false"}, 0),
    ("old-access-key", row("person", **key(1, made="N/A")), 0),
    ("two-active-keys", row("person", **key(1), **key(2)), 1),
    ("two-active-keys", row("person", **key(1)), 0),
    ("two-active-keys", row("person", **key(1), **key(2, made="2026-05-25T00:00:00+00:00")), 0),
    ("password-never-rotated", row("person", **PASSWORD) | {"password_last_changed": "2020-01-01T00:00:01+00:00"}, 1),
    ("password-never-rotated", row("person", **PASSWORD), 0),
    (
        "password-never-rotated",
        row("person", **PASSWORD) | {"user_creation_time": NEW, "password_last_changed": NEW},
        0,
    ),
]


@pytest.mark.parametrize(("name", "held", "expected"), CASES)
def test_the_report_tells(name: str, held: dict[str, str], expected: int) -> None:
    found = found_by(name, where(held))
    assert expected == len(found)
    assert all(one.account == ACCOUNT and one.remedy.says and one.evidence for one in found)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_without_a_report_nothing_is_said(name: str) -> None:
    assert [] == found_by(name, scene(iam(user("person"))))
    assert [] == found_by(name, scene(iam(user("person")), Activity(ACCOUNT)))
    assert [] == found_by(name, scene())


def test_calls_of_the_root_user_in_the_logs_are_use() -> None:
    logs = used()
    call = LastUse(f"{HEAD}:root", "s3:CreateBucket", "arn:aws:s3:::a", "recorded", 1, logs.last, logs.last)
    (found,) = found_by("root-used", scene(iam(), used=used(call)))
    assert (ACCOUNT, "2026-06-01") == (found.subject, found.since)
    assert any("s3:CreateBucket" in line for line in found.evidence)


def test_how_old_a_key_may_be_is_a_setting() -> None:
    held = where(row("person", **key(1, made=NEW)))
    strict = Scene(held.estate, held.catalogue, Settings(key_days=7))
    assert (0, 1) == (len(found_by("old-access-key", held)), len(found_by("old-access-key", strict)))


def test_two_keys_of_one_user_are_two_findings() -> None:
    keys = {one.key for one in found_by("old-access-key", where(row("person", **key(1), **key(2))))}
    assert {"1", "2"} == keys


@pytest.mark.parametrize("name", ["$(reboot)", "a b", "`id`", "x'y", "a;b", "<b>", "\u202e", ""])
def test_a_name_is_one_word_of_the_shell(name: str) -> None:
    (found,) = found_by("password-without-mfa", where(row(name, **PASSWORD)))
    head, _, tail = found.remedy.cli.partition("--user-name ")
    assert head
    assert tail.startswith("'") and tail.removeprefix("'").replace("'\"'\"'", "").startswith(name.replace("'", ""))
