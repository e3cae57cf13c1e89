"""Lemmas of certificates put to a solver, with what the axiom groups say of the keys that they speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import room
from leastwise.catalogue.services import Action
from leastwise.language.context import is_list_key, type_of_key
from leastwise.prove.checking.domains import (
    PRINCIPAL_ACCOUNTS,
    PRINCIPAL_ARN,
    RESOURCE_ACCOUNT,
    domain_of,
)
from leastwise.prove.checking.lemmas import Facts
from leastwise.prove.smt import Answer, SolverName, check, lemma_script
from leastwise.prove.smt_operators import READABLE
from leastwise.prove.smt_texts import COLON, Pattern, Run, Unsupported, arn_value, from_parts, joined, parts_of
from leastwise.prove.smt_values import Domain
from leastwise.prove.written import RESOURCE, Literal

_SOME_IN_PART: Final[Pattern] = (Run(COLON, least=1),)
_IN_PART: Final[Pattern] = (Run(COLON),)
_STAR: Final[Pattern] = ("*",)
WELL_FORMED: Final[tuple[Pattern, ...]] = (
    _STAR,
    from_parts([("arn",), _SOME_IN_PART, _SOME_IN_PART, _IN_PART, _IN_PART, (Run(least=1),)]),
)
"""Every resource is `*` or an ARN."""

_LOG_GROUP: Final = ":log-group:${LogGroupName}"


def is_unsat(
    literals: Sequence[Literal], facts: Facts, axioms: Collection[str], solver: SolverName, limit_ms: int
) -> bool | None:
    """Whether the solver refutes that all literals are true of one request; None when it does not decide.

    What turns on policy variables is left out, so that less is refuted. Raises LeastwiseError without the solver.
    """
    if is_plain(literals):
        return True
    try:
        scripts = scripts_of(literals, facts, axioms)
    except Unsupported:
        return None
    answers = {_answer(script, solver, limit_ms) for script in scripts}
    if "sat" in answers:
        return False
    return True if answers == {"unsat"} else None


def is_plain(literals: Iterable[Literal]) -> bool:
    """Whether one test stands in the lemma with both signs, for which no solver is needed."""
    signs: dict[object, set[bool]] = {}
    for test, holds in literals:
        signs.setdefault(test, set()).add(holds)
    return any(len(both) > 1 for both in signs.values())


@lru_cache(maxsize=8192)
def _answer(script: str, solver: SolverName, limit_ms: int) -> Answer:
    return check(script, solver, limit_ms=limit_ms)


def scripts_of(literals: Sequence[Literal], facts: Facts, axioms: Collection[str]) -> tuple[str, ...]:
    """The lemma as scripts, none of which has a model when it is true: each key with one value, and with several.

    Raises Unsupported for what has no form.
    """
    asked = [literal for literal in literals if _is_supported(literal)]
    domains, accounts = domains_of(asked, facts, axioms)
    single = lemma_script(asked, domains=domains, accounts=accounts)
    loose = {test.on for test, _ in asked if not _is_single(test.on, facts, axioms)}
    if not loose:
        return (single,)
    return single, lemma_script(asked, domains=domains, several=loose)


def _is_supported(literal: Literal) -> bool:
    try:
        lemma_script([literal], domains=())
    except Unsupported:
        return False
    return True


def _is_single(key: str, facts: Facts, axioms: Collection[str]) -> bool:
    """Whether more than one value of the key is ruled out, or accounted for in any script."""
    if key == RESOURCE or is_list_key(key) or "single-valued" in axioms:
        return True
    return "principal" in axioms and (key in facts.fixed or key in (PRINCIPAL_ARN, *PRINCIPAL_ACCOUNTS))


def domains_of(
    literals: Sequence[Literal], facts: Facts, axioms: Collection[str]
) -> tuple[tuple[Domain, ...], dict[str, str]]:
    """What these groups say of the keys of a lemma, and which of them tell the account of which ARN."""
    keys = dict.fromkeys(test.on for test, _ in literals)
    accounts = {key: RESOURCE for key in keys if key == RESOURCE_ACCOUNT and "resource-account" in axioms}
    if "principal" in axioms:
        accounts |= {key: PRINCIPAL_ARN for key in keys if key in PRINCIPAL_ACCOUNTS and key not in facts.fixed}
    every = dict.fromkeys((*keys, *accounts.values()))
    return tuple(one for key in every for one in _domains(key, facts, axioms)), accounts


def _domains(key: str, facts: Facts, axioms: Collection[str]) -> Iterator[Domain]:
    if key == RESOURCE:
        yield Domain(key, WELL_FORMED)
        action = _known(facts.action)
        if "resources" in axioms and action is not None:
            yield Domain(key, resources_of(action))
        return
    told = domain_of(key, facts, axioms)
    if not told.may_be_absent:
        yield Domain(key, is_present=True)
    if not told.may_be_present:
        yield Domain(key, is_present=False)
    type_ = type_of_key(key)
    if "typed-keys" in axioms and (type_ == "ARN" or type_ in READABLE):
        yield Domain(key, type=type_)
    if "principal" in axioms:
        yield from _of_principal(key, facts)


def _of_principal(key: str, facts: Facts) -> Iterator[Domain]:
    fixed = facts.fixed.get(key)
    if fixed is not None:
        yield Domain(key, ((fixed,) if fixed else (),))
    parts = [parts_of(arn)[4] for arn in _arns(facts.principal_arns or ())]
    if key in PRINCIPAL_ACCOUNTS and fixed is None and parts and all(map(_is_some, parts)):
        yield Domain(key, tuple(dict.fromkeys(parts)))  # what the ARN says already, more plainly
    if key == PRINCIPAL_ARN and facts.principal_arns:
        yield Domain(key, _arns(facts.principal_arns))
    if key == PRINCIPAL_ARN and facts.other_than:
        yield Domain(key, _arns(facts.other_than), holds=False)


def _is_some(pattern: Pattern) -> bool:
    return any(isinstance(step, str) or step.least for step in pattern)


def _arns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(found for text in texts if (found := arn_value(text)) is not None)


def _known(name: str | None) -> Action | None:
    service = load_catalogue().service(name.partition(":")[0]) if name else None
    return service.actions.get(name.partition(":")[2]) if name and service else None


@lru_cache(maxsize=1024)
def resources_of(action: Action) -> tuple[Pattern, ...]:
    """The ARNs of the action's resource types, and `*` where it has none that is required."""
    service = load_catalogue().service(action.name.partition(":")[0])
    kinds = service.resource_types if service else {}
    templates = dict.fromkeys(
        t for use in action.resource_types if use.name in kinds for t in kinds[use.name].templates
    )
    found = [pattern for template in templates for pattern in template_patterns(template)]
    is_bare = not templates or not any(use.required for use in action.resource_types)
    return (*found, *((_STAR,) if is_bare else ()))


def template_patterns(template: str) -> tuple[Pattern, ...]:
    """The ARNs that fit the template; that of a log group may end in `:*`."""
    *head, resource = template.split(COLON, 5)
    parts = [_steps(part, dict.fromkeys(VARIABLE.findall(part), COLON), COLON) for part in head]
    barred = {name: _barred(name, resource) for name in VARIABLE.findall(resource)}
    found = from_parts([*parts, _steps(resource, barred, "")])
    return (found, joined((*found, ":*"))) if template.endswith(_LOG_GROUP) else (found,)


def _barred(name: str, resource: str) -> str:
    """The letters that cannot stand in a variable of the resource part."""
    is_first = resource.startswith(f"${{{name}}}")
    holds_colon, holds_slash = room(name, allows_colon=COLON not in resource and not is_first)
    return f"{'' if holds_colon else COLON}{'' if holds_slash else '/'}"


def _steps(text: str, barred: Mapping[str, str], within: str) -> Pattern:
    """The text with a letter or more for each variable, and any number for each star."""
    found: list[str | Run] = []
    for place, piece in enumerate(VARIABLE.split(text)):
        if place % 2:
            found.append(Run(barred[piece], least=1))
            continue
        for number, run in enumerate(piece.split("*")):
            found += [Run(within), run] if number else [run]
    return joined(found)
