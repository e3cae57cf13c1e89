"""The rows of a matrix put together: how each scenario stands for how many, and who is in the same place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.synthesize.guardrails.matrix import Answer, Cells, Layer, Row, Standing
from leastwise.synthesize.guardrails.risks import Risk

NO_ORGANISATION: Final = "no organisation"


@dataclass(frozen=True)
class Group:
    """Those for whom a scenario stands alike; `answer` is that of the first. Counts are by place and by account."""

    answer: Answer
    members: tuple[str, ...]
    places: Mapping[str, int]
    accounts: Mapping[str, int]


@dataclass(frozen=True)
class Standings:
    """One scenario: how it stands for how many, which layer alone stops it for how many, and the groups."""

    risk: Risk
    counts: Mapping[Standing, int]
    alone: Mapping[Layer, int]
    groups: tuple[Group, ...]

    def of(self, standing: Standing) -> tuple[Group, ...]:
        """The groups of one standing, the largest first."""
        return tuple(one for one in self.groups if one.answer.standing == standing)


@dataclass
class _Members:
    answer: Answer
    names: list[str] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)


def standings(risks: Sequence[Risk], rows: Sequence[Row], places: Mapping[str, str]) -> tuple[Standings, ...]:
    """Each scenario with its groups, gaps first; `places` tell where in the organisation an account is."""
    return tuple(_standings(risk, number, rows, places) for number, risk in enumerate(risks))


def _standings(risk: Risk, number: int, rows: Sequence[Row], places: Mapping[str, str]) -> Standings:
    grouped: dict[tuple[Cells, Standing], _Members] = {}
    counts: Counter[Standing] = Counter()
    alone: Counter[Layer] = Counter()
    for row in rows:
        answer = row.answers[number]
        counts[answer.standing] += 1
        if answer.standing == "one layer":
            alone[answer.stopping[0]] += 1
        group = grouped.setdefault((answer.cells, answer.standing), _Members(answer))
        group.names.append(row.principal)
        group.places[places.get(row.account, NO_ORGANISATION)] += 1
        group.accounts[row.account] += 1
    return Standings(risk, counts, alone, tuple(sorted(map(_group, grouped.values()), key=_order)))


def _group(one: _Members) -> Group:
    return Group(one.answer, tuple(one.names), dict(one.places.most_common()), dict(one.accounts.most_common()))


ORDER: Final[Sequence[Standing]] = ("gap", "unknown", "one layer", "together", "several layers")
"""The gravest first."""


def _order(one: Group) -> tuple[int, int, Cells]:
    return ORDER.index(one.answer.standing), -len(one.members), one.answer.cells


def places_of(estate: Estate) -> Mapping[str, str]:
    """The OU, or the root, that each account is right under."""
    return dict(_places(estate))


def _places(estate: Estate) -> Iterator[tuple[str, str]]:
    for tree in estate.trees:
        for node in tree.organization.nodes:
            way = tree.way(node.id) if node.type == "account" else None
            if way is not None and len(way) > 1:
                yield node.id, f"{way[-2].type}/{way[-2].name or way[-2].id}"


def worst(found: Sequence[Standings]) -> Standing | None:
    """The gravest standing of any scenario; None where nobody was asked."""
    held = {standing for one in found for standing, count in one.counts.items() if count}
    return next((one for one in ORDER if one in held), None)
