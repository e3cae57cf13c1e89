"""What policies say to one principal: conditions on who asks settled, and account numbers written alike.

Policies of different principals then are the same text where they mean the same, and one question answers for all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from leastwise.decide.facts import RequestFacts
from leastwise.decide.principals import Open, namings
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.variables import Variable, template, value_of, variables_of
from leastwise.model.policy import Conditions, Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request
from leastwise.model.switches import DEFAULT
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.synthesize.trial import compiled, keys_of

STAND_IN: Final = "leastwise-example"
"""The name of whoever stands for all principals of whom the same holds."""

_OF_WHO: Final = ("aws:principal", "aws:username", "aws:userid")
_MIXED: Final = re.compile(r"[0-9][*?]|[*?][0-9]")
_SIGNS: Final = re.compile(r"[*?$]")


@dataclass(frozen=True, slots=True)
class Bearing:
    """A policy as it bears on a principal. `is_own` says that it still reads who asks, so that nobody stands in."""

    policy: Policy
    is_own: bool = False
    body: str = ""


@dataclass(frozen=True)
class Asker:
    """A principal, the facts that follow from it, and the account number that stands for its own in questions."""

    who: Principal
    facts: RequestFacts
    number: str
    is_bounded: bool = False
    is_itself: bool = False

    @cached_property
    def stand_in(self) -> Principal:
        """Whoever stands for it."""
        if self.is_itself:
            return self.who
        entity = "root" if self.who.kind == "root" else f"{self.who.kind}/{STAND_IN}"
        return Principal.of(f"arn:{self.who.partition}:iam::{self.number}:{entity}")


def facts_of(who: Principal, context: Mapping[str, ContextValue]) -> RequestFacts:
    """The facts that follow from a principal and from what the organisation tells of it."""
    return RequestFacts(Request(who, "leastwise:AnyAction", "*", context), DEFAULT)


@dataclass
class Bearings:
    """Policies as they bear on principals, equal ones once: each has a number, by which questions are told apart."""

    made: list[Bearing] = field(default_factory=list)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _texts: dict[int, _Text] = field(default_factory=dict)
    _found: dict[tuple[int, str, str, tuple[bool | None, ...]], int] = field(default_factory=dict)

    def text_of(self, policy: Policy) -> _Text:
        """What is to be known of the policy before anybody asks."""
        found = self._texts.get(id(policy))
        if found is None:  # INVARIANT: the policy is kept beside its text, so that its id stays its own
            found = self._texts[id(policy)] = _text(policy)
        return found

    def number_for(self, account: str, policies: Iterable[Policy]) -> str:
        """The account number that may stand for the principal's own in these policies; its own where none may."""
        if not account:
            return account
        is_fit = all(self.text_of(one).is_fit(account) for one in policies)
        return EXAMPLE_ACCOUNT if is_fit else account

    def is_told_apart(self, account: str, policy: Policy) -> bool:
        """Whether the policy, which is not written anew, may mean another account by another number."""
        text = self.text_of(policy)
        return account in text.body or not text.is_fit(account)

    def of(self, policy: Policy, who: Asker) -> int:
        """The number of what the policy says to the principal."""
        text = self.text_of(policy)
        account = who.who.account
        if text.turns_on is None:
            return self._kept(_settled(policy, who), who)
        key = (id(policy), account, who.number, tuple(clause.check(who.facts) for clause in text.turns_on))
        found = self._found.get(key)
        if found is None:
            made = _settled(policy, who) if text.turns_on else Bearing(policy)
            found = self._found[key] = self._kept(made, who)
        return found

    def _kept(self, one: Bearing, who: Asker) -> int:
        body = _body(one.policy)
        account = who.who.account
        if account and account != who.number:
            body = body.replace(account, who.number)
        key = (one.policy.kind, body if not one.is_own else f"{who.who.arn} {body}")
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.made)
            policy = _renumbered(one.policy, account, who.number) if account else one.policy
            self.made.append(replace(one, policy=policy, body=body))
        return number


@dataclass(frozen=True)
class _Text:
    """A policy's text, and the conditions on who asks that it turns on; None where more than these tells who asks."""

    policy: Policy
    body: str
    turns_on: tuple[Clause, ...] | None

    def is_fit(self, account: str) -> bool:
        """Whether another number may stand for the account in it: none does yet, and no pattern cuts one."""
        if account == EXAMPLE_ACCOUNT:
            return True
        return EXAMPLE_ACCOUNT not in self.body and not _MIXED.search(self.body.replace(account, "_"))


def _text(policy: Policy) -> _Text:
    names_some = any(
        one.principals is not None and (one.is_not_principal or "*" not in one.principals.get("AWS", ()))
        for one in policy.statements
    )
    entries = compiled(policy)
    variables = (v for entry in entries for clause in entry.clauses for v in clause.variables)
    patterns = (v for entry in entries for pattern in entry.patterns for v in pattern.variables)
    has_own = any(_reads_who(variable.key) for variable in (*variables, *patterns))
    clauses = tuple(c for entry in entries for c in entry.clauses if _reads_who(c.key))
    is_more = names_some or has_own or any(clause.key == "aws:userid" for clause in clauses)
    return _Text(policy, _body(policy), None if is_more else clauses)


def _body(policy: Policy) -> str:
    return json.dumps(policy.document(), ensure_ascii=False)


def _settled(policy: Policy, who: Asker) -> Bearing:
    """The policy with what it asks of the principal answered; statements that are about others are gone."""
    is_own = False
    kept: list[Statement] = []
    for one in policy.statements:
        bare = _without_settled(one, who, has_variables=policy.has_variables)
        if bare is None:
            continue
        named, is_open = _named(bare, who) if bare.principals is not None else ((bare,), False)
        kept += named
        is_own = is_own or is_open or any(map(_reads_who, _keys(named, policy)))
    return Bearing(replace(policy, statements=tuple(kept)), is_own)


def _keys(statements: Iterable[Statement], policy: Policy) -> frozenset[str]:
    return keys_of(replace(policy, statements=tuple(statements)))


def _reads_who(key: str) -> bool:
    return key.startswith(_OF_WHO)


def _without_settled(one: Statement, who: Asker, *, has_variables: bool) -> Statement | None:
    """The statement without the conditions that hold of the principal; None where one does not, or nothing is left."""
    conditions: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, block in one.conditions.items():
        for key, values in block.items():
            answer = _answer(operator, key, values, who, has_variables)
            if answer is False:
                return None
            if answer is None:
                told = tuple(_filled(value, who) or value for value in values) if has_variables else values
                conditions.setdefault(operator, {})[key] = told
    resources = _resources(one, who) if has_variables else one.resources
    if not resources and one.has_resource:
        return None
    return replace(one, conditions=conditions, resources=resources)


def _answer(operator: str, key: str, values: tuple[str, ...], who: Asker, has_variables: bool) -> bool | None:
    if not _is_settled(key.lower(), who):
        return None
    (clause,) = clauses_of({operator: {key: values}}, has_variables=has_variables)
    if any(not _is_settled(variable.key, who) for variable in clause.variables):
        return None
    return clause.check(who.facts)


def _is_settled(key: str, who: Asker) -> bool:
    """Whether the key follows from who asks, in whatever session: a role's user id holds the session's name."""
    return _reads_who(key) and not (key == "aws:userid" and who.who.kind == "role")


def _resources(one: Statement, who: Asker) -> tuple[str, ...]:
    """The patterns with what is known of the principal in the place of variables; none for what it has not."""
    filled = ((text, _filled(text, who)) for text in one.resources)
    if one.is_not_resource:
        return tuple(found or text for text, found in filled)
    return tuple(found for _, found in filled if found is not None)


def _filled(text: str, who: Asker) -> str | None:
    """The text with the values of the principal's own keys in it; None where it lacks one of them."""
    if "${" not in text:
        return text
    for variable in variables_of(template(text, has_variables=True, has_wildcards=True)):
        if _is_settled(variable.key, who):
            value = _value(variable, who)
            if value is None:
                return None
            text = text.replace(variable.text, value)
    return text


def _value(variable: Variable, who: Asker) -> str | None:
    value = value_of(variable, who.facts)
    if isinstance(value, str):
        return _SIGNS.sub(lambda found: f"${{{found.group()}}}", value)
    return None if value is None else variable.text


def _named(one: Statement, who: Asker) -> tuple[tuple[Statement, ...], bool]:
    """The statement for each form in which it names the principal, and whether that stays open."""
    found = namings(one, who.who, is_bounded=who.is_bounded, switches=DEFAULT)
    if any(isinstance(naming, Open) or naming.given for naming in found):
        return (one,), True
    values = {
        "direct": "*",
        "role": who.stand_in.arn,
        "account": who.number,
    }
    forms = dict.fromkeys(naming.form for naming in found if not isinstance(naming, Open))
    bare = replace(one, is_not_principal=False)
    return tuple(replace(bare, principals={"AWS": (values[form],)}) for form in forms), False


def _renumbered(policy: Policy, account: str, number: str) -> Policy:
    if account == number:
        return policy
    return replace(
        policy,
        name=policy.name.replace(account, number),
        statements=tuple(_renumbered_statement(one, account, number) for one in policy.statements),
    )


def _renumbered_statement(one: Statement, account: str, number: str) -> Statement:
    def told(values: Iterable[str]) -> tuple[str, ...]:
        return tuple(value.replace(account, number) for value in values)

    conditions: Conditions = {
        operator: {key.replace(account, number): told(values) for key, values in block.items()}
        for operator, block in one.conditions.items()
    }
    principals = None if one.principals is None else {kind: told(values) for kind, values in one.principals.items()}
    return replace(one, resources=told(one.resources), conditions=conditions, principals=principals)
