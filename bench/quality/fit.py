"""How well policies are made to fit: soundness, distance to the proven optimum, and what wildcards let in later.

    python -m bench.quality.fit [--history FOLDER] [--policies N]

Every AWS managed policy whose actions as a list are over 6,144 characters is compressed into one policy as it would
have been at an earlier time, with the action names known then, and its patterns are read again with today's names.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.quality.history import APRIL_2022, JULY_2024, Levels, reference, today

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed, managed_policies
from leastwise.catalogue.risks import weight_of
from leastwise.language.parse import parse_policy
from leastwise.model.policy import MANAGED_POLICY_LIMIT
from leastwise.synthesize.action_names import CHANGING, Listed
from leastwise.synthesize.action_patterns import patterns_for
from leastwise.synthesize.fitting import fit_policy
from leastwise.synthesize.pattern_cover import fewest_characters, least_drift
from leastwise.synthesize.pattern_exact import is_installed, proved_least_drift
from leastwise.synthesize.pattern_lists import Choice, Problem, hazard
from leastwise.synthesize.rectangles import rectangles

ROOM = MANAGED_POLICY_LIMIT - 144
"""Characters for the actions of one policy, its statement's other parts taken off."""

_OVERHEAD = 60


@dataclass(frozen=True)
class Instance:
    """A managed policy as lists of names, service by service, at some time."""

    name: str
    lists: tuple[Listed, ...]

    @property
    def characters(self) -> int:
        """Of all names, with the service, quotes and comma."""
        return sum(len(one.prefix) + len(name) + 4 for one in self.lists for name in one.names)

    def problems(self) -> list[Problem]:
        """The lists as they are solved."""
        return [Problem(len(one.names), patterns_for(one)) for one in self.lists]


def instances(levels: Mapping[str, Levels], most: int) -> list[Instance]:
    """The managed policies over the quota as lists of the names known then; evenly chosen where there are more."""
    found: dict[frozenset[str], Instance] = {}
    for policy in sorted(allowed_by_managed(load_catalogue()), key=lambda one: one.name):
        by_service: dict[str, set[str]] = {}
        for action in policy.actions:
            prefix, _, name = action.lower().partition(":")
            by_service.setdefault(prefix, set()).add(name)
        lists = tuple(_listed(p, names, levels[p]) for p, names in sorted(by_service.items()) if p in levels)
        one = Instance(policy.name, tuple(held for held in lists if held.names))
        if one.characters > ROOM:
            found.setdefault(policy.actions, one)
    chosen = list(found.values())
    step = max(1.0, len(chosen) / most)
    return [chosen[int(i * step)] for i in range(min(most, len(chosen)))]


def _listed(prefix: str, names: set[str], levels: Levels) -> Listed:
    held = tuple(sorted((name for name in levels if name.lower() in names), key=str.lower))
    others = tuple(name for name in levels if name.lower() not in names)
    return Listed(prefix, held, others, levels)  # type: ignore[arg-type]


Method = Callable[[Sequence[Problem]], Sequence[Choice] | None]


def _fewest(problems: Sequence[Problem]) -> Sequence[Choice]:
    return [fewest_characters(problem) for problem in problems]


def _least(problems: Sequence[Problem]) -> Sequence[Choice] | None:
    return least_drift(problems, room=ROOM)


METHODS: Mapping[str, Method] = {"fewest characters": _fewest, "least drift risk": _least}


@dataclass(frozen=True)
class Replayed:
    """What one policy's patterns came to match: nothing, or so much weight, with or without something that changes."""

    name: str
    gained: bool
    widened: bool
    weight: float
    is_sound: bool


def replayed(one: Instance, choices: Sequence[Choice], later: Mapping[str, Levels]) -> Replayed:
    """The patterns read with later names; `is_sound` says that at their own time they matched the lists and no more."""
    added: set[tuple[str, str]] = set()
    is_sound = True
    for held, choice in zip(one.lists, choices, strict=True):
        patterns = [pattern.text.partition(":")[2].lower() for pattern in choice]
        now = {name for name in held.levels if _matches(name, patterns)}
        is_sound &= now == set(held.names)
        before = {name.lower() for name in held.levels}
        fresh = (name for name in later.get(held.prefix, {}) if name.lower() not in before)
        added |= {(held.prefix, name) for name in fresh if _matches(name, patterns)}
    gained = any(later[prefix][name] in CHANGING for prefix, name in added)
    weight = sum(weight_of(f"{prefix}:{name}") for prefix, name in added)
    return Replayed(one.name, gained, bool(added), weight, is_sound)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern) for pattern in patterns)


def replay_rows(told: str, levels: Mapping[str, Levels], later: Mapping[str, Levels], most: int) -> Iterator[str]:
    """A line a method over the policies that both methods fit."""
    several = instances(levels, most)
    problems = {one.name: one.problems() for one in several}
    start = time.perf_counter()
    chosen = {name: {one.name: method(problems[one.name]) for one in several} for name, method in METHODS.items()}
    seconds = time.perf_counter() - start
    fitting = [one for one in several if chosen["least drift risk"][one.name] is not None]
    for name in METHODS:
        found = [replayed(one, chosen[name][one.name] or (), later) for one in fitting]
        sound = mean(one.is_sound for one in found)
        yield (
            f"| {told} | {name} | {len(fitting)} of {len(several)} | {sound:.0%} "
            f"| {mean(f.widened for f in found):.0%} | {mean(f.gained for f in found):.0%} "
            f"| {mean(f.weight for f in found):,.0f} |"
        )
    print(f"{told}: {seconds:.0f} s for both methods", file=sys.stderr)


def optimum_rows(levels: Mapping[str, Levels], most: int) -> Iterator[str]:
    """How far the quick search is from the proved optimum of drift hazard."""
    ratios: list[float] = []
    quick_seconds = exact_seconds = 0.0
    proved = tried = 0
    for one in instances(levels, most):
        problems = one.problems()
        start = time.perf_counter()
        quick = least_drift(problems, room=ROOM)
        quick_seconds += time.perf_counter() - start
        if quick is None:
            continue
        tried += 1
        start = time.perf_counter()
        best = proved_least_drift(problems, room=ROOM, seconds=30.0)
        exact_seconds += time.perf_counter() - start
        if best is not None and best.is_proved:
            proved += 1
            ratios.append(sum(map(hazard, quick)) / max(1e-9, sum(map(hazard, best.choices))))
    yield (
        f"| {proved} of {tried} proved | {mean(ratios) - 1:.1%} | {max(ratios) - 1:.1%} "
        f"| {quick_seconds / tried:.2f} s | {exact_seconds / tried:.2f} s |"
    )


def documents(most: int) -> tuple[int, int, int]:
    """Published documents over a made-up quota of 2,048 characters: how many, how many fit, how many proved."""
    catalogue = load_catalogue()
    long = [one for one in managed_policies() if len(one.text) > 2_600]
    step = max(1, len(long) // most)
    found = [
        fit_policy(parse_policy(one.text, name=one.name), limit=2_048, attachable=2, catalogue=catalogue)
        for one in long[::step][:most]
    ]
    proved = sum(one.is_by_parts or all(proof.holds for proof in (*one.gained, *one.lost)) for one in found)
    return len(found), sum(one.fits for one in found), proved


def statement_rows(count: int, seed: int) -> Iterator[str]:
    """The rectangles of random tables beside the proved best, and the time for a large table."""
    chance = random.Random(seed)
    by_rows: list[float] = []
    greedy: list[float] = []
    proved = 0
    for _ in range(count):
        pairs = _random_pairs(chance, chance.randint(6, 14), chance.randint(4, 9), chance.uniform(0.2, 0.6))
        best = _best_rectangles(pairs)
        if best is None:
            continue
        proved += 1
        greedy.append(_text(rectangles(pairs, overhead=_OVERHEAD)) / best)
        by_rows.append(_text(_equal_rows(pairs)) / best)
    large = _planted(chance)
    start = time.perf_counter()
    rectangles(large, overhead=_OVERHEAD)
    seconds = time.perf_counter() - start
    yield (
        f"| {proved} of {count} proved | {mean(by_rows):.3f} | {mean(greedy):.3f} | {max(greedy):.3f} "
        f"| {seconds * 1000:.0f} ms |"
    )


Pairs = dict[str, frozenset[str]]


def _random_pairs(chance: random.Random, rows: int, columns: int, share: float) -> Pairs:
    """Actions and resources where some actions go together, as they do."""
    resources = [f"arn:aws:s3:::bucket-{chance.randrange(10 ** chance.randint(2, 9))}-{i}" for i in range(columns)]
    kinds = [frozenset(r for r in resources if chance.random() < share) or frozenset(resources[:1]) for _ in range(4)]
    pairs: Pairs = {}
    for i in range(rows):
        name = f"s3:{'X' * chance.randint(6, 24)}{i}"
        extra = frozenset(r for r in resources if chance.random() < 0.08)
        pairs[name] = chance.choice(kinds) | extra
    return pairs


def _planted(chance: random.Random) -> Pairs:
    """150 actions on 120 resources: twelve rectangles laid over each other, and a few pairs besides."""
    pairs: dict[str, set[str]] = {f"ec2:Action{i:03}": set() for i in range(150)}
    resources = [f"arn:aws:ec2:eu-west-1:111122223333:instance/i-{i:017x}" for i in range(120)]
    for _ in range(12):
        held = chance.sample(resources, chance.randint(4, 30))
        for action in chance.sample(sorted(pairs), chance.randint(4, 30)):
            pairs[action].update(held)
    for _ in range(60):
        pairs[chance.choice(sorted(pairs))].add(chance.choice(resources))
    return {action: frozenset(held) for action, held in pairs.items() if held}


def _equal_rows(pairs: Pairs) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    together: dict[frozenset[str], list[str]] = {}
    for action, held in pairs.items():
        together.setdefault(held, []).append(action)
    return [(tuple(actions), tuple(held)) for held, actions in together.items()]


def _text(found: Sequence[tuple[Sequence[str], Sequence[str]]]) -> int:
    return sum(_OVERHEAD + sum(len(text) + 3 for part in one for text in part) for one in found)


def _best_rectangles(pairs: Pairs) -> float | None:
    """The least text for the pairs, proved: every set of resources may be one rectangle's, with any actions."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(20_000)
    resources = sorted({resource for held in pairs.values() for resource in held})
    covering: dict[tuple[str, str], list[object]] = {}
    costs: list[object] = []
    for mask in range(1, 1 << len(resources)):
        columns = [resources[i] for i in range(len(resources)) if mask >> i & 1]
        rows = [action for action, held in pairs.items() if held.issuperset(columns)]
        if not rows:
            continue
        used = solver.BoolVar("")
        costs.append(used * (_OVERHEAD + sum(len(c) + 3 for c in columns)))
        for action in rows:
            held = solver.BoolVar("")
            solver.Add(held <= used)
            costs.append(held * (len(action) + 3))
            for column in columns:
                covering.setdefault((action, column), []).append(held)
    for several in covering.values():
        solver.Add(solver.Sum(several) >= 1)
    solver.Minimize(solver.Sum(costs))
    return solver.Objective().Value() if solver.Solve() == pywraplp.Solver.OPTIMAL else None


def table(arguments: argparse.Namespace) -> str:
    """All of it, in Markdown."""
    folder = arguments.history
    then, between, now = reference(APRIL_2022, folder), reference(JULY_2024, folder), today()
    heading = "| names of → read in | method | fit one policy | sound | widened | gained Write/Permissions | weight |"
    lines = [heading, "|---|---|---|---|---|---|---|"]
    lines += replay_rows("April 2022 → today", then, now, arguments.policies)
    lines += replay_rows("July 2024 → today (after the fit)", between, now, arguments.policies)
    count, fit, proved = documents(arguments.policies // 2)
    lines += ["", f"{count} published documents, 2 x 2,048 characters: {proved} proved the same, {fit} fit", ""]
    if not is_installed():
        return "\n".join([*lines, "not measured: the optimum, the extra `exact` is not installed"])
    lines += ["| drift hazard against the optimum | mean | worst | search | solver |", "|---|---|---|---|---|"]
    lines += optimum_rows(now, arguments.optima)
    lines += [
        "",
        "| statements against the optimum | equal rows | found | worst | 150 x 120 |",
        "|---|---|---|---|---|",
    ]
    lines += statement_rows(24, arguments.seed)
    return "\n".join(lines)


def options(parser: argparse.ArgumentParser) -> None:
    """What the bench takes."""
    parser.add_argument("--history", type=Path, help="folder with the old releases; fetched otherwise")
    parser.add_argument("--policies", type=int, default=60, help="policies of each replay")
    parser.add_argument("--optima", type=int, default=30, help="policies held against the proved optimum")
    parser.add_argument("--seed", type=int, default=1000)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    print(table(parser.parse_args()))


if __name__ == "__main__":
    main()
