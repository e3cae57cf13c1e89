"""`leastwise scp` and `rcp` on a made-up company, against what its logs and its truth say."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from made_company import made_company
from told import Command, Told

Json = dict[str, object]
SIZE = ("--accounts", "12", "--roles", "90", "--days", "40", "--date", "2026-06-01", "--seed", "3")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with its logs in a store and a snapshot, in one workspace."""
    return made_company(tmp_path_factory.mktemp("company"), SIZE).parent


@pytest.fixture
def ask(leastwise: Command, company: Path) -> Command:
    """The command line in the company's workspace."""

    def command(*words: str) -> Told:
        return leastwise("--workspace", str(company / ".leastwise"), *words)

    return command


def truth(company: Path) -> Json:
    found: Json = json.loads((company / "made" / "truth.json").read_text())
    return found


def accounts(company: Path, *, under: str = "", kind: str = "") -> list[str]:
    listed = truth(company)["accounts"]
    assert isinstance(listed, list)
    return [one["id"] for one in listed if (not under or one["unit"] == under) and (not kind or one["kind"] == kind)]


def logged(company: Path, actions: tuple[str, ...], since: str = "1970-01-01") -> Counter[str]:
    """The calls of these actions that succeeded, by account of the principal, counted without leastwise."""
    files = str(company / ".leastwise" / "usage" / "**" / "*.parquet")
    rows = duckdb.sql(
        f"""SELECT account, sum("count") FROM read_parquet('{files}', union_by_name=true)
            WHERE action IN {(*actions, "")} AND outcome = 'succeeded' AND kind = 'mapped'
            AND principal_type IN ('Role', 'User') AND first >= TIMESTAMP '{since}' GROUP BY 1"""
    ).fetchall()
    return Counter({str(account): int(calls) for account, calls in rows})


def write(path: Path, *statements: Json) -> str:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return str(path)


def deny(*actions: str, **more: object) -> Json:
    return {"Sid": "Denied", "Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def test_replay_breaks_what_the_logs_hold_and_nothing_else(ask: Command, company: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("ec2:DescribeInstances", "s3:ListAllMyBuckets"))
    told = ask("scp", "replay", path, "--at", "Workloads", "--json")
    assert 1 == told.code
    found = told.json()
    broken = {one["account"]: one["calls"]["breaks"] for one in found["accounts"] if one["calls"]["breaks"]}  # type: ignore[index, attr-defined]
    counted = logged(company, ("ec2:DescribeInstances", "s3:ListAllMyBuckets"))
    expected = {one: counted[one] for one in accounts(company, kind="workload") if counted[one]}
    assert expected
    assert expected == broken
    assert sum(expected.values()) == sum(one["calls"] for one in found["groups"] if one["verdict"] == "breaks")  # type: ignore[attr-defined]


def test_a_time_condition_is_decided_from_the_times_of_the_calls(ask: Command, company: Path, tmp_path: Path) -> None:
    frozen = {"DateGreaterThan": {"aws:CurrentTime": "2026-05-25T00:00:00Z"}}
    path = write(tmp_path / "scp.json", deny("ec2:DescribeInstances", Condition=frozen))
    found = ask("scp", "replay", path, "--at", "Workloads", "--json").json()
    counted = logged(company, ("ec2:DescribeInstances",), since="2026-05-25")
    expected = sum(counted[one] for one in accounts(company, kind="workload"))
    assert 0 < expected < sum(logged(company, ("ec2:DescribeInstances",)).values())
    assert expected == sum(one["calls"] for one in found["groups"] if one["verdict"] == "breaks")  # type: ignore[attr-defined]


def test_a_key_that_no_log_tells_leaves_it_open_and_ends_with_two(ask: Command, tmp_path: Path) -> None:
    path = write(
        tmp_path / "scp.json", deny("ec2:DescribeInstances", Condition={"StringEquals": {"aws:Referer": "there"}})
    )
    told = ask("scp", "replay", path, "--at", "Workloads", "--json")
    groups = told.json()["groups"]
    assert 2 == told.code
    assert {"undecided"} == {one["verdict"] for one in groups}  # type: ignore[attr-defined]
    assert {"aws:Referer"} == {key for one in groups for key in one["turns_on"]}  # type: ignore[attr-defined]
    assert 0 == ask("scp", "replay", path, "--at", "Workloads", "--allow-undecided").code


def test_what_is_expected_does_not_count_as_broken(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("ec2:DescribeInstances"))
    assert 0 == ask("scp", "replay", path, "--at", "Workloads", "--expected", "arn:aws:iam::*:*").code
    assert 1 == ask("scp", "replay", path, "--at", "Workloads", "--expected", "arn:aws:iam::*:role/none").code


def test_the_smallest_exceptions_leave_nothing_broken(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("ec2:DescribeInstances"))
    mended = str(tmp_path / "mended.json")
    told = ask("scp", "replay", path, "--at", "Workloads", "--exceptions", "-o", mended, "--json")
    sought = told.json()["exceptions"]
    broken = {one["principal"] for one in told.json()["groups"] if one["verdict"] == "breaks"}  # type: ignore[attr-defined]
    assert broken == {arn for one in sought for arn in one["principals"]}  # type: ignore[attr-defined]
    assert len(sought) < len(broken)  # type: ignore[arg-type]
    assert 0 == ask("scp", "replay", mended, "--at", "Workloads").code


def test_the_plan_goes_from_sandbox_to_production(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("braket:*"))
    told = ask("scp", "replay", path, "--at", "Root", "--plan", "--json")
    assert 0 == told.code
    assert ["sandbox", "development", "production"] == [one["stage"] for one in told.json()["plan"]]  # type: ignore[attr-defined]
    lines = ask("scp", "replay", path, "--at", "Root", "--plan").out
    assert "detach-policy" in lines
    assert "not bound: account/management" in lines


def test_in_the_place_of_a_policy_what_it_denied_is_let_through(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    assert 0 == ask("scp", "replay", path, "--at", "Workloads").code
    told = ask("scp", "replay", path, "--at", "Workloads", "--in-place-of", "FullAWSAccess")
    assert 1 == told.code
    assert "no SCP allows it" in told.out
    wrong = ask("scp", "replay", path, "--at", "Workloads", "--in-place-of", "nothing")
    assert (2, True) == (wrong.code, "there is no `nothing` attached" in wrong.err)


def test_place_finds_the_highest_node_where_nothing_breaks(ask: Command, company: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("sqs:*"))
    told = ask("scp", "place", path, "--json")
    found = told.json()
    nodes = {one["node"]: one for one in found["nodes"]}  # type: ignore[attr-defined]
    assert 1 == told.code
    assert found["best"]
    for name in found["best"]:  # type: ignore[attr-defined]
        assert 0 == ask("scp", "replay", path, "--at", name).code, name
        assert not nodes[name]["breaks"]
    everywhere = ask("scp", "place", write(tmp_path / "none.json", deny("braket:*")), "--json")
    assert (0, ["root"]) == (
        everywhere.code,
        [one["type"] for one in everywhere.json()["nodes"] if one["node"] in everywhere.json()["best"]],  # type: ignore[attr-defined, operator]
    )


def test_the_tree_finds_what_was_left_out_and_nothing_else(ask: Command, company: Path) -> None:
    told = ask("scp", "tree", "--json", "--fail-on", "gap")
    assert 1 == told.code
    found = {one["node"] for one in told.json()["escapes"]}  # type: ignore[attr-defined]
    faults = truth(company)["faults"]
    assert isinstance(faults, list)
    planted = [one for one in faults if one["kind"] in ("account-without-scp", "unit-without-scp")]
    assert planted
    expected = {one["account"] if one["kind"] == "account-without-scp" else one["resources"][0] for one in planted}
    assert expected == found
    assert all(one["witness"] for one in told.json()["escapes"])  # type: ignore[attr-defined]


def test_the_tree_of_rcps_finds_the_confused_deputy_and_nothing_else(ask: Command, company: Path) -> None:
    told = ask("rcp", "tree", "--json", "--fail-on", "gap")
    faults = truth(company)["faults"]
    assert isinstance(faults, list)
    (planted,) = (one for one in faults if one["kind"] == "rcp-gap")
    found = told.json()["holes"]
    assert 1 == told.code
    assert set(planted["resources"]) == {one["node"] for one in found}  # type: ignore[attr-defined]
    assert all(planted["policies"][0] in one["policy"] for one in found)  # type: ignore[attr-defined]
    assert all(one["witness"]["principal"] == "cloudtrail.amazonaws.com" for one in found)  # type: ignore[attr-defined]
    assert [] == told.json()["escapes"]
    assert "kept from strangers" in ask("rcp", "tree").out


def test_check_counts_and_tells_what_is_denied_above(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("organizations:LeaveOrganization"), deny("iam:CreateUser", Sid="Users"))
    found = ask("scp", "check", path, "--at", "Workloads", "--json").json()["policies"]
    effects = [one["effect"] for one in found[0]["statements"]]  # type: ignore[index]
    assert ["denied_above", "takes_away"] == effects
    alone = ask("scp", "check", path, "--json").json()["policies"]
    assert ["takes_away", "takes_away"] == [one["effect"] for one in alone[0]["statements"]]  # type: ignore[index]


def test_check_refuses_what_is_too_long(ask: Command, tmp_path: Path) -> None:
    names = [f"s3:Delete{number}Object{number}" for number in range(700)]
    told = ask("scp", "check", write(tmp_path / "scp.json", deny(*names)))
    assert 1 == told.code
    assert "too long" in told.out


def test_merge_prints_one_policy_and_the_proof(ask: Command, tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", deny("s3:*"))
    other = write(tmp_path / "other.json", deny("s3:DeleteBucket"))
    told = ask("scp", "merge", one, other)
    assert 0 == told.code
    assert 1 == len(told.json()["Statement"])  # type: ignore[arg-type]
    assert "PASS: they mean the same" in told.err
    attached = ask("scp", "merge", "--at", "Workloads", "-f", "hcl")
    assert 0 == attached.code
    assert "aws_organizations_policy_attachment" in attached.out
    assert 2 == ask("scp", "merge").code


def test_what_is_proposed_breaks_nothing_and_denies_the_rest(ask: Command, company: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    told = ask(
        "scp",
        "propose",
        "--at",
        "Workloads",
        "--deny",
        "services",
        "--deny",
        "regions",
        "--deny",
        "actions",
        "--page",
        str(page),
        "--json",
    )
    found = told.json()
    assert 0 == told.code, told.err
    assert [] == found["breaks"]
    by_kind = {one["denies"]: one for one in found["policies"]}  # type: ignore[attr-defined]
    assert {"services", "regions", "actions"} == by_kind.keys()
    assert "braket" in by_kind["services"]["names"]
    assert "sqs" in by_kind["services"]["kept"]
    assert {"us-east-1"} <= by_kind["regions"]["kept"].keys()
    assert "iam:PassRole" not in by_kind["actions"]["names"]
    assert all(one["holdout"]["days"] == 13 for one in found["policies"])  # type: ignore[attr-defined]
    assert "## Who would break" in page.read_text()
    kept = ask("scp", "propose", "--at", "Workloads", "--deny", "services", "--keep", "braket", "--json").json()
    assert "asked for" == kept["policies"][0]["kept"]["braket"]  # type: ignore[index]


def test_what_is_proposed_for_too_short_a_time_is_told_by_the_days_held_out(ask: Command) -> None:
    """Jobs that run once a month are in the days held out and not in those before."""
    found = ask("scp", "propose", "--at", "Workloads", "--deny", "services", "--days", "6", "--json").json()
    assert {2} == {one["holdout"]["days"] for one in found["policies"]}  # type: ignore[attr-defined]


def test_rcps_are_replayed_by_the_account_of_the_resource(ask: Command, company: Path, tmp_path: Path) -> None:
    statement = {**deny("s3:*"), "Principal": "*"}
    told = ask("rcp", "replay", write(tmp_path / "rcp.json", statement), "--at", "Workloads", "--json")
    groups = [one for one in told.json()["groups"] if one["verdict"] == "breaks"]  # type: ignore[attr-defined]
    assert 1 == told.code
    assert groups
    assert {one["account"] for one in groups} <= set(accounts(company, kind="workload"))
    assert {"s3"} == {action.partition(":")[0] for one in groups for action in one["actions"]}


def test_wrong_names_and_files_are_told(ask: Command, leastwise: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("s3:*"))
    told = ask("scp", "replay", path, "--at", "Nowhere")
    assert (2, True) == (told.code, "there is no `Nowhere` in the organisation" in told.err)
    assert 2 == ask("scp", "replay", "missing.json", "--at", "Workloads").code
    assert (2, True) == ((empty := leastwise("scp", "tree")).code, "there is no snapshot" in empty.err)
    (tmp_path / "broken.json").write_text("{")
    assert 2 == ask("scp", "check", str(tmp_path / "broken.json")).code


def test_times_are_told_in_utc(ask: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", deny("ec2:DescribeInstances"))
    found = ask("scp", "replay", path, "--at", "Workloads", "--json").json()
    assert datetime.fromisoformat(str(found["first"])) < datetime.fromisoformat(str(found["last"]))
