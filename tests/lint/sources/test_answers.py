"""What AWS's command line prints, and JSON and YAML of other shapes."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from leastwise.lint.sources import Embedded, documents_in

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
BUCKET = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
NO_DOCUMENT = [("LW-S02", "the file holds no policy document")]


def found(value: object, name: str = "answer.json") -> list[Embedded]:
    documents, faults = documents_in(json.dumps(value, indent=2), name)
    assert [] == faults
    return documents


def told(text: str, name: str) -> list[tuple[str, str]]:
    _, faults = documents_in(text, name)
    return [(one.code, one.message) for one in faults]


def plain(one: Embedded) -> object:
    return json.loads(one.source) if isinstance(one.source, str) else one.source


@pytest.mark.parametrize(
    ("answer", "where", "kind"),
    [
        (
            {"PolicyVersion": {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": True}},
            "PolicyVersion.Document",
            "identity",
        ),
        (
            {"RoleName": "ci", "PolicyName": "s3", "PolicyDocument": ALLOW},
            "PolicyDocument (ci, s3)",
            "identity",
        ),
        (
            {"Role": {"RoleName": "ci", "AssumeRolePolicyDocument": TRUST}},
            "Role.AssumeRolePolicyDocument (ci)",
            "trust",
        ),
        ({"Role": {"AssumeRolePolicyDocument": quote(json.dumps(TRUST))}}, "Role.AssumeRolePolicyDocument", "trust"),
        ({"Policy": json.dumps(BUCKET)}, "Policy", "resource"),
        ({"registryId": "1", "repositoryName": "r", "policyText": json.dumps(BUCKET)}, "policyText", "resource"),
        ({"ARN": "a", "Name": "n", "ResourcePolicy": json.dumps(BUCKET)}, "ResourcePolicy", "resource"),
        ({"Attributes": {"Policy": json.dumps(BUCKET)}}, "Attributes.Policy", "resource"),
        ({"policy": {"document": json.dumps(BUCKET), "revision": "1"}}, "policy.document", "resource"),
        (
            {"Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY"}, "Content": json.dumps(ALLOW)}},
            "Policy.Content",
            "scp",
        ),
        (
            {"Policy": {"PolicySummary": {"Type": "RESOURCE_CONTROL_POLICY"}, "Content": json.dumps(BUCKET)}},
            "Policy.Content",
            "rcp",
        ),
        (
            {"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "PolicyDocument": json.dumps(BUCKET)}]},
            "VpcEndpoints[0].PolicyDocument",
            "endpoint",
        ),
        ({"InlinePolicy": json.dumps(ALLOW)}, "InlinePolicy", "identity"),
        ({"anything": {"of ours": [ALLOW]}}, "anything.of ours[0]", "identity"),
    ],
)
def test_answers_of_the_command_line_hold_policies(answer: object, where: str, kind: str) -> None:
    (one,) = found(answer)
    assert (where, kind) == (one.where, one.kind)
    assert plain(one) in (ALLOW, BUCKET, TRUST)


def test_an_answer_in_yaml_is_read_alike() -> None:
    text = "PolicyVersion:\n  Document:\n    Statement:\n    - Effect: Allow\n      Action: '*'\n  VersionId: v1\n"
    (one,), faults = documents_in(text, "answer.yml")
    assert ("PolicyVersion.Document", "identity", 3, 5, []) == (
        one.where,
        one.kind,
        one.first_line,
        one.first_column,
        faults,
    )


def test_what_is_not_in_force_is_passed_over() -> None:
    versions = [
        {"Document": BUCKET, "VersionId": "v2", "IsDefaultVersion": False},
        {"Document": ALLOW, "VersionId": "v1", "IsDefaultVersion": True},
    ]
    policy = {"PolicyName": "p", "Arn": "arn:aws:iam::111122223333:policy/p", "PolicyVersionList": versions}
    managed = {**policy, "Arn": "arn:aws:iam::aws:policy/p"}
    (one,) = found({"Policies": [policy, managed]})
    assert "Policies[0].PolicyVersionList[1].Document (p)" == one.where


def test_policies_in_other_languages_are_passed_over() -> None:
    tags = {"PolicySummary": {"Type": "TAG_POLICY"}, "Content": '{"Statement": "of tags"}'}
    assert NO_DOCUMENT == told(json.dumps({"Policy": tags}), "answer.json")


def test_a_plain_document_is_the_whole_file() -> None:
    text = '\ufeff\n  {"Statement": []}\n'
    (one,), faults = documents_in(text, "p.json")
    assert ('{"Statement": []}', "", 2, 3, []) == (one.source, one.where, one.first_line, one.first_column, faults)


def test_a_document_without_statements_is_one_by_its_version() -> None:
    (one,) = found({"Version": "2012-10-17", "Statements": []})
    assert "" == one.where


def test_a_list_holds_documents() -> None:
    assert ["[0]", "[1]"] == [one.where for one in found([ALLOW, {"Statement": []}])]


@pytest.mark.parametrize("text", [quote(json.dumps(ALLOW)), json.dumps(json.dumps(ALLOW))])
def test_an_encoded_document_has_only_its_beginning_placed(text: str) -> None:
    (one,), _ = documents_in(text, "p.json")
    assert (ALLOW, 1, 1, {}) == (one.source, one.first_line, one.first_column, one.places)


def test_a_key_given_twice_is_left_to_the_document_where_it_can_be() -> None:
    text = '{"Statement": [], "Statement": []}'
    (one,), faults = documents_in(text, "p.json")
    assert (text, []) == (one.source, faults)
    assert [("LW-S09", "the key `Statement` stands twice")] == told(json.dumps({"Policy": text}), "p.json")
    assert [("LW-S09", "the key `Id` stands twice")] == told("Id: a\nStatement: []\nId: b\n", "p.yaml")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"name": "package", "version": "1.0.0"}', "package.json"),
        ("[]", "p.json"),
        ("12", "p.json"),
        ('{"Statement": "none"}', "README.md"),
        ("name: ci\non: [push]\n", "ci.yml"),
        ('variable "x" {}\n', "main.tf"),
        ("# Title\n", "README.md"),
        ('{"Policies": [{"Statement": "no"}]}', "p.json"),
        ('{"Policy": "{\\"Id\\": 1}"}', "p.json"),
    ],
)
def test_a_file_without_policies_says_so(text: str, name: str) -> None:
    assert ([], NO_DOCUMENT) == (documents_in(text, name)[0], told(text, name))


@pytest.mark.parametrize(
    ("text", "name", "code", "place"),
    [
        ('{"Statement": [],}', "p.json", "LW-S01", (1, 18)),
        ('{"Statement": [\n', "p.json", "LW-S01", (2, 1)),
        ("", "p.json", "LW-S03", None),
        (" \n\ufeff", "p.json", "LW-S01", (2, 1)),
        ("\ufeff", "p.tf", "LW-S03", None),
        ("PK\x03\x04\x00", "tfplan", "LW-S06", None),
        ('{"Statement": "\x00"}', "p.json", "LW-S06", None),
        ("a: \ud800", "p.yaml", "LW-S06", None),
        ("hello", "notes.txt", "LW-S05", None),
        ('{"Policy": "{\\"Statement\\": [}"}', "p.json", "LW-S08", (1, 12)),
        ("a: [b\n", "p.yaml", "LW-S10", (2, 1)),
        ("a: \x01", "p.yaml", "LW-S10", (1, 4)),
        ("a: *b", "p.yaml", "LW-S10", (1, 4)),
        ("? [a]\n: b\n", "p.yaml", "LW-S10", (1, 3)),
        ('a = "${Statement"\n', "p.tf", "LW-S11", (1, 17)),
        ("a = <<EOT\nStatement\n", "p.tf", "LW-S11", (1, 5)),
        ("/* Statement", "p.tf", "LW-S11", (1, 1)),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    text: str, name: str, code: str, place: tuple[int, int] | None
) -> None:
    documents, (fault,) = documents_in(text, name)
    assert ([], code, place) == (documents, fault.code, fault.place and (fault.place.line, fault.place.column))
    assert fault.place is None or fault.place.source == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps(ALLOW), "-"),
        ("Version: 2012-10-17\nStatement: []\n", "-"),
        ("# by hand\n---\nStatement:\n- Effect: Allow\n", "policy"),
        (quote(json.dumps(ALLOW)), "standard input"),
        (json.dumps(ALLOW), "template.template"),
        (json.dumps(ALLOW), "P.JSON"),
        (json.dumps(ALLOW), "p.yaml"),
    ],
)
def test_a_file_of_no_known_name_is_told_by_its_content(text: str, name: str) -> None:
    assert 1 == len(documents_in(text, name)[0])


def test_json_in_a_yaml_file_stands_as_it_is() -> None:
    (one,), _ = documents_in(json.dumps(ALLOW), "p.yaml")
    assert json.dumps(ALLOW) == one.source


def test_tags_of_other_tools_need_no_template() -> None:
    (one,), faults = documents_in("a: !vault x\np: {Statement: [{Effect: Allow}]}\n", "p.yaml")
    assert ("p", []) == (one.where, faults)


def test_of_several_yaml_documents_each_is_read() -> None:
    documents, _ = documents_in("---\nStatement: []\n---\nStatement: []\n", "p.yaml")
    assert [2, 4] == [one.first_line for one in documents]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("No", False),
        ("nO", "nO"),
        ("1.5", 1.5),
        ("111122223333", 111122223333),
        ("012345678901", "012345678901"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("~", None),
        ("'12'", "12"),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
    ],
)
def test_scalars_of_yaml_are_those_of_json(written: str, value: object) -> None:
    (one,), _ = documents_in(f"Statement: {{Effect: {written}}}", "p.yaml")
    assert {"Statement": {"Effect": value}} == one.source
