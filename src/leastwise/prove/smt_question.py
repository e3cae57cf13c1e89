"""A whole question as one formula: whether a new document allows a request that an old one does not.

Nothing is taken for granted about the world but this: a resource is `*` or has six parts, and each key has one value
or a list as AWS sends it. This is how others ask solvers, and what the search is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from leastwise.model.policy import Policy, Statement
from leastwise.prove.smt import script
from leastwise.prove.smt_principals import choices, names
from leastwise.prove.smt_resources import Encoding, declared_resource, is_star_or_arn, names_resource
from leastwise.prove.smt_texts import (
    COLON,
    TRUE,
    Run,
    Unsupported,
    asserted,
    choice,
    conj,
    disj,
    fits,
    glob,
    in_regex,
    matches,
    neg,
    regex,
    span,
)
from leastwise.prove.smt_values import declared, holds, is_existential, key_of
from leastwise.prove.written import RESOURCE, Test

_ACTION, _PRINCIPAL = "action", "principal"
_SMALL: Final = f"(re.* {choice([span(chr(0), '@'), span('[', chr(0x2FFFF))])})"
_OF_SERVICE: Final = regex((Run(), COLON, Run()))


def question_script(old: Policy, new: Policy, *, arn: Encoding, actions: Sequence[str] | None) -> str:
    """The question whether `new` allows a request that `old` does not: a script without a model says that it does not.

    `actions` are the names that a request may have; None stands for any text with a colon. Raises Unsupported for
    policy variables and for a Deny whose NotPrincipal lists some identities of a principal and not all.
    """
    if old.kind != new.kind:
        raise Unsupported(f"no solver is asked about a policy of type `{old.kind}` against one of type `{new.kind}`")
    listed = None if actions is None else tuple(name.lower() for name in actions)
    return script(_Question(old, new, arn, listed).lines())


class _Question:
    """INVARIANT: `lines` names every key and test before a statement asks for it."""

    def __init__(self, old: Policy, new: Policy, arn: Encoding, actions: tuple[str, ...] | None) -> None:
        self.old, self.new, self.arn, self.actions = old, new, arn, actions
        self.statements = (*old.statements, *new.statements)
        self.people = choices(self.statements)
        self.tests: dict[Test, str] = {}

    def lines(self) -> Iterator[str]:
        yield from self._conditions()
        yield from self._action()
        yield from (*declared_resource(self.arn), asserted(is_star_or_arn(self.arn)))
        yield f"(declare-const {_PRINCIPAL} Int)"
        yield asserted(_is_one_of(_PRINCIPAL, range(len(self.people))))
        yield f"(define-fun old () Bool {self._allows(self.old)})"
        yield f"(define-fun new () Bool {self._allows(self.new)})"
        yield asserted("(and new (not old))")

    def _conditions(self) -> Iterator[str]:
        documents = (self.old, self.new)
        tests = dict.fromkeys(test for one in documents for each in one.statements for test in _conditions(each, one))
        about: dict[str, list[Test]] = {}
        for test in tests:
            about.setdefault(test.on, []).append(test)
        for number, (on, asked) in enumerate(about.items()):
            witnesses = sum(is_existential(test, holds=True) or is_existential(test, holds=False) for test in asked)
            key = key_of(f"k{number}", on, asked, witnesses=witnesses)
            yield from (f"; {key.name} is {on!a}", *declared(key))
            for test in asked:
                name = self.tests[test] = f"t{len(self.tests)}"
                yield f"(define-fun {name} () Bool {holds(key, test)})"

    def _allows(self, policy: Policy) -> str:
        matched: dict[str, list[str]] = {"Allow": [], "Deny": []}
        for statement in policy.statements:
            matched[statement.effect].append(self._matches(statement, policy))
        return conj([disj(matched["Allow"]), neg(disj(matched["Deny"]))])

    def _matches(self, statement: Statement, policy: Policy) -> str:
        return conj(
            [
                self._names_action(statement),
                self._names_principal(statement),
                self._names_resource(statement, policy),
                *(self.tests[test] for test in _conditions(statement, policy)),
            ]
        )

    def _action(self) -> Iterator[str]:
        """A string in lower case, or the number of a class of names that no statement tells apart."""
        if self.actions is None:
            yield f"(declare-const {_ACTION} String)"
            yield asserted(conj([in_regex(_ACTION, _SMALL), in_regex(_ACTION, _OF_SERVICE)]))
            return
        yield f"(declare-const {_ACTION} Int)"
        yield asserted(_is_one_of(_ACTION, range(len(self.classes))))

    @cached_property
    def classes(self) -> Mapping[frozenset[str], str]:
        """The action patterns that name an action, and the first action that all these name and no others."""
        written = {pattern.lower() for statement in self.statements for pattern in statement.actions}
        patterns = {text: glob(text) for text in written}
        found: dict[frozenset[str], str] = {}
        for name in self.actions or ():
            found.setdefault(frozenset(text for text, pattern in patterns.items() if fits(pattern, name)), name)
        return found

    def _names_action(self, statement: Statement) -> str:
        texts = [text.lower() for text in statement.actions]
        if self.actions is None:
            named = disj(matches(_ACTION, glob(text)) for text in texts)
        else:
            numbers = (number for number, fitting in enumerate(self.classes) if not fitting.isdisjoint(texts))
            named = _is_one_of(_ACTION, numbers)
        return neg(named) if statement.is_not_action else named

    def _names_principal(self, statement: Statement) -> str:
        numbers = [number for number, who in enumerate(self.people) if names(statement, who)]
        return TRUE if len(numbers) == len(self.people) else _is_one_of(_PRINCIPAL, numbers)

    def _names_resource(self, statement: Statement, policy: Policy) -> str:
        if not statement.has_resource:
            return TRUE
        element = "NotResource" if statement.is_not_resource else "Resource"
        test = Test(RESOURCE, element, statement.resources, policy.kind, policy.has_variables)
        return names_resource(test, self.arn)


def _conditions(statement: Statement, policy: Policy) -> Iterator[Test]:
    for operator, block in statement.conditions.items():
        for key, values in block.items():
            yield Test(key.lower(), operator, values, policy.kind, policy.has_variables)


def _is_one_of(name: str, numbers: Iterable[int]) -> str:
    """That a whole number is one of these, in order: by the runs that they make."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return disj(f"(<= {low} {name} {high})" for low, high in runs)
