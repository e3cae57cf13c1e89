"""Proposals beside today's policies, bundles and their verification, as a user meets them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from told import Command

WHO = "role/support-api-function"


@pytest.fixture
def company(leastwise: Command) -> Command:
    """The command, with the logs and a snapshot of a made-up company."""
    made = ("sample", "company", "--accounts", "3", "--roles", "41", "--days", "30", "--date", "2026-06-01")
    for command in (made, ("snapshot", "--from", "company"), ("logs", "add", "company/logs", "--processes", "1")):
        assert 0 == leastwise(*command).code
    return leastwise


def test_a_diff_ends_with_the_proof_and_what_is_rare(company: Command) -> None:
    told = company("propose", WHO, "--diff")
    lines = told.out.splitlines()
    assert 0 == told.code
    assert any(line.startswith('-  "logs:CreateLogStream"  on "*"') for line in lines)
    assert any(line.startswith('+  "logs:CreateLogStream"') and "uses, last" in line for line in lines)
    assert any(line.startswith("proved: grants nothing that today's policies do not; covers all") for line in lines)
    assert any(line.startswith("kept unseen: ") for line in lines)
    rare = company("propose", "role/inventory-posture-inventory", "--diff")
    assert "rare, kept: iam:GetAccountSummary (4 uses, weekly)" in rare.out


def test_from_current_prunes_what_is_attached(company: Command) -> None:
    documents = json.loads(company("propose", WHO, "--from-current").out)
    actions = {action for one in documents for statement in one["Statement"] for action in statement["Action"]}
    assert {"kms:Decrypt", "secretsmanager:GetSecretValue"} <= actions
    unused = json.loads(company("propose", "role/support-store-function", "--from-current").out)
    assert "s3:ListBucket" not in {a for one in unused for statement in one["Statement"] for a in statement["Action"]}


def test_from_current_needs_todays_policies(leastwise: Command, demo_logs: Path) -> None:
    leastwise("logs", "add", str(demo_logs))
    told = leastwise("propose", "user/benjamin", "--from-current")
    assert 2 == told.code
    assert "today's policies of `arn:aws:iam::123837392027:user/benjamin` are not known" in told.err


def test_a_group_shares_a_policy(company: Command) -> None:
    other = "role/ci/reviews-site-deploy"
    told = company("propose", "role/ci/content-service-deploy", "--group", other, "--json").json()
    shared = told["shared_by"]
    assert isinstance(shared, list)
    assert 2 == len(shared)
    assert all(0 < one["surplus_weight"] < 1 for one in shared)


def test_buffered_actions_say_why_and_how_long(company: Command) -> None:
    told = company("propose", "role/ci/content-service-deploy", "--buffer", "relaxed", "--json").json()
    policies = told["policies"]
    assert isinstance(policies, list)
    unused = [one for policy in policies for statement in policy["statements"] for one in statement["unused"]]
    assert unused
    assert all(one["reasons"] and one["recheck"] == "2026-08-29T00:00:00Z" for one in unused)
    exact = company("propose", "role/ci/content-service-deploy", "--json").json()["policies"]
    assert isinstance(exact, list)
    assert not [one for policy in exact for statement in policy["statements"] for one in statement["unused"]]


@pytest.mark.parametrize("name", ["tight.json", "tight"])
def test_a_bundle_is_verified_elsewhere(company: Command, tmp_path: Path, name: str) -> None:
    assert 0 == company("propose", WHO, "--from-current", "--bundle", name).code
    shutil.move(tmp_path / name, tmp_path / f"moved-{name}")
    shutil.rmtree(tmp_path / ".leastwise")
    shutil.rmtree(tmp_path / "company")
    told = company("verify", f"moved-{name}")
    assert 0 == told.code
    assert told.out.startswith("verified: 2 documents for arn:aws:iam::")
    assert "PASS" == company("verify", f"moved-{name}", "--json").json()["verdict"]


def test_a_policy_beside_the_bundle_must_be_the_bundles(company: Command, tmp_path: Path) -> None:
    company("propose", WHO, "--from-current", "--bundle", "tight")
    policy = tmp_path / "tight" / "policies" / "access.json"
    policy.write_text(policy.read_text().replace("GetSecretValue", "*"))
    (tmp_path / "tight" / "more.json").write_text("{}")
    told = company("verify", "tight")
    assert 1 == told.code
    assert "refused: `more.json` is not what the bundle says" in told.out
    assert "refused: `policies/access.json` is not what the bundle says" in told.out


def key(folder: Path, name: str) -> None:
    for command in (
        ["genpkey", "-algorithm", "ed25519", "-out", f"{name}.pem"],
        ["pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


def test_a_signature_tells_who_made_it(company: Command, tmp_path: Path) -> None:
    key(tmp_path, "mine")
    key(tmp_path, "other")
    assert 0 == company("propose", WHO, "--bundle", "tight.json", "--sign", "mine.pem").code
    assert 0 == company("verify", "tight.json", "--key", "mine.pub").code
    assert 1 == company("verify", "tight.json", "--key", "other.pub").code
    (tmp_path / "tight.json.sig").write_text("AAAA")
    assert 1 == company("verify", "tight.json", "--key", "mine.pub").code
    (tmp_path / "tight.json.sig").unlink()
    assert 2 == company("verify", "tight.json", "--key", "mine.pub").code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("verify", "nowhere.json"), "nowhere.json"),
        (("verify", "."), "proposal.json"),
        (("propose", WHO, "--bundle", "company"), "`company` is not empty"),
        (("propose", WHO, "--bundle", "x.json", "--sign", "company/truth.json"), "no private key"),
        (("propose", WHO, "--group", "role/nobody"), "role/nobody"),
    ],
)
def test_what_cannot_be_done_is_told(company: Command, arguments: tuple[str, ...], message: str) -> None:
    told = company(*arguments)
    assert 2 == told.code
    assert message in told.err


def test_wildcards_come_only_when_nothing_else_fits(leastwise: Command, demo_logs: Path) -> None:
    leastwise("logs", "add", str(demo_logs))
    roomy = leastwise("propose", "user/bert-jan", "--json", "--attachable", "5").json()
    assert [] == roomy["wildcards"]
    tight = leastwise("propose", "user/bert-jan", "--json", "--attachable", "4").json()
    documents, wildcards = tight["documents"], tight["wildcards"]
    assert isinstance(documents, list) and isinstance(wildcards, list)
    assert 4 == len(documents)
    assert wildcards
    written = {action for one in documents for s in one["document"]["Statement"] for action in s["Action"]}
    assert {one["pattern"] for one in wildcards} == {action for action in written if "*" in action}
    replay = tight["replay"]
    assert isinstance(replay, dict)
    assert 0 == replay["counts"]["breaks"]["requests"] == replay["counts"]["undecided"]["requests"]
