"""When to take an unused grant away, over made-up use: the rule of removal beside taking away all that is unused.

`python -m quality.removal [--policies FILE] [--seeds N …] [--principals N]`, with `bench` on the path. Each principal
has a broad policy from its first day: all actions of the managed policy that its need was drawn from, by name, and for
half of their services every `Get*`, `List*` and `Describe*`, by pattern. Some were made before the log begins, some in
it. On a day, everything not used so far is judged; the thirty days after it tell which of that was needed.

The rates of the made-up use are assumptions: the figures compare rules with each other, on this use and no other.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from leastwise.catalogue.actions import expand
from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.holdings import Holding, Naming
from leastwise.synthesize.removal import Law, Unused, law, log_of, stays
from leastwise.usage.first_uses import FirstUse
from quality.policies import Policy, collection, test_half
from quality.simulator import PER_TEMPLATE, simulated

SEEDS: Final = (1000, 1001, 1002, 1003)
DAYS: Final = 240
JUDGED: Final = (30, 60, 90, 120)
AHEAD: Final = 30
COSTS: Final = (2, 5, 10, 20, 40, 80)
OLD_ENOUGH: Final = 90
BEFORE: Final = 60
"""Days before the log in which principals were made; as many were made in it, up to the day of judgement."""
BINS: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.01)
AGES: Final = (0, 7, 14, 30, 60, 90)
VERBS: Final = ("get*", "list*", "describe*")


@dataclass(frozen=True)
class Judged:
    """A grant unused at the day of judgement: what was told of it, its weight, its age, and whether it was needed."""

    told: Unused
    weight: int
    age: int
    is_needed: bool


@dataclass(frozen=True)
class _Made:
    """Principals with their grants, and the day on which each used each action; days count from the log's begin."""

    holdings: list[Holding]
    uses: dict[str, dict[str, list[int]]]


def made(policies: Sequence[Policy], seed: int, day: int, *, principals: int, catalogue: Catalogue) -> _Made:
    """Principals made from 60 days before the log up to the day of judgement, each with its use from then on."""
    drawn = simulated(policies, seed, principals=principals, days=DAYS, catalogue=catalogue)
    order = [int(i) for i in np.random.default_rng(seed).permutation(len(policies))]  # as the simulator draws them
    random = np.random.default_rng([seed, day])
    holdings, uses = [], {}
    begun = {name: int(random.integers(-BEFORE, day)) for name in drawn.needs}
    for place, name in enumerate(drawn.needs):
        policy = policies[order[place // PER_TEMPLATE % len(order)]]
        holdings.append(Holding(name, "role", begun[name], _broad(policy, random, catalogue)))
        uses[name] = dict[str, list[int]]()
    for name, on, action, _, _ in drawn.uses:
        if on + begun[name] >= 0:
            uses[name].setdefault(action, []).append(on + begun[name])
    return _Made(holdings, uses)


def _broad(policy: Policy, random: np.random.Generator, catalogue: Catalogue) -> Mapping[str, Naming]:
    services = sorted({action.partition(":")[0] for action in policy.actions})
    wide = [service for service in services if random.random() < 1 / 2]
    found: dict[str, Naming] = {
        one.name: "by pattern" for prefix in wide for verb in VERBS for one in expand(catalogue, f"{prefix}:{verb}")
    }
    return found | dict.fromkeys(sorted(policy.actions), "by name")


def learned(one: _Made, day: int, catalogue: Catalogue) -> tuple[Law, frozenset[str]]:
    """What the fleet tells by the log up to the day, and who is in that log."""
    seen = [FirstUse(name, action, min(days)) for name, used in one.uses.items() for action, days in used.items()]
    before = [use for use in seen if use.day < day]

    def level(action: str) -> str:
        known = catalogue.action(action)
        return known.access_level if known else "Write"

    found = law(one.holdings, before, log=log_of(before, day), level=level, is_visible=lambda account, action: True)
    assert isinstance(found, Law), found
    return found, frozenset(use.principal for use in before)


def judged(one: _Made, day: int, catalogue: Catalogue) -> Iterator[Judged]:
    """Every grant that is unused on the day, told from the log up to it, with what the days after it hold."""
    found, active = learned(one, day, catalogue)
    for holding in (each for each in one.holdings if each.principal in active):
        used = one.uses[holding.principal]
        for action in holding.actions:
            days = used.get(action, [])
            if not any(each < day for each in days):
                is_needed = any(day <= each < day + AHEAD for each in days)
                told = found.unused(holding, action)
                assert holding.created is not None
                yield Judged(told, weight_of(action, catalogue), day - holding.created, is_needed)


def rows(judged_: Sequence[Judged]) -> Iterator[list[str]]:
    """A row for each rule: what it takes away, and what of that was then needed."""
    everything = sum(one.weight for one in judged_)
    needed = sum(one.is_needed for one in judged_)
    rules: dict[str, list[Judged]] = {
        "all that is unused": list(judged_),
        f"all, of principals of {OLD_ENOUGH} days": [one for one in judged_ if one.age >= OLD_ENOUGH],
    }
    for cost in COSTS:
        rules[f"rule, c = {cost}"] = [one for one in judged_ if not stays(one.told, one.weight, cost=cost)]
    for name, gone in rules.items():
        weight, denied = sum(one.weight for one in gone), sum(one.is_needed for one in gone)
        spared, left = needed - denied, everything - weight
        yield [
            name,
            f"{len(gone):,}",
            f"{weight / everything:.3f}",
            f"{denied:,}",
            f"{100 * denied / weight:.3f}" if weight else "",
            f"{spared / needed:.3f}" if needed else "",
            f"{100 * spared / left:.2f}" if left else "",
        ]


HEADINGS: Final = (
    "rule",
    "grants taken away",
    "share of the unused weight",
    "of them needed in 30 days",
    "needed for 100 of weight taken",
    "share of the needed that stays",
    "needed that stays for 100 of weight left",
)


def told_and_true(judged_: Sequence[Judged]) -> Iterator[list[str]]:
    """How many grants each range of chances was told of, the mean chance, and the share that was needed."""
    known = [(one.told.soon.chance, one.is_needed) for one in judged_ if one.told.soon is not None]
    for low, high in pairwise(BINS):
        inside = [(chance, is_needed) for chance, is_needed in known if low <= chance < high]
        if inside:
            mean = sum(chance for chance, _ in inside) / len(inside)
            true = sum(is_needed for _, is_needed in inside) / len(inside)
            yield [f"{low:g} to {min(high, 1):g}", f"{len(inside):,}", f"{mean:.4f}", f"{true:.4f}"]
    if known:
        mean, true = (sum(float(pair[place]) for pair in known) / len(known) for place in (0, 1))
        yield ["all", f"{len(known):,}", f"{mean:.4f}", f"{true:.4f}"]


def unused_shares(found: Law) -> Iterator[list[str]]:
    """The curve of each class that is watched long enough: the share of its grants unused at each age."""
    for name, curve in found.levels[1].items():
        if curve.longest:
            shares = (f"{curve.share_unused(age):.3f}" if age <= curve.longest else "" for age in AGES)
            yield [name, f"{curve.longest}", *shares]


def report(path: Path | None, seeds: Sequence[int], days: Sequence[int], principals: int) -> Iterator[str]:
    """The tables, a pair for each day of judgement, over all seeds together."""
    catalogue = load_catalogue()
    policies = test_half(collection(path, catalogue))
    for day in days:
        found: list[Judged] = []
        for seed in seeds:
            found += judged(made(policies, seed, day, principals=principals, catalogue=catalogue), day, catalogue)
        yield f"### judged on day {day} of the log; {len(found):,} unused grants, seeds {', '.join(map(str, seeds))}"
        yield ""
        yield from _table(HEADINGS, rows(found))
        yield ""
        yield from _table(("chance told", "grants", "mean told", "share needed"), told_and_true(found))
        unknown = sum(one.told.soon is None for one in found)
        yield from ("", f"no chance told: {unknown:,}", "", f"Share unused by age, seed {seeds[0]}:", "")
        first = made(policies, seeds[0], day, principals=principals, catalogue=catalogue)
        ages = (f"{age} days" for age in AGES)
        yield from _table(("class", "watched", *ages), unused_shares(learned(first, day, catalogue)[0]))
        yield ""


def _table(headings: Sequence[str], lines: Iterator[list[str]]) -> Iterator[str]:
    for cells in (list(headings), ["---"] * len(headings), *lines):
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """The tables are printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=Path, help="a collection; without it, the policies in the package")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--days", type=int, nargs="+", default=list(JUDGED))
    parser.add_argument("--principals", type=int, default=240)
    arguments = parser.parse_args()
    for line in report(arguments.policies, arguments.seeds, arguments.days, arguments.principals):
        print(line, flush=True)


if __name__ == "__main__":
    main()
