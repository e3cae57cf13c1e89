"""The checks over an estate: each a function that registers itself with its code, name and severity."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leastwise.findings.finding import Found, Group, Severity
from leastwise.findings.scene import Scene

Find = Callable[[Scene], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its code, which never changes and is never used again, its name, the fault, and its severity.

    `says` is the fault in one line, `page` the check's page in the manual, which also says what it cannot see. `source`
    is the AWS page that it rests on. `needs_usage` says that it is about what was used, so that without logs it asks
    nothing; `actions` are those that it knows by name, held against the catalogue when it is built.
    """

    code: str
    name: str
    group: Group
    severity: Severity
    says: str
    page: str
    source: str
    needs_usage: bool
    actions: tuple[str, ...]
    find: Find


_FOUND: dict[str, Check] = {}


def check(
    code: str,
    name: str,
    *,
    group: Group,
    severity: Severity,
    source: str,
    needs_usage: bool = False,
    actions: Iterable[str] = (),
) -> Callable[[Find], Find]:
    """Registers a function that looks at a whole estate; raises ValueError when code or name is taken."""

    def register(find: Find) -> Find:
        page = inspect.getdoc(find) or ""
        taken = next((one for one in _FOUND.values() if code == one.code or name == one.name), None)
        if taken is not None:
            raise ValueError(f"check {code} {name}: {taken.code} {taken.name} is there already")
        if not page:
            raise ValueError(f"check {code} {name} has no docstring, which is its page")
        says = page.partition("\n")[0].rstrip(".")
        _FOUND[code] = Check(code, name, group, severity, says, page, source, needs_usage, tuple(actions), find)
        return find

    return register


def registered() -> dict[str, Check]:
    """The checks whose files have been imported, by code."""
    return dict(sorted(_FOUND.items()))
