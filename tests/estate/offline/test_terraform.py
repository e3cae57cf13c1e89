"""Plans and states of Terraform: what is not known until apply stays open, and no other attribute is kept."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from made_plans import ACCOUNT, OPEN, PLAN, READ, TRUST, UNNAMED, Json, change, held, plan, refers, state
from written import read, reasons, resources

from leastwise.estate.documents import Documents
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import Iam, Role


def iam(found: Snapshot, account: str = ACCOUNT) -> Iam:
    return found.iam[account]


def role(found: Snapshot) -> Role:
    return iam(found).roles[0]


def test_a_plan_resolves_what_it_attaches_to_what(tmp_path: Path) -> None:
    found = read(tmp_path, {"plan.json": PLAN}, account=ACCOUNT)
    policy = f"arn:aws:iam::{ACCOUNT}:policy/read"
    assert [] == reasons(found)
    assert f"arn:aws:iam::{ACCOUNT}:role/unknown-aws_iam_role.app" == role(found).arn
    assert (policy, "arn:aws:iam::aws:policy/A") == role(found).attached
    assert [("own", f"{tmp_path / 'plan.json'}: aws_iam_role_policy.inline")] == [
        (one.name, one.origin) for one in role(found).inline
    ]
    assert (f"arn:aws:iam::{ACCOUNT}:instance-profile/app",) == role(found).instance_profiles
    (user,) = iam(found).users
    assert (f"arn:aws:iam::{ACCOUNT}:user/people/ann", ("staff",), (policy,)) == (user.arn, user.groups, user.attached)
    assert [(policy,)] == [one.attached for one in iam(found).groups]


def test_an_unknown_document_is_that_of_its_data_source_with_open_parts(tmp_path: Path) -> None:
    statement = {"effect": "Allow", "actions": ["s3:GetObject"], "resources": [], "condition": []}
    body = plan(
        [
            change("data.aws_iam_policy_document.read", {"statement": [statement]}, READS_UNKNOWN, mode="data"),
            change("aws_iam_policy.read", {"name": "read"}, {"policy": True, "arn": True}),
            change("aws_iam_policy.blind", {"name": "blind"}, {"policy": True, "arn": True}),
        ],
        [refers("aws_iam_policy.read", policy=["data.aws_iam_policy_document.read.json"])],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    blind, known = iam(found).policies
    assert [] == reasons(found)
    assert ("Statement[0].Resource[0]",) == known.unknown
    assert "s3:GetObject" in known.document
    assert ("unknown-1",) == Documents().managed(known).open_keys
    assert ("Statement",) == blind.unknown
    assert "parts of it are not known until apply" == Documents().managed(blind).fault


READS_UNKNOWN: Json = {"json": True, "statement": [{"actions": [False], "resources": [True], "condition": []}]}


def test_references_lead_through_modules(tmp_path: Path) -> None:
    calls = {
        "app": {
            "expressions": {"policy": {"references": ["module.shared.arn", "module.shared"]}},
            "module": {
                "resources": [
                    refers("aws_iam_role_policy_attachment.a", policy_arn=["var.policy"], role=["aws_iam_role.app"])
                ]
            },
        },
        "shared": {
            "module": {
                "outputs": {"arn": {"expression": {"references": ["aws_iam_policy.read.arn", "aws_iam_policy.read"]}}},
                "resources": [],
            }
        },
    }
    app = "module.app[0]"
    body = plan(
        [
            change(f"{app}.aws_iam_role.app", {"name": "app", "assume_role_policy": TRUST}, {"arn": True}, app),
            change(f"{app}.aws_iam_role_policy_attachment.a", {"role": "app"}, {"policy_arn": True}, app),
            change("module.shared.aws_iam_policy.read", {"name": "r", "policy": READ}, {"arn": True}, "module.shared"),
        ],
        calls=calls,
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert (f"arn:aws:iam::{ACCOUNT}:policy/r",) == role(found).attached


def test_instances_attach_to_their_own(tmp_path: Path) -> None:
    names = ("a", "b")
    body = plan(
        [
            *(change(f'aws_iam_role.x["{n}"]', {"assume_role_policy": TRUST}, UNNAMED) for n in names),
            *(change(f'aws_iam_role_policy.x["{n}"]', {"name": n, "policy": READ}, {"role": True}) for n in names),
        ],
        [refers("aws_iam_role_policy.x", role=["aws_iam_role.x", "each.key"])],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert [["a"], ["b"]] == [[one.name for one in each.inline] for each in iam(found).roles]


def test_nothing_but_what_an_estate_holds_leaves_a_state(tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    body = state(
        held("aws_db_instance.main", arn=f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:main", password=secret),
        held("aws_iam_user_login_profile.ann", user="ann", password=secret, encrypted_password=secret),
        held("aws_iam_access_key.ann", user="ann", secret=secret, ses_smtp_password_v4=secret),
        held("aws_secretsmanager_secret_version.main", secret_string=secret),
        held("aws_iam_user.ann", name="ann", arn=f"arn:aws:iam::{ACCOUNT}:user/ann", path="/", description=secret),
        held("aws_iam_role.app", name="app", arn=f"arn:aws:iam::{ACCOUNT}:role/app", assume_role_policy=TRUST),
        held("aws_iam_role_policy.app", role="app", name="own", policy=READ),
        held("aws_sqs_queue.jobs", name="jobs", arn=f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", policy=OPEN),
    )
    found = read(tmp_path, {"state.json": body})
    assert [] == reasons(found)
    assert ["own"] == [one.name for one in role(found).inline]
    assert secret not in repr(found)
    assert secret.encode() not in msgspec.json.encode([*found.iam.values(), *found.resources.values()])


def test_policies_of_resources_find_their_resource(tmp_path: Path) -> None:
    permission = {"statement_id": "s3", "action": "lambda:InvokeFunction", "function_name": "work"}
    body = plan(
        [
            change("data.aws_region.here", {"name": "eu-west-1"}, mode="data"),
            change("aws_s3_bucket.logs", {}, {"bucket": True, "arn": True}),
            change("aws_s3_bucket_policy.logs", {"policy": OPEN}, {"bucket": True}),
            change("aws_sqs_queue.jobs", {"name": "jobs"}, {"arn": True, "policy": True}),
            change("aws_sqs_queue_policy.jobs", {"policy": OPEN}, {"queue_url": True}),
            change("aws_kms_key.main", {"policy": OPEN}, {"arn": True, "key_id": True}),
            change("aws_lambda_function.work", {"function_name": "work"}, {"arn": True}),
            change("aws_lambda_permission.a", permission | {"principal": "s3.amazonaws.com"}, {"source_arn": True}),
            change("aws_lambda_permission.b", permission | {"principal": "*", "principal_org_id": "o-exampleorg1"}),
        ],
        [
            refers("aws_s3_bucket_policy.logs", bucket=["aws_s3_bucket.logs.id"]),
            refers("aws_sqs_queue_policy.jobs", queue_url=["aws_sqs_queue.jobs.url"]),
            refers("aws_kms_key.main", policy=["var.policy"]),
        ],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert [] == reasons(found)
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:work"
    assert {
        "arn:aws:s3:::unknown-aws_s3_bucket.logs": "s3:bucket",
        f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs": "sqs:queue",
        f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/unknown-aws_kms_key.main": "kms:key",
        function: "lambda:function",
    } == {arn: one.type for arn, one in resources(found).items()}
    permissions = resources(found)[function]
    first, second = json.loads(permissions.policies["policy"])["Statement"]
    assert {"Service": "s3.amazonaws.com"} == first["Principal"]
    assert ("Statement[0].Condition.ArnLike.aws:SourceArn",) == permissions.unknown
    assert ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}) == (
        second["Principal"],
        second["Condition"],
    )
    assert 1 == len(Documents().of_resource(permissions, "policy").open_keys)


def test_an_account_that_nothing_tells_is_told(tmp_path: Path) -> None:
    body = plan([change("aws_iam_user.ann", {"name": "ann"}, {"arn": True})])
    found = read(tmp_path / "plans", {"plan.json": body})
    assert [("account", "the file names no account: 000000000000 stands for it until one is given")] == reasons(found)
    assert ["arn:aws:iam::000000000000:user/ann"] == [user.arn for user in iam(found, "0" * 12).users]


def test_the_account_is_that_of_the_caller(tmp_path: Path) -> None:
    user = change("aws_iam_user.ann", {"name": "ann"}, {"arn": True})
    caller = change("data.aws_caller_identity.me", {"account_id": ACCOUNT}, mode="data")
    assert [ACCOUNT] == list(read(tmp_path, {"plan.json": plan([user, caller])}).iam)


def test_a_policy_for_a_role_that_is_not_there_is_told(tmp_path: Path) -> None:
    body = state(held("aws_iam_role_policy.app", role="absent", name="own", policy=READ))
    found = read(tmp_path, {"state.json": body}, account=ACCOUNT)
    told = "aws_iam_role_policy.app is about the role `absent`, which is not in the file: it is left out"
    assert [("attachment", told)] == reasons(found)


def test_policies_of_an_organization_join_its_answers(tmp_path: Path) -> None:
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    body = plan(
        [
            change("aws_organizations_policy.deny", {"name": "deny", "content": deny}, {"id": True, "arn": True}),
            change("aws_organizations_policy_attachment.deny", {"target_id": "r-ab12"}, {"policy_id": True}),
        ],
        [refers("aws_organizations_policy_attachment.deny", policy_id=["aws_organizations_policy.deny.id"])],
    )
    organization = {"Organization": {"Id": "o-exampleorg1", "MasterAccountId": ACCOUNT}}
    found = read(tmp_path, {"plan.json": body, "organization.json": organization}, account=ACCOUNT)
    (held_organization,) = found.organizations
    name = "p-unknown-aws_organizations_policy.deny"
    assert [("r-ab12", (name,))] == [(node.id, node.scps) for node in held_organization.nodes]
    assert [(name, deny)] == [(one.id, one.document) for one in held_organization.policies]


def test_a_state_file_itself_is_told(tmp_path: Path) -> None:
    raw = {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": []}
    ((what, reason),) = reasons(read(tmp_path, {"terraform.tfstate": raw}))
    assert ("file", True) == (what, "terraform show -json" in reason)


def test_a_state_tells_the_tree_of_its_organization(tmp_path: Path) -> None:
    arn = f"arn:aws:organizations::{ACCOUNT}"
    types = [{"type": "SERVICE_CONTROL_POLICY", "status": "ENABLED"}]
    root = {"id": "r-ab12", "arn": f"{arn}:root/o-exampleorg1/r-ab12", "name": "Root", "policy_types": types}
    unit, member = "ou-ab12-11111111", "444455556666"
    policy = f"{arn}:policy/o-exampleorg1/service_control_policy/p-denys3denys3"
    body = state(
        held("aws_organizations_organization.us", id="o-exampleorg1", master_account_id=ACCOUNT, roots=[root]),
        held("aws_organizations_organizational_unit.prod", id=unit, name="Prod", parent_id="r-ab12"),
        held("aws_organizations_account.app", id=member, name="app", parent_id=unit, email="a@example.com"),
        held("aws_organizations_policy.deny", id="p-denys3denys3", arn=policy, name="deny", content=READ),
        held("aws_organizations_policy_attachment.deny", policy_id="p-denys3denys3", target_id=unit),
    )
    found = read(tmp_path, {"state.json": body})
    (organization,) = found.organizations
    assert [(member, unit, ()), (unit, "r-ab12", ("p-denys3denys3",)), ("r-ab12", "", ())] == [
        (node.id, node.parent, node.scps) for node in organization.nodes
    ]
    assert ["organizations.ListTargetsForPolicy"] == [one.what for one in found.not_read]


def test_a_document_that_merges_others_is_open_as_a_whole(tmp_path: Path) -> None:
    statement = {"effect": "Allow", "actions": ["s3:GetObject"], "resources": ["*"]}
    merged: Json = {"statement": [statement], "source_policy_documents": [READ]}
    body = plan(
        [
            change("data.aws_iam_policy_document.read", merged, {"json": True}, mode="data"),
            change("aws_iam_policy.read", {"name": "read"}, {"policy": True, "arn": True}),
        ],
        [refers("aws_iam_policy.read", policy=["data.aws_iam_policy_document.read.json"])],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert ("Statement",) == iam(found).policies[0].unknown


def test_two_policies_of_one_resource_are_told(tmp_path: Path) -> None:
    url = f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs"
    other = OPEN.replace("s3:GetObject", "sqs:*")
    body = state(
        held("aws_sqs_queue.jobs", name="jobs", arn=f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", policy=other),
        held("aws_sqs_queue_policy.one", queue_url=url, policy=OPEN),
        held("aws_sqs_queue_policy.two", queue_url=url, policy=other),
    )
    found = read(tmp_path, {"state.json": body})
    assert ["duplicate"] == [one.what for one in found.not_read]


def test_a_reference_with_an_index_leads_to_that_instance(tmp_path: Path) -> None:
    body = plan(
        [
            *(change(f"aws_iam_role.x[{n}]", {"assume_role_policy": TRUST}, UNNAMED) for n in (0, 1)),
            change("aws_iam_role_policy.own", {"name": "own", "policy": READ}, {"role": True}),
        ],
        [refers("aws_iam_role_policy.own", role=["aws_iam_role.x[1].name", "aws_iam_role.x[1]", "aws_iam_role.x"])],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert [0, 1] == [len(one.inline) for one in iam(found).roles]


def test_a_role_that_is_data_is_not_a_role_of_the_plan(tmp_path: Path) -> None:
    body = plan(
        [
            change("data.aws_iam_role.app", {"name": "app"}, mode="data"),
            change("aws_iam_role.app", {"name": "other", "assume_role_policy": TRUST}, {"arn": True}),
            change("aws_iam_role_policy.own", {"name": "own", "role": "app", "policy": READ}),
        ],
        [refers("aws_iam_role_policy.own", role=["data.aws_iam_role.app.name", "data.aws_iam_role.app"])],
    )
    found = read(tmp_path, {"plan.json": body}, account=ACCOUNT)
    assert ["attachment"] == [one.what for one in found.not_read]
    assert () == role(found).inline
