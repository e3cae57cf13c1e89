"""`leastwise fit` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from told import Command

from leastwise.catalogue.load import load_catalogue


def rds(*beginnings: str) -> list[str]:
    service = load_catalogue().service("rds")
    assert service is not None
    found = (action.name for action in service.actions.values())
    return sorted(name for name in found if name.partition(":")[2].startswith(beginnings))


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READS = {"Sid": "Reads", "Effect": "Allow", "Action": rds("Describe", "List"), "Resource": "*"}
WRITES = {"Sid": "Writes", "Effect": "Allow", "Action": rds("Create", "Modify"), "Resource": "*"}


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Command:
    """The command line in a folder with some policies."""
    (tmp_path / "long.json").write_text(document(READS, WRITES), encoding="utf-8")
    (tmp_path / "short.json").write_text(document({**READS, "Action": ["rds:ListTagsForResource"]}), encoding="utf-8")
    (tmp_path / "trust.json").write_text(
        document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}), encoding="utf-8"
    )
    return leastwise


def test_a_policy_that_fits_is_printed_as_it_is(ask: Command) -> None:
    told = ask("fit", "short.json")
    assert 0 == told.code
    assert "rds:ListTagsForResource" == told.json()["Statement"][0]["Action"][0]  # type: ignore[index]
    assert "now 1 policy" in told.err
    assert "proof: PASS: it allows exactly what the document does" in told.err


def test_a_policy_is_split_without_a_wildcard_where_several_may_be_attached(ask: Command) -> None:
    told = ask("fit", "long.json", "--limit", "1400")
    assert 0 == told.code
    documents = json.loads(told.out)
    assert 1 < len(documents)
    assert "*" not in "".join(action for one in documents for s in one["Statement"] for action in s["Action"])
    assert "proof: PASS: together they allow exactly what the document does" in told.err


def test_wildcards_are_told_with_what_they_match_and_their_risk(ask: Command) -> None:
    told = ask("fit", "long.json", "--limit", "2464", "--attachable", "1")
    assert 0 == told.code
    assert "wildcard `rds:" in told.err
    assert "within two years" in told.err
    assert "proof: PASS_FOR_KNOWN_ACTIONS" in told.err


def test_what_does_not_fit_ends_with_one(ask: Command) -> None:
    told = ask("fit", "long.json", "--limit", "80", "--attachable", "1")
    assert 1 == told.code
    assert "warning: it does not fit 1 x 80 characters" in told.err


def test_programs_get_it_all(ask: Command) -> None:
    told = ask("fit", "long.json", "--limit", "2464", "--attachable", "1", "--json").json()
    assert (1, True, 2464) == (told["schema"], told["fits"], told["limit"])
    (policy,) = told["policies"]  # type: ignore[misc]
    assert policy["size"] == len(json.dumps(policy["document"], separators=(",", ":"))) <= 2464
    assert all(one["matches"] and 0 < one["drift"]["any"] < 1 for one in told["wildcards"])  # type: ignore[attr-defined]
    assert "PASS_FOR_KNOWN_ACTIONS" == told["verdict"]


def test_an_organization_policy_is_written_as_short_as_it_is_counted(ask: Command) -> None:
    told = ask("fit", "short.json", "--type", "scp")
    assert 0 == told.code
    assert json.dumps(json.loads(told.out), separators=(",", ":")) == told.out.strip()


def test_an_inline_policy_has_the_quota_of_its_type(ask: Command) -> None:
    assert 10_240 == ask("fit", "short.json", "--type", "inline-role", "--json").json()["limit"]
    assert 2_048 == ask("fit", "short.json", "--type", "inline-user", "--json").json()["limit"]


def test_the_result_goes_to_a_file(ask: Command, tmp_path: Path) -> None:
    told = ask("fit", "short.json", "-f", "hcl", "-o", "out.tf")
    assert (0, "") == (told.code, told.out)
    assert 'resource "aws_iam_policy" "short"' in (tmp_path / "out.tf").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nowhere.json",), "cannot read `nowhere.json`"),
        (("trust.json",), "error"),
        (("short.json", "--type", "scp", "-f", "hcl"), "`-f hcl` writes managed policies"),
        (("short.json", "--accept", "rds:Nothing"), "rds:Nothing"),
        (("short.json", "--type", "boundary", "--attachable", "2"), "there is only one boundary policy"),
    ],
)
def test_what_cannot_be_done_ends_with_two(ask: Command, arguments: tuple[str, ...], error: str) -> None:
    told = ask("fit", *arguments)
    assert (2, "") == (told.code, told.out)
    assert error in told.err
