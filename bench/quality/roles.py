"""How well a broad role is split into the jobs that share it, beside simpler ways, on made-up roles with known jobs.

`python bench/quality/roles.py [--seeds 1300,1301,1302] [--roles 40]` prints the table.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.communities import louvain
from leastwise.synthesize.roles import Session, Split, split
from quality.broad_roles import BroadRole, MadeSession, Shape, broad_roles

Labels = list[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a way of splitting says: a label for each session seen, and what each label's role may do."""

    labels: Labels
    granted: dict[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """One role's figures."""

    ari: float
    ratio: float
    blast: float
    fit: float


def table(arguments: Sequence[str] = ()) -> str:
    """The figures of every way over fresh roles, then of ours over other kinds of roles, as Markdown."""
    options = _options(arguments)
    actions = list(load_catalogue().index().actions)
    seeds = [int(seed) for seed in options.seeds.split(",")]

    def made(shape: Shape) -> list[BroadRole]:
        return [role for seed in seeds for role in broad_roles(actions, seed, roles=options.roles, shape=shape)]

    roles = made(Shape())
    lines = ["| way | ARI | roles/true | blast | fit | seconds a role |", "|---|---|---|---|---|---|"]
    for name, way in WAYS.items():
        started = perf_counter()
        scores = [score(role, way(role.seen)) for role in roles]
        lines.append(f"| {name} | {_row(scores)} | {(perf_counter() - started) / len(roles):.2f} |")
    lines += ["", *_verdicts(roles, made(Shape(jobs=(1, 1))))]
    lines += ["", "| roles with | ARI | roles/true | blast | fit | fit of true jobs | of the broad role |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += [_harder(name, made(shape)) for name, shape in HARDER.items()]
    return "\n".join(lines)


def _verdicts(roles: Sequence[BroadRole], single: Sequence[BroadRole]) -> list[str]:
    found = [ours(role.seen) for role in roles]
    worth = sum(one.is_worth_it for one in found)
    whole = sum(not ours(role.seen).is_worth_it for role in single)
    return [
        f"Roles of one job left whole: {whole} of {len(single)}.",
        f"Roles of several jobs that are said to be worth a split: {worth} of {len(roles)}.",
        f"Fit that is told from the sessions seen alone: {sum(one.fit for one in found) / len(found):.3f}.",
    ]


def _harder(name: str, roles: Sequence[BroadRole]) -> str:
    own = [score(role, _ours(role.seen)) for role in roles]
    true, whole = (sum(score(role, way(role.seen)).fit for role in roles) / len(roles) for way in (true_jobs, broad))
    return f"| {name} | {_row(own)} | {true:.3f} | {whole:.3f} |"


def _row(scores: Sequence[Score]) -> str:
    fields = [[one.ari for one in scores], [one.ratio for one in scores]]
    fields += [[one.blast for one in scores], [one.fit for one in scores]]
    return " | ".join(f"{sum(values) / len(values):.3f}" for values in fields)


def score(role: BroadRole, answer: Answer) -> Score:
    """How near the answer is to the true jobs, what it grants, and which of the later sessions it lets through."""
    broad = frozenset().union(*(one.actions for one in role.seen))
    weights = {label: _weight(granted) / _weight(broad) for label, granted in answer.granted.items()}
    fits = sum(any(one.actions <= granted for granted in answer.granted.values()) for one in role.later)
    return Score(
        ari=adjusted_rand([one.job for one in role.seen], answer.labels),
        ratio=len(answer.granted) / role.jobs,
        blast=sum(weights[label] for label in answer.labels) / len(answer.labels),
        fit=fits / len(role.later),
    )


def _weight(actions: frozenset[str]) -> int:
    return sum(map(weight_of, actions))


def adjusted_rand(one: Sequence[int], other: Sequence[int]) -> float:
    """Agreement of two partitions past chance (Hubert and Arabie 1985)."""
    both = sum(comb(n, 2) for n in Counter(zip(one, other, strict=True)).values())
    rows, columns = (sum(comb(n, 2) for n in Counter(labels).values()) for labels in (one, other))
    expected = rows * columns / comb(len(one), 2)
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _answer(sessions: Sequence[MadeSession], labels: Labels) -> Answer:
    used: dict[int, set[str]] = {}
    for session, label in zip(sessions, labels, strict=True):
        used.setdefault(label, set()).update(session.actions)
    return Answer(labels, {label: frozenset(actions) for label, actions in used.items()})


def broad(sessions: Sequence[MadeSession]) -> Answer:
    """The role as it is."""
    return _answer(sessions, [0] * len(sessions))


def true_jobs(sessions: Sequence[MadeSession]) -> Answer:
    """The true jobs with what their sessions used: what a perfect splitter without a buffer reaches."""
    return _answer(sessions, [one.job for one in sessions])


def by_name_alone(sessions: Sequence[MadeSession]) -> Answer:
    """One role a name without its last part; what has a default name goes to one role for all the rest."""
    stems = [one.name.rpartition("-")[0] for one in sessions]
    common = {
        stem: place + 1 for place, stem in enumerate(sorted({s for s in stems if s.endswith(("-job", ".runner"))}))
    }
    return _answer(sessions, [common.get(stem, 0) for stem in stems])


def action_communities(sessions: Sequence[MadeSession]) -> Answer:
    """Communities of the actions that occur together; a session goes where most of its actions are."""
    names = sorted({action for one in sessions for action in one.actions})
    places = {name: place for place, name in enumerate(names)}
    graph: list[dict[int, float]] = [{} for _ in names]
    for one in sessions:
        for a in one.actions:
            for b in one.actions - {a}:
                graph[places[a]][places[b]] = graph[places[a]].get(places[b], 0.0) + 1.0
    community = louvain(graph)
    labels = [Counter(sorted(community[places[a]] for a in one.actions)).most_common(1)[0][0] for one in sessions]
    return _answer(sessions, labels)


def ours(sessions: Sequence[MadeSession]) -> Split:
    """What leastwise proposes."""
    plain = [Session(s.name, {"agent": s.agent}, s.actions, s.events, s.first, s.last) for s in sessions]
    return split(plain, weight=weight_of)


def _ours(sessions: Sequence[MadeSession], *, is_named: bool = True, is_buffered: bool = True) -> Answer:
    found = ours(sessions if is_named else [_nameless(one) for one in sessions])
    labels = [0] * len(sessions)
    for label, task in enumerate(found.tasks):
        for place in task.sessions:
            labels[place] = label
    granted = {label: task.granted if is_buffered else task.actions for label, task in enumerate(found.tasks)}
    return Answer(labels, granted)


def _nameless(one: MadeSession) -> MadeSession:
    return MadeSession("", one.agent, one.actions, one.events, one.first, one.last, one.job)


WAYS: dict[str, Callable[[Sequence[MadeSession]], Answer]] = {
    "broad role": broad,
    "true jobs": true_jobs,
    "names alone": by_name_alone,
    "action co-occurrence communities": action_communities,
    "ours, names not told": lambda sessions: _ours(sessions, is_named=False),
    "ours, nothing kept": lambda sessions: _ours(sessions, is_buffered=False),
    "**ours**": _ours,
}


HARDER: dict[str, Shape] = {
    "no names": Shape(named=0.0),
    "9 of 18 actions shared": Shape(shared=9, own=9),
    "12 of 18 actions shared": Shape(shared=12, own=6),
    "15 % mixed sessions": Shape(mixed=0.15),
    "2 actions a session": Shape(more=1.0),
    "15 to 30 sessions a job": Shape(sessions=(15, 30)),
}
"""Kinds of roles that are harder to split."""


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1300,1301,1302")
    parser.add_argument("--roles", type=int, default=40, help="roles a seed")
    return parser.parse_args(list(arguments))


def main() -> None:
    """The table on standard output."""
    print(table(sys.argv[1:]))


if __name__ == "__main__":
    main()
