"""The reference page of the checks of `leastwise scan`, from their docstrings."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.discover import checks
from leastwise.findings.finding import GROUPS
from leastwise.findings.registry import Check

_HEAD = """# Findings

Everything that `leastwise scan` looks for, with its code, which never changes, its name and its usual severity.
`leastwise scan --explain NAME` prints the same. Made from the code by `make docs`.

| code | name | group | severity | what is wrong |
|---|---|---|---|---|
"""


def findings_page() -> str:
    """The page of findings, by group."""
    every = sorted(checks().values(), key=lambda one: (GROUPS.index(one.group), one.code))
    rows = [
        f"| `{one.code}` | [{one.name}](#{one.code.lower()}-{one.name}) | {one.group} | {one.severity} | {one.says} |\n"
        for one in every
    ]
    return _HEAD + "".join(rows) + "\n" + "\n".join("\n".join(_section(one)) for one in every)


def _section(one: Check) -> Iterator[str]:
    yield f"## {one.code} {one.name}"
    yield ""
    yield one.page
    yield ""
    yield f"{one.severity}; {one.group}{'; needs logs' if one.needs_usage else ''}. {one.source}."
    yield ""
