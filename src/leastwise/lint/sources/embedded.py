"""A policy document found in a file, and a file as it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from leastwise.language.locate import read_json
from leastwise.language.nodes import JsonFault, Node, Source, Tree
from leastwise.language.wording import printable, shown
from leastwise.lint.sources.fill import filled
from leastwise.lint.sources.kinds import Hint, Told, kind_of
from leastwise.lint.sources.search import is_document
from leastwise.model.errors import Diagnostic, Place
from leastwise.model.policy import Kind

MAX_DOCUMENTS = 20_000
"""Policy documents that are read of one file."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A policy document found in a file.

    `source` is the document's JSON where it stands in the file as it is, so that places inside it can be moved by
    `first_line` and `first_column`; otherwise a mapping, and `places` has the places of its parts in the file by
    their paths, as far as they are known. `why` says in one line how the policy type was told, and is empty where the
    file says it by itself. `where` is what holds the document, such as `aws_iam_policy.deploy`, and empty for a plain
    document. `unknown` are the paths of values that are not known until apply; `fill.py` says what stands for them.
    What the document means as a whole turns on them, too. `tree` is the document as it was read, where it is the whole
    file.
    """

    source: str | Mapping[str, object]
    kind: Kind
    why: str
    where: str
    first_line: int
    first_column: int
    unknown: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    tree: Tree | None = field(default=None, compare=False, repr=False)

    def may_turn_on_unknown(self, path: str) -> bool:
        """Whether the part of this path is not known, lies in one that is not, or, short of the whole, holds one."""
        return any(_is_in(path, one) or (path and _is_in(one, path)) for one in self.unknown)


def _is_in(path: str, part: str) -> bool:
    return path == part or path.startswith((f"{part}.", f"{part}["))


class Refusal(Exception):  # noqa: N818
    """Why a file is read no further."""

    def __init__(self, code: str, message: str, start: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.hint = hint


class Reading:
    """One file as it is read: its text, and what has been found in it so far."""

    def __init__(self, text: str, name: str, kind: Kind | None) -> None:
        self.text = text
        self.source = Source(name, text)
        self.kind = kind
        self.documents: list[Embedded] = []
        self.faults: list[Diagnostic] = []

    @property
    def hint(self) -> Hint:
        """The file's name as a hint at the type of its policies."""
        return "its file name", self.source.name.replace("\\", "/").rsplit("/", 1)[-1]

    def tells(self, root: Node, *hints: Hint) -> Told:
        """The policy type that the document shows, or its names hint at."""
        return kind_of(root, (*hints, self.hint))

    def literal(self, root: Node, *, where: str, told: Told, base: int = 0) -> None:
        """Keeps a document that stands in the file as it is; `base` is added to its offsets."""
        begin = root.start + base
        tree = Tree(root, self.source) if begin == 0 else None
        self._keep(self.text[begin : root.end + base], where, told, begin, tree=tree)

    def made(self, root: Node, *, where: str, told: Told, base: int = 0) -> None:
        """Keeps a document that a part of the file makes; `base` is added to its offsets."""
        self._fill(root, root.start + base, where, told, source=self.source, base=base)

    def unplaced(self, root: Node, start: int, *, where: str, told: Told) -> None:
        """Keeps a document of which only its beginning has a place."""
        self._fill(root, start, where, told, source=None, base=0)

    def of_text(self, text: str, start: int, *, where: str, told: Told | None, hints: Sequence[Hint] = ()) -> None:
        """Keeps the document that a text between escapes holds, or the fault that it is none."""
        tree = self.tree(text, start, where=where, base=None)
        if tree is not None:
            self.unplaced(tree.root, start, where=where, told=told or self.tells(tree.root, *hints))

    def tree(self, text: str, start: int, *, where: str, base: int | None) -> Tree | None:
        """The tree of a policy's text; a fault where it is none, placed by `base` if the text's offsets are known."""
        try:
            tree = read_json(text, name=self.source.name)
        except JsonFault as fault:
            at = start if base is None else min(base + fault.start, len(self.text))
            self.fault("LW-S08", f"{self._of(where)} cannot be read: {fault.message}", at, fault.hint)
            return None
        if not is_document(tree.root):
            self.fault("LW-S08", f"{self._of(where)} is no policy document: it has no `Statement`", start)
            return None
        return tree

    def _of(self, where: str) -> str:
        return f"the policy of {shown(where)}" if where else "the policy"

    def _fill(self, root: Node, start: int, where: str, told: Told, *, source: Source | None, base: int) -> None:
        done = filled(root, self.kind or told[0], source=source, base=base)
        if done.twice is not None:
            at = start if source is None else done.twice.start + base
            self.fault("LW-S09", f"the key {shown(done.twice.value)} stands twice", at, "keep one of them")
        elif isinstance(done.document, Mapping):
            self._keep(done.document, where, told, start, unknown=done.unknown, places=done.places)

    def _keep(
        self,
        source: str | Mapping[str, object],
        where: str,
        told: Told,
        start: int,
        *,
        unknown: tuple[str, ...] = (),
        places: Mapping[str, Place] | None = None,
        tree: Tree | None = None,
    ) -> None:
        if len(self.documents) == MAX_DOCUMENTS:
            refuse("LW-S13", f"the file has more than {MAX_DOCUMENTS:,} policy documents: it is read no further", start)
        place = self.source.place(start, start + 1)
        line, column = (place.line, place.column) if place else (1, 1)
        kind, why = told if self.kind is None else (self.kind, "")
        self.documents.append(Embedded(source, kind, why, printable(where), line, column, unknown, places or {}, tree))

    def fault(self, code: str, message: str, start: int | None, hint: str | None = None) -> None:
        """Keeps a fault of the file; without a place when `start` is None."""
        if start is None:
            self.faults.append(Diagnostic(code, message, "", help=hint))
            return
        place, excerpt = self.source.place(start, start + 1), self.source.excerpt(start)
        self.faults.append(Diagnostic(code, message, "", place, hint, excerpt))


def refuse(code: str, message: str, start: int | None = None, hint: str | None = None) -> NoReturn:
    """Ends the reading of a file with a fault."""
    raise Refusal(code, message, start, hint)
