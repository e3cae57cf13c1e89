"""How often the sessions of a task do what, and how likely a session is one of them.

A task draws its actions from a distribution of its own, with a Dirichlet prior about the role's; Heller and Ghahramani
(2005) join clusters by the same comparison of marginal likelihoods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import lgamma, log
from typing import Final

STRENGTH: Final = 20.0
"""Actions that the prior counts for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Sessions with the same actions and the same evidence: their places, and what stands for the evidence."""

    actions: frozenset[str]
    key: str
    places: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many sessions there are of the kind."""
        return len(self.places)


@dataclass(slots=True)
class Profile:
    """Sessions of one task: how many, how many did each action, how many say nothing, how many say each thing."""

    sessions: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    silent: int = 0
    keys: dict[str, int] = field(default_factory=dict)

    def add(self, kind: Kind) -> None:
        """The kind's sessions are among the task's."""
        self.sessions += kind.count
        if kind.key:
            self.keys[kind.key] = self.keys.get(kind.key, 0) + kind.count
        else:
            self.silent += kind.count
        for action in kind.actions:
            self.counts[action] = self.counts.get(action, 0) + kind.count

    def dealt(self, other: Profile) -> int:
        """How many things were dealt to this task and not to the other one: sessions of one name come together."""
        parted = sum(count for key, count in self.keys.items() if key in other.keys)
        return max(self.silent + parted + len(self.keys.keys() - other.keys.keys()), 1)


def profile_of(kinds: Iterable[Kind]) -> Profile:
    """The profile of these sessions."""
    found = Profile()
    for kind in kinds:
        found.add(kind)
    return found


@dataclass(frozen=True, slots=True)
class Prior:
    """What is held of any task before its sessions are seen: the shares that actions have in the whole role."""

    shares: Mapping[str, float]

    def evidence(self, profile: Profile) -> float:
        """Logarithm of the likelihood of what the profile's sessions did, its shares integrated out."""
        found = lgamma(STRENGTH) - lgamma(STRENGTH + sum(profile.counts.values()))
        for action, count in profile.counts.items():
            expected = STRENGTH * self.shares[action]
            found += lgamma(count + expected) - lgamma(expected)
        return found

    def likeness(self, one: Profile, other: Profile) -> float:
        """How much more likely two tasks that were told apart by their names are one, as a logarithm."""
        return self.evidence(joined(one, other)) - self.evidence(one) - self.evidence(other)

    def gain(self, one: Profile, other: Profile) -> float:
        """How much more likely the sessions are as one task than as two that are told apart by this alone.

        The ways in which the sessions could be dealt to two tasks count against two.
        """
        here, there = one.dealt(other), other.dealt(one)
        ways = lgamma(here + there) - lgamma(here) - lgamma(there)
        return self.likeness(one, other) + ways

    def scorer(self, profile: Profile) -> Scorer:
        """The likelihood of single sessions under the profile, made ready."""
        total = sum(profile.counts.values()) + STRENGTH
        return Scorer({a: log((profile.counts.get(a, 0) + STRENGTH * s) / total) for a, s in self.shares.items()})


def prior_of(kinds: Sequence[Kind]) -> Prior:
    """The shares of the actions in all that the sessions did."""
    whole = profile_of(kinds)
    total = sum(whole.counts.values())
    return Prior({action: count / total for action, count in sorted(whole.counts.items())})


def joined(one: Profile, other: Profile) -> Profile:
    """Both tasks as one."""
    counts, keys = Counter(one.counts), Counter(one.keys)
    counts.update(other.counts)
    keys.update(other.keys)
    return Profile(one.sessions + other.sessions, counts, one.silent + other.silent, keys)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Logarithms of likelihoods of sessions under one profile."""

    logs: Mapping[str, float]

    def score(self, actions: frozenset[str]) -> float:
        """How likely it is that a session of as many actions has these, as a logarithm."""
        return sum(self.logs[action] for action in actions)


def merged(groups: Sequence[Sequence[Kind]], prior: Prior) -> list[list[Kind]]:
    """The groups, those joined that are more likely to be one task than two, the likeliest pair first."""
    found = [list(group) for group in groups]
    profiles = [profile_of(group) for group in found]
    gains = {(i, j): prior.gain(profiles[i], profiles[j]) for j in range(len(found)) for i in range(j)}
    while gains:
        (i, j), gain = max(gains.items(), key=lambda item: (item[1], -item[0][0], -item[0][1]))
        if gain <= 0:
            break
        found[i] += found[j]
        profiles[i] = joined(profiles[i], profiles[j])
        found[j] = []
        gains = {pair: old for pair, old in gains.items() if j not in pair and i not in pair} | {
            (min(i, k), max(i, k)): prior.gain(profiles[i], profiles[k])
            for k in range(len(found))
            if k != i and found[k]
        }
    return [group for group in found if group]
