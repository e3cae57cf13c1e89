"""Real kinds of files, each read to the policies that it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import cfnlint.decode
import hcl2
import pytest

from leastwise.language.parse import read_draft
from leastwise.lint.sources import Embedded, documents_in

INPUTS = Path(__file__).parent / "inputs"
FILES = sorted(path.name for path in INPUTS.iterdir() if path.name != "NOTICE.md")


def text_of(name: str) -> str:
    return (INPUTS / name).read_text(encoding="utf-8")


def found(name: str) -> dict[str, Embedded]:
    """The documents of an input by what holds them."""
    documents, _ = documents_in(text_of(name), f"inputs/{name}")
    assert len({one.where for one in documents}) == len(documents)
    return {one.where: one for one in documents}


def told(name: str) -> list[tuple[str, str, int]]:
    documents, _ = documents_in(text_of(name), f"inputs/{name}")
    return [(one.where, one.kind, one.first_line) for one in documents]


def faults(name: str) -> list[tuple[str, int]]:
    _, diagnostics = documents_in(text_of(name), f"inputs/{name}")
    return [(one.code, one.place.line if one.place else 0) for one in diagnostics]


def document(one: Embedded) -> Mapping[str, object]:
    return json.loads(one.source) if isinstance(one.source, str) else one.source


def statement(one: Embedded, index: int = 0) -> dict[str, object]:
    statements = document(one)["Statement"]
    return statements[index] if isinstance(statements, list) else statements


def test_account_authorization_details_hold_trust_and_inline_policies() -> None:
    expected = [
        ("RoleDetailList[0].AssumeRolePolicyDocument (name)", "trust", 11),
        ("RoleDetailList[0].RolePolicyList[0].PolicyDocument (name, policy)", "identity", 27),
    ]
    assert expected == told("authorization-details.json")  # what AWS manages is passed over


def test_a_plan_holds_policies_of_resources_modules_and_data_sources() -> None:
    expected = [
        ("aws_iam_role.worker.assume_role_policy", "trust", 42),
        ("aws_iam_role.worker.inline_policy[0]", "identity", 48),
        ("aws_sqs_queue_policy.jobs", "resource", 136),
        ("aws_organizations_policy.stay.content", "scp", 175),
        ("module.keys.aws_kms_key.this[0]", "resource", 329),
        ("aws_vpc_endpoint.s3", "endpoint", 15),
        ("data.aws_iam_policy_document.read_uploads", "identity", 225),
        ("module.keys.data.aws_iam_policy_document.grants", "resource", 352),
    ]
    assert expected == told("plan.json")
    assert [("LW-S07", 114)] == faults("plan.json")


def test_what_a_plan_does_not_know_is_told_by_its_path() -> None:
    documents = found("plan.json")
    read = documents["data.aws_iam_policy_document.read_uploads"]
    assert ("Statement[0].Resource[0]", "Statement[0].Resource[1]") == read.unknown
    assert ["${unknown-1}", "${unknown-2}"] == statement(read)["Resource"]
    assert {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}} == statement(read, 1)["Condition"]
    assert ["Read", None] == [statement(read, index).get("Sid") for index in (0, 1)]
    grants = documents["module.keys.data.aws_iam_policy_document.grants"]
    assert {"AWS": ["000000000000"]} == statement(grants)["Principal"]
    assert ("Statement[0].Principal.AWS[0]",) == grants.unknown


def test_a_state_holds_each_policy_once() -> None:
    expected = [
        ("aws_iam_role.worker.assume_role_policy", "trust", 1),
        ("aws_iam_role.worker.inline_policy[1]", "identity", 1),
        ("aws_iam_role_policy.a", "identity", 1),
        ('module.a.module.b["x"].aws_ecr_repository_policy.this', "resource", 1),
    ]
    assert expected == told("state.json")


def test_a_template_in_yaml_holds_policies_with_functions() -> None:
    expected = [
        ("Resources.Worker.Properties.AssumeRolePolicyDocument", "trust", 13),
        ("Resources.Worker.Properties.Policies[0]", "identity", 23),
        ("Resources.Worker.Properties.Policies[1].Fn::If[1]", "identity", 45),
        ("Resources.UploadsPolicy", "resource", 55),
        ("Resources.Logs", "resource", 67),
        ("Resources.Guard.Properties.Content", "rcp", 88),
    ]
    assert expected == told("template.yaml")
    assert [("LW-S07", 81)] == faults("template.yaml")


def test_functions_of_a_template_become_placeholders() -> None:
    documents = found("template.yaml")
    trust = statement(documents["Resources.Worker.Properties.AssumeRolePolicyDocument"])
    assert {"Service": "lambda.amazonaws.com", "AWS": "arn:unknown:iam::000000000000:root"} == trust["Principal"]
    worker = documents["Resources.Worker.Properties.Policies[0]"]
    expected = [
        "${Uploads.Arn}",
        "${Uploads.Arn}/${aws:username}/*",
        "arn:aws:sqs:eu-west-1:${AWS::AccountId}:jobs",
    ]
    assert expected == statement(worker)["Resource"]
    assert "${ImportValue/KeyArn}" == statement(worker, 1)["Resource"]
    assert {"Bool": {"aws:SecureTransport": True}} == statement(worker, 1)["Condition"]
    assert 2 == len(document(worker)["Statement"])  # AWS::NoValue is left out
    assert "Statement[1].Resource" in worker.unknown
    assert (35, 29) == (worker.places["Statement[1].Resource"].line, worker.places["Statement[1].Resource"].column)
    logs = statement(documents["Resources.Logs"])
    assert "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*" == logs["Resource"]


def test_a_date_without_quotes_is_a_version() -> None:
    assert (
        "2012-10-17"
        == document(found("template.yaml")["Resources.Worker.Properties.AssumeRolePolicyDocument"])["Version"]
    )
    assert "2012-10-17" == document(found("bucket-policy.yaml")[""])["Version"]


def test_a_template_in_json_holds_policies_as_they_stand() -> None:
    expected = [
        ("Resources.Deploy", "identity", 6),
        ("Resources.Key.Properties.KeyPolicy", "resource", 17),
        ("Resources.Function.Properties.Policies[2]", "identity", 35),
    ]
    assert expected == told("template.json")
    documents = found("template.json")
    assert isinstance(documents["Resources.Deploy"].source, str)
    assert ("Statement.Principal.AWS",) == documents["Resources.Key.Properties.KeyPolicy"].unknown


def test_terraform_code_holds_policies_in_every_form() -> None:
    expected = [
        ("locals.scp", "scp", 4),
        ("data.aws_iam_policy_document.assume", "trust", 8),
        ("aws_iam_role.ci.inline_policy[0]", "identity", 37),
        ("aws_iam_policy.deploy", "identity", 61),
        ("aws_sqs_queue_policy.jobs", "resource", 74),
        ("data.aws_iam_policy_document.uploads_bucket", "resource", 93),
        ("aws_iam_user_policy.legacy", "identity", 134),
    ]
    assert expected == told("main.tf")
    assert [("LW-S07", 90)] == faults("main.tf")


def test_expressions_of_terraform_become_placeholders() -> None:
    documents = found("main.tf")
    inline = documents["aws_iam_role.ci.inline_policy[0]"]
    assert ["s3:GetObject", "s3:${var.verb}Object", "unknown:${var.action}"] == statement(inline)["Action"]
    expected = [
        "${aws_s3_bucket.uploads.arn}/${aws:username}/*",
        "arn:aws:s3:::${var.bucket}/*",
        "${aws_s3_bucket.uploads.arn}",
    ]
    assert expected == statement(inline)["Resource"]
    assert {"Effect": "Deny", "Action": "unknown:${var.more}", "Resource": "${var.more}"} == statement(inline, 1)
    assert "Statement[1]" == inline.unknown[-1]
    place = inline.places["Statement[0].Action[1]"]
    assert (43, 37, 22) == (place.line, place.column, place.length)


def test_keys_that_are_not_known_have_a_name() -> None:
    trust = found("main.tf")["data.aws_iam_policy_document.assume"]
    expected = {
        "StringEquals": {"unknown:aud": ["sts.amazonaws.com"]},
        "StringLike": {"unknown:sub": ["repo:acme/${var.repository}:*"]},
    }
    assert expected == statement(trust)["Condition"]
    assert {"Federated": ["unknown.invalid"]} == statement(trust)["Principal"]
    assert trust.may_turn_on_unknown("Statement[0].Condition.StringEquals.unknown:aud")
    assert trust.may_turn_on_unknown("Statement[0]")
    assert not trust.may_turn_on_unknown("Statement[0].Effect")
    assert not trust.may_turn_on_unknown("")


def test_a_heredoc_with_interpolation_keeps_its_places() -> None:
    queue = found("main.tf")["aws_sqs_queue_policy.jobs"]
    assert {"AWS": "arn:aws:iam::000000000000:root"} == statement(queue)["Principal"]
    assert "unknown:${unknown-1}" == statement(queue)["Action"]
    assert {"StringLike": {"aws:userid": "${aws:userid}"}} == statement(queue)["Condition"]
    assert ("Statement[0].Principal.AWS", "Statement[0].Action", "Statement[0].Resource") == queue.unknown
    place = queue.places["Statement[0].Resource"]
    assert '"${aws_sqs_queue.jobs.arn}"' == line_of("main.tf", place.line)[place.column - 1 :][: place.length]
    after = queue.places["Statement[0].Condition.StringLike.aws:userid"]
    assert '"$${aws:userid}"' == line_of("main.tf", after.line)[after.column - 1 :][: after.length]


def line_of(name: str, number: int) -> str:
    return text_of(name).split("\n")[number - 1]


def test_the_data_source_makes_documents_as_the_provider_does() -> None:
    uploads = found("main.tf")["data.aws_iam_policy_document.uploads_bucket"]
    expected = {
        "Sid": "Tls",
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": ["s3:ListBucket"],
        "NotResource": ["arn:aws:s3:::uploads/${aws:username}/*"],
    }
    assert ("2008-10-17", "uploads") == (document(uploads)["Version"], document(uploads)["Id"])
    assert expected == statement(uploads)
    readers = ["000000000000", "arn:aws:iam::000000000000:role/reader", "111122223333"]
    assert {"AWS": readers} == statement(uploads, 1)["Principal"]


def test_markdown_holds_the_code_blocks_that_are_policies() -> None:
    assert [("code block 1", "identity", 6), ("code block 3", "trust", 27)] == told("README.md")
    assert [] == faults("README.md")


def test_yaml_holds_a_plain_document() -> None:
    assert [("", "resource", 2)] == told("bucket-policy.yaml")
    assert {"Sid": "Old", "Effect": "Deny"}.items() <= statement(found("bucket-policy.yaml")[""], 1).items()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_places_inside_of_a_literal_document_are_those_of_the_file(name: str, newline: str, mark: str) -> None:
    text = text_of(name).replace("\n", newline)
    lines = text.split("\n")
    documents, _ = documents_in(mark + text, name)
    assert told(name) == [(one.where, one.kind, one.first_line) for one in documents]
    for one in documents:
        if isinstance(one.source, str):
            first, *rest = one.source.split("\n")
            at = one.first_line - 1
            assert first == lines[at][one.first_column - 1 :][: len(first)]
            assert rest == [*lines[at + 1 : at + len(rest)], lines[at + len(rest)][: len(rest[-1])]] if rest else True


@pytest.mark.parametrize("name", FILES)
def test_the_language_takes_every_placeholder(name: str) -> None:
    documents, _ = documents_in(text_of(name), name)
    for one in documents:
        draft = read_draft(one.source, kind=one.kind)
        assert () == draft.faults, one.where
        assert draft.policy is not None


@pytest.mark.parametrize("name", FILES)
def test_every_place_is_where_the_value_stands(name: str) -> None:
    documents, _ = documents_in(text_of(name), name)
    checked = 0
    for one in documents:
        for path, place in one.places.items():
            value = at(document(one), path)
            if isinstance(value, str) and re.fullmatch(r"[a-z0-9]+:[A-Za-z*]+", value) and path not in one.unknown:
                assert value in line_of(name, place.line)[place.column - 1 :][: place.length]
                checked += 1
    assert checked or not any(one.places for one in documents)


def at(value: object, path: str) -> object:
    """The part of a document at a path whose keys have no dots."""
    for step in re.findall(r"[^.\[\]]+", path):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_one_type_may_be_given_for_all() -> None:
    for name in FILES:
        documents, _ = documents_in(text_of(name), name, kind="session")
        assert {("session", "")} == {(one.kind, one.why) for one in documents}


def test_cfn_lint_and_hcl2_read_the_inputs_too() -> None:
    _, matches = cfnlint.decode.decode_str(text_of("template.yaml"))
    assert [] == matches
    assert hcl2.loads(text_of("main.tf"))["resource"]
