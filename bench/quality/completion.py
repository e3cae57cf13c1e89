"""Hide three in ten actions of policies that people wrote, and see how many of them each buffer finds at what price.

`python -m quality.completion [--policies FILE] [--seeds N …]`, with `bench` on the path. Only the test half is looked
at. Its policies and those near to them are in none of the sources that the buffer learned from or compares with.
`recovered`, `precision` and `over` are taken over all policies together, `by policy` is the mean over policies; `over`
is the weight of what was added and not hidden, as a share of the weight of the true policies. Sensitive actions are
never granted here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.catalogue.managed import Allowed
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.baselines import lifecycle_pairs, noun_closure, same_noun_reads, service_wildcard
from leastwise.synthesize.buffer import Setting, Weighed, chosen, granted, weighed
from leastwise.synthesize.neighbours import Neighbours, neighbours_of
from quality.policies import Policy, collection, not_for_test, test_half, without_near

HIDDEN = 0.3
SEEDS = (1000, 1001, 1002)
FEWEST, MOST = 2, 400
RESAMPLES = 1000
HEADINGS = (
    "buffer",
    "recovered",
    "(95 %)",
    "precision",
    "added",
    "over",
    "(95 %)",
    "recovered by policy",
    "over by policy",
)

Rule = Callable[[Collection[str], Sequence[Weighed], Catalogue], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a buffer did to one policy."""

    hidden: int
    found: int
    added: int
    wrong: int
    weight: int


def _exact(_used: Collection[str], _found: Sequence[Weighed], _catalogue: Catalogue) -> frozenset[str]:
    return frozenset()


def _plain(
    rules: Sequence[Callable[[Collection[str], Catalogue], frozenset[str]]],
    used: Collection[str],
    _found: Sequence[Weighed],
    catalogue: Catalogue,
) -> frozenset[str]:
    return frozenset().union(*(rule(used, catalogue) for rule in rules))


def _ours(setting: Setting, _used: Collection[str], found: Sequence[Weighed], _catalogue: Catalogue) -> frozenset[str]:
    return granted(chosen(found, setting))


RULES: Mapping[str, Rule] = {
    "exact": _exact,
    "same-noun reads": partial(_plain, (same_noun_reads,)),
    "lifecycle pairs": partial(_plain, (lifecycle_pairs,)),
    "reads and pairs": partial(_plain, (same_noun_reads, lifecycle_pairs)),
    "noun closure": partial(_plain, (noun_closure,)),
    "service wildcard": partial(_plain, (service_wildcard,)),
    "buffer, strict": partial(_ours, "strict"),
    "buffer, default": partial(_ours, "default"),
    "buffer, relaxed": partial(_ours, "relaxed"),
}


def measured(path: Path | None, seeds: Sequence[int], catalogue: Catalogue) -> dict[str, list[Outcome]]:
    """What each rule did to each policy of the test half under each seed."""
    policies = collection(path, catalogue)
    source = [one for one in not_for_test(policies) if FEWEST <= len(one.actions) <= MOST]
    found: dict[str, list[Outcome]] = {name: [] for name in RULES}
    for policy in test_half(policies):
        known = neighbours_of(Allowed(one.name, one.actions) for one in without_near(source, policy))
        for seed in seeds:
            for name, outcome in _outcomes(policy, seed, known, catalogue):
                found[name].append(outcome)
    return found


def _outcomes(policy: Policy, seed: int, known: Neighbours, catalogue: Catalogue) -> Iterator[tuple[str, Outcome]]:
    actions = sorted(policy.actions)
    hidden = frozenset(Random(f"{seed}:{policy.name}").sample(actions, round(HIDDEN * len(actions))))
    used = frozenset(actions) - hidden
    found = weighed(used, catalogue=catalogue, known=known)
    whole = _weight(policy.actions, catalogue)
    for name, rule in RULES.items():
        added = rule(used, found, catalogue)
        wrong = _weight(added - hidden, catalogue)
        yield name, Outcome(len(hidden), len(added & hidden), len(added), wrong, whole)


def _weight(actions: Collection[str], catalogue: Catalogue) -> int:
    return sum(weight_of(action, catalogue) for action in actions)


def rows(found: Mapping[str, Sequence[Outcome]], seeds: int) -> Iterator[list[str]]:
    """A row for each rule."""
    for name, outcomes in found.items():
        recovered, precision, over = _totals(outcomes)
        spread = _spread(outcomes, seeds)
        yield [
            name,
            f"{recovered:.3f}",
            f"{spread[0][0]:.3f} to {spread[0][1]:.3f}",
            f"{precision:.3f}",
            f"{fmean(one.added for one in outcomes):.1f}",
            f"{over:.3f}",
            f"{spread[1][0]:.3f} to {spread[1][1]:.3f}",
            f"{fmean(one.found / one.hidden for one in outcomes):.3f}",
            f"{fmean(one.wrong / one.weight for one in outcomes):.3f}",
        ]


def _totals(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    found, added = sum(one.found for one in outcomes), sum(one.added for one in outcomes)
    return (
        found / sum(one.hidden for one in outcomes),
        found / added if added else 1.0,
        sum(one.wrong for one in outcomes) / sum(one.weight for one in outcomes),
    )


def _spread(outcomes: Sequence[Outcome], seeds: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % of resamples of policies, all cuts of a policy together: of `recovered`, and of `over`."""
    policies = [outcomes[place : place + seeds] for place in range(0, len(outcomes), seeds)]
    random = Random(0)
    drawn = [
        _totals([one for cuts in random.choices(policies, k=len(policies)) for one in cuts]) for _ in range(RESAMPLES)
    ]
    return _middle([one[0] for one in drawn]), _middle([one[2] for one in drawn])


def _middle(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[int(0.975 * len(ordered)) - 1]


def table(arguments: argparse.Namespace) -> str:
    """The figures as a table in Markdown, from `policies` and `seeds` of the arguments."""
    seeds = list(getattr(arguments, "seeds", None) or SEEDS)
    found = measured(getattr(arguments, "policies", None), seeds, load_catalogue())
    lines = [list(HEADINGS), ["---"] * len(HEADINGS), *rows(found, len(seeds))]
    told = f"{len(found['exact']) // len(seeds)} policies of the test half, seeds {', '.join(map(str, seeds))}"
    return "\n".join([told, "", *("| " + " | ".join(line) + " |" for line in lines)])


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", type=Path, help="a collection; without it, the policies in the package")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    print(table(parser.parse_args()))


if __name__ == "__main__":
    main()
