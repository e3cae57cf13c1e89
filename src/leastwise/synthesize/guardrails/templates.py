"""Templates of guard rails: policies with parameters, each with its purpose, what it breaks, and cases that show it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.language.parse import parse_policy
from leastwise.model.errors import ParameterError, UnknownTemplate
from leastwise.model.policy import Kind, Policy
from leastwise.synthesize.guardrails.exceptions import Exempt, excepting
from leastwise.synthesize.guardrails.fill import filled_statements
from leastwise.synthesize.guardrails.hours import DERIVATIONS
from leastwise.synthesize.guardrails.parameters import Given, Parameter, Values, settled
from leastwise.synthesize.guardrails.scenarios import Case, cases_in

LIBRARY: Final = "library"
TYPES: Final[tuple[Kind, ...]] = ("scp", "rcp", "boundary")
_VERSION: Final = "2012-10-17"
_SUFFIX: Final = ".toml"


@dataclass(frozen=True, slots=True)
class TemplatePolicy:
    """One policy of a template: its statements with placeholders, and the requests that it must refuse.

    `refuses` are statements too: what each matches, whoever asks, is not granted under the policy.
    """

    type: Kind
    statements: str
    refuses: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A case for the template filled with its examples, and which of its policies it is for."""

    type: Kind
    case: Case


@dataclass(frozen=True, slots=True)
class Template:
    """A guard rail with parameters. `derived` are parameters that are worked out of others, each by a named rule."""

    name: str
    title: str
    purpose: str
    breaks: tuple[str, ...]
    exceptions: tuple[str, ...]
    sources: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    policies: tuple[TemplatePolicy, ...]
    scenarios: tuple[Scenario, ...]
    derived: tuple[tuple[str, str], ...] = ()

    @property
    def types(self) -> tuple[Kind, ...]:
        """The policy types that it has a policy of."""
        return tuple(one.type for one in self.policies)

    @property
    def examples(self) -> dict[str, tuple[str, ...]]:
        """A value for each parameter that shows it."""
        return {one.name: one.example for one in self.parameters}

    def policy(self, kind: Kind) -> TemplatePolicy | None:
        """Its policy of this type."""
        return next((one for one in self.policies if one.type == kind), None)


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Every template of the library by its name."""
    folder = files(__package__) / LIBRARY
    found = sorted((one for one in folder.iterdir() if one.name.endswith(_SUFFIX)), key=lambda one: one.name)
    read = (template_of(one.name.removesuffix(_SUFFIX), one.read_text(encoding="utf-8")) for one in found)
    return MappingProxyType({one.name: one for one in read})


def template(name: str) -> Template:
    """The template of this name; raises UnknownTemplate."""
    found = templates().get(name)
    if found is None:
        raise UnknownTemplate(name, tuple(get_close_matches(name, templates(), 3)))
    return found


def filled(one: Template, values: Given, *, exceptions: Sequence[Exempt] = ()) -> tuple[Policy, ...]:
    """The template's policies with its parameters set and the exceptions put in, in the order of its file.

    Raises ParameterError for a parameter that is missing, unknown or ill-formed, InputError for an exception that a
    policy cannot hold. The notes of a policy say when it is over its quota.
    """
    return tuple(filled_as(one, policy.type, values, exceptions=exceptions) for policy in one.policies)


def filled_as(one: Template, kind: Kind, values: Given, *, exceptions: Sequence[Exempt] = ()) -> Policy:
    """The template's policy of this type, filled as `filled` does; an exception may fit one type and not the other."""
    policy = one.policy(kind)
    assert policy is not None, kind
    return _policy(one, policy, policy.statements, values_of(one, values), exceptions)


def refused(one: Template, kind: Kind, values: Given, *, exceptions: Sequence[Exempt] = ()) -> Policy:
    """What the template's policy of this type refuses, as the Deny statements of a policy, for the values given."""
    policy = one.policy(kind)
    assert policy is not None, kind
    return _policy(one, policy, policy.refuses, values_of(one, values), exceptions)


def values_of(one: Template, given: Given) -> Values:
    """A value for every parameter, those that are worked out of others among them."""
    found = settled(one.name, one.parameters, given)
    return {**found, **{name: DERIVATIONS[rule](one.name, found) for name, rule in one.derived}}


def _policy(one: Template, policy: TemplatePolicy, text: str, values: Values, exceptions: Sequence[Exempt]) -> Policy:
    name = one.name if len(one.policies) == 1 else f"{one.name}-{policy.type}"
    statements = [_ordered(new, policy.type) for new in filled_statements(one.name, json.loads(text), values)]
    plain = parse_policy({"Version": _VERSION, "Statement": statements}, kind=policy.type, name=name)
    if policy.type == "rcp":
        _refuse_what_rcps_do_not_bind(one, plain, values)
    if not exceptions:
        return plain
    found = excepting(plain, exceptions, organization=_organization(one, values))
    return parse_policy(json.dumps(found.document(), separators=(",", ":")), kind=policy.type, name=name)


def _refuse_what_rcps_do_not_bind(one: Template, policy: Policy, values: Values) -> None:
    """Raises ParameterError for an action that an RCP would hold in vain."""
    bound = load_catalogue().header.rcp_prefixes
    for action in (action for statement in policy.statements for action in statement.actions):
        if action.partition(":")[0].lower() not in bound:
            parameter = next((name for name, several in values.items() if action in several), "")
            fault = f"RCPs do not bind `{action}`"
            raise ParameterError(one.name, parameter, fault, help="name actions of services that they bind, as `s3:*`")


def _ordered(statement: Mapping[str, object], kind: Kind) -> dict[str, object]:
    """The statement as it is to be parsed: what refuses denies, and an RCP names everyone."""
    principal = {"Principal": "*"} if kind == "rcp" else {}
    first = {name: value for name, value in statement.items() if name in ("Sid", "Effect")}
    return {**first, **({} if "Effect" in first else {"Effect": "Deny"}), **principal, **_rest(statement)}


def _rest(statement: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in statement.items() if name not in ("Sid", "Effect")}


def _organization(one: Template, values: Values) -> str | None:
    named = (values[parameter.name] for parameter in one.parameters if parameter.kind == "organization")
    return next((value[0] for value in named if value), None)


def template_of(name: str, text: str) -> Template:
    """The template that a file holds."""
    found = tomllib.loads(text)
    policies = tuple(
        TemplatePolicy(one["type"], one["statements"], one.get("refuses", "[]")) for one in found["policies"]
    )
    return Template(
        name,
        found["title"],
        " ".join(found["purpose"].split()),
        tuple(found["breaks"]),
        tuple(found.get("exceptions", ())),
        tuple(found["sources"]),
        tuple(_parameters(found.get("parameters", {}))),
        policies,
        tuple(_scenarios(found.get("scenarios", []), policies[0].type)),
        tuple(found.get("derived", {}).items()),
    )


def _parameters(found: Mapping[str, Mapping[str, object]]) -> Iterator[Parameter]:
    for name, one in found.items():
        default = _listed(one["default"]) if "default" in one else None
        example = _listed(one["example"]) if "example" in one else default or ()
        yield Parameter(name, str(one["kind"]), str(one["meaning"]), default, example)


def _listed(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def _scenarios(found: Sequence[Mapping[str, object]], first: Kind) -> Iterator[Scenario]:
    plain = [{name: value for name, value in one.items() if name != "type"} for one in found]
    cases = cases_in(plain, ()) if plain else ()
    for one, case in zip(found, cases, strict=True):
        kind = next((kind for kind in TYPES if kind == one.get("type")), first)
        yield Scenario(kind, case)
