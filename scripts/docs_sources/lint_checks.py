"""The reference page of the checks of `leastwise lint`, from their docstrings."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.discover import checks
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.lint.registry import Check
from leastwise.model.policy import KINDS

_HEAD = """# Checks

Every fault that `leastwise lint` looks for, with its code, which never changes, its name and its severity.
`leastwise lint --explain NAME` prints the same. Made from the code by `make docs`.

Severities, the gravest first: `error` (AWS refuses it, or it never does what it says), `security-warning` (it opens
more than is meant), `warning`, `suggestion`.

| code | name | severity | what is wrong |
|---|---|---|---|
"""
_GRAMMAR = """
## Faults of the grammar

What the reading of a document finds, before any check is run. [Policy faults](policy-faults.md) says which of them
make a document unusable.

| code | name | severity | what is wrong | AWS's issue codes |
|---|---|---|---|---|
"""
_AWS = """
## AWS's issue codes

The codes of IAM Access Analyzer's policy validation and the checks that stand for them.

| AWS | checks |
|---|---|
"""


def checks_page() -> str:
    """The page of checks."""
    every = list(checks().values())
    rows = [
        f"| `{one.code}` | [{one.name}](#{one.code.lower()}-{one.name}) | {one.severity} | {one.says} |\n"
        for one in every
    ]
    grammar = [
        f"| `{one.code}` | {one.name} | {one.severity} | {one.says} | {', '.join(one.aws)} |\n"
        for one in GRAMMAR_FAULTS.values()
    ]
    aws = [f"| `{code}` | {', '.join(found)} |\n" for code, found in sorted(_by_aws_code().items())]
    sections = ["\n".join(_section(one)) for one in every]
    return _HEAD + "".join(rows) + "\n" + "\n".join(sections) + _GRAMMAR + "".join(grammar) + _AWS + "".join(aws)


def _section(one: Check) -> Iterator[str]:
    yield f"## {one.code} {one.name}"
    yield ""
    yield one.page
    yield ""
    kinds = "every policy type" if len(one.kinds) == len(KINDS) else ", ".join(k for k in KINDS if k in one.kinds)
    yield f"{one.severity}; {kinds}. {one.source}."
    yield ""


def _by_aws_code() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    named = [(one.name, one.aws) for one in checks().values()]
    named += [(one.name, one.aws) for one in GRAMMAR_FAULTS.values()]
    for name, codes in named:
        for code in codes:
            found.setdefault(code, []).append(name)
    return found
