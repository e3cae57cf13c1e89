"""Everything that binds a request, each policy under its type, and the same compiled to be asked many times."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from leastwise.decide.facts import RequestFacts
from leastwise.decide.services import ENCRYPTION_CONTEXT
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts
from leastwise.language.matching import ResourcePattern, ResourceTest, names_action, resource_test
from leastwise.language.variables import Variable
from leastwise.model.decision import Determining
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import UNKNOWN, Unknown
from leastwise.model.switches import Switches

Policies = Sequence[Policy] | Policy | Unknown
Levels = Sequence[Policies] | Unknown
TRUST: Final = "trust"


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A grant on a KMS key: whom it lets do which operations, under which encryption context.

    `operations` are named as AWS KMS names them, `Decrypt` or `GenerateDataKey`; `context_equals` and
    `context_subset` are its constraints. Source: AWS KMS Developer Guide, "Grants in AWS KMS".
    """

    grantee: str
    operations: tuple[str, ...]
    key: str = "*"
    context_equals: tuple[tuple[str, str], ...] | None = None
    context_subset: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """The access point through which a bucket is asked: its policy, and what the bucket's own policy is asked about.

    Source: Amazon S3 User Guide, "Configuring IAM policies for using access points".
    """

    policy: Policy | Unknown | None
    bucket_resource: str


@dataclass(frozen=True, slots=True)
class AclGrant:
    """A grant of an S3 ACL: `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL` to an account or a group.

    `grantee` is a canonical user id, or `AllUsers` or `AuthenticatedUsers`; `is_on_object` says what it is attached to.
    """

    grantee: str
    permission: str
    is_on_object: bool = False


@dataclass(frozen=True, eq=False)
class PolicySet:
    """Every policy that binds a request, by type; UNKNOWN stands for one that is not known, empty for none.

    `identity` holds the principal's own policies and its groups'. `resource` holds the resource's policy, or a role's
    trust policy. `scps` and `rcps` are levels from root to account, each a list; a level without a policy allows
    nothing, no levels mean no organisation. `endpoint` is the policy of the VPC endpoint on the way, if any.
    """

    identity: Policies = ()
    boundary: Policy | Unknown | None = None
    session: Policies = ()
    resource: Policies = ()
    endpoint: Policies = ()
    scps: Levels = ()
    rcps: Levels = ()
    access_point: AccessPoint | None = None
    grants: Sequence[KeyGrant] | Unknown = ()
    acl: Sequence[AclGrant] | Unknown = ()
    public_access_block: bool = False
    compiled: list[tuple[Switches, object]] = field(default_factory=list, init=False, repr=False)
    """What was made of the policies so far, by switches: a cache, not a part of the value."""

    def held(self) -> tuple[object, ...]:
        """Every policy of the set, and whatever else of it is told apart by its identity."""
        several = [self.identity, self.session, self.resource, self.endpoint]
        several += [] if isinstance(self.scps, Unknown) else self.scps
        several += [] if isinstance(self.rcps, Unknown) else self.rcps
        found = [
            policy for policies in several if not isinstance(known := listed(policies), Unknown) for policy in known
        ]
        return (*found, self.boundary, self.access_point)

    def identities(self) -> Hashable:
        """What is the same for two sets of the same policies, and of no others while these are held."""
        return (
            _identities(self.identity),
            id(self.boundary),
            _identities(self.session),
            _identities(self.resource),
            _identities(self.endpoint),
            self.scps if isinstance(self.scps, Unknown) else tuple(map(_identities, self.scps)),
            self.rcps if isinstance(self.rcps, Unknown) else tuple(map(_identities, self.rcps)),
            id(self.access_point),
            self.grants if isinstance(self.grants, Unknown) else tuple(self.grants),
            self.acl if isinstance(self.acl, Unknown) else tuple(self.acl),
            self.public_access_block,
        )


def _identities(policies: Policies) -> Hashable:
    known = listed(policies)
    return known if isinstance(known, Unknown) else tuple(map(id, known))


def listed(policies: Policies | None) -> tuple[Policy, ...] | Unknown:
    """The policies as a tuple, or UNKNOWN."""
    if policies is None:
        return ()
    if isinstance(policies, Policy):
        return (policies,)
    return policies if isinstance(policies, Unknown) else tuple(policies)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A statement compiled: how to ask its resources, the clauses of its conditions, and where it stands."""

    statement: Statement
    policy: Policy
    policy_type: str
    index: int
    resource: ResourceTest
    patterns: tuple[ResourcePattern, ...]
    clauses: tuple[Clause, ...]

    @property
    def is_deny(self) -> bool:
        """Whether the statement denies."""
        return self.statement.effect == "Deny"

    @property
    def meaning(self) -> Hashable:
        """What the statement asks besides its actions: two with the same match the same requests for an action."""
        statement = self.statement
        principals = statement.principals
        return (
            self.policy.kind,
            self.policy.has_variables,
            statement.is_not_resource,
            frozenset(statement.resources) if statement.has_resource else None,
            statement.is_not_principal,
            None if principals is None else frozenset((kind, frozenset(named)) for kind, named in principals.items()),
            frozenset((clause.operator, clause.key, frozenset(clause.values)) for clause in self.clauses),
        )

    def reads_as(self, other: Entry) -> bool:
        """Whether the same statement, compiled otherwise, asks the same; with a policy variable it is not told."""
        patterns = zip(self.patterns, other.patterns, strict=True)
        clauses = zip(self.clauses, other.clauses, strict=True)
        return all(one == two and not one.template for one, two in patterns) and all(
            one.accepted is not None
            and (one.reach, one.on_absent, one.accepted) == (two.reach, two.on_absent, two.accepted)
            for one, two in clauses
        )

    def names(self, action: str) -> bool:
        """Whether the statement is about the action, given in lower case."""
        return names_action(self.statement, action)

    def told(self) -> Determining:
        """The statement as a decision names it."""
        return Determining(self.policy_type, self.policy.name, self.index, self.statement)


def entries_of(policies: Policies | None, policy_type: str, switches: Switches) -> tuple[Entry, ...] | Unknown:
    """The statements of the policies compiled, in their order."""
    known = listed(policies)
    if isinstance(known, Unknown):
        return known
    return tuple(entry for policy in known for entry in _entries(policy, policy_type, switches))


def _entries(policy: Policy, policy_type: str, switches: Switches) -> Iterator[Entry]:
    for index, statement in enumerate(policy.statements):
        test, patterns = resource_test(statement, policy.kind, has_variables=policy.has_variables, switches=switches)
        clauses = clauses_of(statement.conditions, has_variables=policy.has_variables, switches=switches)
        yield Entry(statement, policy, policy_type, index, test, patterns, clauses)


class Free:
    """Something open in every case, such as an unknown policy's Allow: as a clause, it holds or it does not."""

    __slots__ = ("told",)
    key = ""
    accepted = None
    variables: tuple[()] = ()

    def __init__(self, told: str) -> None:
        self.told = told

    def check(self, facts: Facts) -> bool | None:
        """Never known."""
        return None

    def __str__(self) -> str:
        return self.told


class EncryptionContext:
    """The constraint of a KMS grant as a clause: the request's encryption context equals it, or has it as a part."""

    __slots__ = ("grant",)
    key = ""
    accepted = None
    variables: tuple[()] = ()

    def __init__(self, grant: KeyGrant) -> None:
        self.grant = grant

    def check(self, facts: Facts) -> bool | None:
        """Whether the request's encryption context fits."""
        exact = self.grant.context_equals
        wanted = {f"{ENCRYPTION_CONTEXT}{key.lower()}": value for key, value in exact or self.grant.context_subset}
        held = [facts[key] if value != facts[key] else True for key, value in wanted.items()]
        if any(fact is not True and fact is not UNKNOWN for fact in held):
            return False
        if exact is not None:
            if any(key.startswith(ENCRYPTION_CONTEXT) and key not in wanted and facts[key] for key in list(facts)):
                return False
            if not facts.is_complete:
                return None
        return None if UNKNOWN in held else True

    def __str__(self) -> str:
        return f"the encryption context is that of the grant to `{self.grant.grantee}`"


class ResourceClause:
    """A statement's Resource whose patterns turn on unknown values, as a clause."""

    __slots__ = ("entry", "resource")
    key = ""
    accepted = None

    def __init__(self, entry: Entry, resource: str | None = None) -> None:
        self.entry = entry
        self.resource = resource

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The policy variables in the patterns."""
        return tuple(variable for pattern in self.entry.patterns for variable in pattern.variables)

    def asked(self, facts: RequestFacts) -> str:
        """The resource that the patterns are asked about."""
        return facts.resource if self.resource is None else self.resource

    def check(self, facts: Facts) -> bool | None:
        """Whether the patterns name the resource."""
        assert isinstance(facts, RequestFacts)
        return self.entry.resource(self.asked(facts), facts)

    def __str__(self) -> str:
        name = "NotResource" if self.entry.statement.is_not_resource else "Resource"
        return f"{name} {', '.join(f'`{p.text}`' for p in self.entry.patterns)}"


Atom = Clause | Free | ResourceClause | EncryptionContext
