"""Lemmas as SMT-LIB 2 scripts, and scripts put to a solver: z3 or cvc5, which are an optional extra.

A script is made from tests as policies write them and from nothing that the search made of them. That a script has no
model is certain; a model may be one of texts that do not read as they should when a key is compared as text and as a
number, date or address at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Final
from typing import Literal as Choice

from leastwise.model.errors import LeastwiseError
from leastwise.prove.smt_operators import expressions
from leastwise.prove.smt_resources import (
    SIX_PARTS,
    Encoding,
    declared_resource,
    fits_one_of,
    has_account,
    names_resource,
)
from leastwise.prove.smt_texts import (
    COLON,
    Pattern,
    Run,
    Unsupported,
    asserted,
    conj,
    from_parts,
    glob,
    implies,
    in_regex,
    is_word,
    neg,
    regex,
    sequence,
    word,
)
from leastwise.prove.smt_values import Domain, Key, declared, holds, is_existential, key_of, known
from leastwise.prove.written import RESOURCE, Literal, Test

__all__ = [
    "SIX_PARTS",
    "Answer",
    "Domain",
    "Encoding",
    "Pattern",
    "Run",
    "SolverName",
    "Unsupported",
    "check",
    "glob",
    "lemma_script",
    "script",
]

SolverName = Choice["z3", "cvc5"]
Answer = Choice["sat", "unsat", "unknown"]

_BEGIN, _END = "(set-logic ALL)", "(check-sat)"


def lemma_script(
    literals: Sequence[Literal],
    *,
    domains: Sequence[Domain],
    accounts: Mapping[str, str] | None = None,
    several: Collection[str] = (),
    arn: Encoding = "segments",
) -> str:
    """The question whether the literals can all be true of one request: a script without a model says that they cannot.

    `accounts` maps a key, such as `aws:resourceaccount`, to `Resource` or to the key whose account part it is where
    both are present and that has one; keys of `several` have a list of values though AWS sends one. Raises Unsupported
    for what has no form, policy variables above all.
    """
    owners = dict(accounts or {})
    if RESOURCE in owners.values():
        arn = "segments"
    named = [test.on for test, _ in literals] + [domain.on for domain in domains]
    keys = _keys([*named, *owners, *owners.values()], literals, domains, owners)
    keys |= {on: replace(key, is_list=True, is_sent_single=True) for on, key in keys.items() if on in several}
    lines = list(declared_resource(arn)) if RESOURCE in (*named, *owners.values()) else []
    for on, one in keys.items():
        lines += [f"; {one.name} is {on!a}", *declared(one)]
    found = [formula for domain in domains for formula in _known(keys, domain, arn)]
    for key, owner in owners.items():
        found += _account(keys, key, owner, _asked(key, literals, domains))
    found += [_literal(keys, test, is_true, arn) for test, is_true in literals]
    return script([*lines, *map(asserted, found)])


def script(lines: Iterable[str]) -> str:
    """The commands as one script, which asks whether all that they assert can be true."""
    return "\n".join([_BEGIN, *lines, _END, ""])


def _keys(
    named: Iterable[str], literals: Sequence[Literal], domains: Sequence[Domain], owners: Mapping[str, str]
) -> dict[str, Key]:
    names = [on for on in dict.fromkeys(named) if on != RESOURCE]
    return {on: _key(f"k{number}", on, literals, domains, owners) for number, on in enumerate(names)}


def _key(name: str, on: str, literals: Sequence[Literal], domains: Sequence[Domain], owners: Mapping[str, str]) -> Key:
    about = [(test, is_true) for test, is_true in literals if test.on == on]
    witnesses = sum(is_existential(test, holds=is_true) for test, is_true in about)
    of_key = [domain for domain in domains if domain.on == on]
    if on in owners or on in owners.values():
        of_key.append(Domain(on, holds=False, patterns=()))  # to have it as text
    return key_of(name, on, [test for test, _ in about], witnesses=witnesses, domains=of_key)


def _known(keys: Mapping[str, Key], domain: Domain, arn: Encoding) -> Iterator[str]:
    if domain.on != RESOURCE:
        yield from known(keys[domain.on], domain)
    elif domain.patterns is not None:
        yield fits_one_of(domain.patterns, arn, holds=domain.holds)


def _account(keys: Mapping[str, Key], key: str, owner: str, asked: Iterable[str]) -> Iterator[str]:
    """The account's key has the fifth part of its owner, unless that is empty or one of both is absent."""
    account = keys[key]
    if account.is_list or (owner != RESOURCE and keys[owner].is_list):
        raise Unsupported(f"`{key}` or `{owner}` is a list, which has no account part")
    if owner == RESOURCE:
        yield implies(account.present, has_account(account.name))
        return
    arn = keys[owner]
    given = conj([account.present, arn.present, _with_account(arn.name, regex((Run(COLON, least=1),)))])
    no_colon = regex((Run(COLON),))
    for expression in dict.fromkeys(asked):  # a value that is asked the same as the part need not be compared with it
        in_part = _with_account(arn.name, expression if is_word(expression) else f"(re.inter {expression} {no_colon})")
        yield implies(given, f"(= {in_regex(account.name, expression)} {in_part})")


def _with_account(arn: str, expression: str) -> str:
    """That the ARN's fifth part is one of the expression's."""
    before, after = regex(from_parts([*[(Run(COLON),)] * 4, ()])), regex((COLON, Run()))
    return in_regex(arn, sequence([before, expression, after]))


def _asked(key: str, literals: Sequence[Literal], domains: Sequence[Domain]) -> Iterator[str]:
    """Every regular expression that values of the key are held against."""
    yield word("")
    yield from (expression for test, _ in literals if test.on == key for expression in expressions(test))
    yield from (regex(pattern) for one in domains if one.on == key for pattern in one.patterns or ())


def _literal(keys: Mapping[str, Key], test: Test, is_true: bool, arn: Encoding) -> str:
    formula = names_resource(test, arn) if test.on == RESOURCE else holds(keys[test.on], test)
    return formula if is_true else neg(formula)


def check(script: str, solver: SolverName, *, limit_ms: int) -> Answer:
    """What the solver says of the script within the limit; raises LeastwiseError when it is not installed.

    A limit of the solver's own steps goes with the time, so that the answer rests less on how busy the machine is.
    cvc5 looks at both between its steps, of which one over long patterns with `?` can take far longer than the limit.
    """
    return _SOLVERS[solver](script, limit_ms)


_Z3_STEPS_A_MS = 2_000
_CVC5_STEPS_A_MS = 100
"""Less than what was counted on two cores of 2026, so that on a like machine the steps mostly run out first."""


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise LeastwiseError(
            f"the solver `{name}` is not installed", help="run `pip install leastwise[solvers]`"
        ) from error


def _z3(script: str, limit_ms: int) -> Answer:
    z3 = _imported("z3")
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", limit_ms)
    solver.set("rlimit", limit_ms * _Z3_STEPS_A_MS)
    try:
        solver.from_string(script.rstrip().removesuffix(_END))  # z3 would obey it without a limit
    except z3.Z3Exception as error:
        raise _refused("z3", error) from error
    return _answer(str(solver.check()))


def _cvc5(script: str, limit_ms: int) -> Answer:
    cvc5 = _imported("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    options = {"strings-exp": "true", "tlimit-per": limit_ms, "rlimit-per": limit_ms * _CVC5_STEPS_A_MS}
    for name, value in options.items():
        solver.setOption(name, str(value))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "script")
    symbols, said = parser.getSymbolManager(), ""
    try:
        while not (command := parser.nextCommand()).isNull():
            said += command.invoke(solver, symbols)
    except RuntimeError as error:
        raise _refused("cvc5", error) from error
    return _answer(said.strip())


def _refused(solver: SolverName, error: Exception) -> ValueError:
    return ValueError(f"{solver} does not take the script: {error}")


_SOLVERS: Final[Mapping[SolverName, Callable[[str, int], Answer]]] = {"z3": _z3, "cvc5": _cvc5}


def _answer(said: str) -> Answer:
    answers: dict[str, Answer] = {"sat": "sat", "unsat": "unsat"}
    return answers.get(said, "unknown")
