"""The rolling test over made-up use: what each way of granting would have denied, and what it weighs.

`python -m quality.backtest_bench [--policies FILE] [--seeds N …] [--principals N] [--days N] [--stationary]`, with
`bench` on the path. The needs are policies of the test half; the buffer compares with none of them nor of those near
to them. The principals of all seeds are taken together.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import Allowed
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.backtest import Backtest, Measured, Protocol, backtest
from leastwise.synthesize.methods import methods
from leastwise.synthesize.neighbours import neighbours_of
from leastwise.usage.observed import DailyUse
from quality.policies import collection, not_for_test, test_half
from quality.simulator import Simulated, simulated

SEEDS = (1000, 1001, 1002, 1003)
FEWEST, MOST = 2, 400
HEADINGS = (
    "policy",
    "U_act",
    "(95 %)",
    "by principal",
    "new service",
    "U_req",
    "U_pair",
    "U_prin",
    "first denials a month",
    "X_w",
    "(95 %)",
    "O_w",
    "spared for 100",
)


def measured(
    path: Path | None,
    seeds: Sequence[int],
    *,
    protocol: Protocol,
    principals: int = 240,
    days: int = 210,
    has_drift: bool = True,
) -> Backtest:
    """The backtest of all methods over the principals of all seeds."""
    catalogue = load_catalogue()
    policies = collection(path, catalogue)
    source = [one for one in not_for_test(policies) if FEWEST <= len(one.actions) <= MOST]
    known = neighbours_of(Allowed(one.name, one.actions) for one in source)
    uses: list[DailyUse] = []
    siblings: dict[str, tuple[str, ...]] = {}
    for seed in seeds:
        made = simulated(
            test_half(policies), seed, principals=principals, days=days, has_drift=has_drift, catalogue=catalogue
        )
        uses += _uses(made, seed)
        siblings |= {_of(name, seed): tuple(_of(one, seed) for one in made.siblings[name]) for name in made.siblings}
    return backtest(
        uses,
        methods(catalogue, known),
        weight=lambda action: weight_of(action, catalogue),
        protocol=protocol,
        siblings=siblings,
    )


def _uses(made: Simulated, seed: int) -> Iterator[DailyUse]:
    return (DailyUse(_of(name, seed), day, action, resource, count) for name, day, action, resource, count in made.uses)


def _of(name: str, seed: int) -> str:
    return f"{name}@{seed}"


def rows(found: Backtest) -> Iterator[list[str]]:
    """A row for each method."""
    exact = found.methods["exact"]
    for name, one in found.methods.items():
        denied, weight = one["actions_denied"], one["weight"]
        yield [
            name,
            f"{denied.micro:.4f}",
            f"{denied.low:.4f} to {denied.high:.4f}",
            f"{denied.macro:.4f}",
            f"{one['new_service'].micro:.4f}",
            f"{one['requests_denied'].micro:.4f}",
            f"{one['pairs_denied'].micro:.4f}",
            f"{one['tests_denied'].micro:.3f}",
            f"{one['first_denials'].micro:.2f}",
            f"{weight.micro:.2f}",
            f"{weight.low:.2f} to {weight.high:.2f}",
            f"{one['unused_weight'].micro:.3f}",
            _spared(exact, one),
        ]


def _spared(exact: Mapping[str, Measured], one: Mapping[str, Measured]) -> str:
    """The denials a month that 100 units of weight more than the exact policy's spare."""
    more = one["mean_weight"].micro - exact["mean_weight"].micro
    spared = exact["first_denials"].micro - one["first_denials"].micro
    return f"{100 * spared / more:.2f}" if more > 0 else ""


def table(arguments: argparse.Namespace) -> str:
    """The figures as a table in Markdown, from `policies`, `seeds`, `principals`, `days` and `stationary`."""
    seeds = list(getattr(arguments, "seeds", None) or SEEDS)
    protocol = Protocol(getattr(arguments, "observe", None) or 90, getattr(arguments, "horizon", None) or 30)
    found = measured(
        getattr(arguments, "policies", None),
        seeds,
        protocol=protocol,
        principals=getattr(arguments, "principals", None) or 240,
        days=getattr(arguments, "days", None) or 210,
        has_drift=not getattr(arguments, "stationary", False),
    )
    told = (
        f"{protocol.observe} days observed, {protocol.horizon} days after; {found.principals} principals, "
        f"{found.tests:,} tests, seeds {', '.join(map(str, seeds))}"
    )
    lines = [list(HEADINGS), ["---"] * len(HEADINGS), *rows(found)]
    return "\n".join([told, "", *("| " + " | ".join(line) + " |" for line in lines)])


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", type=Path, help="a collection; without it, the policies in the package")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--principals", type=int, default=240)
    parser.add_argument("--days", type=int, default=210)
    parser.add_argument("--observe", type=int, default=90)
    parser.add_argument("--horizon", type=int, default=30)
    parser.add_argument("--stationary", action="store_true", help="without drift")
    print(table(parser.parse_args()))


if __name__ == "__main__":
    main()
