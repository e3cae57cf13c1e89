"""`leastwise measure` as a user meets it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from told import Command

from leastwise.language.values import counting

POLICIES: dict[str, object] = {
    "reading.json": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"}],
    "writing.json": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::reports/*"}],
    "one.json": [
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs",
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        },
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ],
    "queue.json": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:*", "Resource": "*"},
    ],
    "odd.json": [{"Effect": "Allow", "Action": "nope:Do", "Resource": "arn:aws:s3:::reports/*"}],
    "hard.json": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*a?????b*"}],
}


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Command:
    """The command line in a folder with some policies."""
    for name, statements in POLICIES.items():
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        (tmp_path / name).write_text(text, encoding="utf-8")
    return leastwise


def rows(told: str) -> dict[str, str]:
    """What the lines of a table say, by their first words."""
    found = (line.strip().partition("  ") for line in told.splitlines())
    return {title: value.strip() for title, _, value in found}


def test_a_policy_is_told_in_words_and_numbers(ask: Command) -> None:
    told = ask("measure", "one.json")
    assert (0, "") == (told.code, told.err)
    found = rows(told.out)
    assert "one.json" == told.out.splitlines()[0]
    assert found["actions"].startswith("1 of ")
    assert "1" == found["Write"] and "0" == found["Permissions management"]
    assert "1: sqs" == found["services"]
    assert "1: 111122223333" == found["accounts"]
    assert "256 IPv4, 0 IPv6" == found["public addresses"]
    assert found["log2"].startswith("0.000 of action and resource pairs")
    assert "conditions taken to hold: 1 Allow" in found
    assert "left out, with conditions or for some principals: 1 Deny" in found
    assert "principals" not in found and "unknown actions" not in found


def test_each_policy_is_measured_on_its_own(ask: Command) -> None:
    told = ask("measure", "reading.json", "writing.json")
    assert ["reading.json", "", "writing.json"] == [line for line in told.out.splitlines() if not line.startswith(" ")]


def test_everyone_is_told(ask: Command) -> None:
    told = ask("measure", "queue.json", "--type", "resource")
    found = rows(told.out)
    assert ("yes", "any, by name 111122223333") == (found["for everyone"], found["accounts"])
    assert "any, by name AWS 111122223333" == found["principals"]


def test_programs_get_it_all(ask: Command) -> None:
    told = ask("measure", "one.json", "queue.json", "--type", "resource", "--json")
    assert 2 == told.code  # the first one is no resource policy
    found = ask("measure", "queue.json", "--type", "resource", "--json").json()
    assert (1, "resource", 256, 256, None) == tuple(
        found[name] for name in ("schema", "type", "resource_length", "alphabet", "change")
    )
    (policy,) = json.loads(json.dumps(found["policies"]))
    assert "queue.json" == policy["name"]
    assert policy["actions"] == sum(len(names) for names in policy["levels"].values())
    assert {"any": True, "names": ["111122223333"]} == policy["accounts"]
    assert "yes" == policy["for_everyone"]
    assert int(policy["pairs"]) > 1 << 2048 and 2048 < policy["log2"] < 2060


def test_wider_ends_with_1_only_when_asked(ask: Command) -> None:
    told = ask("measure", "writing.json", "--against", "reading.json")
    assert (0, "wider") == (told.code, told.out.splitlines()[0])
    assert "gained actions: s3:PutObject" in told.out.splitlines()
    assert rows(told.out)["actions"].endswith("wider") and rows(told.out)["services"].endswith("same")
    assert 1 == ask("measure", "writing.json", "--against", "reading.json", "--fail-if-wider").code


@pytest.mark.parametrize("new", ["reading.json", "writing.json"])
def test_what_is_not_wider_ends_with_0(ask: Command, new: str) -> None:
    told = ask("measure", new, "--against", "writing.json", "--fail-if-wider")
    assert (0, "no number grew") == (told.code, told.out.splitlines()[0])


def test_a_change_for_programs(ask: Command) -> None:
    told = ask("measure", "writing.json", "--against", "reading.json", "--fail-if-wider", "--json")
    assert 1 == told.code
    change = json.loads(told.out)["change"]
    assert (True, ["actions", "pairs"], [], []) == tuple(
        change[name] for name in ("is_wider", "wider", "narrower", "not_known")
    )
    assert ["s3:PutObject"] == change["gained"]["actions"] and [] == change["lost"]["actions"]
    assert change["old"]["actions"] + 1 == json.loads(told.out)["policies"][0]["actions"]


def test_an_action_that_no_catalogue_knows_is_wider(ask: Command) -> None:
    told = ask("measure", "odd.json", "--against", "reading.json", "--fail-if-wider")
    assert 1 == told.code
    assert "gained unknown actions: nope:Do" in told.out.splitlines()


def test_not_knowing_passes_no_gate(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BUDGET", 100)
    assert "not known: too much to count of action" in ask("measure", "hard.json").out
    told = ask("measure", "hard.json", "--against", "hard.json", "--fail-if-wider")
    assert (2, "not known") == (told.code, told.out.splitlines()[0])


def test_standard_input(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path("reading.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert "standard input" == ask("measure", "-").out.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.json",), "error: cannot read `missing.json`: no such file or directory"),
        (("reading.json", "--type", "trust"), "error[LW-P08]: the statement has no `Principal`"),
        (("reading.json", "--fail-if-wider"), "error: `--fail-if-wider` needs a policy to compare with"),
        (("a.json", "b.json", "--against", "c.json"), "error: `--against` compares one policy with another"),
        (("-", "--against", "-"), "error: standard input can be read once"),
        ((), "error: Missing argument 'FILE...'."),
    ],
)
def test_bad_input_ends_with_2(ask: Command, arguments: tuple[str, ...], message: str) -> None:
    told = ask("measure", *arguments)
    assert (2, message) == (told.code, told.err.splitlines()[0])
