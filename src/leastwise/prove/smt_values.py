"""One condition key as a solver has it: presence, values by what they are read as, and whether a test of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.language.context import is_list_key
from leastwise.prove import smt_readings as read
from leastwise.prove.smt_operators import (
    NEGATIONS,
    READABLE,
    Family,
    accepted,
    bool_,
    compared,
    families_of,
    fixed,
    in_block,
    name_of,
    reads,
    texts_of,
)
from leastwise.prove.smt_texts import (
    FALSE,
    TRUE,
    Pattern,
    asserted,
    conj,
    disj,
    equals,
    glob,
    implies,
    in_regex,
    matches,
    neg,
)
from leastwise.prove.written import Test

_LAST_V4, _LAST_V6 = (1 << 32) - 1, (1 << 128) - 1
ARN: Final[Pattern] = glob("arn:*:*:*:*:*")


@dataclass(frozen=True, slots=True)
class Domain:
    """What is known of a key, or of the resource: every value fits one of the patterns, or none when `holds` is False.

    `type` is the catalogue's type that every value reads as; `is_present` says that the key is never absent, or
    always. What is None says nothing.
    """

    on: str
    patterns: tuple[Pattern, ...] | None = None
    holds: bool = True
    type: str | None = None
    is_present: bool | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A condition key under the name that it has in a script; `slots` is how many values a list may have.

    `pins` are texts that some test singles out: what they read as is told for each. `is_sent_single` says that it is a
    list of what AWS sends as one value, an empty one of which `ForAllValues` takes for none.
    """

    name: str
    is_list: bool
    families: frozenset[Family]
    slots: int
    pins: tuple[str, ...]
    is_sent_single: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The names of its values."""
        return tuple(f"{self.name}.{number}" for number in range(self.slots)) if self.is_list else (self.name,)

    @property
    def present(self) -> str:
        """That the key is present."""
        return disj(map(_used, self.values)) if self.is_list else f"{self.name}.present"


def key_of(name: str, on: str, tests: Sequence[Test], *, witnesses: int, domains: Iterable[Domain] = ()) -> Key:
    """The key with what these tests and domains need; a list has a place for each witness and one more."""
    found = families_of(tests)
    pins = dict.fromkeys(text for test in tests for text in texts_of(test))
    for domain in domains:
        if domain.patterns is not None or domain.type == "ARN":
            found.add("text")
        if domain.type is not None and domain.type in READABLE:
            found.add(READABLE[domain.type])
        pins |= dict.fromkeys(text for pattern in domain.patterns or () for text in fixed(pattern))
    if len(found - {"text"}) > 1:
        found.add("text")
    return Key(name, is_list_key(on), frozenset(found), witnesses + 1, tuple(pins))


def is_existential(test: Test, *, holds: bool) -> bool:
    """Whether the literal asks for some value of a list, and so for a place to put it."""
    one = name_of(test)
    if one.base == "Null":
        return True
    return one.qualifier is not None and (one.qualifier == "ForAnyValue") is holds


def holds(key: Key, test: Test) -> str:
    """That the test holds, whether the key is absent, present or a list."""
    name = name_of(test)
    if name.base == "Null":
        return _null(key, {value.lower() for value in test.values})
    negated = name.base in NEGATIONS
    fitting = [accepted(value, test) for value in key.values]
    if name.qualifier == "ForAllValues":
        return _every(key, fitting)
    if name.qualifier == "ForAnyValue":
        return _some(key, fitting)
    on_absent = TRUE if name.if_exists or negated else FALSE
    when_present = FALSE if key.is_list else fitting[0]
    return disj([conj([key.present, when_present]), conj([neg(key.present), on_absent])])


def _every(key: Key, fitting: Sequence[str]) -> str:
    """`ForAllValues`: a set without a value that says anything is empty."""
    if not key.is_list:
        return disj([neg(key.present), _empty(key, key.name), fitting[0]])
    pairs = list(zip(key.values, fitting, strict=True))
    all_empty = conj(implies(_used(value), _empty(key, value)) for value in key.values)
    if key.is_sent_single:
        pairs = [(value, disj([_empty(key, value), one])) for value, one in pairs]
    return disj([all_empty, conj(implies(_used(value), one) for value, one in pairs)])


def _some(key: Key, fitting: Sequence[str]) -> str:
    if not key.is_list:
        return conj([key.present, fitting[0]])
    return disj(conj([_used(value), one]) for value, one in zip(key.values, fitting, strict=True))


def _null(key: Key, asked: set[str]) -> str:
    used = map(_used, key.values) if key.is_list else [key.present]
    says_something = disj(conj([one, neg(_empty(key, value))]) for one, value in zip(used, key.values, strict=True))
    return disj([neg(says_something) if "true" in asked else FALSE, says_something if "false" in asked else FALSE])


def _used(value: str) -> str:
    return f"{value}.used"


def _empty(key: Key, value: str) -> str:
    return equals(value, "") if "text" in key.families else f"{value}.empty"


def declared(key: Key) -> Iterator[str]:
    """The commands that make the key known to a solver, with what its values read as."""
    if not key.is_list:
        yield f"(declare-const {key.present} Bool)"
    for number, value in enumerate(key.values):
        if key.is_list:
            yield f"(declare-const {_used(value)} Bool)"
            if number:
                yield asserted(implies(_used(value), _used(key.values[number - 1])))
        yield f"(declare-const {value} String)" if "text" in key.families else f"(declare-const {value}.empty Bool)"
        for family in sorted(key.families - {"text"}):
            yield from _declared_as(key, value, family)


def _declared_as(key: Key, value: str, family: Family) -> Iterator[str]:
    yield f"(declare-const {reads(value, family)} Bool)"
    for name, sort in _SORTS[family].items():
        yield f"(declare-const {value}.{name} {sort})"
    if family == "address":
        yield asserted(f"(<= 0 {value}.address (ite {value}.v6 {_LAST_V6} {_LAST_V4}))")
    if "text" not in key.families:
        yield asserted(implies(_empty(key, value), neg(reads(value, family))))
        return
    yield from map(asserted, _READ_AS[family](value))
    for pin in key.pins:
        yield asserted(implies(equals(value, pin), _reading(value, family, pin)))


_SORTS: Final[Mapping[Family, Mapping[str, str]]] = {
    "number": {"number": "Real"},
    "date": {"date": "Real"},
    "boolean": {"boolean": "Bool"},
    "address": {"v6": "Bool", "address": "Int"},
}


def _as_number(value: str) -> Iterator[str]:
    yield f"(= {reads(value, 'number')} {in_regex(value, read.NUMBERS)})"


def _as_date(value: str) -> Iterator[str]:
    yield implies(reads(value, "date"), in_regex(value, read.DATES))


def _as_boolean(value: str) -> Iterator[str]:
    yield f"(= {bool_(value, 'true', False)} {in_regex(value, read.TRUES)})"
    yield f"(= {bool_(value, 'false', False)} {in_regex(value, read.FALSES)})"


def _as_address(value: str) -> Iterator[str]:
    is_read, is_v6 = reads(value, "address"), f"{value}.v6"
    yield f"(= {conj([is_read, neg(is_v6)])} {in_regex(value, read.V4_ADDRESSES)})"
    yield implies(conj([is_read, is_v6]), in_regex(value, read.V6_ADDRESSES))


_READ_AS: Final[Mapping[Family, Callable[[str], Iterator[str]]]] = {
    "number": _as_number,
    "date": _as_date,
    "boolean": _as_boolean,
    "address": _as_address,
}
"""Which texts read as a value of the family; for dates and v6 addresses, which may."""


def _reading(value: str, family: Family, text: str) -> str:
    """That the value reads as this text does."""
    written = {
        "number": lambda: compared(value, family, "=", read.number(text)),
        "date": lambda: compared(value, family, "=", read.instant(text)),
        "boolean": lambda: bool_(value, text, False),
        "address": lambda: FALSE if read.address(text) is None else in_block(value, text, False),
    }[family]()
    return neg(reads(value, family)) if written == FALSE else written


def known(key: Key, domain: Domain) -> Iterator[str]:
    """What a domain says of the key."""
    if domain.is_present is not None:
        yield key.present if domain.is_present else neg(key.present)
    for value in key.values:
        given = _used(value) if key.is_list else key.present
        if domain.patterns is not None:
            fits = disj(matches(value, pattern) for pattern in domain.patterns)
            yield implies(given, fits if domain.holds else neg(fits))
        if domain.type is not None:
            yield implies(given, _of_type(key, value, domain.type))


def _of_type(key: Key, value: str, name: str) -> str:
    if name == "ARN":
        return matches(value, ARN)
    family = READABLE.get(name)
    if family is None:
        return TRUE
    is_boolean_text = family == "boolean" and "text" in key.families
    in_small = disj([equals(value, "true"), equals(value, "false")]) if is_boolean_text else TRUE
    return conj([reads(value, family), in_small])
