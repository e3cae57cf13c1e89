"""What has been found wrong with a document so far, and the parts of it as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leastwise.language.grammar import Grammar
from leastwise.language.nodes import Flag, Items, JsonFault, Members, Node, Null, Number, Source, Text
from leastwise.language.wording import did_you_mean, named, shown
from leastwise.model.errors import Diagnostic, PolicyError

MAX_TOLD = 1_000
"""Faults, and notes, that are told of one document."""

_TYPES: Mapping[type[Node], str] = {
    Text: "a string",
    Number: "a number",
    Flag: "`true` or `false`",
    Null: "`null`",
    Items: "a list",
    Members: "an object",
}


class Report:
    """Collects the faults and notes of one document."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._faults: list[tuple[int, Diagnostic]] = []
        self._notes: list[tuple[int, Diagnostic]] = []

    def fault(self, code: str, message: str, *, node: Node, path: str, hint: str | None) -> None:
        """Keeps a fault; raises those found when they are more than anyone will read."""
        self._faults.append((node.start, self._diagnostic(code, message, node, path=path, hint=hint)))
        if len(self._faults) == MAX_TOLD:
            told = f"the document has {MAX_TOLD:,} faults or more, and is read no further"
            self._faults.append((node.end, self._diagnostic("LW-P25", told, node, path=path, hint="mend these first")))
            self.stop_if_faulty()

    def note(self, code: str, message: str, *, node: Node, path: str, hint: str | None) -> None:
        if len(self._notes) < MAX_TOLD:
            self._notes.append((node.start, self._diagnostic(code, message, node, path=path, hint=hint)))

    def notes(self) -> tuple[Diagnostic, ...]:
        """The notes, in the order of the document."""
        return _in_order(self._notes)

    def stop_if_faulty(self, *, passing: frozenset[str] = frozenset()) -> None:
        """Raises the faults, if there is one of another code than those passing, in the order of the document."""
        if any(fault.code not in passing for _, fault in self._faults):
            raise PolicyError(_in_order(self._faults), self.source.name)

    def faults(self) -> tuple[Diagnostic, ...]:
        """The faults, in the order of the document."""
        return _in_order(self._faults)

    def _diagnostic(self, code: str, message: str, node: Node, *, path: str, hint: str | None) -> Diagnostic:
        place, excerpt = self.source.place(node.start, node.end), self.source.excerpt(node.start)
        return Diagnostic(code, message, path, place, hint, excerpt)


def _in_order(found: list[tuple[int, Diagnostic]]) -> tuple[Diagnostic, ...]:
    return tuple(diagnostic for _, diagnostic in sorted(found, key=lambda pair: pair[0]))


def policy_error(fault: JsonFault) -> PolicyError:
    """The error of a document that could not be read at all."""
    source = fault.source
    place, excerpt = source.place(fault.start, fault.start + 1), source.excerpt(fault.start)
    return PolicyError([Diagnostic(fault.code, fault.message, "", place, fault.hint, excerpt)], source.name)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document: its node, its path, the grammar it obeys and where its faults go."""

    node: Node
    path: str
    grammar: Grammar
    report: Report
    has_variables: bool = True

    def fault(self, code: str, message: str, hint: str | None = None) -> None:
        """Reports a fault of this part."""
        self.report.fault(code, message, node=self.node, path=self.path, hint=hint)

    def note(self, code: str, message: str, hint: str | None = None) -> None:
        """Reports something odd about this part that is no fault."""
        self.report.note(code, message, node=self.node, path=self.path, hint=hint)

    def mistyped(self, what: str, wanted: str) -> None:
        """Reports that this part is of a JSON type that it cannot have."""
        self.fault("LW-P05", f"{what} is {_TYPES[type(self.node)]}, expected {wanted}")

    def at(self, node: Node, step: str) -> Part:
        """The part below this one."""
        return Part(node, self.path + step, self.grammar, self.report, self.has_variables)

    def member(self, name: str, node: Node) -> Part:
        """The part under a key of this one."""
        return self.at(node, f".{named(name)}" if self.path else named(name))

    def text(self, what: str) -> str | None:
        """The string that this part is; anything else is a fault."""
        if isinstance(self.node, Text):
            return self.node.value
        self.mistyped(what, "a string")
        return None

    def items(self) -> Iterator[Part]:
        """The parts of a list; one that is no list stands for a list of itself."""
        if not isinstance(self.node, Items):
            yield self
            return
        for index, node in enumerate(self.node.values):
            yield self.at(node, f"[{index}]")

    def keys(self, what: str) -> Iterator[tuple[str, Part, Part]]:
        """Each key of an object: its name, itself and its value. A key that comes again is a fault and left out."""
        if not isinstance(self.node, Members):
            self.mistyped(what, "an object")
            return
        seen: set[str] = set()
        for key, node in self.node.values:
            name = key.value
            if name in seen:
                self.member(name, key).fault("LW-P07", f"{shown(name)} stands twice", "keep one of them")
                continue
            seen.add(name)
            yield name, self.member(name, key), self.member(name, node)

    def elements(
        self, known: tuple[str, ...], what: str, *, code: str = "LW-P06", noun: str = "element"
    ) -> dict[str, Part]:
        """The members of an object by name; a key that is none of the known is a fault."""
        found: dict[str, Part] = {}
        for name, key, value in self.keys(what):
            if name in known:
                found[name] = value
                continue
            hint = did_you_mean(name, known) or f"{what} takes {', '.join(f'`{k}`' for k in known)}"
            key.fault(code, f"unknown {noun} {shown(name)}", hint)
        return found
