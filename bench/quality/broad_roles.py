"""Broad roles that several jobs share, made up, with the job of every session: what a splitter has to find out.

Each role has 2 to 6 jobs in the same three services. A job has 18 actions: 6 that all jobs of the role have, 12 of its
own. Sessions are short and take the job's actions by a Zipf law; one in twenty also does a part of another job; three
in ten bear a name that belongs to the job. This module shares no code and no constant with what it puts to the test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

SERVICES: Final = 3
ZIPF: Final = 1.0
DAY: Final = 86_400
_DEFAULT_NAMES: Final = ("botocore-session-{}", "aws-go-sdk-{}", "i-0{:016x}", "{:032x}", "session-{}")
_AGENTS: Final = ("Boto3", "aws-cli", "aws-sdk-go-v2", "APN/1.0 HashiCorp")
_WORDS: Final = ("billing", "ingest", "deploy", "report", "backup", "sync", "audit", "etl", "patch", "index", "alerts")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the roles are like: how many jobs and sessions at least and at most, and how hard to tell apart.

    `shared` actions of a job are those of all, `own` are its own; sessions do one action and on average `more`.
    """

    jobs: tuple[int, int] = (2, 6)
    sessions: tuple[int, int] = (40, 80)
    shared: int = 6
    own: int = 12
    more: float = 3.0
    named: float = 0.3
    mixed: float = 0.05


@dataclass(frozen=True, slots=True)
class MadeSession:
    """One session of a broad role, with the `job` that it is truly of."""

    name: str
    agent: str
    actions: frozenset[str]
    events: int
    first: int
    last: int
    job: int


@dataclass(frozen=True, slots=True)
class BroadRole:
    """A role with its sessions: those that the log shows, and those that come later."""

    jobs: int
    seen: tuple[MadeSession, ...]
    later: tuple[MadeSession, ...]


def broad_roles(actions: Sequence[str], seed: int, *, roles: int = 40, shape: Shape | None = None) -> list[BroadRole]:
    """So many roles out of these actions; the same for the same arguments."""
    like = shape or Shape()
    by_service: dict[str, list[str]] = {}
    for action in sorted(actions):
        by_service.setdefault(action.partition(":")[0], []).append(action)
    needed = math.ceil((like.shared + like.jobs[1] * like.own) / SERVICES)
    large = sorted(service for service, names in by_service.items() if len(names) >= needed)
    random = Random(seed)
    return [_role(random, [by_service[name] for name in random.sample(large, SERVICES)], like) for _ in range(roles)]


@dataclass(frozen=True, slots=True)
class _Job:
    actions: tuple[str, ...]
    weights: tuple[float, ...]
    names: tuple[str, ...]


def _role(random: Random, services: Sequence[Sequence[str]], like: Shape) -> BroadRole:
    count = random.randint(*like.jobs)
    pool = [name for names in services for name in names]
    taken = random.sample(pool, like.shared + like.own * count)
    words = random.sample(_WORDS, count)
    owned = [taken[like.shared + like.own * j : like.shared + like.own * (j + 1)] for j in range(count)]
    jobs = [_job(random, taken[: like.shared] + own, word) for own, word in zip(owned, words, strict=True)]
    sessions = [_session(random, jobs, j, like) for j in range(count) for _ in range(random.randint(*like.sessions))]
    sessions.sort(key=lambda one: one.first)
    half = len(sessions) // 2
    return BroadRole(count, tuple(sessions[:half]), tuple(sessions[half:]))


def _job(random: Random, actions: Sequence[str], word: str) -> _Job:
    order = random.sample(actions, len(actions))
    names = [f"{word}-job", f"{word}.runner"][: random.randint(1, 2)]
    return _Job(tuple(order), tuple((rank + 1) ** -ZIPF for rank in range(len(order))), tuple(names))


def _session(random: Random, jobs: Sequence[_Job], own: int, like: Shape) -> MadeSession:
    done = _some(random, jobs[own], like)
    if len(jobs) > 1 and random.random() < like.mixed:
        done |= _some(random, jobs[random.choice([j for j in range(len(jobs)) if j != own])], like)
    first = random.randrange(90 * DAY)
    stamp = 1_700_000_000 + first
    named = random.random() < like.named
    name = f"{random.choice(jobs[own].names)}-{stamp}" if named else random.choice(_DEFAULT_NAMES).format(stamp)
    events = len(done) + sum(random.randrange(4) for _ in done)
    return MadeSession(
        name, random.choice(_AGENTS), frozenset(done), events, first, first + random.randrange(60, 3_600), own
    )


def _some(random: Random, job: _Job, like: Shape) -> set[str]:
    """A short session's distinct actions, by weight and without repeats (Efraimidis and Spirakis 2006)."""
    size = min(1 + _poisson(random, like.more), len(job.actions))
    keys = {action: random.random() ** (1 / weight) for action, weight in zip(job.actions, job.weights, strict=True)}
    return set(sorted(keys, key=lambda action: -keys[action])[:size])


def _poisson(random: Random, mean: float) -> int:
    """Knuth's product of uniforms."""
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count
