"""Made-up use over time by principals whose needs are known; every rate is an assumption, none is measured.

Need: a managed policy of the test half, which people wrote; a quarter of its actions lies dormant for ever. The rest is
grouped by service and noun, and the groups are dealt to tasks. Four principals share a need with its tasks, each with a
schedule of its own: they are siblings. A task runs daily, weekly, monthly, quarterly or on incidents; a run uses each
action of the task with the action's own probability, reads more often than writes, deletes seldom. With drift, a
principal takes up tasks of other policies, and tasks end.

Known bias: tasks are coherent by noun, which favours rules about nouns, and siblings share tasks to the action, which
favours learning from them. This module shares no code and no constant with what it puts to the test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from leastwise.catalogue.load import Catalogue, load_catalogue
from quality.policies import Policy

PER_TEMPLATE: Final = 4
DORMANT: Final = 0.25
ACTIONS_PER_TASK: Final = 8
SCHEDULES: Final = ("daily", "weekly", "monthly", "quarterly", "incident")
SHARES: Final = (0.40, 0.25, 0.15, 0.12, 0.08)
DAILY: Final = 0.7
INCIDENTS: Final = 1 / 120
NEW_TASKS: Final = 1 / 120
ENDINGS: Final = 1 / 365
READS: Final = (4.0, 2.0)
WRITES: Final = (2.0, 3.0)
DELETES: Final = (0.6, 3.0)
"""Beta laws of the probability that a run uses an action."""
REQUESTS: Final = (1.0, 1.0)
"""Mean and deviation of the logarithm of the mean of further requests."""
WEEK, MONTH, QUARTER = 7, 30, 91
_READING: Final = ("List", "Read")
_REMOVING: Final = re.compile(r"^(Batch)?(Delete|Remove|Terminate|Deregister|Detach|Disassociate|Cancel|Revoke)")
_FIRST_WORD: Final = re.compile(r"^(Batch)?[A-Z][a-z0-9]*")

Row = tuple[str, int, str, str, int]
"""Principal, day, action, resource, requests."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What every principal did day by day, who its siblings are, and all that it may ever need."""

    uses: list[Row]
    siblings: dict[str, tuple[str, ...]]
    needs: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Task:
    """Actions with the probability that a run uses them, each on one of its group's resources."""

    chances: dict[str, float]
    resources: dict[str, tuple[str, ...]]


def simulated(
    policies: Sequence[Policy],
    seed: int,
    *,
    principals: int = 240,
    days: int = 210,
    has_drift: bool = True,
    catalogue: Catalogue | None = None,
) -> Simulated:
    """The same for the same arguments; `policies` are the needs to draw from."""
    random = np.random.default_rng(seed)
    known = catalogue or load_catalogue()
    templates = -(-principals // PER_TEMPLATE)
    order = [int(i) for i in random.permutation(len(policies))]
    uses: list[Row] = []
    siblings: dict[str, tuple[str, ...]] = {}
    needs: dict[str, frozenset[str]] = {}
    for template in range(templates):
        policy = policies[order[template % len(order)]]
        tasks = _tasks(policy.actions, random, known)
        names = [_name(template, n) for n in range(min(PER_TEMPLATE, principals - template * PER_TEMPLATE))]
        for name in names:
            siblings[name] = tuple(other for other in names if other != name)
            spans = [(task, 0, _end(0, days, random) if has_drift else days) for task in tasks]
            if has_drift:
                spans += _drifted(policies, days, random, known)
            needs[name] = frozenset(action for task, _, _ in spans for action in task.chances)
            uses += _rows(name, spans, random)
    return Simulated(sorted(uses), siblings, needs)


def _name(template: int, number: int) -> str:
    return f"arn:aws:iam::111122223333:role/team-{template:03}-{number}"


def _tasks(actions: Iterable[str], random: np.random.Generator, catalogue: Catalogue) -> list[_Task]:
    """The actions that do not lie dormant, dealt to tasks by service and noun."""
    active = [action for action in sorted(actions) if random.random() >= DORMANT]
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for action in active:
        groups[_group(action)].append(action)
    count = 1 + int(random.poisson(len(active) / ACTIONS_PER_TASK))
    hands: list[list[tuple[str, str]]] = [[] for _ in range(count)]
    for group in groups:
        hands[int(random.integers(count))].append(group)
    return [_task({g: groups[g] for g in hand}, random, catalogue) for hand in hands if hand]


def _group(action: str) -> tuple[str, str]:
    service, _, short = action.partition(":")
    noun = _FIRST_WORD.sub("", short) or short
    return service, noun.removesuffix("s").lower()


def _task(groups: dict[tuple[str, str], list[str]], random: np.random.Generator, catalogue: Catalogue) -> _Task:
    chances: dict[str, float] = {}
    resources: dict[str, tuple[str, ...]] = {}
    for (service, noun), actions in groups.items():
        stem = f"arn:aws:{service}:eu-west-1:111122223333:{noun}/{int(random.integers(10**6)):06}"
        names = tuple(f"{stem}-{n}" for n in range(1 + int(random.poisson(1.0))))
        for action in actions:
            chances[action] = float(random.beta(*_law(action, catalogue)))
            resources[action] = names
    return _Task(chances, resources)


def _law(action: str, catalogue: Catalogue) -> tuple[float, float]:
    known = catalogue.action(action)
    level = known.access_level if known else "Write"
    if level in _READING:
        return READS
    if level == "Permissions management" or _REMOVING.match(action.partition(":")[2]):
        return DELETES
    return WRITES


def _end(begin: int, days: int, random: np.random.Generator) -> int:
    return min(days, begin + 1 + int(random.exponential(1 / ENDINGS)))


def _drifted(
    policies: Sequence[Policy], days: int, random: np.random.Generator, catalogue: Catalogue
) -> list[tuple[_Task, int, int]]:
    """Tasks that one principal takes up on its way, each from a policy drawn for it."""
    spans = []
    for day in np.flatnonzero(random.random(days) < NEW_TASKS):
        drawn = policies[int(random.integers(len(policies)))]
        tasks = _tasks(drawn.actions, random, catalogue)
        if tasks:
            task = tasks[int(random.integers(len(tasks)))]
            spans.append((task, int(day), _end(int(day), days, random)))
    return spans


def _rows(name: str, spans: Sequence[tuple[_Task, int, int]], random: np.random.Generator) -> Iterator[Row]:
    counted: dict[tuple[int, str, str], int] = defaultdict(int)
    for task, begin, end in spans:
        for day in _run_days(begin, end, random):
            for action, chance in task.chances.items():
                if random.random() < chance:
                    names = task.resources[action]
                    resource = names[int(random.integers(len(names)))]
                    counted[day, action, resource] += 1 + int(random.poisson(random.lognormal(*REQUESTS)))
    return ((name, day, action, resource, count) for (day, action, resource), count in counted.items())


def _run_days(begin: int, end: int, random: np.random.Generator) -> list[int]:
    """The days of a schedule that is drawn here, within the task's time."""
    kind = SCHEDULES[int(random.choice(len(SCHEDULES), p=SHARES))]
    days = np.arange(begin, end)
    if kind == "daily":
        return [int(d) for d in days[random.random(len(days)) < DAILY]]
    if kind == "incident":
        return [int(d) for d in days[random.random(len(days)) < INCIDENTS]]
    period = {"weekly": WEEK, "monthly": MONTH, "quarterly": QUARTER}[kind]
    phase = int(random.integers(period))
    return [int(d) for d in days[(days - phase) % period == 0]]
