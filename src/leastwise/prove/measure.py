"""How permissive a policy is, in numbers that can only grow when it grants more, and what changed between two."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Literal

from leastwise.catalogue.services import LEVELS, AccessLevel
from leastwise.language.matching import ResourcePattern, resource_pattern
from leastwise.language.values import TooHard
from leastwise.language.values.counting import count
from leastwise.language.values.globs import glob_of
from leastwise.language.values.ranges import Ranges
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Policy, Statement
from leastwise.prove import exposure
from leastwise.prove.actions import action_index
from leastwise.prove.exposure import Named, Public, PublicAddresses

LENGTH = 256
"""Resources up to so many letters are counted: ARNs of load balancers and secrets have more than a hundred."""

ALPHABET = 256
"""Letters of a resource: those up to U+00FF, which are all that a policy can name."""

Headline = Literal["actions", "services", "accounts", "public", "ipv4", "ipv6", "unknown_actions", "pairs"]
"""A number of a measure that a policy should not let grow unnoticed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How permissive a policy is at most: no number is below what the policy grants.

    An action is allowed when an Allow names it for a resource that no unconditional Deny takes away. The conditions of
    `conditional_allows` statements are taken to hold; `conditional_denies` Denies, with conditions or for some
    principals, are left out. `variables` patterns of resources hold policy variables: each is read as `*`, or the
    pattern left out where that would grant less. `pairs` is the exact number of pairs of a known action and a resource
    of at most `LENGTH` letters; None when it takes too long to count. `unknown_actions` are values of Action that name
    no known action. Accounts and principals are those that stand in the policy: a bucket's ARN names no account.
    """

    actions: tuple[str, ...]
    levels: Mapping[AccessLevel, tuple[str, ...]]
    services: tuple[str, ...]
    unknown_actions: tuple[str, ...]
    accounts: Named
    principals: Named
    public: Public
    addresses: PublicAddresses
    pairs: int | None
    conditional_allows: int
    conditional_denies: int
    variables: int

    @property
    def log2(self) -> float | None:
        """The logarithm of `pairs` to three digits; None when there are none or that is not known."""
        return round(math.log2(self.pairs), 3) if self.pairs else None


def measure(policy: Policy) -> Measure:
    """How permissive the policy is on its own."""
    parts = [_Part(statement, policy) for statement in policy.statements]
    allows = [part for part in parts if part.statement.effect == "Allow"]
    denies = [part for part in parts if part.statement.effect == "Deny"]
    unconditional = [part for part in denies if part.is_unconditional]
    bits, pairs = _allowed(allows, unconditional)
    unknown = {name for part in allows for name in part.unknown if not _is_denied(name, part, unconditional)}
    live = [part for part in allows if part.bits & bits or not unknown.isdisjoint(part.unknown)]
    statements = [part.statement for part in live]
    names = action_index().told(bits)
    return Measure(
        actions=names,
        levels=_by_level(bits),
        services=tuple(dict.fromkeys(name.partition(":")[0] for name in names)),
        unknown_actions=tuple(sorted(unknown)),
        accounts=exposure.accounts(statements, policy),
        principals=exposure.principals(statements),
        public=exposure.public(statements),
        addresses=exposure.counted(_addresses(live, denies, bits)),
        pairs=pairs,
        conditional_allows=sum(bool(part.statement.conditions) for part in allows),
        conditional_denies=sum(not part.is_unconditional for part in denies),
        variables=sum(part.variables for part in parts),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between the measures of two policies: which headlines grew or fell, and which names came or went.

    `not_known` are headlines of which that cannot be said.
    """

    old: Measure
    new: Measure
    wider: tuple[Headline, ...]
    narrower: tuple[Headline, ...]
    not_known: tuple[Headline, ...]
    gained: Mapping[str, tuple[str, ...]]
    lost: Mapping[str, tuple[str, ...]]

    @property
    def is_wider(self) -> bool | None:
        """Whether a headline grew; None when none did so for certain and not all are known."""
        return True if self.wider else None if self.not_known else False


def compare(old: Measure, new: Measure) -> Change:
    """What changed from one measure to the other."""
    pairs = {name: (_size(old, name), _size(new, name)) for name in HEADLINES}
    known = {name: (was, now) for name, (was, now) in pairs.items() if was is not None and now is not None}
    before, after = _names(old), _names(new)
    return Change(
        old,
        new,
        wider=tuple(name for name, (was, now) in known.items() if now > was),
        narrower=tuple(name for name, (was, now) in known.items() if now < was),
        not_known=tuple(name for name in HEADLINES if name not in known),
        gained={what: _without(after[what], before[what]) for what in before},
        lost={what: _without(before[what], after[what]) for what in before},
    )


def _size(of: Measure, name: Headline) -> float | None:
    """A headline as a number to compare, any being more than all; None when it is not known."""
    return _SIZES[name](of)


_SIZES: Mapping[Headline, Callable[[Measure], float | None]] = {
    "actions": lambda of: len(of.actions),
    "services": lambda of: len(of.services),
    "accounts": lambda of: math.inf if of.accounts.is_any else len(of.accounts.names),
    "public": lambda of: exposure.PUBLIC_LEVELS.index(of.public),
    "ipv4": lambda of: of.addresses.v4,
    "ipv6": lambda of: of.addresses.v6,
    "unknown_actions": lambda of: len(of.unknown_actions),
    "pairs": lambda of: of.pairs,
}
HEADLINES: tuple[Headline, ...] = tuple(_SIZES)


def _names(of: Measure) -> dict[str, tuple[str, ...]]:
    return {
        "actions": of.actions,
        "services": of.services,
        "accounts": of.accounts.names,
        "principals": of.principals.names,
        "unknown_actions": of.unknown_actions,
    }


def _without(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    left = frozenset(others)
    return tuple(name for name in names if name not in left)


class _Part:
    """A statement with its known actions as bits and its resources as a set, wide for an Allow, narrow for a Deny."""

    __slots__ = ("bits", "policy", "resources", "statement", "unknown", "variables")

    def __init__(self, statement: Statement, policy: Policy) -> None:
        index = action_index()
        patterns = [resource_pattern(text, policy.kind, policy.has_variables) for text in statement.resources]
        named = () if statement.is_not_action else statement.actions
        self.policy = policy
        self.statement = statement
        self.bits = index.bits_of_statement(statement)
        self.unknown = tuple(name for name in named if not index.bits_of(name))
        self.variables = sum(bool(pattern.template) for pattern in patterns)
        self.resources = _resources(statement, patterns)

    @property
    def action_names(self) -> Texts:
        named = _action_names(self.statement.actions)
        return ~named if self.statement.is_not_action else named

    @property
    def is_unconditional(self) -> bool:
        return not self.statement.conditions and exposure.binds_everyone(self.statement)


def _resources(statement: Statement, patterns: Sequence[ResourcePattern]) -> Texts:
    if not statement.has_resource:
        return Texts.all()
    is_listed_wide = (statement.effect == "Allow") != statement.is_not_resource
    globs = [pattern.glob for pattern in patterns if pattern.glob is not None]
    globs += [pattern.widest() for pattern in patterns if pattern.template and is_listed_wide]
    listed = Texts.globs(globs)
    return ~listed if statement.is_not_resource else listed


def _allowed(allows: Sequence[_Part], denies: Sequence[_Part]) -> tuple[int, int | None]:
    """The actions allowed on some resource, and the number of pairs."""
    bits, pairs = 0, 0
    is_known = True
    for some, resources in _classes(allows, denies):
        number = _count(resources) if is_known else None
        is_known = number is not None
        if number or not _is_empty(resources):
            bits |= some
        pairs += some.bit_count() * (number or 0)
    return bits, pairs if is_known else None


def _count(resources: Texts) -> int | None:
    try:
        return count(resources, LENGTH, ALPHABET)
    except TooHard:
        return None


def _is_empty(resources: Texts) -> bool:
    """Whether nothing is in the set for certain."""
    try:
        return resources.is_empty()
    except TooHard:
        return False


def _classes(allows: Sequence[_Part], denies: Sequence[_Part]) -> Iterator[tuple[int, Texts]]:
    """Actions that an Allow names, those together that no statement tells apart, and the resources left to them."""
    ours = reduce(or_, (part.bits for part in allows), 0)
    classes: list[tuple[int, tuple[int, ...]]] = [(ours, ())] if ours else []
    parts = [*allows, *denies]
    for number, part in enumerate(parts):
        split = [(bits & part.bits, (*named, number)) for bits, named in classes]
        split += [(bits & ~part.bits, named) for bits, named in classes]
        classes = [(bits, named) for bits, named in split if bits]
    for bits, named in classes:
        granted = _union([parts[number].resources for number in named if number < len(allows)])
        denied = _union([parts[number].resources for number in named if number >= len(allows)])
        yield bits, granted & ~denied


def _union(sets: Sequence[Texts]) -> Texts:
    return reduce(Texts.__or__, dict.fromkeys(sets), Texts.none())


def _by_level(bits: int) -> dict[AccessLevel, tuple[str, ...]]:
    index = action_index()
    return {level: index.told(bits & _bits_of_level(level)) for level in LEVELS}


@lru_cache(maxsize=len(LEVELS))
def _bits_of_level(level: AccessLevel) -> int:
    index = action_index()
    digits = "".join("01"[index.action(place).access_level == level] for place in range(len(index.names)))
    return int(digits[::-1], 2)


def _addresses(live: Sequence[_Part], denies: Sequence[_Part], bits: int) -> Ranges[int]:
    """The public addresses from which one of the Allows may be used."""
    region: Ranges[int] = Ranges()
    for part in live:
        region |= _addresses_of(part, denies, bits)
        if region == exposure.PUBLIC:
            break
    return region


def _addresses_of(allow: _Part, denies: Sequence[_Part], bits: int) -> Ranges[int]:
    region = exposure.usable_from(allow.statement, allow.policy)
    for deny in denies:
        denied = exposure.always_denied_from(deny.statement, deny.policy)
        if not (region & denied).is_empty() and _covers(deny, allow, bits):
            region &= ~denied
    return region


def _covers(deny: _Part, allow: _Part, bits: int) -> bool:
    """Whether the Deny is for all that the Allow has left; not when that takes too long to settle."""
    if allow.bits & bits & ~deny.bits or not exposure.binds_everyone(deny.statement):
        return False
    return _includes(deny, allow.unknown, allow.resources)


def _is_denied(unknown: str, allow: _Part, denies: Sequence[_Part]) -> bool:
    """Whether one of the Denies is for the action that the catalogue does not know, on all that the Allow names."""
    return any(_includes(deny, (unknown,), allow.resources) for deny in denies)


def _includes(deny: _Part, actions: Iterable[str], resources: Texts) -> bool:
    try:
        return _action_names(actions) <= deny.action_names and resources <= deny.resources
    except TooHard:
        return False


def _action_names(patterns: Iterable[str]) -> Texts:
    return Texts.globs(glob_of(pattern.lower()) for pattern in patterns)
