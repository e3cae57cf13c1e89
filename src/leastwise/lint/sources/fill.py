"""Placeholders for what is not known, so that the rest of a document can be read.

Each stands where the language takes it, and invents no ARN and no wildcard:

- a resource, a condition's value, and any part of one: `${…}` with what the file says there, such as
  `${aws_s3_bucket.logs.arn}`, or `${unknown-1}` where that is no single name, each with its own number. It has the
  form of a policy variable, of which nothing is known before a request either;
- an action: `unknown:${…}`, and `${…}` for a part of one;
- a principal: the account `000000000000`, the service or provider `unknown.invalid`, the canonical user of 64 zeros;
  `unknown` for a part, `000000000000` where that part is an ARN's account;
- a key of `Condition`, a `Sid`, an `Id`: `unknown`; a whole condition: `unknown:unknown` equal to `${…}`;
- `Version`: 2012-10-17;
- a whole statement, and one whose `Effect` is not known: a Deny, for it grants nothing.

The paths of all of them are told; a statement whose effect is not known is told as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite

from leastwise.language.grammar import GRAMMARS
from leastwise.language.nodes import Flag, Items, Members, Node, Null, Number, Source, Text
from leastwise.language.wording import named
from leastwise.lint.sources.holes import is_marked, pieces, whole_hole
from leastwise.model.errors import Place
from leastwise.model.policy import VARIABLES_VERSION, Kind

_NAME = re.compile(r"[\w.:/\[\]-]{1,60}")
_ACCOUNT = "0" * 12
_UNKNOWN = "unknown"
_UNKNOWN_NAME = "unknown.invalid"
_BEFORE_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:")
_MOST_DIGITS = 300
_LONGEST_ARN = 200


@dataclass(frozen=True, slots=True)
class _Form:
    """How holes are filled at one place of the grammar, and the forms of what stands below it.

    `part` is given what is said of a hole and the text before it; None where a hole leaves nothing of the text.
    """

    whole: Callable[[str], object]
    part: Callable[[str, str], str] | None = None
    members: Mapping[str, _Form] = field(default_factory=dict)
    rest: _Form | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A document without holes: the paths of its placeholders, the places of its parts, the first key given twice."""

    document: object
    unknown: tuple[str, ...]
    places: Mapping[str, Place]
    twice: Text | None


def filled(root: Node, kind: Kind, *, source: Source | None, base: int = 0) -> Filled:
    """The document that a tree is; `source` is None where its offsets are of no file, `base` is added to them."""
    work = _Filling(source, base)
    document = work.value(root, "", _document_form(kind))
    return Filled(document, tuple(_told(work.unknown)), work.places, work.twice)


def _told(paths: list[str]) -> dict[str, None]:
    """The paths, each once; a statement's own in the place of that of its effect."""
    return dict.fromkeys(_EFFECT.sub(r"\1", path) for path in paths)


_EFFECT = re.compile(r"(Statement(?:\[\d+\])?)\.Effect")


class _Filling:
    def __init__(self, source: Source | None, base: int) -> None:
        self.source = source
        self.base = base
        self.unknown: list[str] = []
        self.places: dict[str, Place] = {}
        self.twice: Text | None = None
        self.nameless = 0

    def value(self, node: Node, path: str, form: _Form) -> object:
        place = self.source.place(node.start + self.base, node.end + self.base) if self.source else None
        if place is not None:
            self.places[path] = place
        return self._of[type(node)](self, node, path, form)

    def _text(self, node: Node, path: str, form: _Form) -> object:
        assert isinstance(node, Text)
        if not is_marked(node.value):
            return node.value
        said = whole_hole(node.value)
        return self._whole(path, form, said) if said is not None else self._parts(node.value, path, form)

    def _whole(self, path: str, form: _Form, said: str) -> object:
        self.unknown.append(path)
        return form.whole(self._name(said))

    def _parts(self, text: str, path: str, form: _Form) -> object:
        parts = [(known, None if said is None else self._name(said)) for known, said in pieces(text)]
        has_holes = any(said is not None for _, said in parts)
        if has_holes:
            self.unknown.append(path)
        return form.whole(_UNKNOWN) if has_holes and form.part is None else _joined(parts, form)

    def _name(self, said: str) -> str:
        """What the file says where that is a single name, otherwise one that stands nowhere else."""
        if _NAME.fullmatch(said.strip()):
            return said.strip()
        self.nameless += 1
        return f"{_UNKNOWN}-{self.nameless}"

    def _items(self, node: Node, path: str, form: _Form) -> object:
        assert isinstance(node, Items)
        return [self.value(one, f"{path}[{index}]", form) for index, one in enumerate(node.values)]

    def _members(self, node: Node, path: str, form: _Form) -> object:
        assert isinstance(node, Members)
        out: dict[str, object] = {}
        for key, value in node.values:
            name = self._key(key, path, out)
            below = form.members.get(name) or form.rest or _FREE
            out[name] = self.value(value, _step(path, name), below)
        return out

    def _key(self, key: Text, path: str, taken: Mapping[str, object]) -> str:
        if not is_marked(key.value):
            if key.value in taken and self.twice is None:
                self.twice = key
            return key.value
        name = "".join(known if said is None else known + _UNKNOWN for known, said in pieces(key.value))
        name = f"{name}{len(taken)}" if name in taken else name
        self.unknown.append(_step(path, name))
        return name

    def _number(self, node: Node, _path: str, _form: _Form) -> object:
        assert isinstance(node, Number)
        return _number(node.value)

    def _flag(self, node: Node, _path: str, _form: _Form) -> object:
        assert isinstance(node, Flag)
        return node.value

    def _null(self, _node: Node, _path: str, _form: _Form) -> object:
        return None

    _of: Mapping[type[Node], Callable[[_Filling, Node, str, _Form], object]] = {
        Text: _text,
        Items: _items,
        Members: _members,
        Number: _number,
        Flag: _flag,
        Null: _null,
    }


def _joined(parts: list[tuple[str, str | None]], form: _Form) -> str:
    """The text with its holes filled; how depends on what comes before, as long as that is short."""
    out: list[str] = []
    before = ""
    for known, said in parts:
        new = [known] if said is None or form.part is None else [known, form.part(said, before + known)]
        out += new
        before = "".join((before, *new)) if len(before) < _LONGEST_ARN else before
    return "".join(out)


def _step(path: str, name: str) -> str:
    return f"{path}.{named(name)}" if path else named(name)


def _number(text: str) -> object:
    """The number, or its text where it is one that no float holds."""
    if len(text) > _MOST_DIGITS:
        return text
    if text.lstrip("-").isdecimal():
        return int(text)
    number = float(text)
    return number if isfinite(number) else text


def _variable(said: str, _before: str = "") -> str:
    return f"${{{said}}}"


def _colonless(said: str, _before: str = "") -> str:
    return _variable(said.replace(":", "."))


def _word(_said: str, _before: str = "") -> str:
    return _UNKNOWN


def _part_of_principal(_said: str, before: str) -> str:
    return _ACCOUNT if _BEFORE_ACCOUNT.fullmatch(before[:_LONGEST_ARN]) else _UNKNOWN


_FREE = _Form(_variable, _variable)
_ACTION = _Form(lambda said: f"{_UNKNOWN}:{_colonless(said)}", _colonless)
_WORD = _Form(_word, _word)
_VERSION = _Form(lambda _: VARIABLES_VERSION)
_EFFECT_FORM = _Form(lambda _: "Deny")
_OPERATOR = _Form(lambda said: {"unknown:unknown": _variable(said)}, rest=_FREE)
_CONDITION = _Form(lambda said: {"StringEquals": {"unknown:unknown": _variable(said)}}, rest=_OPERATOR)
_PRINCIPALS = {
    "AWS": _Form(lambda _: _ACCOUNT, _part_of_principal),
    "Service": _Form(lambda _: _UNKNOWN_NAME, _part_of_principal),
    "Federated": _Form(lambda _: _UNKNOWN_NAME, _part_of_principal),
    "CanonicalUser": _Form(lambda _: "0" * 64),
}


@lru_cache(maxsize=16)
def _document_form(kind: Kind) -> _Form:
    everyone_or_nobody: object = "*" if GRAMMARS[kind].is_rcp else {"AWS": _ACCOUNT}
    principal = _Form(lambda _: everyone_or_nobody, _part_of_principal, _PRINCIPALS)
    elements = {
        "Sid": _WORD,
        "Effect": _EFFECT_FORM,
        "Principal": principal,
        "NotPrincipal": principal,
        "Action": _ACTION,
        "NotAction": _ACTION,
        "Condition": _CONDITION,
    }
    statement = _Form(lambda said: _statement(said, kind, everyone_or_nobody), members=elements)
    return _Form(_variable, members={"Version": _VERSION, "Id": _WORD, "Statement": statement})


def _statement(said: str, kind: Kind, principal: object) -> dict[str, object]:
    grammar = GRAMMARS[kind]
    named_by = {} if "Principal" not in grammar.requires else {"Principal": principal}
    about = {} if "Resource" in grammar.forbids else {"Resource": _variable(said)}
    return {"Effect": "Deny", **named_by, "Action": _ACTION.whole(said), **about}
