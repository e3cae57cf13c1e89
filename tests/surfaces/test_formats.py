"""Every format, read back by a parser of its own kind, means what the policy document means."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from pathlib import Path

import cfnlint.decode
import hcl2
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leastwise.model.errors import LeastwiseError
from leastwise.model.policy import Statement, document
from leastwise.surfaces.formats import NamedPolicy, unique_names
from leastwise.surfaces.formats.discover import FORMATS, registry

GOLDEN = Path(__file__).parents[1] / "golden"

HOSTILE = (
    "${jndi:x}",
    "$${jndi:x}",
    "$$${x}",
    "${",
    "$$",
    "%{if true}",
    "%%{if true}",
    "%{",
    "${aws:username}",
    "${aws:PrincipalTag/team, 'none'}",
    "${*}",
    "${?}",
    "${$}",
    "&{aws:username}",
    "&amp;{",
    "!Sub ${AWS::AccountId}",
    "!Ref x",
    "{{ resolve ssm }}",
    'quote " and \\" and \\',
    "\\u0024{x} \\n \\",
    "line\nbreak\r\nand\ttab",
    "\x1b[31mred\x1b[0m",
    "\x00\x07\x7f\x85\xa0\u2028\ufeff",
    "naïve ünïcode 中文 🦀",
    "e\u0301 is not é",
    "\u202eright to left",
    "*/ # // /* comment",
    "<<EOT\nPOLICY\nEOT",
    "&anchor *anchor",
    "- key: value # x",
    "? complex",
    "| folded >",
    "yes",
    "NO",
    "null",
    "~",
    "1e3",
    "0o17",
    "0x1F",
    "12:30:45",
    "2012-10-17",
    ".inf",
    " leading and trailing ",
    "=cmd()",
    "a" * 7000,
)


def policy(text: str, *, name: str = "deploy") -> NamedPolicy:
    """A policy that has `text` everywhere that a log could put it."""
    arn = f"arn:aws:s3:::bucket/{text}"
    statements = (
        Statement("Read", ("s3:GetObject", "s3:ListBucket"), (arn, text)),
        Statement(
            "Assume",
            ("sts:AssumeRole",),
            ("*",),
            {
                "StringEquals": {"aws:PrincipalTag/team": (text, arn)},
                "Bool": {f"aws:RequestTag/{text}": ("true",)},
            },
        ),
    )
    return NamedPolicy(name, document(statements))


def ordinary(name: str = "deploy") -> NamedPolicy:
    """A policy as most of them look."""
    statements = (
        Statement("S3", ("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::orders/*",)),
        Statement(
            "KMS",
            ("kms:Decrypt",),
            ("arn:aws:kms:eu-west-1:111122223333:key/*",),
            {"StringEquals": {"kms:ViaService": ("s3.eu-west-1.amazonaws.com",)}},
        ),
        Statement("Home", ("s3:ListBucket",), ("arn:aws:s3:::home/${aws:username}/${*}",)),
    )
    return NamedPolicy(name, document(statements))


def meaning(policy_document: object) -> object:
    """A document with what IAM holds equal made equal: order in lists, and a list of one."""
    assert isinstance(policy_document, Mapping)
    return {**policy_document, "Statement": [_statement(s) for s in policy_document["Statement"]]}


def _statement(statement: Mapping[str, object]) -> dict[str, object]:
    sets = {field: frozenset(_listed(statement[field])) for field in ("Action", "Resource") if field in statement}
    conditions = {
        operator: {key: frozenset(_listed(values)) for key, values in block.items()}
        for operator, block in statement.get("Condition", {}).items()
    }
    return {**statement, **sets, "Condition": conditions}


def _listed(values: object) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def from_json(text: str) -> list[object]:
    """The documents in the output of the format json."""
    read = json.loads(text)
    return read if isinstance(read, list) else [read]


def from_yaml(text: str) -> list[object]:
    """The documents in the output of the format yaml."""
    read = yaml.safe_load(text)
    return read if isinstance(read, list) else [read]


def from_cfn(text: str) -> list[object]:
    """The documents in the output of the format cfn, as cfn-lint decodes templates."""
    template, faults = cfnlint.decode.decode_str(text)
    assert not faults
    return [_untyped(r["Properties"]["PolicyDocument"]) for r in template["Resources"].values()]


def _untyped(node: object) -> object:
    if isinstance(node, dict):
        return {str(key): _untyped(value) for key, value in node.items()}
    return [_untyped(value) for value in node] if isinstance(node, list) else str(node)


def from_hcl(text: str) -> list[object]:
    """The documents that Terraform would send, by python-hcl2 and the documented rules of strings."""
    read = hcl2.loads(text)
    data = {_text(k): v for d in read.get("data", []) for k, v in d['"aws_iam_policy_document"'].items()}
    managed = [body for r in read["resource"] for body in r['"aws_iam_policy"'].values()]
    return [_sent(body["policy"], data) for body in managed]


def _sent(value: str, data: Mapping[str, Mapping[str, object]]) -> object:
    if value.startswith("${data."):
        return _from_data_source(data[value.split(".")[2]])
    opening, body, closing = re.fullmatch(r'"<<(\w+)\n(.*)\n(\w+)"', value, re.DOTALL).groups()
    assert opening == closing
    assert not re.search(rf"^\s*{opening}\s*$", body, re.MULTILINE)
    assert "${" not in body and "%{" not in body
    return json.loads(body)


def _from_data_source(block: Mapping[str, object]) -> object:
    statements = []
    for statement in block["statement"]:
        conditions: dict[str, dict[str, list[str]]] = {}
        for condition in statement.get("condition", []):
            test = conditions.setdefault(_text(condition["test"]), {})
            test[_text(condition["variable"])] = [_variable(_text(v)) for v in condition["values"]]
        statements.append(
            {
                "Sid": _text(statement["sid"]),
                "Effect": _text(statement["effect"]),
                "Action": [_text(a) for a in statement["actions"]],
                "Resource": [_variable(_text(r)) for r in statement["resources"]],
                "Condition": conditions,
            }
        )
    return {"Version": _text(block["version"]), "Statement": statements}


def _variable(text: str) -> str:
    return text.replace("&{", "${")


_ESCAPE = re.compile(r'\\(?:u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<c>[nrt"\\]))|(?P<s>\$\$\{|%%\{)')


def _text(literal: str) -> str:
    inner = re.fullmatch(r'"([ -~]*)"', literal)
    assert inner, literal
    bare = _ESCAPE.sub("#", inner[1])
    assert not re.search(r'\\|"|\$\{|%\{', bare), literal
    return unicodedata.normalize("NFC", _ESCAPE.sub(_unescaped, inner[1]))


def _unescaped(found: re.Match[str]) -> str:
    number = found["u"] or found["U"]
    if number:
        return chr(int(number, 16))
    return found["s"][1:] if found["s"] else {"n": "\n", "r": "\r", "t": "\t"}.get(found["c"], found["c"])


READERS: dict[str, Callable[[str], list[object]]] = {
    "json": from_json,
    "yaml": from_yaml,
    "hcl": from_hcl,
    "cfn": from_cfn,
}


def _read_back(name: str, *policies: NamedPolicy) -> list[object]:
    return [meaning(d) for d in READERS[name](FORMATS[name](policies))]


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:40])
def test_hostile_text_is_only_text(name: str, text: str) -> None:
    hostile = policy(text)
    assert [meaning(hostile.document)] == _read_back(name, hostile)


@pytest.mark.parametrize("name", sorted(FORMATS))
@given(text=st.text(min_size=1))
@example(text="$" * 9 + "{" * 9)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
def test_any_text_comes_back(name: str, text: str) -> None:
    some = policy(text)
    assert [meaning(some.document)] == _read_back(name, some)


@pytest.mark.parametrize("name", sorted(FORMATS))
@given(text=st.text(alphabet="$%&{}\"'\\u0n\n~!a:", min_size=1, max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
def test_marks_of_every_language_come_back(name: str, text: str) -> None:
    some = policy(text)
    assert [meaning(some.document)] == _read_back(name, some)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_output_is_printable_ascii_lines(name: str) -> None:
    written = FORMATS[name]([policy(text, name=text) for text in HOSTILE])
    assert set() == {letter for letter in written if not (" " <= letter <= "~" or letter == "\n")}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_policies_of_one_name_stay_apart(name: str) -> None:
    same = [ordinary("deploy"), ordinary("Deploy"), ordinary("deploy"), ordinary("déploy!"), ordinary("")]
    assert [meaning(p.document) for p in same] == _read_back(name, *same)


def _cases() -> Iterator[tuple[str, list[NamedPolicy]]]:
    yield "one", [ordinary()]
    yield "two", [ordinary("deploy-1"), ordinary("deploy 2")]
    short = [text for text in HOSTILE if len(text) < 100]
    yield "hostile", [policy(text, name=f"hostile {i}") for i, text in enumerate(short)]


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize(("case", "policies"), list(_cases()), ids=["one", "two", "hostile"])
def test_golden(name: str, case: str, policies: list[NamedPolicy]) -> None:
    path, written = GOLDEN / name / f"{case}.txt", FORMATS[name](policies)
    if os.environ.get("LEASTWISE_RENEW_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="ascii", newline="\n")
    assert path.read_text(encoding="ascii") == written
    assert [meaning(p.document) for p in policies] == _read_back(name, *policies)


def test_every_format_has_goldens_and_a_reader() -> None:
    assert set(FORMATS) == {folder.name for folder in GOLDEN.iterdir() if folder.name in READERS} == set(READERS)


def test_a_name_taken_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="two formats are named `json`"):
        registry([("json", FORMATS["json"]), ("json", FORMATS["yaml"])])


def test_names_differ_by_more_than_capitals() -> None:
    expected = ["a", "A2", "a3", "a22"]
    assert expected == unique_names(["a", "A", "a", "a2"])[:3] + unique_names(["a2", "a2"])[1:]


@pytest.mark.parametrize(
    "text", ["{{resolve:ssm:x}}", "a{{resolve:secretsmanager:s}}b", "{{Resolve:ssm:x", "{{ resolve :x"]
)
def test_cloudformation_refuses_dynamic_references(text: str) -> None:
    with pytest.raises(LeastwiseError, match="CloudFormation would resolve") as caught:
        FORMATS["cfn"]([policy(text)])
    assert "\n" not in caught.value.message and caught.value.help


@pytest.mark.parametrize("key", ["Ref", "Fn::Sub", "Fn::Transform", "Condition"])
def test_cloudformation_refuses_keys_that_are_functions(key: str) -> None:
    named = Statement("A", ("s3:GetObject",), ("*",), {"StringEquals": {key: ("x",)}})
    with pytest.raises(LeastwiseError, match=f"the key `{key}` as a function"):
        FORMATS["cfn"]([NamedPolicy("deploy", document((named,)))])


def test_cloudformation_needs_a_policy() -> None:
    with pytest.raises(LeastwiseError, match="needs a policy"):
        FORMATS["cfn"]([])


UNSAYABLE: tuple[dict[str, object], ...] = (
    {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},
    {
        "Version": "2012-10-17",
        "Id": "x",
        "Statement": [{"Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"]}],
    },
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "a b", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}],
    },
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [], "Resource": ["*"]}]},
    {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "a", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}] * 2,
    },
)


@pytest.mark.parametrize("body", UNSAYABLE)
def test_what_the_data_source_cannot_say_is_written_as_json(body: dict[str, object]) -> None:
    written = FORMATS["hcl"]([NamedPolicy("deploy", body)])
    assert "aws_iam_policy_document" not in written
    assert [meaning(body)] == _read_back("hcl", NamedPolicy("deploy", body))


def test_terraform_reads_as_it_is_written_by_hand() -> None:
    written = FORMATS["hcl"]([ordinary()])
    assert '"arn:aws:s3:::home/$${aws:username}/$${*}",' in written
    assert "policy = data.aws_iam_policy_document.deploy.json" in written


def test_identifiers_begin_with_a_letter() -> None:
    expected = ["policy_9_lives", "policy"]
    written = FORMATS["hcl"]([ordinary("9-lives"), ordinary("é")])
    assert expected == re.findall(r'^resource "aws_iam_policy" "(.*)" \{$', written, re.MULTILINE)


def test_listing_formats_reads_no_yaml() -> None:
    code = "import sys, leastwise.surfaces.formats; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_meaning_tells_documents_apart() -> None:
    texts = reduce(lambda seen, text: seen | {repr(meaning(policy(text).document))}, HOSTILE, set[str]())
    assert len(HOSTILE) == len(texts)
