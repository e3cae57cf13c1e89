"""A file of an estate as it is read: its name, its content, and what has been found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from leastwise.estate.held import NotRead, Part
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind

Json = Mapping[str, object]
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
ENDINGS: Final = frozenset({".json", ".csv", ".yaml", ".yml", ".template", ".tfstate"})
"""The endings of names that are looked at in a folder."""

NO_ACCOUNT: Final = "0" * 12
"""What stands for an account that nothing names."""


@dataclass(frozen=True)
class Answer:
    """An answer that means something only beside others: all of a `topic` are put together once every file is read.

    `stem` is the file's name without its ending; `origin` and `unknown` are those of the policy in it, if any.
    """

    topic: str
    path: str
    stem: str
    body: Json
    origin: str = ""
    unknown: tuple[str, ...] = ()


@dataclass
class Reading:
    """One file: `path` is its name as given, `account` the one that its path names, empty where it names none.

    `given` and `parameters` are the account and the values of a template's parameters as whoever asked gives them.
    """

    path: str
    name: str
    account: str = ""
    given: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    faults: list[NotRead] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePath(self.name).stem if PurePath(self.name).suffix in ENDINGS else self.name

    def fault(self, what: str, reason: str, *, subject: str = "", account: str = "") -> None:
        """A part of the file that could not be used."""
        self.faults.append(NotRead(what, f"{self.path}: {reason}", account or self.account, subject=subject))

    def look_at(self, body: str, kind: Kind, name: str) -> None:
        """A fault where the document cannot be read: what it says stays open in every answer."""
        try:
            parse_draft(body, kind=kind, name=name)
        except PolicyError as error:
            self.fault("policy document", f"{name} cannot be read: {error.faults[0].message}", subject=name)

    def answer(self, topic: str, body: Json, *, origin: str = "", unknown: tuple[str, ...] = ()) -> None:
        """Keeps an answer until all files are read."""
        self.answers.append(Answer(topic, self.path, self.stem, body, origin, unknown))


def account_in(path: str) -> str:
    """The account number that the path names last, empty where it names none."""
    found = _ACCOUNT.findall(path)
    return found[-1] if found else ""


def account_of(arn: str) -> str:
    """The account that the ARN names, `aws` for AWS's own policies; empty where it names none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and (parts[4] == "aws" or (len(parts[4]) == 12 and parts[4].isdecimal())) else ""


def text(value: object) -> str:
    """The value where it is a text, otherwise empty."""
    return value if isinstance(value, str) else ""


def member(value: object, *names: str) -> object:
    """What the object holds under these names, one below the other; None where it has none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def objects(value: object) -> Iterator[Json]:
    """The objects of a list."""
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, Sequence) else iter(())


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
