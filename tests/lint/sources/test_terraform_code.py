"""Terraform's language in the forms that people write."""

from __future__ import annotations

import pytest

from leastwise.lint.sources import Embedded, documents_in


def policy(
    expression: str, *, resource: str = "aws_iam_policy", attribute: str = "policy"
) -> tuple[list[Embedded], list[str]]:
    documents, faults = documents_in(f'resource "{resource}" "x" {{\n  {attribute} = {expression}\n}}\n', "main.tf")
    return documents, [one.code for one in faults]


def resource(expression: str) -> object:
    """What is read of an expression in the place of a resource."""
    (one,), faults = policy(f'jsonencode({{ Statement = {{ Effect = "Allow", Resource = {expression} }} }})')
    assert [] == faults
    assert not isinstance(one.source, str)
    statement = one.source["Statement"]
    assert isinstance(statement, dict)
    return statement.get("Resource", statement)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"a"', "a"),
        ('("a")', "a"),
        ('["a", "b",]', ["a", "b"]),
        ("var.a", "${var.a}"),
        ("var.a[0]", "${var.a[0]}"),
        ('var.a["b"]', "${unknown-1}"),
        ('var.a ? "b" : "c"', "${unknown-1}"),
        ("[for b in var.a : b.arn]", "${unknown-1}"),
        ("aws_s3_bucket.b[*].arn", "${unknown-1}"),
        ('"${var.a}-${var.b}"', "${var.a}-${var.b}"),
        ('"${join(",", var.a)}-${max(1, 2)}"', "${unknown-1}-${unknown-2}"),
        ('"$${aws:username}"', "${aws:username}"),
        ('"${replace(var.a, "https://", "#")}/*"', "${unknown-1}/*"),
        ('"${a("${b("//")}")}-${ { c = "}" }["/*"] }"', "${unknown-1}-${unknown-2}"),
        ('"${[\n"a", # b"\n"c"\n][0]}"', "${unknown-1}"),
        ('"see <<A"', "see <<A"),
        ('"%%{if}"', "%{if}"),
        ('"a%{if var.a}b%{endif}"', "a${unknown-1}b${unknown-2}"),
        ('"\\u0061\\t\\"\\\\"', 'a\t"\\'),
        ('"\\ud800"', "\\ud800"),
        ('concat(["a"], var.b, ["c"])', ["a", "${var.b}", "c"]),
        ('toset(["a"])', ["a"]),
        ('try(["a"], [])', ["a"]),
        ('format("%s/%s%%", "a", var.b)', "a/${var.b}%"),
        ('format("%s-%s", "a")', "a-${unknown-1}"),
        ('merge({ a = "b" }, { a = "c" })', {"a": "c"}),
        ("merge(var.a, {})", "${unknown-1}"),
        ('jsonencode(["a"]...)', "${unknown-1}"),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("-1", -1),
        ("-var.a", "${-var.a}"),
        ('{ (var.a) = "b" }', {"unknown": "b"}),
        ('{ "a" : "b" }', {"a": "b"}),
        ('{ "${var.a}" : "b", "${var.b}" : "c" }', {"unknown": "b", "unknown1": "c"}),
        ("<<A\nb\nA\n", "b"),
        ("<<A\n%{ if a }\nA\n", "${unknown-1}"),
    ],
)
def test_expressions_are_read_as_far_as_they_are_known(expression: str, value: object) -> None:
    assert value == resource(expression)


def test_a_policy_may_stand_in_another_expression() -> None:
    documents, faults = policy('var.a ? jsonencode({ Statement = [{ Effect = "Deny" }] }) : null')
    assert (["aws_iam_policy.x"], []) == ([one.where for one in documents], faults)


def test_a_list_of_statements_that_is_not_known_is_one_that_grants_nothing() -> None:
    (one,), _ = policy("jsonencode({ Statement = var.statements })", resource="aws_sqs_queue_policy")
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "000000000000"},
        "Action": "unknown:${var.statements}",
        "Resource": "${var.statements}",
    }
    assert ({"Statement": statement}, ("Statement",)) == (one.source, one.unknown)


def test_an_effect_that_is_not_known_leaves_nothing_known_of_the_statement() -> None:
    (one,), _ = policy('jsonencode({ Statement = [{ Effect = var.effect, Action = "*" }] })')
    assert ({"Statement": [{"Effect": "Deny", "Action": "*"}]}, ("Statement[0]",)) == (one.source, one.unknown)


@pytest.mark.parametrize(
    ("element", "value", "filled"),
    [
        ("Version", "var.a", "2012-10-17"),
        ("Id", '"a-${var.a}"', "a-unknown"),
        ("Id", "var.a", "unknown"),
    ],
)
def test_elements_of_the_document_have_placeholders(element: str, value: str, filled: str) -> None:
    (one,), _ = policy(f"jsonencode({{ {element} = {value}, Statement = [] }})")
    assert ({element: filled, "Statement": []}, (element,)) == (one.source, one.unknown)


@pytest.mark.parametrize(
    ("element", "value", "filled"),
    [
        ("Sid", '"a${var.a}"', "aunknown"),
        ("NotAction", '"s3:${var.a.b}*"', "s3:${var.a.b}*"),
        ("Condition", "var.a", {"StringEquals": {"unknown:unknown": "${var.a}"}}),
        ("Condition", "{ Bool = var.a }", {"Bool": {"unknown:unknown": "${var.a}"}}),
        ("Condition", "{ Bool = { a = var.a } }", {"Bool": {"a": "${var.a}"}}),
        ("Principal", "var.a", {"AWS": "000000000000"}),
        ("Principal", "{ AWS = [var.a] }", {"AWS": ["000000000000"]}),
        ("Principal", '{ Service = "${var.a}.amazonaws.com" }', {"Service": "unknown.amazonaws.com"}),
        ("Principal", "{ Service = var.a }", {"Service": "unknown.invalid"}),
        ("Principal", '{ CanonicalUser = "a${var.a}" }', {"CanonicalUser": "0" * 64}),
        (
            "Principal",
            '{ AWS = "arn:${var.a}:iam::${var.b}:role/${var.c}" }',
            {"AWS": "arn:unknown:iam::000000000000:role/unknown"},
        ),
        ("Other", "var.a", "${var.a}"),
    ],
)
def test_elements_of_a_statement_have_placeholders(element: str, value: str, filled: object) -> None:
    (one,), _ = policy(f'jsonencode({{ Statement = {{ Effect = "Allow", {element} = {value} }} }})')
    assert {"Statement": {"Effect": "Allow", element: filled}} == one.source
    assert all(path.startswith(f"Statement.{element}") for path in one.unknown)
    assert one.unknown


@pytest.mark.parametrize(
    ("expression", "codes"),
    [
        ("var.policy", ["LW-S07"]),
        ('file("policy.json")', ["LW-S07"]),
        ("data.aws_iam_policy_document.elsewhere.json", ["LW-S02"]),
        ('"Statement"', ["LW-S07"]),
        ('<<A\n{"Statement": [\nA\n', ["LW-S08"]),
        ('<<A\n{"Statement": [%{ for a in b }${a}%{ endfor }]}\nA\n', ["LW-S14"]),
        ('"{\\"Statement\\""', ["LW-S08"]),
        ("jsonencode({ Statement = [], Statement = [] })", ["LW-S09"]),
    ],
)
def test_a_policy_that_is_not_read_is_told(expression: str, codes: list[str]) -> None:
    assert ([], codes) == policy(f"{expression} // Statement")


def test_a_heredoc_that_is_no_json_has_its_fault_placed() -> None:
    _, (fault,) = documents_in('x = <<A\n{\n  "Statement": [],\n}\nA\n', "main.tf")
    assert ("LW-S08", 4, 1) == (fault.code, fault.place and fault.place.line, fault.place and fault.place.column)


@pytest.mark.parametrize("comment", ["# <<A", "// <<A", "/* <<A\n\n */", '/* " */', "# it's", '# "'])
def test_comments_are_passed_over(comment: str) -> None:
    documents, faults = documents_in(f'{comment}\na = {{ Statement = {{ Effect = "x" }} }}\n{comment}', "main.tf")
    assert (1, []) == (len(documents), faults)


def test_a_heredoc_may_be_indented_and_hold_anything() -> None:
    text = 'a = {\n  b = <<-E\n    # " /* <<F\n    ${ {} } "}"\n    E\n  Statement = [{ Effect = "Allow" }]\n}\n'
    (one,), faults = documents_in(text, "main.tf")
    assert ("a", 1, 5, []) == (one.where, one.first_line, one.first_column, faults)


def test_lines_may_end_as_in_windows() -> None:
    text = 'resource "aws_iam_policy" "x" {\r\n  policy = <<E\r\n{\r\n"Statement": []}\r\nE\r\n}\r\n'
    (one,), faults = documents_in(text, "main.tf")
    assert ('{\r\n"Statement": []}', 3, 1, []) == (one.source, one.first_line, one.first_column, faults)


def test_organizations_policies_are_of_their_type() -> None:
    text = """
    resource "aws_organizations_policy" "x" {{
      type    = "{}"
      content = jsonencode({{ Statement = [{{ Effect = "Deny" }}] }})
    }}
    """
    types = ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY")
    assert ["rcp", "scp"] == [documents_in(text.format(one), "main.tf")[0][0].kind for one in types]


def test_a_dynamic_block_is_read_by_its_content() -> None:
    text = """
    resource "aws_iam_role" "x" {
      dynamic "inline_policy" {
        for_each = var.policies
        content {
          policy = jsonencode({ Statement = [{ Effect = "Allow", Action = inline_policy.value }] })
        }
      }
      dynamic "nothing" {}
    }
    """
    (one,), faults = documents_in(text, "main.tf")
    assert ("aws_iam_role.x.inline_policy[0]", "identity", []) == (one.where, one.kind, faults)


def test_a_data_source_is_of_the_type_that_uses_it() -> None:
    text = """
    data "aws_iam_policy_document" "a" {
      statement {
        actions   = ["s3:*"]
        resources = ["*"]
        condition {
          test     = "StringEquals"
          variable = "aws:PrincipalTag/a"
          values   = ["b"]
        }
        condition {
          test     = "StringEquals"
          variable = "aws:PrincipalTag/a"
          values   = ["c"]
        }
      }
    }
    data "aws_iam_policy_document" "merged" {
      source_policy_documents = [data.aws_iam_policy_document.a.json]
    }
    resource "aws_vpc_endpoint" "x" {
      policy = data.aws_iam_policy_document.a.json
    }
    """
    (one,), faults = documents_in(text, "main.tf")
    assert ("endpoint", "", []) == (one.kind, one.why, faults)
    statement = {
        "Effect": "Allow",
        "Action": ["s3:*"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/a": ["b", "c"]}},
    }
    assert {"Version": "2012-10-17", "Statement": [statement]} == one.source
