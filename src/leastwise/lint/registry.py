"""The checks: each a function that registers itself with its code, name and severity as its file is imported."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.model.finding import Edit, Severity
from leastwise.model.policy import KINDS, Kind
from leastwise.model.request import Request


@dataclass(frozen=True, slots=True)
class Found:
    """What a check says of one part of a document; `help` says what to type."""

    message: str
    at: Written
    help: str
    witness: Request | None = None
    edits: tuple[Edit, ...] = ()


Find = Callable[[Document], Iterable[Found]]
OfStatement = Callable[[WrittenStatement, Document], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its code, which never changes and is never used again, its name, the fault, and its severity.

    `says` is the fault in one line, `page` the check's page in the manual. `aws` are the issue codes of AWS's policy
    validation that it stands for, `source` the AWS page that it rests on. `kinds` are the policy types it looks at;
    `needs_sound` says that it asks for the meaning of the document, so that it is left out where this is in doubt.
    """

    code: str
    name: str
    severity: Severity
    says: str
    page: str
    source: str
    aws: tuple[str, ...]
    kinds: frozenset[Kind]
    needs_sound: bool
    find: Find


_FOUND: dict[str, Check] = {}
_NAMED: dict[str, frozenset[str]] = {}


def named_actions(check: str, *actions: str) -> frozenset[str]:
    """The actions, in lower case, that a check knows by name; they are held against the catalogue when it is built."""
    _NAMED[check] = frozenset(actions)
    return _NAMED[check]


def unknown_to(known: Callable[[str], bool]) -> list[str]:
    """`check: action` for every action that a check knows by name and that is not known."""
    return [f"{check}: {name}" for check, names in sorted(_NAMED.items()) for name in sorted(names) if not known(name)]


def check(
    code: str,
    name: str,
    *,
    severity: Severity,
    source: str,
    aws: tuple[str, ...] = (),
    kinds: Iterable[Kind] = KINDS,
    needs_sound: bool = False,
) -> Callable[[Find], Find]:
    """Registers a function that looks at a whole document; raises ValueError when code or name is taken."""

    def register(find: Find) -> Find:
        _add(code, name, severity, source, aws, frozenset(kinds), needs_sound, find, inspect.getdoc(find) or "")
        return find

    return register


def check_statements(
    code: str,
    name: str,
    *,
    severity: Severity,
    source: str,
    aws: tuple[str, ...] = (),
    kinds: Iterable[Kind] = KINDS,
) -> Callable[[OfStatement], OfStatement]:
    """Registers a function that looks at one statement; raises ValueError when code or name is taken."""

    def register(find: OfStatement) -> OfStatement:
        def each(document: Document) -> Iterator[Found]:
            for statement in document.statements:
                yield from find(statement, document)

        _add(code, name, severity, source, aws, frozenset(kinds), False, each, inspect.getdoc(find) or "")
        return find

    return register


def _add(
    code: str,
    name: str,
    severity: Severity,
    source: str,
    aws: tuple[str, ...],
    kinds: frozenset[Kind],
    needs_sound: bool,
    find: Find,
    page: str,
) -> None:
    taken = next((one for one in _FOUND.values() if code == one.code or name == one.name), None)
    if taken is not None:
        raise ValueError(f"check {code} {name}: {taken.code} {taken.name} is there already")
    if not page:
        raise ValueError(f"check {code} {name} has no docstring, which is its page")
    says = page.partition("\n")[0].rstrip(".")
    _FOUND[code] = Check(code, name, severity, says, page, source, aws, kinds, needs_sound, find)


def registered() -> dict[str, Check]:
    """The checks whose files have been imported, by code."""
    return dict(sorted(_FOUND.items()))
