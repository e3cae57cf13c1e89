"""The readers of the case tables: what they ask, what they report as malformed, and that the tables are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import pytest
from conformance.cases import Case, CaseFile, MalformedCases, case_files
from conformance.cells import rows
from conformance.conditions import condition_cases
from conformance.decision_tables import decision_rows
from conformance.decisions import decision_cases
from conformance.estates import NotHeldError
from conformance.grammar import grammar_cases
from conformance.matching import matching_cases
from conformance.newaccess import new_access_cases, new_access_rows
from conformance.public import public_cases, public_rows

from conformance import run
from leastwise.language.operator_names import BASE_OPERATORS

Read = Callable[[bytes], Sequence[Case]]

OF_ALL_OPERATORS = {
    "ForAllValues",
    "ForAnyValue",
    "IfExists",
    "absent-keys",
    "combination",
    "multi-valued-keys",
    "policy-variables",
}

GUIDES = (
    "AWS General Reference",
    "AWS KMS Developer Guide",
    "AWS Organizations User Guide",
    "AWS PrivateLink Guide",
    "AWS STS API Reference",
    "AWS Security Blog",
    "Amazon S3 API Reference",
    "Amazon S3 User Guide",
    "IAM User Guide",
)

CONDITION = '{"StringEquals":{"aws:username":"a"}}'
CONDITIONS = "| case | condition | context | holds | version | switch | source |"
MATCHING = "| case | pattern | resource | kind | context | version | switch | matches | source |"
ACTIONS = "| case | pattern | action | matches | source |"
GRAMMAR = "| case | kind | policy | verdict | source |"
DECISIONS = "| case | principal | action | resource | context | policies | facts | decision | by | source |"

USER = "arn:aws:iam::111122223333:user/alice"
OBJECT = "arn:aws:s3:::b/a"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def _policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements or (READ,))}


BLOCKS = f"""```json read
{json.dumps(_policy())}
```

```json broken
{{"Statement": [{{"Effect": "Permit"}}]}}
```
"""


def _table(header: str, row: str, *, before: str = "") -> bytes:
    return f"{before}\n{header}\n|{'---|' * (header.count('|') - 1)}\n{row}\n".encode()


def _own(area: str) -> list[CaseFile]:
    return [file for file in case_files(run.OWN) if file.area == area and file.path.suffix == ".md"]


TABLES = [
    file for area in ("conditions", "decisions", "grammar", "matching", "newaccess", "public") for file in _own(area)
]


def test_every_operator_has_its_table_and_no_table_is_without_operator() -> None:
    assert set(BASE_OPERATORS) | OF_ALL_OPERATORS == {file.path.stem for file in _own("conditions")}


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.name)
def test_no_case_stands_twice_in_a_table(file: CaseFile) -> None:
    names = [case.id for case in run.ANSWERED[file.area][".md"](file.path.read_bytes())]
    assert names
    assert [] == sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.name)
def test_every_row_cites_a_page_of_aws(file: CaseFile) -> None:
    columns = _header(file.path.read_text(encoding="utf-8"))
    cited = [row["source"] for row in rows(file.path.read_bytes(), columns)]
    page = rf'({"|".join(GUIDES)}), "[^"]+"'
    assert [] == [source for source in cited if not re.match(page, source)]


def _header(text: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith("| case |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("file", _own("decisions"), ids=lambda file: file.name)
def test_every_policy_of_a_decision_table_is_asked(file: CaseFile) -> None:
    text = file.path.read_text(encoding="utf-8")
    asked = set(re.split(r"[\s=,/]+", " ".join(row["policies"] for row in rows(text.encode(), _header(text)))))
    assert [] == [name for name in re.findall(r"^```json (\S+)$", text, re.MULTILINE) if name not in asked]


@pytest.mark.parametrize(
    ("read", "right", "wrong"),
    [
        (
            condition_cases,
            _table(CONDITIONS, f'| c | `{CONDITION}` | `{{"aws:username":"a"}}` | yes | | | s |'),
            _table(CONDITIONS, f'| c | `{CONDITION}` | `{{"aws:username":"a"}}` | no | | | s |'),
        ),
        (
            matching_cases,
            _table(MATCHING, "| c | `arn:aws:s3:::b/*` | `arn:aws:s3:::b/a` | | | | | yes | s |"),
            _table(MATCHING, "| c | `arn:aws:s3:::b/*` | `arn:aws:s3:::b/a` | | | | | unknown | s |"),
        ),
        (
            matching_cases,
            _table(ACTIONS, "| c | `s3:Get*` | `s3:GetObject` | yes | s |"),
            _table(ACTIONS, "| c | `s3:Get*` | `s3:GetObject` | no | s |"),
        ),
        (
            grammar_cases,
            _table(GRAMMAR, f"| c | identity | `{json.dumps(_policy())}` | accepted | s |"),
            _table(GRAMMAR, f"| c | identity | `{json.dumps(_policy())}` | rejected: Version | s |"),
        ),
        (
            decision_rows,
            _table(DECISIONS, f"| c | {USER} | s3:GetObject | {OBJECT} | | identity=read | | ALLOW | identity#0 | s |",
                   before=BLOCKS),
            _table(DECISIONS, f"| c | {USER} | s3:GetObject | {OBJECT} | | identity=read | | IMPLICIT_DENY | | s |",
                   before=BLOCKS),
        ),
        (
            decision_rows,
            _table(DECISIONS, f"| c | {USER} | s3:GetObject | {OBJECT} | | identity=? boundary=read | | "
                   "DEPENDS: IMPLICIT_DENY, EXPLICIT_DENY, ALLOW | | s |", before=BLOCKS),
            _table(DECISIONS, f"| c | {USER} | s3:GetObject | {OBJECT} | | identity=? boundary=read | | "
                   "DEPENDS: IMPLICIT_DENY, ALLOW | | s |", before=BLOCKS),
        ),
    ],
)  # fmt: skip
def test_a_wrong_row_is_a_difference(read: Read, right: bytes, wrong: bytes) -> None:
    (agreed,), (differs,) = read(right), read(wrong)
    assert agreed.expected == agreed.ask()
    assert differs.expected != differs.ask()


NEW_ACCESS = "| case | policy type | existing policy | new policy | expected | source |"
PUBLIC = "| case | definition | resource policy | public | source |"
ALL = json.dumps(_policy({**READ, "Action": "s3:*"}))
ONE = json.dumps(_policy())
OPEN = json.dumps(_policy({**READ, "Principal": "*"}))
ROLE = json.dumps(_policy({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}))


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        (f"| c | IDENTITY_POLICY | `{ALL}` | `{ONE}` | PASS | s |", "PASS"),
        (f"| c | IDENTITY_POLICY | `{ONE}` | `{ALL}` | PASS | s |", "FAIL"),
        (f"| c | RESOURCE_POLICY | `{OPEN}` | `{OPEN}` | FAIL | s |", "PASS"),
        (f"| c | RESOURCE_POLICY | `{ROLE}` | `{ROLE}` | FAIL | s |", "PASS"),
    ],
)
def test_new_access_is_answered(row: str, answer: str) -> None:
    (case,) = new_access_rows(_table(NEW_ACCESS, row))
    assert answer == case.ask()


@pytest.mark.parametrize("text", [ONE, "{"])
def test_new_access_of_what_is_no_policy_is_no_verdict(text: str) -> None:
    (case,) = new_access_rows(_table(NEW_ACCESS, f"| c | RESOURCE_POLICY | `{OPEN}` | `{text}` | FAIL | s |"))
    assert str(case.ask()).startswith("no policy: ")


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        (f"| c | semantic | `{OPEN}` | yes | s |", "yes"),
        (f"| c | s3 | `{OPEN}` | no | s |", "yes"),
        (f"| c | semantic | `{ROLE}` | yes | s |", "no"),
    ],
)
def test_what_is_public_is_answered(row: str, answer: str) -> None:
    (case,) = public_rows(_table(PUBLIC, row))
    assert answer == case.ask()


def _public(statement: dict[str, object], **told: object) -> object:
    case = {
        "id": "one",
        "resource_policy": _policy({"Resource": OBJECT, "Action": "s3:GetObject", **statement}),
        **told,
    }
    (one,) = public_cases(json.dumps({"cases": [case]}).encode())
    return one.ask()


ANYONE = {"Effect": "Allow", "Principal": "*"}
OWN = {"account": "111122223333", "expected_restricts_to_own_account": True}
OWNED = {"trusted": {"allowed_accounts": ["111122223333"]}, "expected_cross_account_violation": True}


@pytest.mark.parametrize(
    ("statement", "told", "answer"),
    [
        (ANYONE, {"expected_public": False}, True),
        ({"Effect": "Allow", "Principal": {"AWS": "444455556666"}}, {"expected_public": True}, False),
        ({**ANYONE, "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}, OWN, True),
        ({**ANYONE, "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}, OWN, False),
        ({**ANYONE, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, OWN, False),
        (
            {**ANYONE, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
            {**OWN, "cross_account_allowed": True},
            True,
        ),
        ({"Effect": "Allow", "Principal": {"AWS": "111122223333"}}, OWNED, False),
        ({"Effect": "Allow", "Principal": {"AWS": "444455556666"}}, OWNED, True),
        ({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}, OWNED, False),
        ({**ANYONE, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, OWNED, False),
    ],
)
def test_each_question_about_outsiders_is_asked(
    statement: dict[str, object], told: dict[str, object], answer: bool
) -> None:
    assert answer is _public(statement, **told)


@pytest.mark.parametrize(
    ("read", "case", "fault"),
    [
        (new_access_cases, {"id": "x"}, "case 1: object missing required field `policy_type`"),
        (
            new_access_cases,
            {"id": "x", "policy_type": "SCP", "existing_policy": {}, "new_policy": {}, "expected": "PASS"},
            "case 1: `SCP` is not one of IDENTITY_POLICY, RESOURCE_POLICY",
        ),
        (
            new_access_cases,
            {"id": "x", "policy_type": "IDENTITY_POLICY", "existing_policy": {}, "new_policy": {}, "expected": "?"},
            "case 1: `?` is not one of PASS, FAIL",
        ),
        (public_cases, {"id": "x", "resource_policy": {}}, "case 1: no answer is expected"),
    ],
)
def test_a_malformed_question_is_reported_with_its_number(read: Read, case: dict[str, object], fault: str) -> None:
    with pytest.raises(MalformedCases) as caught:
        read(json.dumps({"cases": [case]}).encode())
    assert fault in str(caught.value)


def test_a_wrong_settler_is_a_difference() -> None:
    row = f"| c | {USER} | s3:GetObject | {OBJECT} | | identity=read | | ALLOW | boundary#0 | s |"
    (case,) = decision_rows(_table(DECISIONS, row, before=BLOCKS))
    assert {"decision": "ALLOW", "by": "identity#0"} == case.ask() != case.expected


def _decided(policies: str = "identity=read", facts: str = "", decision: str = "ALLOW", context: str = "") -> bytes:
    row = f"| c | {USER} | s3:GetObject | {OBJECT} | {context} | {policies} | {facts} | {decision} | | s |"
    return _table(DECISIONS, row, before=BLOCKS)


@pytest.mark.parametrize(
    ("read", "data", "fault"),
    [
        (condition_cases, _table("| case | condition | holds | source |", "| c | | | s |"), "no column `context`"),
        (condition_cases, _table(CONDITIONS.replace("switch", "swich"), "| |"), "unknown column `swich`"),
        (condition_cases, _table(CONDITIONS, "| c | `{}` |"), "2 columns, not 7"),
        (condition_cases, _table(CONDITIONS, "| c | `{` | `{}` | yes | | | s |"), "the condition is not JSON"),
        (condition_cases, _table(CONDITIONS, '| c | `{"Null":3}` | `{}` | yes | | | s |'), "the condition is not JSON"),
        (condition_cases, _table(CONDITIONS, "| c | `{}` | `[]` | yes | | | s |"), "the context is not JSON"),
        (condition_cases, _table(CONDITIONS, "| c | `{}` | `{}` | maybe | | | s |"), "`holds` is `maybe`"),
        (
            condition_cases,
            _table(CONDITIONS, "| c | `{}` | `{}` | yes | | x=y | s |"),
            "no switch has the position `x=y`",
        ),
        (condition_cases, _table(CONDITIONS, "| c | `{}` | `{}` | yes | | | |"), "no source"),
        (condition_cases, _table(CONDITIONS, "| | `{}` | `{}` | yes | | | s |"), "no case"),
        (matching_cases, _table("| case | pattern | source |", "| c | | s |"), "no column `resource`"),
        (matching_cases, _table(ACTIONS, "| c | `*` | `s3:GetObject` | perhaps | s |"), "`matches` is `perhaps`"),
        (matching_cases, _table(MATCHING, "| c | `*` | `*` | bucket | | | | yes | s |"), "`kind` is `bucket`"),
        (matching_cases, _table(MATCHING, "| c | `*` | `*` | | `{` | | | yes | s |"), "the context is not JSON"),
        (grammar_cases, _table(GRAMMAR, "| c | bucket | `{}` | rejected | s |"), "`kind` is `bucket`"),
        (grammar_cases, _table(GRAMMAR, "| c | identity | `{}` | refused | s |"), "`verdict` is `refused`"),
        (decision_rows, _decided("identity=write"), "no policy is named `write`"),
        (decision_rows, _decided("identity=broken"), "cannot use `broken`"),
        (decision_rows, _decided("bucket=read"), "`policies` has `bucket=read`"),
        (decision_rows, _decided("identity"), "`policies` has `identity=`"),
        (decision_rows, _decided("identity=? access-point=?"), "needs the fact `bucket-resource`"),
        (decision_rows, _decided(facts="opened"), "`facts` has `opened`"),
        (decision_rows, _decided(facts="open=yes"), "`facts` has `open=yes`"),
        (decision_rows, _decided(facts="grant=Decrypt"), "`grant=Decrypt` says not to whom"),
        (decision_rows, _decided(facts="grant=Decrypt@*@same:a=b"), "`grant` has `same:a=b`"),
        (decision_rows, _decided(facts="switch:rcp_on_star=maybe"), "no switch has the position `rcp_on_star=maybe`"),
        (decision_rows, _decided(decision="MAYBE"), "`decision` is `MAYBE`"),
        (decision_rows, _decided(decision="DEPENDS"), "`decision` is `DEPENDS`"),
        (decision_rows, _decided(decision="ALLOW: IMPLICIT_DENY"), "`decision` is `ALLOW: IMPLICIT_DENY`"),
        (decision_rows, _decided(context="`{"), "the context is not JSON"),
    ],
)
def test_a_malformed_cell_is_reported_with_its_line(read: Read, data: bytes, fault: str) -> None:
    with pytest.raises(MalformedCases) as caught:
        read(data)
    lines = data.decode().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("|"))
    line += 0 if "column `" in fault else 2
    assert str(caught.value).startswith(f"line {line}: ")
    assert fault in str(caught.value)


def test_a_principal_that_is_none_is_reported_with_its_line() -> None:
    with pytest.raises(MalformedCases, match=r"line 11: cannot make out the principal `nobody`"):
        decision_rows(_decided().replace(USER.encode(), b"nobody"))


def _asked(**told: object) -> dict[str, object]:
    request = {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_account": None, "context": {}}
    case = {"id": "one", "request": request, "identity_policies": [_policy()], "scps": None, "rcps": None}
    return {**case, "resource_policy": None, "permission_boundary": None, "session_policy": None, **told}


def _answer(case: dict[str, object]) -> object:
    (one,) = decision_cases(json.dumps({"cases": [case]}).encode())
    return one.ask()


DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
IF_TAGGED = {**READ, "Condition": {"StringEquals": {"aws:RequestTag/k": "x"}}}
ANY = "any (a key not given may have any value)"


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"expected": "Allowed"}, "Allowed"),
        ({"expected": "Denied"}, "Allowed"),
        ({"expected": "Denied", "identity_policies": []}, "Denied"),
        ({"expected": "ImplicitlyDenied", "identity_policies": []}, "ImplicitlyDenied"),
        ({"expected": "Denied", "identity_policies": [_policy(DENY)]}, "Denied"),
        ({"expected": "Allowed", "identity_policies": [_policy(DENY)]}, "ExplicitlyDenied"),
        ({"expected": "Allowed", "scps": []}, "Allowed"),
        ({"expected": "Allowed", "scps": [[]]}, "ImplicitlyDenied"),
        ({"expected": "Allowed", "scps": [[]], "principal_in_management_account": True}, "Allowed"),
        ({"expected": "Allowed", "rcps": [[]]}, "ImplicitlyDenied"),
        ({"expected": "Allowed", "permission_boundary": _policy(DENY)}, "ExplicitlyDenied"),
        ({"expected": "Allowed", "session_policy": _policy({**READ, "Action": "ec2:*"})}, "ImplicitlyDenied"),
        ({"expected": "Allowed", "resource_policy": _policy({**DENY, "Principal": "*"})}, "ExplicitlyDenied"),
        ({"expected": "Allowed", "identity_policies": [{"$raw": json.dumps(_policy())}]}, "Allowed"),
        ({"expected": "Allowed", "identity_policies": [{"$raw": "{"}]}, "no policy: "),
        ({"expected": "Allowed", "identity_policies": [_policy(IF_TAGGED)]}, "ImplicitlyDenied"),
        ({"expected": "Allowed", "identity_policies": [_policy(IF_TAGGED)], "unknown_context": ANY}, "Allowed"),
        ({"expected": "Denied", "identity_policies": [_policy(IF_TAGGED)], "unknown_context": ANY}, "Allowed"),
        ({"expected": "Denied", "identity_policies": [], "unknown_context": ANY}, "Denied"),
    ],
)
def test_a_case_in_json_is_asked_with_all_that_it_tells(told: dict[str, object], answer: str) -> None:
    got = _answer(_asked(**told))
    assert isinstance(got, str)
    assert answer == (got[: len(answer)] if answer.endswith(" ") else got)


def test_a_case_about_a_role_takes_its_policy_for_a_trust_policy() -> None:
    role = "arn:aws:iam::111122223333:role/target"
    request = {"principal": USER, "action": "sts:AssumeRole", "resource": role}
    trust = _policy({"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"})
    case = _asked(request=request, identity_policies=[], resource_policy=trust, expected="Allowed")
    assert "Allowed" == _answer(case)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ({"id": "x"}, "case 1: object missing required field `request`"),
        (_asked(expected="Perhaps"), "case 1: `Perhaps` is not one of Allowed, "),
        (_asked(expected="Allowed", scps={}), "case 1: expected `array | null`, got `object`"),
    ],
)
def test_a_malformed_case_in_json_is_reported_with_its_number(case: dict[str, object], fault: str) -> None:
    with pytest.raises(MalformedCases) as caught:
        decision_cases(json.dumps({"cases": [case]}).encode())
    assert fault in str(caught.value)


OWNER = "arn:aws:iam::111122223333"


def _of_a_question(role: str, number: int, actions: list[str]) -> dict[str, object]:
    return {
        "id": f"iamspy:who_can#{number}:{role}",
        "request": {
            "action": "s3:GetObject",
            "resource": OBJECT,
            "principal": f"arn:aws:iam::111122223333:role/{role}",
        },
        "identity_policies": [_policy({"Effect": "Allow", "Action": actions, "Resource": "*"})],
        "resource_policy": _policy({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": OBJECT}),
        "expected": "Allowed" if "s3:*" in actions else "Denied",
    }


def test_cases_of_one_question_are_asked_of_one_estate() -> None:
    asked = [_of_a_question(role, 1, actions) for role, actions in (("a", ["s3:*"]), ("b", ["sqs:*"]), ("c", ["s3:*"]))]
    cases = decision_cases(json.dumps({"cases": [*asked, _of_a_question("a", 2, ["sqs:*"])]}).encode())
    assert ["Allowed", "Denied", "Allowed", "Denied"] == [case.ask() for case in cases]
    assert [case.expected for case in cases] == [case.ask() for case in cases]


def test_cases_of_one_question_that_contradict_each_other_are_no_estate() -> None:
    asked = [_of_a_question("a", 1, actions) for actions in (["s3:*"], ["sqs:*"])]
    for case in decision_cases(json.dumps({"cases": asked}).encode()):
        with pytest.raises(NotHeldError):
            case.ask()
