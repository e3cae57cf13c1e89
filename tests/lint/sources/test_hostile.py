"""Files that were made to do harm end soon, with a diagnostic."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest

from leastwise.lint.sources import SOURCE_FAULTS, SOURCE_NOTES, documents_in

LONG = 10_000_000
SECONDS = 10
"""Far more than any of them takes, on a machine that has other work."""

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40)
)
TAGGED = "Resources: {A: {Type: AWS::IAM::Role, B: !Sub x}}\n"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("long.json", "[" * (LONG + 1), "LW-S04"),
        ("lists.json", "[" * LONG, "LW-S04"),
        ("objects.json", '{"a":' * (LONG // 5), "LW-S04"),
        ("numbers.json", "[" + "1," * 510_000 + "1]", "LW-S04"),
        ("escaped.json", "%7B" * 100_000, "LW-S01"),
        ("text.json", '{"Policy": "{\\"Statement' + "a" * (LONG - 100) + '"}', "LW-S08"),
        ("lists.yaml", "[" * LONG, "LW-S04"),
        ("blocks.yaml", "- " * (LONG // 2), "LW-S04"),
        ("keys.yaml", "? " * (LONG // 2), "LW-S04"),
        ("values.yaml", "- [a, b, c, d]\n" * 110_000, "LW-S04"),
        ("aliases.yaml", BOMB, "LW-S04"),
        ("tagged.yaml", TAGGED + BOMB, "LW-S04"),
        ("template.yaml", TAGGED + "a: " + "b" * 1_000_000, "LW-S04"),
        ("cycle.yaml", "a: &a [*a]", "LW-S10"),
        ("texts.yaml", f"a: &a {'x' * 1_000_000}\nb: [{'*a, ' * 1_000}]", "LW-S04"),
        ("colons.yaml", ":" * LONG, "LW-S10"),
        ("long.tf", "Statement" + "[" * 1_000_000, "LW-S04"),
        ("tokens.tf", "Statement = " + "[" * 100_000, "LW-S04"),
        ("objects.tf", "a = " + "{ Statement = " * 5_000 + "1" + "}" * 5_000, "LW-S04"),
        ("lists.tf", "a = { Statement = [{ Effect = " + "[" * 5_000 + "]" * 5_000 + "}] }", "LW-S04"),
        ("parentheses.tf", "a = { Statement = [{ Effect = " + "(" * 5_000 + "1" + ")" * 5_000 + "}] }", "LW-S04"),
        ("data.tf", 'data "aws_iam_policy_document" "x" {\n' + "statement {\n" * 2_000 + "}\n" * 2_001, "LW-S04"),
        ("heredocs.tf", "Statement = <<A\n" * 60_000, "LW-S11"),
        ("blank.tf", "Statement = <<A\n" + "\n" * 900_000, "LW-S11"),
        ("comments.tf", "Statement /*" * 80_000, "LW-S11"),
        ("dollars.tf", 'Statement = "' + "$${" * 300_000, "LW-S11"),
        ("holes.tf", 'x = <<A\n{"Statement": "' + "${" * 400_000 + '"}\nA\n', "LW-S08"),
        ("fences.md", "```\n" * (LONG // 8), "LW-S02"),
        ("ticks.md", "`" * LONG, "LW-S02"),
        ("documents.md", '~~~\n{"Statement":[{"Effect":1}]}\n~~~\n' * 21_000, "LW-S13"),
        ("unknown", "# x\n" * (LONG // 4), "LW-S05"),
    ],
)
def test_a_hostile_file_ends_soon(name: str, text: str, code: str) -> None:
    begin = time.perf_counter()
    _, faults = documents_in(text, name)
    assert code == faults[-1].code
    assert time.perf_counter() - begin < SECONDS


def test_a_joined_text_is_not_made_long() -> None:
    joined = {"Fn::Join": ["x" * 100_000, ["a"] * 10_000]}
    properties = {"PolicyDocument": {"Statement": joined}}
    text = json.dumps({"Resources": {"A": {"Type": "AWS::IAM::Policy", "Properties": properties}}})
    (one,), _ = documents_in(text, "t.json")
    assert ("Statement",) == one.unknown


def test_marks_of_holes_in_a_file_do_no_harm() -> None:
    marks = "\ufdd0\ufdd0x\ufdd1 \ufdd2 \ufdd0 \ufdd1"
    (one,), _ = documents_in(f'Statement: {{Effect: Allow, Resource: "{marks}"}}', "p.yaml")
    assert {"Effect": "Allow", "Resource": "${x}  \ufdd0 \ufdd1"} == as_mapping(one.source)["Statement"]
    (literal,), _ = documents_in(f'{{"Statement": [], "Id": "{marks}"}}', "p.json")
    assert f'{{"Statement": [], "Id": "{marks}"}}' == literal.source


def as_mapping(source: object) -> Mapping[str, object]:
    assert isinstance(source, Mapping)
    return source


def test_codes_are_in_a_row_and_notes_are_codes() -> None:
    assert [f"LW-S{number:02}" for number in range(1, len(SOURCE_FAULTS) + 1)] == list(SOURCE_FAULTS)
    assert SOURCE_NOTES <= set(SOURCE_FAULTS)


@pytest.mark.parametrize(
    ("package", "name", "text"),
    [("cfnlint", "t.yaml", TAGGED), ("hcl2", "main.tf", "a = { Statement = [] }")],
)
def test_a_package_that_is_missing_is_named(
    package: str, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(module: str, *rest: object) -> object:
        if module.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named '{module}'")
        return real(module, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    documents, (fault,) = documents_in(text, name)
    assert ([], "LW-S12", "`pip install 'leastwise[templates]'`") == (documents, fault.code, fault.help)


def test_nothing_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys; from leastwise.lint.sources import documents_in; documents_in('{}', 'p.json'); "
        "print(sorted({'yaml', 'hcl2', 'lark', 'cfnlint'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout
