"""A broad role split into task roles, where that takes risk away: which sessions would use which, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.synthesize.profiles import Kind, Profile, profile_of
from leastwise.synthesize.stable_names import evidence_of
from leastwise.synthesize.tasks import RARE, tasks_of

DENIAL_COST: Final = 40
"""What one denied call costs, in units of risk weight: high, because what is kept is granted today already."""
LEAST_SAVED: Final = 0.1
"""The share of the risk weight that a split must take away to be worth its upkeep."""
_SHOWN: Final = 3
_REPOSITORY: Final = re.compile(r"\brepo:([^:]+)")
"""Where the subject of a GitHub workflow names its repository."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session: its name, its other signs, the actions that it used with success, when, in seconds since 1970.

    Signs are `source_identity`, `subject` (of a web identity), `caller`, `issuing_service`, `agent`, each if known.
    """

    name: str
    signals: Mapping[str, str]
    actions: frozenset[str]
    events: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Task:
    """One task role: the places of its sessions, what they used, and what is `kept` for it although they did not.

    Kept are actions that the other tasks use, that are likely enough to be wanted here and weigh little.
    """

    name: str
    sessions: tuple[int, ...]
    actions: frozenset[str]
    kept: frozenset[str]
    reason: str

    @property
    def granted(self) -> frozenset[str]:
        """All that the task role may do."""
        return self.actions | self.kept


@dataclass(frozen=True, slots=True)
class Split:
    """The tasks and what the split would change.

    `blast` is the mean over sessions of what their task role weighs beside the broad role; `fit` the share of sessions
    that one task role would have let through had they not been seen, `broad_fit` the same of the broad role.
    """

    tasks: tuple[Task, ...]
    blast: float
    fit: float
    broad_fit: float
    crossing: tuple[int, ...] = ()
    unplaced: tuple[int, ...] = ()

    @property
    def is_worth_it(self) -> bool:
        """Whether there are several tasks, and the split takes away enough and more than it denies."""
        saved = 1 - self.blast
        return len(self.tasks) > 1 and saved >= LEAST_SAVED and saved > self.broad_fit - self.fit


def split(sessions: Sequence[Session], *, weight: Callable[[str], int]) -> Split:
    """The task roles of a broad role's sessions; sessions that used nothing with success are `unplaced`."""
    kinds = _kinds(sessions)
    groups = tasks_of(kinds)
    whole = profile_of(kinds)
    drafts = [_Draft(group, whole, weight) for group in groups]
    tasks = _named(drafts, sessions, whole)
    broad = sum(map(weight, whole.counts)) or 1
    shares = [sum(map(weight, task.granted)) / broad * len(task.sessions) for task in tasks]
    placed = whole.sessions or 1
    return Split(
        tasks=tuple(tasks),
        blast=sum(shares) / placed if tasks else 1.0,
        fit=sum(kind.count for kind in kinds if any(draft.would_fit(kind) for draft in drafts)) / placed,
        broad_fit=sum(kind.count for kind in kinds if _is_seen_again(kind, whole)) / placed,
        crossing=tuple(sorted(p for kind in kinds if not _fits_one(kind, tasks) for p in kind.places)),
        unplaced=tuple(place for place, session in enumerate(sessions) if not session.actions),
    )


def _kinds(sessions: Sequence[Session]) -> list[Kind]:
    places: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for place, session in enumerate(sessions):
        if session.actions:
            evidence = evidence_of(session.name, session.signals)
            key = f"{evidence.kind}:{evidence.value}" if evidence else ""
            places.setdefault((tuple(sorted(session.actions)), key), []).append(place)
    return [Kind(frozenset(actions), key, tuple(found)) for (actions, key), found in sorted(places.items())]


class _Draft:
    """A task without its name, and what it would let through."""

    def __init__(self, group: Sequence[Kind], whole: Profile, weight: Callable[[str], int]) -> None:
        self.group = group
        self.profile = profile_of(group)
        self._own = {kind.places for kind in group}
        self._whole = whole
        self._weight = weight
        absent = [action for action in whole.counts if action not in self.profile.counts]
        strays = [action for action, count in self.profile.counts.items() if count == 1 and whole.counts[action] > 2]
        self.actions = frozenset(action for action in self.profile.counts if not self._is_crossing(action))
        self._strays = len(strays)
        self._elsewhere = sum(self._others(action) for action in (*absent, *strays)) or 1
        self.kept = frozenset(action for action in absent if self._is_kept(action))

    def _is_crossing(self, action: str) -> bool:
        """Whether hardly a session of the task did it, and more of the others: those did two tasks at once."""
        own = self.profile.counts[action]
        return own * RARE < self.profile.sessions and own < self._others(action)

    def _others(self, action: str) -> int:
        return self._whole.counts[action] - self.profile.counts.get(action, 0)

    def _is_kept(self, action: str) -> bool:
        """Whether a denial would cost more than the action weighs.

        As many other tasks' actions as were seen here once only are to be expected anew in as many sessions again
        (Good and Toulmin, 1956), the more used ones first.
        """
        wanted = min(1.0, self._strays * self._others(action) / self._elsewhere)
        return wanted * DENIAL_COST > (1 - wanted) * self._weight(action)

    def would_fit(self, kind: Kind) -> bool:
        """Whether a session of the kind would be let through had it not been seen."""
        is_only = kind.places in self._own and kind.count == 1
        return all(
            action in self.actions or action in self.kept
            if not is_only or self.profile.counts[action] > 1
            else self._others(action) > 0 and self._is_kept(action)
            for action in kind.actions
        )


def _fits_one(kind: Kind, tasks: Sequence[Task]) -> bool:
    return any(kind.actions <= task.granted for task in tasks)


def _is_seen_again(kind: Kind, whole: Profile) -> bool:
    return kind.count > 1 or all(whole.counts[action] > 1 for action in kind.actions)


def _named(drafts: Sequence[_Draft], sessions: Sequence[Session], whole: Profile) -> list[Task]:
    taken: set[str] = set()
    tasks = []
    for draft in drafts:
        keys = _keys(draft.group)
        name = _unique(_stem(keys, _telling(draft.profile, whole)), taken)
        places = tuple(sorted(place for kind in draft.group for place in kind.places))
        reason = _reason(keys, draft.profile, whole)
        tasks.append(Task(name, places, draft.actions, draft.kept, reason))
    return tasks


def _keys(group: Iterable[Kind]) -> list[tuple[str, int]]:
    """The evidence of the task's sessions with how many bear it, the most borne first."""
    counts: dict[str, int] = {}
    for kind in group:
        if kind.key:
            counts[kind.key] = counts.get(kind.key, 0) + kind.count
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _telling(profile: Profile, whole: Profile) -> list[str]:
    """The actions that tell the task from the others: done in it often, elsewhere seldom."""

    def lift(action: str) -> float:
        count = profile.counts[action]
        elsewhere = (whole.counts[action] - count + 0.5) / (whole.sessions - profile.sessions + 1)
        return count / profile.sessions * (1 - min(1.0, elsewhere))

    return sorted(profile.counts, key=lambda action: (-lift(action), action))


def _stem(keys: Sequence[tuple[str, int]], telling: Sequence[str]) -> str:
    value = keys[0][0].partition(":")[2] if keys else telling[0].replace(":", "-")
    repository = _REPOSITORY.search(value)
    text = repository[1] if repository else value.rpartition("/")[2].partition("@")[0]
    return re.sub(r"[^A-Za-z0-9+=,.@_-]+", "-", text).strip("-")[:40] or "task"


def _unique(stem: str, taken: set[str]) -> str:
    name, turn = stem, 1
    while name.lower() in taken:
        turn += 1
        name = f"{stem}-{turn}"
    taken.add(name.lower())
    return name


_KIND_WORDS: Final = {
    "source_identity": "source identity",
    "subject": "web identity",
    "name": "session name",
    "caller": "assumed by",
    "issuing_service": "issued to",
    "agent": "user agent",
}


def _reason(keys: Sequence[tuple[str, int]], profile: Profile, whole: Profile) -> str:
    told = [f"{_KIND_WORDS[kind]} `{value}` ({count})" for kind, value, count in map(_parts, keys[:_SHOWN])]
    more = [f"{len(keys) - _SHOWN} more names"] if len(keys) > _SHOWN else []
    rest = profile.sessions - sum(count for _, count in keys)
    telling = ", ".join(_telling(profile, whole)[:_SHOWN])
    by_name = [f"{', '.join(told + more)}"] if told else []
    by_use = [f"{rest} by what they do, such as {telling}"] if rest else [f"they do {telling}"]
    return "; ".join(by_name + by_use)


def _parts(key: tuple[str, int]) -> tuple[str, str, int]:
    kind, _, value = key[0].partition(":")
    return kind, value, key[1]
