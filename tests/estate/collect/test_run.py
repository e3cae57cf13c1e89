"""Whole runs against a fake AWS over HTTP: an organisation, faults on the way, a stop and a start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aws import HOME, Aws, Fault
from made_estate import REGIONS, ROLE, made

from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.run import Options, Progress, collect
from leastwise.estate.held import Activity, Iam, NotRead, Organization, Part, Resources
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.main import run as run_command

FEW = ("kms", "organizations", "s3", "sqs")
SOME = ("ecr", "kms", "organizations", "s3", "s3-account", "secretsmanager", "sns", "sqs")


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    aws = Aws()
    aws.reset()
    aws.member = made(aws)
    yield aws
    aws.stop()


@pytest.fixture
def aws(server: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The fake AWS, asked nothing yet; names under `localhost`, an account's own endpoint, lead to this machine."""
    lookup = socket.getaddrinfo

    def local(host: object, *rest: object, **more: object) -> object:
        return lookup("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    server.calls.clear()
    server.faults.clear()
    return server


@pytest.fixture
def member(aws: Aws) -> str:
    return aws.member


def run(options: Options) -> list[Part]:
    return list(collect(options, wait=lambda _: None))


def options(folder: Path | None = None) -> Options:
    return Options(
        organization=True, regions=REGIONS, collectors=FEW, folder=folder, role_name=ROLE, threads=4, attempts=2
    )


def refused(parts: list[Part]) -> list[NotRead]:
    return [one for one in parts if isinstance(one, NotRead) and one.code != "LeftOut"]


def held(parts: list[Part], collector: str, account: str) -> list[str]:
    found = [one for one in parts if isinstance(one, Resources)]
    return [r.arn for one in found if (one.collector, one.account) == (collector, account) for r in one.resources]


def test_an_organisation_is_read_account_by_account(aws: Aws, member: str) -> None:
    parts = run(replace(options(), collectors=(*SOME, "iam")))
    assert [] == refused(parts)
    (organization,) = [one for one in parts if isinstance(one, Organization)]
    assert [HOME, member] == sorted((n.id for n in organization.nodes if n.type == "account"), key=lambda n: n != HOME)
    (unit,) = [one for one in organization.nodes if one.type == "ou"]
    named = {one.id: one.name for one in organization.policies}
    assert {"no-iam", "FullAWSAccess"} == {named[one] for one in unit.scps}
    assert [HOME, member] == [one.account for one in parts if isinstance(one, Iam)]
    assert [HOME, member] == [one.account for one in parts if isinstance(one, Activity)]
    assert ["arn:aws:s3:::prod-eu", "arn:aws:s3:::prod-reports"] == sorted(held(parts, "s3", member))
    assert 6 == len(held(parts, "sqs", HOME)) == len(held(parts, "sqs", member))
    for collector in ("sns", "secretsmanager", "ecr", "kms"):
        assert 2 == len(held(parts, collector, member))


def test_buckets_are_read_where_they_are(aws: Aws, member: str) -> None:
    parts = run(replace(options(), collectors=("s3",), organization=False))
    (found,) = [one for one in parts if isinstance(one, Resources)]
    assert {"home-eu": "eu-west-1", "home-reports": "us-east-1"} == {
        one.arn.rpartition(":")[2]: one.region for one in found.resources
    }
    assert {"home-reports"} == {one.arn.rpartition(":")[2] for one in found.resources if one.policies}


def test_threads_do_not_change_the_order(aws: Aws, member: str) -> None:
    assert run(replace(options(), threads=1)) == run(replace(options(), threads=8))


def test_a_run_that_was_stopped_goes_on_from_there(aws: Aws, member: str, tmp_path: Path) -> None:
    whole = run(options())
    all_calls = len(aws.calls)
    aws.calls.clear()
    with pytest.raises(KeyboardInterrupt):
        list(collect(options(tmp_path), progress=_stop_at(6), wait=lambda _: None))
    (tmp_path / "0123.part").write_bytes(b"cut o")
    next(tmp_path.glob("*.json")).write_bytes(b"[")
    aws.calls.clear()
    told: list[Progress] = []
    assert whole == list(collect(options(tmp_path), progress=told.append, wait=lambda _: None))
    assert len(aws.calls) < all_calls
    assert sum(one.was_saved for one in told) >= 5
    assert [(one.done, one.total) for one in told] == [(n, len(told)) for n in range(1, len(told) + 1)]
    aws.calls.clear()
    assert whole == run(options(tmp_path))
    assert {"sts", "organizations", "ec2"} == {name.split()[1].split(".")[0] for name in aws.calls}


def test_a_run_that_was_killed_goes_on_from_there(aws: Aws, member: str, tmp_path: Path) -> None:
    """A process of its own, ended without a word while it reads."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], env={**os.environ})
    while len(list(tmp_path.glob("*.json"))) < 5 and child.poll() is None:
        time.sleep(0.01)
    child.kill()
    child.wait()
    kept = len(list(tmp_path.glob("*.json")))
    told: list[Progress] = []
    parts = list(collect(options(tmp_path), progress=told.append, wait=lambda _: None))
    assert 5 <= kept == sum(one.was_saved for one in told) < len(told)
    assert parts == run(options())


_CHILD = f"""
import sys
from pathlib import Path
from leastwise.estate.collect.run import Options, collect

names = {FEW}
asked = Options(organization=True, regions={REGIONS}, collectors=names, folder=Path(sys.argv[1]))
for _ in collect(asked):
    pass
"""


def _stop_at(number: int) -> object:
    def stop(progress: Progress) -> None:
        if progress.done == number:
            raise KeyboardInterrupt

    return stop


def test_throttled_calls_are_made_again(aws: Aws, member: str) -> None:
    one = replace(options(), organization=False, collectors=("sqs",), regions=("eu-west-1",), attempts=4)
    aws.faults.append(Fault("sqs.ListQueues", "ThrottlingException", times=2, status=400))
    parts = run(one)
    assert [] == refused(parts)
    assert 3 == len(held(parts, "sqs", HOME))
    assert 3 == aws.count("sqs.ListQueues")


def test_what_may_pass_is_tried_again_by_the_next_run(
    aws: Aws, member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = replace(options(tmp_path), organization=False, collectors=("sqs",), regions=("eu-west-1",), attempts=1)
    aws.faults.append(Fault("sqs.GetQueueAttributes", "ServiceUnavailable", times=1, status=503))
    (lost,) = refused(run(one))
    assert ("sqs.GetQueueAttributes", "ServiceUnavailable") == (lost.what, lost.code)
    assert [] == refused(run(one))


def test_what_is_refused_is_told_and_the_rest_is_read(aws: Aws, member: str, tmp_path: Path) -> None:
    aws.faults.append(Fault("eu-west-1 kms.GetKeyPolicy", "AccessDeniedException", status=400))
    parts = run(options(tmp_path))
    found = refused(parts)
    assert {("kms.GetKeyPolicy", "eu-west-1", "AccessDeniedException")} == {(r.what, r.region, r.code) for r in found}
    assert [HOME, member] == [one.account for one in found]
    keys = [*held(parts, "kms", HOME), *held(parts, "kms", member)]
    assert {one.subject for one in found} < set(keys)
    assert parts == run(options(tmp_path))


def test_a_role_that_cannot_be_assumed_is_told_and_the_rest_is_read(aws: Aws, member: str) -> None:
    aws.faults.append(
        Fault(
            f"sts.AssumeRole Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A{member}", "AccessDenied"
        )
    )
    parts = run(options())
    (lost,) = refused(parts)
    role = f"arn:aws:iam::{member}:role/{ROLE}"
    assert ("sts.AssumeRole", member, role, "AccessDenied") == (lost.what, lost.account, lost.subject, lost.code)
    assert 6 == len(held(parts, "sqs", HOME))
    assert [] == held(parts, "sqs", member)


def test_the_external_id_is_given(aws: Aws, member: str) -> None:
    run(replace(options(), external_id="of-ours", collectors=("sqs",)))
    assert 1 == aws.count("ExternalId=of-ours")


def test_a_sign_in_that_ends_stops_the_run_and_keeps_what_is_done(aws: Aws, member: str, tmp_path: Path) -> None:
    aws.faults.append(Fault("us-east-1 sqs.ListQueues", "ExpiredToken", status=400))
    with pytest.raises(InputError) as stopped:
        run(options(tmp_path))
    assert ("the sign-in has expired", "run `aws sso login`, then repeat the command") == (
        stopped.value.message,
        stopped.value.help,
    )
    assert list(tmp_path.glob("*.json"))
    aws.faults.clear()
    assert run(options()) == run(options(tmp_path))


def test_nobody_signed_in_is_told(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(InputError, match="there are no AWS credentials"):
        run(Options())


def test_a_profile_that_is_not_there_is_told(aws: Aws) -> None:
    with pytest.raises(InputError, match="there is no AWS profile `nobody`"):
        run(Options(profile="nobody"))


def test_an_expired_profile_is_named(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[profile prod]\naws_access_key_id=a\naws_secret_access_key=b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    aws.faults.append(Fault("sts.GetCallerIdentity", "ExpiredToken"))
    with pytest.raises(InputError) as stopped:
        run(Options(profile="prod"))
    assert "the sign-in of profile `prod` has expired" == stopped.value.message
    assert "run `aws sso login --profile prod`, then repeat the command" == stopped.value.help


def test_accounts_that_cannot_be_listed_stop_the_run(aws: Aws) -> None:
    aws.faults.append(Fault("organizations.ListAccounts", "AccessDeniedException", status=400))
    with pytest.raises(InputError, match="cannot list the accounts of the organisation: AccessDeniedException"):
        run(options())


def test_an_account_without_an_organisation_is_read(aws: Aws) -> None:
    aws.faults.append(Fault("DescribeOrganization", "AWSOrganizationsNotInUseException", status=400))
    parts = run(Options(collectors=("organizations",), regions=("eu-west-1",)))
    assert [] == refused(parts)
    assert [] == [one for one in parts if isinstance(one, Organization)]


def test_what_the_options_leave_out_is_told(aws: Aws, member: str) -> None:
    one = replace(options(), accounts=(HOME, "999988887777"), regions=("eu-west-1", "xx-west-9"), collectors=("sqs",))
    parts = run(one)
    told = {(r.account, r.region, r.code) for r in parts if isinstance(r, NotRead)}
    assert (member, "", "LeftOut") in told
    assert ("999988887777", "", "AccountNotFound") in told
    assert (HOME, "us-east-1", "LeftOut") in told
    assert (HOME, "xx-west-9", "NotEnabled") in told
    assert {"eu-west-1"} == {r.region for r in parts if isinstance(r, Resources)}


def test_named_accounts_are_read_without_an_organisation(aws: Aws, member: str) -> None:
    parts = run(replace(options(), organization=False, accounts=(member,), collectors=("sqs",)))
    assert {member} == {one.account for one in parts if isinstance(one, Resources)}


def test_an_unknown_collector_is_told(aws: Aws) -> None:
    with pytest.raises(InputError, match="there is no collector `sqz`"):
        run(Options(collectors=("sqz",)))


def test_the_other_collectors_go_over_an_account(aws: Aws, member: str) -> None:
    """What moto does not answer is told as not read; nothing stops the run."""
    others = tuple(sorted(set(collectors()) - {*SOME, "iam", "ebs"}))  # moto has hundreds of snapshots
    parts = run(Options(regions=("eu-west-1",), collectors=others, threads=4, attempts=1))
    assert {"codeartifact.ListDomains"} < {one.what for one in refused(parts)}
    assert 18 < len({one.collector for one in parts if isinstance(one, Resources)})


def test_the_command_keeps_a_snapshot_that_can_be_asked(
    aws: Aws, member: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    aws.faults.append(Fault("GetQueueAttributes", "AccessDenied"))
    taking = ("snapshot", "--organization", "--role-name", ROLE, "--external-id", "of-ours", "--regions", "us-east-1")
    code, out, err = said(capsys, monkeypatch, *taking)
    assert (0, True, True) == (code, HOME in out and member in out, "not read: sqs.GetQueueAttributes" in err), err
    queue = f"arn:aws:sqs:us-east-1:{HOME}:home-0"
    for who in ("role/home-app", "user/home-alice"):  # a policy that was not read may deny what an identity allows
        code, out, err = said(capsys, monkeypatch, "can", who, "sqs:SendMessage", queue)
        assert ("DEPENDS", True) == (out.splitlines()[0], "was not read" in err), (out, err)
    code, out, _ = said(capsys, monkeypatch, "can", "role/prod-app", "iam:GetRole", "*")
    assert (0, "EXPLICIT_DENY") == (code, out.splitlines()[0])
    assert not (tmp_path / ".leastwise" / "collecting").exists() or not any(
        (tmp_path / ".leastwise" / "collecting").iterdir()
    )


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed."""
    monkeypatch.setattr(sys, "argv", ["leastwise", *words])
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        run_command()
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err
