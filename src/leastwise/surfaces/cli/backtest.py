"""`leastwise backtest`: what policies made from the days before would have denied, by the store's own days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.model.errors import StoreError
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, say, table
from leastwise.synthesize.backtest import Backtest, Measured, Protocol, longest
from leastwise.synthesize.backtest import backtest as tested
from leastwise.synthesize.methods import methods
from leastwise.synthesize.siblings import siblings_of
from leastwise.usage.observed import DailyUse, opened
from leastwise.usage.store import Store

SCHEMA = 1
_OBSERVED = (30, 60, 90)
_HORIZONS = (7, 30)
_HEADINGS = (
    "policy",
    "actions denied",
    "95 %",
    "new service",
    "calls denied",
    "pairs denied",
    "tests with a denial",
    "denials a month",
    "weight",
    "unused weight",
)


@click.command()
@click.option(
    "--observe",
    type=click.IntRange(min=1),
    multiple=True,
    help=f"Days that a policy is made from; may be repeated.  [default: {', '.join(map(str, _OBSERVED))}]",
)
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    multiple=True,
    help=f"Days after them that tell; may be repeated.  [default: {', '.join(map(str, _HORIZONS))}]",
)
@click.option(
    "--step", type=click.IntRange(min=1), default=7, show_default=True, help="Days from one test to the next."
)
@click.option("--principal", help="Test this principal alone; its siblings still count as such.")
@window_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def backtest(
    workspace: Workspace,
    observe: tuple[int, ...],
    horizon: tuple[int, ...],
    step: int,
    principal: str | None,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Test what policies made from the days before would have denied in the days after, over all that was logged.

    Each role and user that was seen for long enough is tested again and again, a step apart: with exactly what it
    used, with the buffer in each setting, and with plain rules to compare with. Only calls that succeeded count.
    """
    catalogue = load_catalogue(workspace.catalogue)
    with opened(Store(workspace.usage)) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        only = observed.resolve(principal, window) if principal else ""
        uses = [use for use in observed.daily(window) if _is_editable(use.principal)]
    seen = longest(uses, only)
    protocols = [Protocol(o, h, step) for o in sorted(observe or _OBSERVED) for h in sorted(horizon or _HORIZONS)]
    found = [_tested(uses, only, one, catalogue) for one in protocols if one.days <= seen]
    if not any(one.tests for one in found):
        raise _too_short(seen, min(one.days for one in protocols), only)
    too_short = [one for one in protocols if one.days > seen]
    if as_json:
        answer(json.dumps(_fields(found, too_short, seen), indent=2))
        return
    for line in _lines(found):
        answer(line)
    for one in too_short:
        say(f"not tested: {_told(one)} need {plural(one.days, 'day')}; {_longest(seen, only)}")


def _is_editable(principal: str) -> bool:
    """Roles and users whose policies their owner writes."""
    return (":role/" in principal or ":user/" in principal) and ":role/aws-service-role/" not in principal


def _tested(uses: Sequence[DailyUse], only: str, protocol: Protocol, catalogue: Catalogue) -> Backtest:
    return tested(
        uses,
        methods(catalogue),
        weight=lambda action: weight_of(action, catalogue),
        protocol=protocol,
        siblings=siblings_of(use.principal for use in uses),
        only=only,
    )


def _too_short(seen: int, needed: int, only: str) -> StoreError:
    if seen >= needed:
        return StoreError("nothing was used in the days after any test", help="a smaller `--step` tests more often")
    return StoreError(
        f"the logs are too short for a backtest: {_longest(seen, only)}, and {number(needed)} are needed",
        help="add older logs, or ask for fewer days with `--observe` and `--horizon`",
    )


def _longest(seen: int, only: str) -> str:
    return f"{only or 'the principal seen longest'} was seen for {plural(seen, 'day')}"


def _told(protocol: Protocol) -> str:
    return f"{plural(protocol.observe, 'day')} observed and {plural(protocol.horizon, 'day')} after"


def _lines(found: Sequence[Backtest]) -> Iterator[str]:
    for one in found:
        yield f"{_told(one.protocol)}: {plural(one.principals, 'principal')}, {plural(one.tests, 'test')}"
        yield from table(_rows(one), right=frozenset(range(1, len(_HEADINGS))))


def _rows(found: Backtest) -> Iterator[Sequence[str]]:
    yield _HEADINGS
    for name, one in found.methods.items():
        denied = one["actions_denied"]
        yield (
            name,
            _share(denied.micro),
            f"{_share(denied.low)} to {_share(denied.high)}",
            _share(one["new_service"].micro),
            _share(one["requests_denied"].micro),
            _share(one["pairs_denied"].micro),
            _share(one["tests_denied"].micro),
            f"{one['first_denials'].micro:.2f}",
            f"{one['weight'].micro:.2f}",
            _share(one["unused_weight"].micro),
        )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _fields(found: Sequence[Backtest], too_short: Sequence[Protocol], seen: int) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "longest": seen,
        "backtests": [_backtest_fields(one) for one in found],
        "too_short": [{"observe": one.observe, "horizon": one.horizon, "needs": one.days} for one in too_short],
    }


def _backtest_fields(found: Backtest) -> dict[str, object]:
    return {
        "observe": found.protocol.observe,
        "horizon": found.protocol.horizon,
        "step": found.protocol.step,
        "principals": found.principals,
        "tests": found.tests,
        "policies": [
            {"name": name, **{measure: _measure_fields(value) for measure, value in one.items()}}
            for name, one in found.methods.items()
        ],
    }


def _measure_fields(value: Measured) -> dict[str, float]:
    return {
        "all": round(value.micro, 6),
        "by_principal": round(value.macro, 6),
        "low": round(value.low, 6),
        "high": round(value.high, 6),
    }
