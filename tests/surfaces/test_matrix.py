"""`leastwise matrix` on a made-up company, and on an estate with hostile names."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_company import made_company
from told import Command, Told

from leastwise.decide.evaluate import evaluate
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Iam,
    InlinePolicy,
    ManagedPolicy,
    Node,
    NotRead,
    Organization,
    OrganizationPolicy,
    Part,
    Resource,
    Resources,
    Role,
)
from leastwise.estate.snapshot import read_snapshot, snapshots_in, write_snapshot
from leastwise.model.decision import ALLOW

Json = dict[str, object]
ACCOUNT, OTHER = "111122223333", "444455556666"
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m&\"'"
ADMIN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
READER = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
NO_LEAVING = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["organizations:*","account:*"],"Resource":"*"}]}'
)
NO_KEYS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*",'
    '"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin*"}}}]}'
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's snapshot in a workspace."""
    size = ("--days", "0", "--date", "2026-06-01", "--roles", "60")
    return made_company(tmp_path_factory.mktemp("matrix"), size, has_logs=False)


@pytest.fixture
def ask(leastwise: Command, company: Path) -> Command:
    def command(*words: str) -> Told:
        return leastwise("--workspace", str(company), *words)

    return command


def role(name: str, document: str, **more: object) -> Role:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return Role(arn, name, inline=(InlinePolicy("own", document),), **more)  # type: ignore[arg-type]


def estate(*roles: Role, has_organization: bool = True, boundary: str = READER, more: Sequence[Part] = ()) -> Estate:
    """An account under an OU with an SCP; the management account is another one."""
    limit = ManagedPolicy(f"arn:aws:iam::{ACCOUNT}:policy/limit", "limit", boundary)
    parts: list[Part] = [Iam(ACCOUNT, roles=roles, policies=(limit,)), Iam(OTHER), *more]
    full = ("p-FullAWSAccess",)
    if has_organization:
        policies = (
            OrganizationPolicy("p-leaving", "NoLeaving", "scp", NO_LEAVING),
            OrganizationPolicy("p-keys", "NoKeys", "scp", NO_KEYS),
        )
        nodes = (
            Node("r-1", "Root", "root", "", full),
            Node("ou-1", HOSTILE, "ou", "r-1", (*full, "p-leaving", "p-keys")),
            Node(ACCOUNT, "member", "account", "ou-1", full),
            Node(OTHER, "management", "account", "r-1", full),
        )
        parts.append(Organization("o-example123", OTHER, nodes, policies, enabled=("scp",)))
    return Estate(gathered(parts))


@pytest.fixture
def made(leastwise: Command, tmp_path: Path) -> Command:
    """The command line on an estate that a test makes: `made(estate, words…)`."""

    def command(held: Estate, *words: str) -> Told:
        path = tmp_path / "made.snapshot"
        if not path.exists():
            write_snapshot(held.snapshot, path)
        return leastwise("matrix", "--snapshot", str(path), *words)

    return command


def answers(told: Told, name: str, scenario: str) -> Json:
    rows = told.json()["principals"]
    assert isinstance(rows, list)
    (row,) = (one for one in rows if one["principal"].endswith(f"/{name}"))
    found: Json = row["answers"][scenario]
    return found


def test_the_layers_that_stop_a_scenario_are_told_by_name(made: Command) -> None:
    held = estate(role("admin-x", ADMIN), role("dev", ADMIN), role("reader", READER))
    told = made(held, "--json")
    assert 0 == told.code
    leaving = answers(told, "dev", "leave-organization")
    assert ("one layer", ["scp"]) == (leaving["standing"], leaving["stopped_by"])
    both = answers(told, "reader", "leave-organization")
    assert ("several layers", ["scp", "identity"]) == (both["standing"], both["stopped_by"])
    only_identity = answers(told, "reader", "destroy-backups")
    assert ("one layer", ["identity"]) == (only_identity["standing"], only_identity["stopped_by"])


def test_an_exception_of_an_scp_counts_for_whom_it_names(made: Command) -> None:
    held = estate(role("admin-x", ADMIN), role("dev", ADMIN))
    told = made(held, "--json", "--scenario", "become-administrator")
    assert "gap" == answers(told, "admin-x", "become-administrator")["standing"]
    assert ["scp"] == answers(told, "dev", "become-administrator")["stopped_by"]


def test_a_boundary_by_itself_stops_what_it_does_not_allow(made: Command) -> None:
    held = estate(role("bounded", ADMIN, boundary=f"arn:aws:iam::{ACCOUNT}:policy/limit"))
    found = answers(made(held, "--json", "--scenario", "destroy-keys"), "bounded", "destroy-keys")
    assert ("one layer", ["boundary"]) == (found["standing"], found["stopped_by"])


def test_layers_that_stop_a_scenario_only_together_are_told_so(made: Command, tmp_path: Path) -> None:
    some = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:DeleteFlowLogs","Resource":"*"}]}'
    rest = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},'
        '{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}'
    )
    held = estate(role("half", some, boundary=f"arn:aws:iam::{ACCOUNT}:policy/limit"), boundary=rest)
    found = answers(made(held, "--json", "--scenario", "disable-logging"), "half", "disable-logging")
    assert "together" == found["standing"]
    assert [] == found["stopped_by"]


def test_the_management_account_and_service_linked_roles_are_exempt(made: Command) -> None:
    linked = Role(
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
        "AWSServiceRoleForX",
        inline=(InlinePolicy("own", ADMIN),),
    )
    found = answers(made(estate(linked), "--json"), "AWSServiceRoleForX", "leave-organization")
    assert "gap" == found["standing"]
    cells = found["cells"]
    assert isinstance(cells, dict)
    assert ("does not bind", "does not bind") == (cells["scp"], cells["rcp"])


def test_what_is_not_in_the_snapshot_is_not_known(made: Command) -> None:
    missing = Role(f"arn:aws:iam::{ACCOUNT}:role/lost", "lost", attached=(f"arn:aws:iam::{ACCOUNT}:policy/not-there",))
    told = made(estate(missing, has_organization=False), "--json", "--fail-on", "gap", "--scenario", "destroy-keys")
    found = answers(told, "lost", "destroy-keys")
    assert "unknown" == found["standing"]
    assert any("not-there" in text for text in found["why"])  # type: ignore[attr-defined]
    assert 2 == told.code


def bucket(policy: str) -> Resources:
    held = Resource("arn:aws:s3:::crown", ACCOUNT, "s3:bucket", policies={"policy": policy})
    return Resources(ACCOUNT, "s3", resources=(held,))


def bucket_policy(effect: str, principal: str) -> str:
    resources = '["arn:aws:s3:::crown","arn:aws:s3:::crown/*"]'
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"s3:*","Resource":{resources},'
        f'"Principal":{principal}}}]}}'
    )


def test_a_resource_s_own_policy_is_a_way_past_identity_policies(made: Command) -> None:
    own = f'{{"AWS":"arn:aws:iam::{ACCOUNT}:role/none"}}'
    held = estate(role("none", NO_KEYS), role("other", NO_KEYS), more=(bucket(bucket_policy("Allow", own)),))
    told = made(held, "--json", "--scenario", "delete-production-data")
    found = answers(told, "none", "delete-production-data")
    assert ("gap", ["arn:aws:s3:::crown lets it in by itself"]) == (found["standing"], found["why"])
    assert "part" == found["cells"]["identity"]  # type: ignore[index]
    assert "one layer" == answers(told, "other", "delete-production-data")["standing"]


def test_a_resource_s_policy_stops_all_of_what_is_about_it_alone(made: Command) -> None:
    held = estate(role("dev", ADMIN), more=(bucket(bucket_policy("Deny", '"*"')),))
    told = made(held, "--json", "--scenario", "read-sensitive-data", "--set", "sensitive=arn:aws:s3:::crown/*")
    found = answers(told, "dev", "read-sensitive-data")
    assert ("one layer", ["resource"]) == (found["standing"], found["stopped_by"])


def test_what_was_not_read_of_resources_may_let_somebody_in(made: Command) -> None:
    held = estate(role("none", NO_KEYS), more=(NotRead("s3.GetBucketPolicy", "AccessDenied", ACCOUNT),))
    found = answers(made(held, "--json", "--scenario", "delete-production-data"), "none", "delete-production-data")
    assert "unknown" == found["standing"]
    assert ["s3.GetBucketPolicy was not read: AccessDenied"] == found["why"]


def test_a_key_is_open_only_as_its_policy_says(made: Command) -> None:
    def key(principal: str) -> Resources:
        document = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*",'
            f'"Principal":{{"AWS":"{principal}"}}}}]}}'
        )
        arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
        return Resources(ACCOUNT, "kms", resources=(Resource(arn, ACCOUNT, "kms:key", policies={"policy": document}),))

    held = estate(role("dev", ADMIN), role("keeper", NO_KEYS), more=(key(f"arn:aws:iam::{ACCOUNT}:role/keeper"),))
    told = made(held, "--json", "--scenario", "destroy-keys")
    assert "together" == answers(told, "dev", "destroy-keys")["standing"]
    assert "gap" == answers(told, "keeper", "destroy-keys")["standing"]


def test_a_session_policy_and_an_endpoint_are_layers_where_they_are_given(made: Command, tmp_path: Path) -> None:
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}'
    arn = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc-endpoint/vpce-1a2b3c"
    endpoint = Resource(arn, ACCOUNT, "ec2:vpc-endpoint", "eu-west-1", {"policy": policy})
    held = estate(role("dev", ADMIN), more=(Resources(ACCOUNT, "ec2", "eu-west-1", (endpoint,)),))
    session = tmp_path / "session.json"
    session.write_text(READER)
    for name in ("vpce-1a2b3c", arn):
        words = ("--json", "--scenario", "destroy-keys", "--session", str(session), "--vpc-endpoint", name)
        found = answers(made(held, *words), "dev", "destroy-keys")
        assert ("several layers", ["session", "endpoint"]) == (found["standing"], found["stopped_by"])


def test_a_gap_fails_when_it_is_asked_to(made: Command) -> None:
    held = estate(role("dev", ADMIN))
    assert 1 == made(held, "--fail-on", "gap", "--scenario", "destroy-backups").code
    assert 0 == made(held, "--scenario", "destroy-backups").code
    assert 0 == made(held, "--fail-on", "gap", "--scenario", "leave-organization").code


def test_every_gap_of_a_company_is_allowed_by_its_policies(ask: Command, company: Path) -> None:
    held = Estate(read_snapshot(snapshots_in(company / "snapshots")[-1]))
    rows = ask("matrix", "--json").json()["principals"]
    assert isinstance(rows, list)
    witnesses = [
        (row["principal"], one["witness"]) for row in rows for one in row["answers"].values() if one["witness"]
    ]
    assert 100 < len(witnesses)
    for principal, one in witnesses:
        who = held.principal(principal)
        assert principal == one["principal"]
        bound = binding_of(held, who, one["action"], one["resource"], context=one["context"], is_complete=True)
        assert ALLOW is evaluate(bound.request, bound.policies).outcome, one


def test_administrators_of_a_company_have_a_gap_where_the_others_have_none(ask: Command, company: Path) -> None:
    truth = json.loads((company.parent / "made" / "truth.json").read_text())
    told = ask("matrix", "--json", "--scenario", "become-administrator").json()["principals"]
    assert isinstance(told, list)
    gaps = {row["principal"] for row in told if row["answers"]["become-administrator"]["standing"] == "gap"}
    may = {one["arn"] for one in truth["administrators"]} if isinstance(truth["administrators"][0], dict) else None
    administrators = may if may is not None else set(truth["administrators"])
    assert set() == administrators - gaps


def test_the_number_of_processes_changes_nothing(ask: Command, monkeypatch: pytest.MonkeyPatch, company: Path) -> None:
    one = ask("matrix", "--json", "--processes", "1")
    monkeypatch.setattr("leastwise.surfaces.cli.matrix_work._FEW", 0)
    assert one.out == ask("matrix", "--json", "--processes", "2").out


def test_principals_can_be_chosen(ask: Command, made: Command) -> None:
    held = estate(role("dev", ADMIN, tags={"team": "ops"}), role("reader", READER))
    assert ["dev"] == names(made(held, "--json", "--tag", "team=ops", "--scenario", "destroy-keys"))
    assert ["reader"] == names(made(held, "--json", "--principal", "role/reader", "--scenario", "destroy-keys"))
    assert ["dev", "reader"] == names(made(held, "--json", "--ou", "ou-1", "--scenario", "destroy-keys"))
    assert [] == names(made(held, "--json", "--ou", OTHER, "--scenario", "destroy-keys"))
    told = made(held, "--json", "--root", "--scenario", "destroy-keys")
    assert {"dev", "reader", f"{ACCOUNT}:root", f"{OTHER}:root"} == {name.rpartition("::")[2] for name in names(told)}


def names(told: Told) -> list[str]:
    rows = told.json()["principals"]
    assert isinstance(rows, list)
    return [row["principal"].rpartition("/")[2] for row in rows]


def test_text_groups_those_for_whom_it_stands_alike(made: Command) -> None:
    held = estate(role("dev", ADMIN), role("ops", ADMIN), role("reader", READER))
    told = made(held, "--scenario", "destroy-backups")
    assert "gap: 2 in 1 account: ou/<script>" in told.out
    assert re.search(r"destroy-backups +2 +0 +1 +0 +0 +only identity 1", told.out)
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out
    assert "SCPs and RCPs do not bind service-linked roles" in told.err


def test_scenarios_of_ones_own_stand_beside_the_library(made: Command, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[scenarios.mine]\ntitle = "Mine"\n[[scenarios.mine.requests]]\nactions = ["s3:GetObject"]\n')
    held = estate(role("reader", READER))
    found = answers(made(held, "--json", "--scenarios", str(own), "--scenario", "mine"), "reader", "mine")
    assert "gap" == found["standing"]
    bad = made(held, "--scenario", "no-such")
    assert (2, True) == (bad.code, "there is no scenario `no-such`" in bad.err)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.scopes = 0
        self.heads = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "data"):
                self.links.append(value or "")
            assert not name.startswith("on"), name
        if tag == "th":
            self.heads += 1
            self.scopes += any(name == "scope" for name, _ in attrs)


def test_html_is_one_file_that_no_name_can_harm(made: Command) -> None:
    hostile = Role(f"arn:aws:iam::{ACCOUNT}:role/{HOSTILE}", HOSTILE, inline=(InlinePolicy("own", ADMIN),), tags={})
    told = made(estate(hostile), "-f", "html")
    page = _Page()
    page.feed(told.out)
    assert set() == {"script", "img", "iframe", "link", "object", "form"} & set(page.tags)
    assert [] == [link for link in page.links if not link.startswith("#")]
    assert page.heads == page.scopes > 0
    assert page.tags.count("table") == page.tags.count("caption") > 1
    assert "&lt;script&gt;alert(1)" in told.out
    assert "<script>" not in told.out
    assert "\u202e" not in told.out
    assert "prefers-color-scheme:dark" in told.out
    assert '<html lang="en">' in told.out


def test_an_external_id_is_masked(made: Command) -> None:
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":'
        '{"AWS":"arn:aws:iam::999988887777:root"},"Condition":{"StringEquals":{"sts:ExternalId":"top-secret-id"}}}]}'
    )
    held = estate(role("partner", READER, trust=trust))
    for words in (("--json",), ("-f", "html"), ()):
        told = made(held, "--scenario", "assume-roles-from-outside", *words)
        assert "top-secret-id" not in told.out
    shown = made(held, "--scenario", "assume-roles-from-outside", "--json", "--show-sensitive")
    outsiders = shown.json()["outsiders"]
    assert isinstance(outsiders, list)
    (row,) = (one for one in outsiders if one["account"] == ACCOUNT)
    found = row["answers"]["assume-roles-from-outside"]
    assert "gap" == found["standing"]
    assert "999988887777" in found["witness"]["principal"]
    assert "top-secret-id" in shown.out
