"""The table that the bench prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from measure import Sample, Spread
from peers import Size

HEADING = (
    "what",
    "wall s",
    "CPU s",
    "k events/CPU-s",
    "MB/CPU-s",
    "main MB",
    "largest child MB",
    "leastwise, 1 process, is",
)


@dataclass(frozen=True, slots=True)
class Case:
    """Something measured: what it reads, how it is run once, and the case that it is held against."""

    name: str
    size: Size
    once: Callable[[], Sample]
    against: str = ""


def rows(cases: Sequence[Case], measured: Mapping[str, Spread]) -> list[list[str]]:
    """A line for each measured case, rates and the ratio to its counterpart by processor time."""
    rates = {c.name: c.size.events / measured[c.name].middle(cpu) for c in cases if c.name in measured}
    return [_row(c, measured[c.name], rates.get(c.against, 0.0) / rates[c.name]) for c in cases if c.name in rates]


def query_row(name: str, spread: Spread) -> list[str]:
    """A line for a question: times and sizes only."""
    return [name, _over(spread, wall, "{:.2f}"), _over(spread, cpu, "{:.2f}"), "", "", *_peaks(spread), ""]


def table(lines: Sequence[Sequence[str]], heading: Sequence[str] = HEADING) -> str:
    """The lines as Markdown under the heading, columns aligned."""
    widths = [max(map(len, column)) for column in zip(heading, *lines, strict=True)]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([_line(heading, widths), rule, *(_line(line, widths) for line in lines)])


def wall(sample: Sample) -> float:
    """Seconds of the clock."""
    return sample.wall


def cpu(sample: Sample) -> float:
    """Seconds of all processors."""
    return sample.cpu


def _row(case: Case, spread: Spread, ratio: float) -> list[str]:
    return [
        case.name,
        _over(spread, wall, "{:.2f}"),
        _over(spread, cpu, "{:.2f}"),
        _over(spread, lambda s: case.size.events / s.cpu / 1e3, "{:,.1f}"),
        _over(spread, lambda s: case.size.raw_bytes / s.cpu / 1e6, "{:,.0f}"),
        *_peaks(spread),
        f"{ratio:.3g} times as fast" if ratio else "",
    ]


def _peaks(spread: Spread) -> list[str]:
    sizes = spread.middle(lambda s: s.main_peak), spread.middle(lambda s: s.child_peak)
    return [f"{size / 1e6:,.0f}" if size else "" for size in sizes]


def _over(spread: Spread, what: Callable[[Sample], float], form: str) -> str:
    low, high = spread.ends(what)
    return f"{form.format(spread.middle(what))} ({form.format(low)} to {form.format(high)})"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
