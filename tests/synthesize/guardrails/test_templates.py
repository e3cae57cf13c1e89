"""Templates filled: values spliced, statements repeated, empty lists, and every way in which values are wrong."""

from __future__ import annotations

import json
import re

import pytest

from leastwise.language.quotas import DOCUMENT_QUOTAS
from leastwise.model.errors import InputError, ParameterError, UnknownTemplate
from leastwise.synthesize.guardrails.fill import filled_statements
from leastwise.synthesize.guardrails.parameters import KINDS, Given
from leastwise.synthesize.guardrails.templates import filled, template, template_of, templates

FILE = """
title = "t"
purpose = "p"
breaks = ["b"]
sources = ["s"]

[parameters.actions]
kind = "actions"
meaning = "m"
example = ["s3:GetObject"]

[[policies]]
type = "scp"
statements = '''[{"Effect": "Deny", "Action": ["{{actions}}"], "Resource": "*"}]'''
refuses = '''[{"Action": "{{actions}}", "Resource": "*"}]'''
"""


def test_a_file_is_a_template_and_its_values_are_put_in() -> None:
    one = template_of("mine", FILE)
    (policy,) = filled(one, {"actions": ["s3:GetObject", "s3:PutObject"]})
    assert ("mine", "scp") == (policy.name, policy.kind)
    assert ("s3:GetObject", "s3:PutObject") == policy.statements[0].actions


def test_a_pair_is_one_policy_of_each_type() -> None:
    one = template("keep-keys")
    found = filled(one, {"administrators": "arn:aws:iam::111122223333:role/keys"})
    assert [("keep-keys-scp", "scp"), ("keep-keys-rcp", "rcp")] == [(policy.name, policy.kind) for policy in found]
    assert {"AWS": ("*",)} == found[1].statements[0].principals


VALUES = {"a": ("x", "y"), "b": ("1", "2"), "none": (), "one": ("k",), "spans": ("p/q", "r/s")}
FILLED: dict[str, tuple[object, list[object]]] = {
    "a value is spliced": ({"Action": ["z", "{{a}}"]}, [{"Action": ["z", "x", "y"]}]),
    "a list in the place of one": ({"Action": "{{a}}"}, [{"Action": ["x", "y"]}]),
    "one in the place of one": ({"Action": "s3:{{one}}"}, [{"Action": "s3:k"}]),
    "every pair of two lists": ({"Resource": ["{{a}}/{{b}}"]}, [{"Resource": ["x/1", "x/2", "y/1", "y/2"]}]),
    "a key": (
        {"Condition": {"Null": {"aws:RequestTag/{{one}}": "true"}}},
        [{"Condition": {"Null": {"aws:RequestTag/k": "true"}}}],
    ),
    "an empty negated condition falls away": (
        {"Condition": {"StringNotEqualsIfExists": {"a": "{{none}}", "b": "c"}}},
        [{"Condition": {"StringNotEqualsIfExists": {"b": "c"}}}],
    ),
    "the last condition falls away": ({"Sid": "A", "Condition": {"NotIpAddress": {"a": ["{{none}}"]}}}, [{"Sid": "A"}]),
    "an empty condition that asks for a value": ({"Condition": {"StringEquals": {"a": ["{{none}}"]}}}, []),
    "no resource": ({"Resource": ["arn/{{none}}"]}, []),
    "a statement for each": (
        {"ForEach": "spans", "Sid": "S{{number}}", "Action": "{{each.start}}-{{each.end}}"},
        [{"Sid": "S1", "Action": "p-q"}, {"Sid": "S2", "Action": "r-s"}],
    ),
    "a statement for none": ({"ForEach": "none", "Action": "{{each}}"}, []),
}


@pytest.mark.parametrize("name", FILLED)
def test_placeholders_are_filled(name: str) -> None:
    statement, expected = FILLED[name]
    assert expected == filled_statements("t", [statement], VALUES)


@pytest.mark.parametrize(
    "statement", [{"NotAction": ["{{none}}"]}, {"Condition": {"Null": {"aws:RequestTag/{{a}}": "true"}}}]
)
def test_what_cannot_be_filled_is_said(statement: object) -> None:
    with pytest.raises(ParameterError):
        filled_statements("t", [statement], VALUES)


WRONG: list[tuple[str, Given, str, str]] = [
    ("only-these-regions", {}, "the parameter `regions` is missing", "Regions, such as `eu-west-1`"),
    ("only-these-regions", {"region": "eu-west-1"}, "no parameter `region`", "`regions`"),
    ("only-these-regions", {"regions": "europe"}, "`europe` is no value of `regions`", "eu-west-1"),
    ("only-these-regions", {"regions": []}, "the parameter `regions` is empty", "Regions"),
    ("trusted-identities", {"organization": ["o-a1b2c3d4e5", "o-a1b2c3d4e6"]}, "has 2 values", "organization id"),
    ("trusted-identities", {"organization": "a1b2c3d4e5"}, "is no value of `organization`", "o-a1b2c3d4e5"),
    ("https-only", {"services": ["s3:*", "ec2:*"]}, "RCPs do not bind `ec2:*`", "`s3:*`"),
    ("no-root-user", {"x": "y"}, "no parameter `x`", "it has no parameters"),
    ("change-freeze", {"windows": "2026-12-20"}, "is no value of `windows`", "2026-12-20T00:00:00Z/"),
    ("business-hours", {"from": "2026-12-02", "until": "2026-12-01"}, "the days run backwards", "`until` after `from`"),
    ("business-hours", {"from": "2026-02-30", "until": "2026-12-01"}, "is no day of the calendar", "2026-12-24"),
    (
        "business-hours",
        {"from": "2026-12-01", "until": "2026-12-02", "opens": "18:00", "closes": "07:00"},
        "the hours end before they begin",
        "`closes` after `opens`",
    ),
]


@pytest.mark.parametrize(("name", "values", "fault", "hint"), WRONG)
def test_a_value_at_fault_is_said_with_what_to_do(name: str, values: Given, fault: str, hint: str) -> None:
    with pytest.raises(ParameterError) as raised:
        filled(template(name), values)
    assert name == raised.value.template
    assert f"template `{name}`: " in raised.value.message
    assert fault in raised.value.message
    assert hint in (raised.value.help or "")
    assert "\n" not in raised.value.message


def test_an_unknown_template_is_said_with_one_like_it() -> None:
    with pytest.raises(UnknownTemplate) as raised:
        template("keep-key")
    assert ("keep-key", "did you mean `keep-keys`?") == (raised.value.name, raised.value.help)
    assert isinstance(raised.value, InputError)


HOSTILE = ['x"},{"Effect":"Allow', "{{regions}}", "${aws:username}", "a\nb", "\u202e"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_takes_what_could_break_out_of_its_place(kind: str) -> None:
    form = re.compile(KINDS[kind].pattern)
    assert [] == [text for text in HOSTILE if form.fullmatch(text)]


def test_a_value_is_data_whatever_it_holds() -> None:
    one = template("tagged-on-create")
    (policy,) = filled(one, {"tags": ["team:a/b=c+d-e@f"]})
    assert "aws:RequestTag/team:a/b=c+d-e@f" in json.dumps(policy.document())


def test_hours_that_do_not_fit_are_told_by_the_quota() -> None:
    one = template("business-hours")
    (year,) = filled(one, {"from": "2026-01-01", "until": "2026-12-31"})
    assert ["LW-Q02"] == [note.code for note in year.notes]
    (month,) = filled(one, {"from": "2026-12-01", "until": "2026-12-31"})
    assert () == month.notes
    assert DOCUMENT_QUOTAS["scp"].default >= len(json.dumps(month.document(), separators=(",", ":")))


def test_the_library_is_found_by_walking_its_folder() -> None:
    assert sorted(templates()) == list(templates())
    assert all(name == one.name for name, one in templates().items())
