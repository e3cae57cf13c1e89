"""An account while it is being filled, within the numbers that it may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from leastwise.sample.chance import number, pick
from leastwise.sample.names import DOMAINS
from leastwise.sample.values import (
    Account,
    Fault,
    Group,
    Habit,
    Json,
    ManagedPolicy,
    Resource,
    Role,
    User,
)


@dataclass(slots=True)
class Draft:
    """What is already in the account, and how much may still come."""

    seed: int
    today: date
    company: str
    organization: str
    management: str
    regions: tuple[str, ...]
    id: str
    name: str
    kind: str
    unit: str
    team: str
    joined: date
    has_data_events: bool
    most_roles: int
    most_users: int
    most_policies: int
    roles: list[Role] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    policies: list[ManagedPolicy] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lookalikes: list[Fault] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    apps: int = 0

    @property
    def room(self) -> int:
        """How many roles may still come."""
        return self.most_roles - len(self.roles)

    @property
    def places(self) -> int:
        """How many users may still come."""
        return self.most_users - len(self.users)

    def fresh(self, name: str) -> str:
        """The name, with a number when it is taken."""
        count, found = 1, name
        while found.lower() in self.taken:
            count += 1
            found = f"{name}-{count}"
        self.taken.add(found.lower())
        return found

    def next_app(self, kind: str) -> str:
        """A name for the account's next application."""
        self.apps += 1
        return self.fresh(f"{DOMAINS[(number(self.id) + self.apps) % len(DOMAINS)]}-{kind}")

    def region_of(self, name: str) -> str:
        """The Region that something is in."""
        return self.regions[0] if number("region", self.id, name) % 10 < 7 else self.regions[-1]

    def ago(self, low: int, high: int, *names: object) -> date:
        """A day from `low` to `high` days ago, the same for the same names."""
        return self.today - timedelta(days=low + number("ago", self.id, *names) % (high - low + 1))

    def habit(self, action: str, name: str, rhythm: str, calls: int, *, by: str, until: date | None = None) -> Habit:
        """A habit whose days are those of its owner."""
        return Habit(action, name, rhythm, calls, number(self.id, by, rhythm) % 8_640, until=until)

    def managed(self, name: str, document: Json, *, path: str = "/", told: str = "") -> str:
        """The ARN of a customer managed policy, there after this."""
        policy = ManagedPolicy(self.id, self.fresh(name), path, self.ago(420, 1500, name), document, told)
        self.policies.append(policy)
        return policy.arn

    def own_policy(self, name: str, document: Json) -> tuple[tuple[tuple[str, Json], ...], tuple[str, ...]]:
        """The document as an inline or as a customer managed policy, in the account's shares of the two."""
        due = self.most_policies * (len(self.roles) + 1) // max(1, self.most_roles)
        if len(self.policies) < due:
            return (), (self.managed(f"{name}-policy", document, path="/app/"),)
        return ((pick(_INLINE_NAMES, self.id, name), document),), ()

    def finished(self) -> Account:
        """The account as it stays."""
        return Account(
            self.id,
            self.name,
            self.kind,
            self.unit,
            self.joined,
            self.has_data_events,
            tuple(self.roles),
            tuple(self.users),
            tuple(self.groups),
            tuple(self.policies),
            tuple(self.resources),
        )


_INLINE_NAMES = ("access", "inline", "default", "permissions", "policy")
