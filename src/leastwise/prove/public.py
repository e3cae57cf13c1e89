"""Who outside may get at a resource: its policy asked for an audience, and the two meanings of "public".

`s3`: AWS's own reading, which looks at how each statement is written. `semantic`: whether somebody outside, with an
account of their own or none, from anywhere on the internet, is allowed, whatever the statements look like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from leastwise.catalogue.load import load_catalogue
from leastwise.decide import services
from leastwise.decide.settle import bound
from leastwise.language.operators import OPERATORS
from leastwise.language.values import ValueSet
from leastwise.language.values.texts import Texts
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.cases import Within
from leastwise.prove.compare import Options, Side
from leastwise.prove.personas import Persona, outsiders
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
) -> Proof:
    """Whether the resource policy leaves the resource closed to the public.

    `resource_type` is written as CloudFormation has it, `AWS::S3::Bucket`, or as `service:type`; with it only actions
    of that service are looked at. Raises RequestError for a service that the catalogue does not know.
    """
    service = _service(resource_type)
    if definition == "s3":
        return _as_s3_reads(policy)
    return reachable_from(policy, "internet", service=service, trusted=trusted, switches=switches, axioms=axioms)


def reachable_from(
    policy: Policy,
    audience: Audience,
    *,
    service: str | None = None,
    trusted: Trusted = NOBODY,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
) -> Proof:
    """PASS when nobody of the audience is allowed anything by the policy; otherwise the difference is what they are.

    `internet` are anonymous callers and principals of accounts that are not trusted, through no VPC endpoint, from
    addresses that no narrow block of the policy names; `outside` the same from anywhere; `services` are AWS services.
    """
    entries = list(bound(Side.of(policy).policies, switches).plan.entries())
    keys = frozenset(clause.key for entry in entries for clause in entry.clauses)
    who = tuple(_of(audience, outsiders(entries, keys=keys, accounts=trusted.accounts)))
    confined = (*_organisations(trusted), *(_from_the_internet(policy) if audience == "internet" else ()))
    options = Options(switches, axioms, who, confined, services=(service,) if service else ())
    nothing = Policy((), policy.kind, policy.version, name="nothing")
    return asked(f"not reachable from {audience}", Side.of(nothing), Side.of(policy), options)


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


def _organisations(trusted: Trusted) -> Within:
    if not trusted.organisations:
        return ()
    return (("aws:principalorgid", ~Texts.literals(trusted.organisations)),)


def _from_the_internet(policy: Policy) -> Within:
    """No endpoint on the way, and an address in none of the narrow blocks that the policy names."""
    absent: list[tuple[str, ValueSet | None]] = [(key, None) for key in _NETWORK]
    narrow = list(_narrow_blocks(policy))
    if narrow:
        absent.append(("aws:sourceip", ~OPERATORS["IpAddress"].set_of(narrow)))
    return tuple(absent)


def _narrow_blocks(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        for operator, block in statement.conditions.items():
            if not operator.lower().removeprefix("foranyvalue:").removeprefix("forallvalues:").startswith("ipaddress"):
                continue
            for key, values in block.items():
                if key.lower() == "aws:sourceip":
                    yield from (value for value in values if services.is_narrow(value))


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
    notes = (
        "AWS's reading for S3: a statement that allows everyone is public unless a condition of a listed key has fixed "
        'values (Amazon S3 User Guide, The meaning of "public")',
    )
    return Proof(Verdict.FAIL if is_public else Verdict.PASS, "not public, as S3 reads policies", notes=notes)
