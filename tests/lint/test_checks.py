"""Every check: its code, its page, its case table; and every fault of the grammar with its name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conformance.cells import rows
from conformance.checks import COLUMNS, NOTHING

from leastwise import Finding, lint_policy
from leastwise.catalogue.load import load_catalogue
from leastwise.language.faults import FAULTS, NOTES
from leastwise.lint.discover import checks
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.lint.registry import Check, Found, check, unknown_to

TABLES = Path(__file__).parents[2] / "conformance" / "checks"
CHECKS = pytest.mark.parametrize("one", checks().values(), ids=[one.name for one in checks().values()])


@CHECKS
def test_a_check_has_a_page(one: Check) -> None:
    first, _, rest = one.page.partition("\n")
    assert re.fullmatch(r"LW[1-6]\d\d", one.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.name)
    assert first.endswith(".") and rest.strip()
    assert one.source and one.kinds


@CHECKS
def test_a_check_has_a_table_of_what_it_finds_and_what_not(one: Check) -> None:
    path = TABLES / f"{one.name}.md"
    found = list(rows(path.read_bytes(), COLUMNS))
    assert {one.name} == {row["check"] for row in found}
    assert len(found) >= 3
    assert {NOTHING} < {row["finds"] for row in found}


def test_every_action_that_a_check_names_is_there() -> None:
    checks()
    catalogue = load_catalogue()

    def is_known(action: str) -> bool:
        prefix, _, name = action.partition(":")
        service = catalogue.service(prefix)
        return service is not None and name in service.actions

    assert [] == unknown_to(is_known)
    assert "pass-role-too-broad: iam:passrole" in unknown_to(lambda _: False)


def test_every_table_is_of_a_check() -> None:
    assert {one.name for one in checks().values()} == {path.stem for path in TABLES.glob("*.md")}


def test_a_code_or_name_is_taken_once() -> None:
    for code, name in (("LW101", "another-name"), ("LW199", "unknown-action")):
        with pytest.raises(ValueError, match="is there already"):
            check(code, name, severity="error", source="a page")(_nothing)
    with pytest.raises(ValueError, match="docstring"):
        check("LW198", "without-a-page", severity="error", source="a page")(lambda _: ())


def _nothing(_: object) -> tuple[Found, ...]:
    """Nothing."""
    return ()


def test_every_fault_of_the_grammar_is_a_finding() -> None:
    assert {*FAULTS, *NOTES} == set(GRAMMAR_FAULTS)
    names = [one.name for one in (*GRAMMAR_FAULTS.values(), *checks().values())]
    assert len(names) == len(set(names))


def names_of(found: tuple[Finding, ...]) -> list[str]:
    return [one.name for one in found]


def test_a_text_that_is_no_json_is_one_finding() -> None:
    (found,) = lint_policy("{")
    assert ("LW-P01", "json-syntax", "error", 1) == (found.code, found.name, found.severity, found.place.line)  # type: ignore[union-attr]


def test_what_can_be_told_is_told_of_a_broken_document() -> None:
    statement = (
        '{"Effect": "allow", "Action": ["s3:GetObjct"], "Resource": "*", "Condition": {"StringEqual": {"a:b": "c"}}}'
    )
    found = names_of(lint_policy(f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'))
    assert {"unknown-effect", "unknown-action", "unknown-condition-operator"} <= set(found)


def test_findings_stand_in_the_order_of_the_document() -> None:
    text = """{
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObjct", "s3:PutObjct"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:GetUsr", "Resource": "*"}
      ]
    }"""
    found = [one.place.line for one in lint_policy(text) if one.place and one.name == "unknown-action"]
    assert [4, 4, 5] == found


def test_only_the_checks_asked_for_are_run() -> None:
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}}
    assert ["unknown-action"] == names_of(lint_policy(policy, codes={"LW101"}))
    assert [] == names_of(lint_policy(policy, codes={"LW401"}))


@pytest.mark.parametrize(
    "document", [{}, {"Statement": []}, {"Statement": [1]}, {"Statement": {"Effect": {}}}, {"Statement": "x"}]
)
def test_odd_documents_have_findings_and_raise_nothing(document: dict[str, object]) -> None:
    assert lint_policy(document)
