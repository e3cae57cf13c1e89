"""Who outside may get at a resource: its policy asked for an audience, and the two meanings of "public".

`s3`: AWS's own reading, which looks at how each statement is written. `semantic`: whether somebody outside, with an
account of their own or none, from anywhere on the internet, is allowed, whatever the statements look like.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from leastwise.catalogue.load import load_catalogue
from leastwise.decide import services
from leastwise.decide.policies import PolicySet
from leastwise.decide.settle import bound
from leastwise.language.operators import OPERATORS
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.cases import Within
from leastwise.prove.compare import ALL_IDENTITY, FULL_RCP, Options, Side
from leastwise.prove.fallback import SolverName, outside
from leastwise.prove.personas import Persona, named_accounts, outsiders
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Proof, Verdict

Definition = Literal["semantic", "s3"]
DEFINITIONS: Final[tuple[Definition, ...]] = get_args(Definition)

Audience = Literal["internet", "outside", "anonymous", "services", "anyone"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)

_NETWORK: Final = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip", "aws:sourcevpcarn")


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom the owner trusts: accounts and organisations that do not count as outside."""

    accounts: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


NOBODY: Final = Trusted()


def not_public(
    policy: Policy,
    resource_type: str | None = None,
    *,
    definition: Definition = "semantic",
    trusted: Trusted = NOBODY,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
    solver: SolverName | None = None,
) -> Proof:
    """Whether the resource policy leaves the resource closed to the public.

    `resource_type` is written as CloudFormation has it, `AWS::S3::Bucket`, or as `service:type`; with it only actions
    of that service are looked at. Raises RequestError for a service that the catalogue does not know.
    """
    if definition == "s3":
        return _as_s3_reads(policy)
    return reachable_from(
        policy,
        "internet",
        resource_type=resource_type,
        trusted=trusted,
        switches=switches,
        axioms=axioms,
        solver=solver,
    )


def reachable_from(
    policy: Policy,
    audience: Audience,
    *,
    resource_type: str | None = None,
    trusted: Trusted = NOBODY,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
    solver: SolverName | None = None,
    rcps: Sequence[Sequence[Policy]] = (),
    owner: str | None = None,
    without: Collection[str] = (),
) -> Proof:
    """PASS when nobody of the audience is allowed anything by the policy; otherwise the difference is what they are.

    `internet` are anonymous callers and principals of accounts and organisations that are not trusted and that the
    policy does not name, through no VPC endpoint, from addresses in no narrow block that the policy names; `outside`
    are all principals that are not trusted, from anywhere; `services` are AWS services. With `owner`, the account
    of the resource, which must be trusted, the levels of `rcps` bind as well. `without` are keys, in lower case, that
    the requests do not have.
    """
    levels = [[FULL_RCP, *level] for level in rcps]
    side = Side.of(policy) if owner is None else Side(PolicySet(identity=ALL_IDENTITY, resource=policy, rcps=levels))
    entries = list(bound(side.policies, switches).plan.entries())
    keys = frozenset(clause.key for entry in entries for clause in entry.clauses)
    known = (
        trusted.accounts if audience != "internet" else (*trusted.accounts, *named_accounts(entries), *_named(policy))
    )
    who = tuple(_of(audience, outsiders(entries, keys=keys, accounts=known)))
    afar = _from_afar(policy) if audience == "internet" else ()
    confined = (*_organisations(policy, trusted, audience), *afar, *((key, None) for key in without))
    service = _service(resource_type)
    options = Options(switches, axioms, who, confined, services=(service,) if service else (), outside=outside(solver))
    question = f"not reachable from {audience}"
    nothing = Policy((), policy.kind, policy.version, name="nothing")
    if owner is None:
        return asked(question, Side.of(nothing), side, options)
    owned = replace(options, within=(*confined, ("aws:resourceaccount", Texts.literals([owner]))), owner=owner)
    return asked(question, Side(PolicySet(resource=nothing)), side, owned)


def _of(audience: Audience, who: Sequence[Persona]) -> Iterator[Persona]:
    for persona in who:
        kind = persona.principal.kind
        is_wanted = {
            "anonymous": kind == "anonymous",
            "services": kind == "service",
            "anyone": True,
        }.get(audience, kind not in ("service", "federated"))
        if is_wanted:
            yield persona


def _organisations(policy: Policy, trusted: Trusted, audience: Audience) -> Within:
    """The organisation of who asks is none that is trusted; for the internet, none that the policy names."""
    named = dict.fromkeys(trusted.organisations)
    if audience == "internet":
        named |= dict.fromkeys(value for value in _values(policy, {"aws:principalorgid"}) if _is_fixed(value))
        paths = _values(policy, {"aws:principalorgpaths"})
        named |= dict.fromkeys(head for path in paths if _is_fixed(head := path.partition("/")[0]))
    if not named:
        return ()
    paths_of = Texts.globs(glob_of(f"{one}/*") for one in named)
    return ("aws:principalorgid", ~Texts.literals(named)), ("aws:principalorgpaths", ~paths_of)


def _named(policy: Policy) -> Iterator[str]:
    """The accounts that conditions on who asks name, by number or in an ARN."""
    for value in _values(policy, _OF_WHO_ASKS):
        account = value.split(":")[4] if value.count(":") >= 5 else value
        if len(account) == 12 and account.isdigit():
            yield account


def _from_afar(policy: Policy) -> Within:
    """No endpoint on the way, an address in no narrow block that the policy names, and no id that it names."""
    found: list[tuple[str, ValueSet | None]] = [(key, None) for key in _NETWORK]
    narrow = [value for value in _values(policy, {"aws:sourceip"}) if services.is_narrow(value)]
    if narrow:
        found.append(("aws:sourceip", ~OPERATORS["IpAddress"].set_of(narrow)))
    for key in _OF_AN_OWNER:
        values = [value for value in _values(policy, {key}) if _is_fixed(value[:_FIXED_ID])]
        if values:
            found.append((key, ~Texts.globs(map(glob_of, values))))
    return tuple(found)


def _values(policy: Policy, keys: Collection[str]) -> Iterator[str]:
    """The values that conditions on these keys are given."""
    for statement in policy.statements:
        for block in statement.conditions.values():
            for key, values in block.items():
                if key.lower() in keys:
                    yield from values


def _is_fixed(value: str) -> bool:
    return bool(value) and not any(sign in value for sign in ("*", "?", "${"))


_OF_WHO_ASKS: Final = frozenset({"aws:principalaccount", "aws:principalarn", "kms:calleraccount"})
_OF_AN_OWNER: Final = ("aws:userid", "aws:sourceowner", "s3:dataaccesspointaccount", "s3:dataaccesspointarn")
"""Keys whose value nobody can give himself: AWS sets them from who asks, or by what way."""
_FIXED_ID: Final = 12
"""Letters at the beginning of a value that must be no wildcards: an account, or most of a unique id."""


def _service(resource_type: str | None) -> str | None:
    if resource_type is None:
        return None
    parts = resource_type.split("::") if "::" in resource_type else ["", *resource_type.split(":")]
    name = parts[1].lower() if len(parts) > 1 else ""
    prefix = _SERVICES.get(name, name)
    if load_catalogue().service(prefix) is None:
        raise RequestError(
            f"cannot make out the resource type `{resource_type}`", help="write it as `AWS::S3::Bucket` or `s3:bucket`"
        )
    return prefix


_SERVICES: Final = {
    "opensearchservice": "es",
    "opensearch": "es",
    "elasticsearch": "es",
    "efs": "elasticfilesystem",
    "eventschemas": "schemas",
    "s3objectlambda": "s3-object-lambda",
    "apigatewayv2": "apigateway",
    "stepfunctions": "states",
}
"""Names in resource types of CloudFormation that are not the service's prefix."""


def _as_s3_reads(policy: Policy) -> Proof:
    """By the form of the statements alone; there is no request to show."""
    is_public = services.is_public([policy])
    note = (
        "AWS's reading for S3: a statement that allows everyone is public unless a condition of a listed key has fixed "
        'values (Amazon S3 User Guide, The meaning of "public")'
    )
    return Proof(Verdict.FAIL if is_public else Verdict.PASS, "not public, as S3 reads policies", notes=(note,))
