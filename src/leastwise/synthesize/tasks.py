"""Sessions into tasks: names are the seeds, what sessions do decides, and what no name explains is cut by likeness."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Final

from leastwise.synthesize.communities import communities
from leastwise.synthesize.profiles import Kind, Prior, Profile, merged, prior_of, profile_of

FEWEST: Final = 3
"""Sessions that a name needs to be a seed, and a task to stand alone."""
RARE: Final = 50
"""Fewer than one session in so many is rare."""
_ROUNDS: Final = 12

Groups = list[list[Kind]]


def tasks_of(kinds: Sequence[Kind]) -> Groups:
    """The kinds in tasks, each in one, the largest task first; an empty list for no kinds."""
    if not kinds:
        return []
    prior = prior_of(kinds)
    seeds = merged(_seeds(kinds, prior), prior)
    groups = seeds + _unexplained(kinds, seeds, prior)
    groups = _settled(kinds, merged(groups, prior), prior)
    groups = [part for group in groups for part in _cut(group, prior)]
    groups = _settled(kinds, merged(groups, prior), prior)
    groups = _settled(kinds, merged(_without_tiny(groups, prior), prior), prior)
    return sorted(groups, key=lambda group: (-sum(kind.count for kind in group), group[0].places))


def _seeds(kinds: Sequence[Kind], prior: Prior) -> Groups:
    """The sessions of each name that does something else than the rest do."""
    by_key: dict[str, list[Kind]] = {}
    for kind in kinds:
        if kind.key:
            by_key.setdefault(kind.key, []).append(kind)
    whole = profile_of(kinds)
    return [
        group
        for _, group in sorted(by_key.items())
        if sum(kind.count for kind in group) >= FEWEST and prior.likeness(profile_of(group), _without(whole, group)) < 0
    ]


def _without(whole: Profile, group: Sequence[Kind]) -> Profile:
    part = profile_of(group)
    counts = {action: count - part.counts.get(action, 0) for action, count in whole.counts.items()}
    return Profile(whole.sessions - part.sessions, counts)


def _unexplained(kinds: Sequence[Kind], seeds: Groups, prior: Prior) -> Groups:
    """Communities of the sessions that are likelier under the role's own rates than under any seed."""
    scorers = [prior.scorer(profile_of(seed)) for seed in seeds]
    anybody = prior.scorer(Profile())
    seeded = {kind.places for seed in seeds for kind in seed}
    left = [
        kind
        for kind in kinds
        if kind.places not in seeded
        and all(scorer.score(kind.actions) <= anybody.score(kind.actions) for scorer in scorers)
    ]
    return _cut(left, prior) if left else []


def _cut(group: Sequence[Kind], prior: Prior) -> Groups:
    """The group, or the tasks that its sessions are more likely to be."""
    if sum(kind.count for kind in group) < 2 * FEWEST:
        return [list(group)]
    return merged(_settled(group, merged(communities(group), prior), prior), prior)


def _settled(kinds: Sequence[Kind], groups: Groups, prior: Prior) -> Groups:
    """Every kind in the task that it is likeliest of, by what it does and by where its name is at home."""
    for _ in range(_ROUNDS):
        placed: Groups = [[] for _ in groups]
        choose = _Chooser(groups, prior)
        for kind in kinds:
            placed[choose.best(kind)].append(kind)
        placed = [group for group in placed if group]
        if placed == groups:
            break
        groups = placed
    return groups


class _Chooser:
    """The tasks as they stand, ready to say of which a kind is likeliest."""

    def __init__(self, groups: Groups, prior: Prior) -> None:
        profiles = [profile_of(group) for group in groups]
        total = sum(profile.sessions for profile in profiles)
        self._scorers = [prior.scorer(profile) for profile in profiles]
        self._sizes = [log(profile.sessions / total) for profile in profiles]
        self._homes: dict[str, list[int]] = {}
        for place, group in enumerate(groups):
            for kind in group:
                if kind.key:
                    self._homes.setdefault(kind.key, [0] * len(groups))[place] += kind.count

    def best(self, kind: Kind) -> int:
        """The place of the task."""
        homes = self._homes.get(kind.key, [])
        scores = [size + scorer.score(kind.actions) for size, scorer in zip(self._sizes, self._scorers, strict=True)]
        if sum(homes) > kind.count:
            scores = [score + log((home + 0.5) / (sum(homes) + 1)) for score, home in zip(scores, homes, strict=True)]
        return max(range(len(scores)), key=lambda place: (scores[place], -place))


def _without_tiny(groups: Groups, prior: Prior) -> Groups:
    """The groups, those that are no task of their own joined with the one that they fit best."""
    while len(groups) > 1:
        profiles = [profile_of(group) for group in groups]
        whole = profile_of(kind for group in groups for kind in group)
        order = sorted(range(len(groups)), key=lambda i: (profiles[i].sessions, i))
        small = next((i for i in order if _is_no_task(profiles[i], whole)), None)
        if small is None:
            break
        others = [i for i in range(len(groups)) if i != small]
        best = max(others, key=lambda i: (prior.gain(profiles[i], profiles[small]), -i))
        groups = [group + groups[small] if i == best else group for i, group in enumerate(groups) if i != small]
    return groups


def _is_no_task(profile: Profile, whole: Profile) -> bool:
    """Whether it has too few sessions to be one, or few and nothing that the others do not do more."""
    if profile.sessions < FEWEST:
        return True
    is_rare = profile.sessions * RARE < whole.sessions
    return is_rare and all(2 * count < whole.counts[action] for action, count in profile.counts.items())
