"""What joins condition operators: set qualifiers, `IfExists`, absent keys, lists of values, policy variables.

An operator knows one policy value and the set of request values that satisfy it. All else is settled here, once:

=====================  ==========  =====================================
condition              key absent  key present
=====================  ==========  =====================================
positive operator      no          some policy value is satisfied
negated operator       yes         no policy value is satisfied
with `IfExists`        yes         as the operator
`Null`                 as asked    as asked
`ForAllValues`         yes         every request value satisfies
`ForAnyValue`          no          some request value satisfies
=====================  ==========  =====================================

Source: IAM User Guide, "Condition operators", "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from leastwise.language.context import Fact, Facts, is_list_key
from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.language.operators import OPERATORS, Operator
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import Glob
from leastwise.language.values.texts import Texts
from leastwise.language.variables import Template, Variable, filled, template, value_of, variables_of
from leastwise.model.errors import RequestError
from leastwise.model.policy import VARIABLES_VERSION
from leastwise.model.request import UNKNOWN, ContextValue, Unknown
from leastwise.model.switches import DEFAULT, Switches

Reach = Literal["single", "every", "some", "never"]
"""How a present key is asked: its one value, every value, some value; or a list without set operator: never."""

Check = Callable[[Facts], bool | None]
_CACHED_SETS = 256
_EMPTY = Texts.literals([""])


@dataclass(slots=True, eq=False)
class Clause:
    """One key under one operator with its policy values: what it asks, ready to be asked.

    `on_absent` is what holds when the key is absent. `accepted` is the set of single values that satisfy it, negation
    and all, or None while policy variables stand in it: then `accepted_by` gives it for a request. `has_variables` says
    that `${…}` is a variable in its values, as the policy's version has it.
    """

    operator: str
    key: str
    written_key: str
    values: tuple[str, ...]
    reach: Reach
    on_absent: bool
    is_list: bool
    accepted: ValueSet | None
    variables: tuple[Variable, ...] = ()
    _resolve: _Resolver | None = None
    has_variables: bool = False
    check: Check = field(init=False)

    def __post_init__(self) -> None:
        self.check = _check_of(self)

    def accepted_by(self, facts: Facts) -> ValueSet | Unknown:
        """The single values that satisfy this clause in a request; UNKNOWN while a variable has no known value."""
        if self.accepted is not None:
            return self.accepted
        return self._resolve(facts) if self._resolve else UNKNOWN

    @property
    def templates(self) -> tuple[Template, ...]:
        """The values that hold policy variables, in pieces."""
        held = self._resolve.templates if self._resolve else ()
        return tuple(steps for steps in held if not isinstance(steps, str) and variables_of(steps))

    def __str__(self) -> str:
        told = ", ".join(f"`{value}`" for value in self.values)
        return f"{self.operator} {self.written_key} {told}"


def clauses_of(
    conditions: Mapping[str, Mapping[str, Sequence[str]]], *, has_variables: bool, switches: Switches = DEFAULT
) -> tuple[Clause, ...]:
    """A Condition block as clauses, all of which must hold; operators that AWS does not have raise RequestError."""
    return tuple(
        _clause(written, key, tuple(values), has_variables, switches)
        for written, block in conditions.items()
        for key, values in block.items()
    )


def holds(
    conditions: Mapping[str, Mapping[str, Sequence[str]]],
    context: Mapping[str, ContextValue],
    *,
    version: str | None = VARIABLES_VERSION,
    switches: Switches = DEFAULT,
) -> bool | None:
    """Whether a Condition block holds in a context that is complete; None when an UNKNOWN in it leaves that open."""
    facts = Facts(context, is_complete=True)
    clauses = clauses_of(conditions, has_variables=version == VARIABLES_VERSION, switches=switches)
    answers = [clause.check(facts) for clause in clauses]
    return False if False in answers else None if None in answers else True


def _clause(written: str, key: str, values: tuple[str, ...], has_variables: bool, switches: Switches) -> Clause:
    name = split_operator(written)
    if name is None:
        raise RequestError(f"unknown condition operator `{written}`")
    lowered = key.lower()
    is_list = is_list_key(lowered)
    if name.base == "Null":
        return _null(written, lowered, key, values, is_list, switches)
    operator = OPERATORS[name.base]
    reach, on_absent = _reach(name, operator, is_list, switches)
    if name.base == "Bool" and len(values) > 1 and switches.bool_many_values == "no_match":
        return Clause(written, lowered, key, values, reach, on_absent, is_list, Texts.none())
    templates = [_template(operator, value, has_variables) for value in values]
    variables = tuple(
        dict.fromkeys(v for steps in templates if not isinstance(steps, str) for v in variables_of(steps))
    )
    resolve = _Resolver(operator, tuple(templates), variables, reach, is_list, switches)
    accepted = None if variables else resolve.settled()
    return Clause(written, lowered, key, values, reach, on_absent, is_list, accepted, variables, resolve, has_variables)


def _reach(name: OperatorName, operator: Operator, is_list: bool, switches: Switches) -> tuple[Reach, bool]:
    if name.qualifier == "ForAllValues":
        return "every", True
    if name.qualifier == "ForAnyValue":
        return "some", False
    never = is_list and switches.bare_operator_on_list == "no_match"
    return "never" if never else "single", name.if_exists or operator.is_negated


def _template(operator: Operator, value: str, has_variables: bool) -> Template | str:
    if operator.takes == "plain":
        return value
    return template(value, has_variables=has_variables, has_wildcards=operator.takes == "pattern")


def _null(written: str, lowered: str, key: str, values: tuple[str, ...], is_list: bool, switches: Switches) -> Clause:
    """`Null` asks whether the key is absent; with `empty_string_is_null` an empty value counts as absent."""
    asked = {value.lower() for value in values}
    when_absent, when_present = "true" in asked, "false" in asked
    accepted = Texts.all() if when_present else Texts.none()
    if switches.empty_string_is_null:
        accepted = (accepted | _EMPTY) if when_absent else (accepted & ~_EMPTY)
    reach: Reach = "some" if when_present and not when_absent else "every"
    return Clause(written, lowered, key, values, reach, when_absent, is_list, accepted)


@dataclass(frozen=True, slots=True)
class _Resolver:
    """The set of values that satisfy an operator's values once their variables are known."""

    operator: Operator
    templates: tuple[Template | str, ...]
    variables: tuple[Variable, ...]
    reach: Reach
    is_list: bool
    switches: Switches
    known: dict[tuple[str | None, ...], ValueSet] = field(default_factory=dict)

    def settled(self) -> ValueSet:
        return self._set_of([_value(self.operator, steps) for steps in self.templates])

    def __call__(self, facts: Facts) -> ValueSet | Unknown:
        key: list[str | None] = []
        for variable in self.variables:
            value = value_of(variable, facts)
            if isinstance(value, Unknown):
                return UNKNOWN
            key.append(value)
        found = self.known.get(tuple(key))
        if found is None:
            if len(self.known) >= _CACHED_SETS:
                self.known.clear()
            found = self.known[tuple(key)] = self._resolved(facts)
        return found

    def _resolved(self, facts: Facts) -> ValueSet:
        found = []
        for steps in self.templates:
            full = (
                steps
                if isinstance(steps, str)
                else filled(steps, facts, is_literal=self.switches.variable_value_is_literal)
            )
            if full is None and self.switches.unresolved_variable_spoils == "condition":
                return self._set_of([])
            if full is not None and not isinstance(full, Unknown):
                found.append(_value(self.operator, full))
        return self._set_of(found)

    def _set_of(self, values: Sequence[str | Glob]) -> ValueSet:
        accepted = self.operator.set_of(values)
        if self.operator.is_negated:
            accepted = ~accepted
        is_null_set_accepted = self.reach == "every" and not self.is_list  # ForAllValues holds for an empty string
        return accepted | _EMPTY if is_null_set_accepted else accepted


def _value(operator: Operator, steps: Template | str) -> str | Glob:
    if isinstance(steps, str):
        return steps
    if operator.takes == "pattern":
        return Glob(tuple(step for step in steps if not isinstance(step, Variable)))
    return "".join(step for step in steps if isinstance(step, str))


def _check_of(clause: Clause) -> Check:
    return _ASKED[clause.reach](clause)


def _single(clause: Clause) -> Check:
    key, on_absent = clause.key, clause.on_absent

    def check(facts: Facts) -> bool | None:
        return rest(facts[key], facts)

    def rest(value: Fact, facts: Facts) -> bool | None:
        if not isinstance(value, str):
            value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
            if value is None or value == ():
                return on_absent
            if isinstance(value, Unknown):
                return None
            if isinstance(value, tuple):
                return False
        return _member(clause, value, facts)

    return check if clause.accepted is None else _settled_single(key, clause.accepted.test(), rest)


def _settled_single(key: str, test: Callable[[str], bool], rest: Callable[[Fact, Facts], bool | None]) -> Check:
    def check(facts: Facts) -> bool | None:
        value = facts[key]
        if value.__class__ is str:
            return test(value)
        return rest(value, facts)

    return check


def _never(clause: Clause) -> Check:
    key, on_absent = clause.key, clause.on_absent

    def check(facts: Facts) -> bool | None:
        value = facts[key]
        if value is UNKNOWN:
            return None if on_absent else False
        return on_absent if value is None or value == () else False

    return check


def _every(clause: Clause) -> Check:
    def check(facts: Facts) -> bool | None:
        value = facts[clause.key]
        if value is UNKNOWN:
            return None
        if _is_empty(value) or (value == "" and clause.is_list):
            return clause.on_absent
        return _kleene_all(_member(clause, one, facts) for one in _listed(value))

    return check


def _some(clause: Clause) -> Check:
    def check(facts: Facts) -> bool | None:
        value = facts[clause.key]
        if value is UNKNOWN:
            return None
        if value is None or value == ():
            return clause.on_absent
        answer = _kleene_all(_not(_member(clause, one, facts)) for one in _listed(value))
        return _not(answer)

    return check


_ASKED: Mapping[Reach, Callable[[Clause], Check]] = {
    "single": _single,
    "never": _never,
    "every": _every,
    "some": _some,
}


def _member(clause: Clause, value: str, facts: Facts) -> bool | None:
    accepted = clause.accepted_by(facts)
    return None if isinstance(accepted, Unknown) else value in accepted


def _is_empty(value: Fact) -> bool:
    return value is None or (isinstance(value, tuple) and all(one == "" for one in value))


def _listed(value: Fact) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _kleene_all(answers: Iterator[bool | None]) -> bool | None:
    is_open = False
    for answer in answers:
        if answer is False:
            return False
        is_open = is_open or answer is None
    return None if is_open else True
