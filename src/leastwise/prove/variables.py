"""Policy variables whose value the request decides: values worth trying, and a letter that stands for any value.

A variable is at first something of which nothing is known but that the same text means the same. Where that settles
nothing, one fresh letter may stand in its place: a request that shows new access, with the variable's value replaced by
the letter, would show it too, as a `*` of an old pattern takes in the letter just when it takes in any text. This holds
as long as nothing on the old side asks what a text is not, no new statement asks two things of one text, and no `?`
could take the letter for one of its own. Nor may anything be known of the texts themselves: keys whose values follow
from something else have no letter, and neither the form of a resource nor the type of a key is taken for granted then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.decide.shape import Bundle, Shape
from leastwise.language.operator_names import split_operator
from leastwise.language.variables import Variable
from leastwise.model.switches import Switches
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.atoms import NO_PINS, Atom, Atoms, Pins
from leastwise.prove.world import World, templates_of
from leastwise.prove.written import RESOURCE

_PINNED: Final = 48
"""Choices of values that are tried."""
_MOST_VARIABLES: Final = 2
_LETTER: Final = "\ue000"
"""For private use in Unicode, so in no policy."""


def likely_values(atoms: Atoms, world: World) -> Iterator[Pins]:
    """Values to try for the variables, a few for each: what conditions on the key tell apart, another, none."""
    wanted: dict[str, list[str | None]] = {}
    for variable in atoms.variables():
        wanted.setdefault(variable.key, _values(variable, atoms, world))
    combinations: Iterable[Sequence[str | None]] = product(*wanted.values())
    yield from (dict(zip(wanted, values, strict=True)) for values in islice(combinations, _PINNED))


def _values(variable: Variable, atoms: Atoms, world: World) -> list[str | None]:
    is_fixed, fact = world.persona.fixed(variable.key)
    if is_fixed and "principal" in world.axioms:
        return [fact if isinstance(fact, str) else None]
    found: dict[str | None, None] = {}
    for accepted in atoms.asked_of(variable.key):
        found.update(dict.fromkeys((*accepted.members(2), *(~accepted).members(1))))
    if variable.key.endswith("account"):
        found |= {one: None for one in (world.persona.principal.account, EXAMPLE_ACCOUNT) if one.isdigit()}
    else:
        found[f"example{sum(map(ord, variable.key)) % 97}"] = None
        found["example"] = None
    found |= dict.fromkeys(_of_templates(variable, atoms, world))
    found[None] = None
    return list(found)


def _of_templates(variable: Variable, atoms: Atoms, world: World) -> Iterator[str]:
    """Values with which a resource pattern fits an ARN template of the action, such as a bucket with its object."""
    if world.action is None:
        return
    filled = [VARIABLE.sub("example", one).split(":", 5)[-1] for one in templates_of(world.action)]
    patterns = (value for atom in atoms if atom.key == RESOURCE and atom.test for value in atom.test.values)
    for pattern in patterns:
        before, found, after = pattern.partition(variable.text)
        head = before.split(":", 5)[-1]
        if found and before.count(":") >= _COLONS and not set(after) & {"*", "?", "$"}:
            yield from (
                one[len(head) : len(one) - len(after)] for one in filled if one.startswith(head) and one.endswith(after)
            )


_COLONS: Final = 5


def stand_ins(atoms: Atoms) -> Iterator[Pins]:
    """Each variable with the letter for its value, and without a value."""
    keys = list(dict.fromkeys(variable.key for variable in atoms.variables()))
    for values in product((_LETTER, None), repeat=len(keys)):
        letters = (value and chr(ord(value) + number) for number, value in enumerate(values))
        yield dict(zip(keys, letters, strict=True))


def may_stand_in(atoms: Atoms, old: Shape, new: Shape, switches: Switches, world: World) -> bool:
    """Whether a letter may stand for any value in this question about two documents."""
    variables = atoms.variables()
    keys = {variable.key for variable in variables}
    hosts = {atom.key for atom in atoms if atom.variables}
    return (
        switches.variable_value_is_literal
        and len(keys) <= _MOST_VARIABLES
        and (keys | hosts).isdisjoint(_TIED)
        and not any(letters_world(world, NO_PINS).domain(key).sets for key in hosts - {RESOURCE})
        and not any(next(iter(atoms.asked_of(key)), None) is not None for key in keys)
        and all(_is_plain(atom) for atom in atoms if atom.key in hosts)
        and not any(_asks_what_is_not(asked, hosts) for asked in _asked(atoms, old))
        and not any(_asks_twice(literals, hosts) for is_deny, literals in _asked(atoms, new) if not is_deny)
    )


def letters_world(world: World, pins: Pins) -> World:
    """The world in which letters stand for values: neither resources nor values need have a form that they have."""
    return replace(world, pins=pins, axioms=world.axioms - {"resources", "typed-keys"})


_TIED: Final = frozenset({"aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:resourceaccount"})
"""Keys that are parts of an ARN, so that their values are no texts of their own."""


def _is_plain(atom: Atom) -> bool:
    """Whether no `?` is in the test, and its variables stand where a text may hold anything."""
    if atom.test is None or any("?" in value for value in atom.test.values):
        return False
    if atom.key == RESOURCE:
        return all(map(_varies_late, atom.test.values))
    name = split_operator(atom.test.operator)
    if name is None or name.qualifier is not None:
        return False
    if name.base in ("ArnLike", "ArnEquals"):
        return all(map(_varies_late, atom.test.values))
    return name.base in ("StringEquals", "StringLike")


def _varies_late(value: str) -> bool:
    """Whether the variables of an ARN pattern stand after its fifth colon."""
    before, variable, _ = value.partition("${")
    return not variable or before.count(":") >= _COLONS


def _asked(atoms: Atoms, old: Shape) -> Iterator[tuple[bool, tuple[tuple[Atom, bool], ...]]]:
    """The literals of each statement, and whether it denies."""
    bundles: list[tuple[bool, Bundle]] = [(True, old.denies), *((False, bundle) for _, bundle in old.bundles())]
    for is_deny, bundle in bundles:
        for item in bundle.items:
            yield is_deny, atoms.of(item) or ()


def _asks_twice(literals: Sequence[tuple[Atom, bool]], hosts: set[str]) -> bool:
    """Whether two tests of one statement must hold of one text."""
    held = [atom.key for atom, holds in literals if holds and atom.key in hosts]
    return len(held) > len(set(held))


def _asks_what_is_not(asked: tuple[bool, tuple[tuple[Atom, bool], ...]], hosts: set[str]) -> bool:
    is_deny, literals = asked
    return any(atom.key in hosts and holds is is_deny for atom, holds in literals)
