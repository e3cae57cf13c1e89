"""The values that a made-up company consists of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a company is. Roles include those of Identity Center and of AWS services.

    Without `users` there is one for every ten roles, without `policies` three customer managed policies for ten roles.
    """

    accounts: int = 6
    roles: int = 120
    users: int | None = None
    policies: int | None = None

    def __post_init__(self) -> None:
        if self.accounts < 1 or self.roles < self.accounts:
            raise ValueError("a company has at least one account, and a role in each")


@dataclass(frozen=True, slots=True)
class Habit:
    """What a principal does: an action on a named resource, how often, and from when until when."""

    action: str
    name: str
    rhythm: str
    calls: int
    salt: int
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its policies, and how it is used."""

    account: str
    name: str
    path: str
    archetype: str
    created: date
    region: str
    trust: Json
    inline: tuple[tuple[str, Json], ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    habits: tuple[Habit, ...] = ()
    unlogged: tuple[str, ...] = ()
    session: str = "service"
    sessions: tuple[str, ...] = ()
    service: str = ""
    denied: str = ""
    has_mfa: bool = False
    endpoint: str = ""

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key: until when it was used, or None when it never was."""

    id: str
    created: date
    is_active: bool = True
    last_used: date | None = None


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user with groups, keys and password, and how it is used."""

    account: str
    name: str
    path: str
    archetype: str
    created: date
    region: str
    inline: tuple[tuple[str, Json], ...] = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    keys: tuple[Key, ...] = ()
    has_password: bool = False
    has_mfa: bool = False
    password_used: date | None = None
    habits: tuple[Habit, ...] = ()
    unlogged: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """The user's ARN."""
        return f"arn:aws:iam::{self.account}:user{self.path}{self.name}"


Principal = Role | User


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group with its policies."""

    account: str
    name: str
    created: date
    inline: tuple[tuple[str, Json], ...] = ()
    attached: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """The group's ARN."""
        return f"arn:aws:iam::{self.account}:group/{self.name}"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy."""

    account: str
    name: str
    path: str
    created: date
    document: Json
    description: str = ""

    @property
    def arn(self) -> str:
        """The policy's ARN."""
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with a policy of its own; `service` and `name` are those of its file."""

    service: str
    name: str
    arn: str
    policy: Json


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: who, by which actions, gains whom."""

    source: str
    actions: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that was planted: what it is, where, and how it came about."""

    kind: str
    account: str
    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    how: str = ""
    chain: tuple[Step, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A member of the organization and all that is in it."""

    id: str
    name: str
    kind: str
    unit: str
    joined: date
    has_data_events: bool
    roles: tuple[Role, ...]
    users: tuple[User, ...]
    groups: tuple[Group, ...]
    policies: tuple[ManagedPolicy, ...]
    resources: tuple[Resource, ...]

    @property
    def principals(self) -> tuple[Principal, ...]:
        """The roles, then the users."""
        return (*self.roles, *self.users)


@dataclass(frozen=True, slots=True)
class Unit:
    """The root or an organizational unit; `parent` is empty for the root."""

    id: str
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class ControlPolicy:
    """An SCP or RCP with the ids of the root, units and accounts that it is attached to."""

    id: str
    name: str
    kind: str
    description: str
    document: Json
    targets: tuple[str, ...]
    is_aws_managed: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A user of Identity Center and the names of the groups."""

    id: str
    given: str
    family: str
    email: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set; `references` are customer managed policies that each account has by that name."""

    id: str
    name: str
    description: str
    managed: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    inline: Json | None = None
    hours: int = 8


@dataclass(frozen=True, slots=True)
class Assignment:
    """A group has a permission set in an account."""

    account: str
    permission_set: str
    group: str


@dataclass(frozen=True, slots=True)
class Company:
    """A made-up organization as it is on the morning of `today`."""

    seed: int
    today: date
    name: str
    id: str
    region: str
    instance: str
    store: str
    management: str
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    controls: tuple[ControlPolicy, ...]
    delegated: tuple[tuple[str, tuple[str, ...]], ...]
    people: tuple[Person, ...]
    groups: tuple[str, ...]
    permission_sets: tuple[PermissionSet, ...]
    assignments: tuple[Assignment, ...]
    faults: tuple[Fault, ...]
    lookalikes: tuple[Fault, ...]
