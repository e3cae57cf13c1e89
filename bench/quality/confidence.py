"""How true the chance is that the next 30 days use something new, beside simpler estimates, on made-up use.

`python bench/quality/confidence.py [--seeds 1000,1001,1002] [--policies FILE] [--principals 240]` prints the table.
Estimates are made on two days for windows of 30, 60 and 90 days: `fleet` from all that went before, `fleet, log of T
days` from the window alone. The principals of all seeds and days are taken together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from leastwise.catalogue.load import load_catalogue
from leastwise.synthesize.confidence import Confidence, confidences
from leastwise.synthesize.pooled import daily_law, tallied
from leastwise.synthesize.use_windows import Past, Seen, has_new, pasts, seen
from leastwise.usage.observed import DailyUse
from quality.policies import collection, test_half
from quality.simulator import simulated

HORIZON = 30
WINDOWS = (30, 60, 90)
MOMENTS = (130, 170)
"""The days of the estimates; the made-up use has 210."""
BINS = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A principal at the day of the estimates: what is known, how many events there were, and what came."""

    name: str
    now: Seen
    events: int
    once: int
    came: bool


Fleet = tuple[Sequence[DailyUse], Mapping[str, Past]]


def table(arguments: Sequence[str] = ()) -> str:
    """The figures of every estimate, as Markdown."""
    options = _options(arguments)
    policies = test_half(collection(options.policies, load_catalogue()))
    seeds = [int(seed) for seed in options.seeds.split(",")]
    lines = ["| use | T | estimate | mean P | came | Brier | ECE |", "|---|---|---|---|---|---|---|"]
    for kind, has_drift in (("drift", True), ("stationary", False)):
        made = [simulated(policies, seed, principals=options.principals, has_drift=has_drift).uses for seed in seeds]
        fleets = [(uses, pasts(uses)) for uses in ([DailyUse(*use) for use in one] for one in made)]
        for days in WINDOWS:
            lines += _rows(kind, days, fleets)
    return "\n".join(lines)


def _rows(kind: str, days: int, fleets: Sequence[Fleet]) -> Iterable[str]:
    pairs: dict[str, list[tuple[float, bool]]] = {name: [] for name in ESTIMATES}
    for uses, past in fleets:
        for moment in MOMENTS:
            known = [use for use in uses if use.day < moment]
            cases = _cases(past, known, moment - days, moment)
            for name, estimate in ESTIMATES.items():
                chances = estimate(cases, known, days)
                pairs[name] += [(chances[case.name], case.came) for case in cases]
    came = [outcome for _, outcome in next(iter(pairs.values()))]
    base = sum(came) / len(came)
    yield _line(kind, days, "base rate", [(base, outcome) for outcome in came])
    yield from (_line(kind, days, name, found) for name, found in pairs.items())


def _line(kind: str, days: int, name: str, found: Sequence[tuple[float, bool]]) -> str:
    mean = sum(p for p, _ in found) / len(found)
    came = sum(y for _, y in found) / len(found)
    return f"| {kind} | {days} | {name} | {mean:.3f} | {came:.3f} | {brier(found):.4f} | {ece(found):.3f} |"


def brier(found: Sequence[tuple[float, bool]]) -> float:
    """The mean squared error."""
    return sum((p - y) ** 2 for p, y in found) / len(found)


def ece(found: Sequence[tuple[float, bool]]) -> float:
    """How far chance and frequency are apart, over ten bins of chance by their sizes."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for p, y in found:
        bins[min(int(p * BINS), BINS - 1)].append((p, y))
    return sum(abs(sum(p for p, _ in one) - sum(y for _, y in one)) for one in bins) / len(found)


def _cases(past: Mapping[str, Past], known: Sequence[DailyUse], start: int, end: int) -> list[Case]:
    events: dict[str, dict[str, int]] = {}
    for use in known:
        if use.day >= start:
            counts = events.setdefault(use.principal, {})
            counts[use.action] = counts.get(use.action, 0) + use.events
    found = []
    for name, own in events.items():
        came = has_new(past[name], start, end, end + HORIZON)
        once = list(own.values()).count(1)
        found.append(Case(name, seen(past[name], start, end), sum(own.values()), once, came))
    return found


Chances = dict[str, float]


def _event_good_turing(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    """As if events were independent, which they are not."""
    return {c.name: 1 - (1 - c.once / c.events) ** (c.events * HORIZON / days) for c in cases}


def _good_toulmin(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    """Good and Toulmin (1956) over days, for a horizon no longer than the window."""
    t = HORIZON / days
    found: Chances = {}
    for case in cases:
        counts = [case.now.used.count(k) for k in range(1, max(case.now.used) + 1)]
        new = -sum((-t) ** (k + 1) * q for k, q in enumerate(counts))
        found[case.name] = 1 - exp(-max(new, 0.0))
    return found


def _chao2(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    """Chao (1987) over days, extrapolated."""
    found: Chances = {}
    for case in cases:
        q1, q2, _ = case.now.rare
        unseen = (days - 1) / days * (q1 * q1 / (2 * q2) if q2 else q1 * (q1 - 1) / 2)
        new = unseen * (1 - (1 - q1 / (days * unseen + q1)) ** HORIZON) if unseen else 0.0
        found[case.name] = 1 - exp(-new)
    return found


def _pooled(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    law = daily_law(tallied((used, case.now.watched) for case in cases for used in case.now.used))
    return {c.name: 1 - exp(-law.expected_new(len(c.now.used), c.now.watched, HORIZON)) for c in cases}


def _fleet(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    return _told(confidences(uses, horizon=HORIZON, until=_end(cases), days=days))


def _fleet_short(cases: Sequence[Case], uses: Sequence[DailyUse], days: int) -> Chances:
    end = _end(cases)
    return _told(confidences([use for use in uses if use.day >= end - days], horizon=HORIZON, until=end))


def _end(cases: Sequence[Case]) -> int:
    return cases[0].now.end


def _told(found: dict[str, Confidence]) -> Chances:
    told = {}
    for name, one in found.items():
        if one.probability is not None:
            assert one.method == "fleet"
            told[name] = one.probability
    return told


ESTIMATES: dict[str, Callable[[Sequence[Case], Sequence[DailyUse], int], Chances]] = {
    "event Good-Turing": _event_good_turing,
    "day Good-Toulmin": _good_toulmin,
    "day Chao2": _chao2,
    "pooled": _pooled,
    "fleet, log of T days": _fleet_short,
    "**fleet**": _fleet,
}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1000,1001,1002")
    parser.add_argument(
        "--policies", type=Path, help="the policies to draw needs from  [default: those in the package]"
    )
    parser.add_argument("--principals", type=int, default=240)
    return parser.parse_args(list(arguments))


def main() -> None:
    """The table on standard output."""
    print(table(sys.argv[1:]))


if __name__ == "__main__":
    main()
