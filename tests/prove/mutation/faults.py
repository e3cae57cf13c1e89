"""Faults to plant, one at a time, in a process of its own: each replaces one function by one that is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from leastwise.decide import domains
from leastwise.decide.shape import Bundle
from leastwise.language import conditions
from leastwise.language.operators import OPERATORS, arns, numerics, strings
from leastwise.language.values import addresses, automata, dates, formulas, searching
from leastwise.language.values.globs import ANY, Glob, glob_of
from leastwise.language.values.texts import Texts
from leastwise.prove import actions, cases, classes, compare, public, solve, theories, world
from leastwise.prove.atoms import Atoms
from leastwise.prove.formula import FALSE, Formula
from leastwise.prove.sat import Solver

FAULTS: dict[str, Callable[[], None]] = {}


def fault(plant: Callable[[], None]) -> Callable[[], None]:
    """The function plants a fault of its own name."""
    FAULTS[plant.__name__] = plant
    return plant


def everywhere(name: str, was: object, now: object) -> None:
    """Every module of the project that imported the object has the other one."""
    for module in [found for key, found in sys.modules.items() if key.startswith("leastwise")]:
        if getattr(module, name, None) is was:
            setattr(module, name, now)


def operators(**changes: Mapping[str, Any]) -> None:
    """Some operators have other fields."""
    changed = {name: replace(OPERATORS[name], **fields) for name, fields in changes.items()}
    found = {**OPERATORS, **changed}
    for module in (conditions, domains, public):
        module.OPERATORS = found  # type: ignore[attr-defined]


# operators


@fault
def string_like_without_question_mark() -> None:
    def of(pattern: Glob) -> Texts:
        return strings.string_like(Glob(tuple("?" if step is ANY else step for step in pattern.steps)))

    operators(StringLike={"of": of}, StringNotLike={"of": of})


@fault
def numeric_less_than_takes_the_limit() -> None:
    operators(NumericLessThan={"of": numerics.numeric_less_than_equals})


@fault
def a_v4_block_takes_v6_addresses() -> None:
    def of(value: str) -> object:
        return addresses.inside(value) | addresses.inside("::/0")

    operators(IpAddress={"of": of}, NotIpAddress={"of": of})


@fault
def string_not_equals_is_not_negated() -> None:
    operators(StringNotEquals={"is_negated": False})


@fault
def if_exists_is_ignored_on_an_absent_key() -> None:
    right = conditions._reach
    conditions._reach = lambda name, *rest: right(replace(name, if_exists=False), *rest)


@fault
def for_all_values_needs_the_key() -> None:
    right = conditions._reach

    def wrong(name: Any, *rest: Any) -> Any:
        reach, on_absent = right(name, *rest)
        return reach, on_absent and reach != "every"

    conditions._reach = wrong


@fault
def a_date_from_on_leaves_out_its_instant() -> None:
    operators(DateGreaterThanEquals={"of": dates.after})


@fault
def arn_stars_cross_colons() -> None:
    operators(ArnLike={"of": strings.string_like}, ArnNotLike={"of": strings.string_like})


@fault
def arn_not_equals_holds_of_no_arn() -> None:
    operators(ArnNotLike={"is_negated": False, "of": lambda pattern: Texts.all() & ~arns.arn_like(pattern) & _ARNS})


_ARNS = Texts.globs([glob_of("arn:*")])


@fault
def case_counts_when_it_is_ignored() -> None:
    operators(StringEqualsIgnoreCase={"of": strings.string_equals})


# sets of texts


@fault
def the_search_leaves_out_a_class_of_letters() -> None:
    right = automata._alphabet
    automata._alphabet = lambda machine: right(machine)[:-1]


@fault
def the_search_knows_no_letter_but_those_of_patterns() -> None:
    right = automata._alphabet
    automata._alphabet = lambda machine: right(machine)[1:]


@fault
def a_star_makes_its_own_state_idle() -> None:
    def settled(self: Any, states: int, fresh: int) -> int:
        hot = states & fresh & self.free_loops
        return states & ~(self.below[hot & -hot] | hot & -hot) if hot else states

    automata.Machine.settled = settled  # type: ignore[method-assign]


@fault
def a_star_stops_at_a_colon() -> None:
    right = automata.Machine.moves

    def moves(self: Any, letter: str) -> tuple[int, int]:
        forward, stay = right(self, letter)
        return (forward, 0) if letter == ":" else (forward, stay)

    automata.Machine.moves = moves  # type: ignore[method-assign]


@fault
def a_star_of_one_part_crosses_colons() -> None:
    right = automata.Machine.moves

    def moves(self: Any, letter: str) -> tuple[int, int]:
        forward, _ = right(self, letter)
        return forward, self.free_loops | self.part_loops

    automata.Machine.moves = moves  # type: ignore[method-assign]


@fault
def words_left_out_are_forgotten() -> None:
    right = formulas.conj

    def conj(nodes: Iterable[Any]) -> Any:
        kept = [node for node in nodes if not _is_word_list_left_out(node)]
        return right(kept)

    everywhere("conj", right, conj)


def _is_word_list_left_out(node: Any) -> bool:
    is_list = isinstance(node, formulas.Leaf) and isinstance(node.what, frozenset) and bool(node.what)
    return is_list and not node.holds


@fault
def what_begins_otherwise_is_thought_to_match() -> None:
    def given(node: Any, head: str) -> Any:
        return formulas.EVERYTHING if node.holds else node

    searching._leaf_given = given


@fault
def the_search_stops_at_the_first_branch() -> None:
    right = searching._branches

    def branches(node: Any) -> Iterable[Any]:
        return list(right(node))[:1]

    searching._branches = branches


# axioms


@fault
def mfa_is_thought_to_be_always_told() -> None:
    world.ALWAYS = world.ALWAYS | {"aws:multifactorauthpresent"}  # type: ignore[misc]


@fault
def a_listed_key_is_thought_never_sent() -> None:
    right = world.is_sent
    everywhere("is_sent", right, lambda key, action: key != "s3:prefix" and right(key, action))


@fault
def no_action_is_thought_to_take_a_star() -> None:
    right = world.resources_of
    everywhere("resources_of", right, lambda action: right(action) & ~Texts.literals(["*"]))


@fault
def the_account_is_read_from_the_part_before() -> None:
    theories._BEFORE_ACCOUNT = ("arn:", *theories._PART, *theories._PART)  # type: ignore[misc]
    theories._of_owner.cache_clear()
    theories._of_principal.cache_clear()


@fault
def lists_are_thought_to_hold_one_value() -> None:
    right = theories._given
    theories._given = lambda claims, domain, one: replace(right(claims, domain, one), is_single=True)


@fault
def users_are_thought_not_to_ask() -> None:
    right = compare.personas
    compare.personas = lambda entries, **how: right(entries, **how)[:1]


@fault
def an_address_is_thought_to_need_no_endpoint_at_all() -> None:
    right = world.World._of

    def of(self: Any, key: str) -> Any:
        found = right(self, key)
        return replace(found, always_absent="network") if key == "aws:sourcevpce" and self.axioms else found

    world.World._of = of  # type: ignore[method-assign]


@fault
def dates_are_thought_to_end_with_the_year() -> None:
    right = world.of_type

    def of_type(name: str) -> list[Any]:
        return [OPERATORS["DateLessThan"].set_of(["2026-12-31"])] if name == "Date" else right(name)

    world.of_type = of_type


# the formula


@fault
def one_of_several_is_read_as_all_of_them() -> None:
    Formula.some = Formula.every  # type: ignore[method-assign]


@fault
def the_last_deny_is_forgotten() -> None:
    right = Formula.shape

    def shape(self: Formula, given: Any) -> int:
        return right(self, replace(given, denies=Bundle(given.denies.items[:-1])))

    Formula.shape = shape  # type: ignore[method-assign]


@fault
def the_first_ceiling_is_forgotten() -> None:
    right = Formula.shape

    def shape(self: Formula, given: Any) -> int:
        return right(self, replace(given, ceilings=given.ceilings[1:]))

    Formula.shape = shape  # type: ignore[method-assign]


@fault
def a_statement_is_taken_without_its_last_condition() -> None:
    right = Atoms.of

    def of(self: Atoms, item: Any) -> Any:
        found = right(self, item)
        return found[:-1] if found and len(found) > 1 else found

    Atoms.of = of  # type: ignore[method-assign]


@fault
def a_gate_is_not_bound_to_its_parts() -> None:
    right = Formula.every

    def every(self: Formula, parts: Iterable[int]) -> int:
        before, found = len(self.clauses), right(self, parts)
        del self.clauses[before + 1 : -1]
        return found

    Formula.every = every  # type: ignore[method-assign]


@fault
def a_model_needs_fewer_claims_than_it_does() -> None:
    right = solve.Search._needed
    solve.Search._needed = lambda self, solver: right(self, solver)[:-1]  # type: ignore[method-assign]


@fault
def old_denies_are_no_matter_for_what_is_covered() -> None:
    right = compare.Comparison._is_covered

    def is_covered(self: Any, one: Any) -> bool:
        without = frozenset(entry for entry in one.about if not entry.is_deny)
        return right(self, replace(one, about=without))

    compare.Comparison._is_covered = is_covered  # type: ignore[method-assign]


@fault
def a_not_resource_is_read_as_resource() -> None:
    right = Atoms._resource

    def resource(self: Atoms, item: Any, entry: Any) -> Any:
        return ((atom, True) if (atom, holds) != (None, FALSE) else None for atom, holds in right(self, item, entry))

    Atoms._resource = resource  # type: ignore[method-assign]


# classes


@fault
def actions_outside_a_statement_are_forgotten() -> None:
    right = classes._split

    def split(cells: dict[int, int], named: int, mark: int) -> dict[int, int]:
        found = right(cells, named, mark)
        return {sign: bits for sign, bits in found.items() if sign & mark} or found

    classes._split = split


@fault
def the_last_action_of_a_pattern_is_left_out() -> None:
    right = actions._bits_of

    def bits_of(index: Any, pattern: str) -> int:
        found = right(index, pattern)
        return found & ~(1 << found.bit_length() - 1) if found.bit_count() > 1 else found

    actions._bits_of = bits_of


@fault
def other_accounts_are_not_looked_at() -> None:
    right = cases.cases

    def wrong(*given: Any, **named: Any) -> Any:
        return (one for one in right(*given, **named) if one.case.is_same_account)

    everywhere("cases", right, wrong)


# clauses


@fault
def a_learned_clause_loses_a_literal() -> None:
    right = Solver._learn
    Solver._learn = lambda self, literals, back: right(self, literals[: max(2, len(literals) - 1)], back)  # type: ignore[method-assign]


@fault
def a_core_loses_an_assumption() -> None:
    right = Solver._blame

    def blame(self: Solver, goal: int) -> None:
        right(self, goal)
        self.core = self.core[:1]

    Solver._blame = blame  # type: ignore[method-assign]


@fault
def a_clause_of_two_is_not_watched() -> None:
    right = Solver._watch

    def watch(self: Solver, literals: list[int]) -> None:
        if len(literals) > 2:
            right(self, literals)

    Solver._watch = watch  # type: ignore[method-assign]


@fault
def a_lemma_leaves_out_a_claim() -> None:
    right = theories._clash

    def clash(*given: Any) -> Any:
        found = right(*given)
        return replace(found, core=found.core[1:]) if len(found.core) > 1 else found

    theories._clash = clash


@fault
def a_lemma_does_not_name_its_axioms() -> None:
    right = theories._clash
    theories._clash = lambda *given: replace(right(*given), axioms=frozenset())
