"""A decision about a guard rail as a page of Markdown, to be read, agreed to and kept beside the policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from leastwise.model.policy import Policy

_SHOWN: Final = 50
_TITLES: Final = {"scp": "SCP", "rcp": "RCP", "boundary": "Permissions boundary"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `none` is what to say where there is no row."""

    headings: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    none: str = ""


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """What there is to decide on: what for, resting on what, who is excepted, what is proved, who would break.

    `targets` is where it is to be attached. `sections` come after these, by their titles.
    """

    name: str
    policy: Policy
    purpose: str
    targets: tuple[str, ...] = ()
    evidence: Table = field(default_factory=lambda: Table((), ()))
    exceptions: tuple[str, ...] = ()
    proofs: Table = field(default_factory=lambda: Table((), ()))
    breaks: Table = field(default_factory=lambda: Table((), ()))
    sections: Mapping[str, Sequence[str]] = field(default_factory=dict)


def page(one: DecisionPage) -> str:
    """The page; no text of a name or a log is read as markup."""
    return "\n".join(_lines(one)).rstrip("\n") + "\n"


def _lines(one: DecisionPage) -> Iterator[str]:
    yield f"# {_TITLES.get(one.policy.kind, 'Policy')} {code(one.name)}\n"
    yield f"{plain_text(one.purpose)}\n"
    yield from _list("Attached to", one.targets, "Nothing yet.")
    yield from _table("Evidence", one.evidence)
    yield from _list("Exceptions", one.exceptions, "None.")
    yield from _table("Proof", one.proofs)
    yield from _table("Who would break", one.breaks)
    for title, lines in one.sections.items():
        yield f"## {plain_text(title)}\n"
        yield from (f"- {plain_text(line)}" for line in lines)
        yield ""
    yield "## Policy\n"
    yield f"```json\n{json.dumps(one.policy.document(), indent=2)}\n```"


def _list(title: str, lines: Sequence[str], none: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield from (f"- {code(line)}" for line in lines[:_SHOWN]) if lines else (none,)
    if len(lines) > _SHOWN:
        yield f"- and {len(lines) - _SHOWN:,} more"
    yield ""


def _table(title: str, table: Table) -> Iterator[str]:
    yield f"## {title}\n"
    if not table.rows:
        yield f"{table.none or 'Nothing.'}\n"
        return
    yield f"| {' | '.join(table.headings)} |"
    yield f"|{'---|' * len(table.headings)}"
    for row in table.rows[:_SHOWN]:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    if len(table.rows) > _SHOWN:
        yield f"\nand {len(table.rows) - _SHOWN:,} more"
    yield ""


_PROSE: Final = re.compile(r"""[A-Za-z0-9](?:[A-Za-z0-9 ,;'"?!%()/]|(?<=\w)-|[.:](?=\s|$|\d))*""")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")


def plain_text(text: str) -> str:
    """The text on one line: as it is where nothing in it could be markup, a link or a mention, otherwise as code."""
    shown = _UNSEEN.sub(" ", text)
    return shown if _PROSE.fullmatch(shown) else code(shown)


def _cell(text: str) -> str:
    return plain_text(text).replace("|", "\\|") if text else ""


def code(text: str) -> str:
    """The text as a span of code, whatever it holds."""
    shown = _UNSEEN.sub(" ", text)
    longest = max((len(found) for found in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
