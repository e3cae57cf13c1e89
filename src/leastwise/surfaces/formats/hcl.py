"""Policies as Terraform, with text that neither Terraform nor its AWS provider can read as code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import is_normalized

from leastwise.surfaces.formats import NamedPolicy, unique_names
from leastwise.surfaces.formats.json import plain

NAME = "hcl"

_LISTS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}
_STATEMENT_KEYS = {"Sid", "Effect", "Condition", *_LISTS}
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_CLOSED = re.compile(r'(?<![$%])([$%])(\{[^${}%"\\\x00-\x1f\x7f-\U0010ffff]*\})')
_OPEN = re.compile(r"[$%](?=\{)")
_SPECIAL = re.compile(r'[\n\r\t"\\]|[^ -~]')
_SID = re.compile(r"[A-Za-z0-9]+\Z")
_LONGEST_NAME = 120


def render(policies: Sequence[NamedPolicy]) -> str:
    """For each policy a document and the managed policy made from it.

    The document is an `aws_iam_policy_document` where that data source says the same, otherwise IAM's
    JSON: the data source turns `&{` into `${` (provider documentation, "Data Source:
    aws_iam_policy_document"), takes only some versions and Sids, and Terraform rewrites text that is
    not in Unicode form NFC.
    """
    labels = unique_names(label_of(policy.name) for policy in policies)
    names = unique_names(_policy_name(policy.name) for policy in policies)
    return "\n".join(
        "\n".join(_blocks(label, name, policy.document))
        for label, name, policy in zip(labels, names, policies, strict=True)
    )


def quoted(text: str) -> str:
    """`text` as a Terraform string of printable ASCII on one line.

    `${…}` and `%{…}` are written `$${…}` and `%%{…}`; where these could be misread, after another `$` or
    with no end, the first letter is written by its number. Terraform language, "Strings and Templates".
    """
    pieces = _CLOSED.split(text)
    out = [_escaped(pieces[0])]
    for sign, braces, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        out += [sign, sign, braces, _escaped(rest)]
    return '"' + "".join(out) + '"'


def _escaped(text: str) -> str:
    marked = _SPECIAL.sub(_escape, text)
    return _OPEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", marked)


def _escape(letter: re.Match[str]) -> str:
    code = ord(letter[0])
    return _ESCAPES.get(letter[0]) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _blocks(label: str, name: str, document: Mapping[str, object]) -> Iterator[str]:
    statements = _statements(document)
    if statements is None:
        yield from _managed_policy(label, name, [f"  policy = <<POLICY\n{template_free(document)}\nPOLICY"])
        return
    yield f'data "aws_iam_policy_document" "{label}" {{'
    yield f"  version = {quoted(str(document['Version']))}"
    for statement in statements:
        yield from _statement(statement)
    yield "}\n"
    yield from _managed_policy(label, name, [f"  policy = data.aws_iam_policy_document.{label}.json"])


def _managed_policy(label: str, name: str, policy: list[str]) -> Iterator[str]:
    yield f'resource "aws_iam_policy" "{label}" {{'
    yield f"  name   = {quoted(name)}"
    yield from policy
    yield "}\n"


def template_free(document: Mapping[str, object]) -> str:
    """JSON in which no `${` or `%{` begins a template: a heredoc leaves the backslash to JSON."""
    text = json.dumps(plain(document), indent=2)
    return _OPEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _statement(statement: Mapping[str, object]) -> Iterator[str]:
    yield "\n  statement {"
    if "Sid" in statement:
        yield f"    sid    = {quoted(str(statement['Sid']))}"
    yield f"    effect = {quoted(str(statement['Effect']))}"
    for field, attribute in _LISTS.items():
        if field in statement:
            yield f"\n    {attribute} = {_list(_values(statement[field]), 4)}"
    for test, variable, values in _conditions(statement):
        yield from _condition(test, variable, values)
    yield "  }"


def _condition(test: str, variable: str, values: Sequence[str]) -> Iterator[str]:
    yield "\n    condition {"
    yield f"      test     = {quoted(test)}"
    yield f"      variable = {quoted(variable)}"
    yield f"\n      values = {_list(values, 6)}"
    yield "    }"


def _list(values: Sequence[str], indent: int) -> str:
    margin = " " * indent
    lines = "".join(f"{margin}  {quoted(value)},\n" for value in values)
    return f"[\n{lines}{margin}]"


def _statements(document: Mapping[str, object]) -> list[Mapping[str, object]] | None:
    """The statements, or nothing when the data source cannot say what the document says."""
    statements = document.get("Statement")
    if set(document) != {"Version", "Statement"} or document["Version"] not in ("2012-10-17", "2008-10-17"):
        return None
    if not isinstance(statements, list) or not statements:
        return None
    sids = [s["Sid"] for s in statements if isinstance(s, Mapping) and "Sid" in s]
    if len(sids) != len(set(map(str, sids))) or not all(map(_is_sayable, statements)):
        return None
    return statements


def _is_sayable(statement: object) -> bool:
    if not isinstance(statement, Mapping) or not set(statement) <= _STATEMENT_KEYS:
        return False
    if statement.get("Effect") not in ("Allow", "Deny") or not _SID.match(str(statement.get("Sid", "none"))):
        return False
    lists = [statement[field] for field in _LISTS if field in statement]
    return all(map(_is_list_of_text, lists)) and _are_sayable_conditions(statement.get("Condition", {}))


def _are_sayable_conditions(conditions: object) -> bool:
    if not isinstance(conditions, Mapping):
        return False
    if not all(isinstance(block, Mapping) and block for block in conditions.values()):
        return False
    named = [text for test, block in conditions.items() for text in (test, *block)]
    values = [values for block in conditions.values() for values in block.values()]
    return all(map(_is_plain_text, named)) and all(map(_is_list_of_text, values))


def _is_list_of_text(values: object) -> bool:
    texts = [values] if isinstance(values, str) else values
    return isinstance(texts, Sequence) and bool(texts) and all(map(_is_plain_text, texts))


def _is_plain_text(text: object) -> bool:
    return isinstance(text, str) and bool(text) and "&{" not in text and is_normalized("NFC", text)


def _conditions(statement: Mapping[str, object]) -> Iterator[tuple[str, str, Sequence[str]]]:
    conditions = statement.get("Condition", {})
    assert isinstance(conditions, Mapping)
    for test, block in conditions.items():
        for variable, values in block.items():
            yield test, variable, _values(values)


def _values(values: object) -> Sequence[str]:
    if isinstance(values, str):
        return (values,)
    assert isinstance(values, Sequence)
    return values


def label_of(name: str) -> str:
    """The name as Terraform labels a block."""
    label = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_LONGEST_NAME]
    return label if label[:1].isalpha() else f"policy_{label}".rstrip("_")


def _policy_name(name: str) -> str:
    """A name that IAM takes: letters, digits and `+=,.@_-`. IAM User Guide, "IAM and AWS STS quotas"."""
    return re.sub(r"[^A-Za-z0-9+=,.@_-]+", "-", name)[:_LONGEST_NAME] or "policy"
