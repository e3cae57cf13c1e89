"""Sessions that do the same rare things, told from the others without any name: a graph of near ones, cut by Louvain.

The graph joins each set of actions with its nearest by cosine, rare actions weighing more; communities maximise
modularity (Blondel and others, 2008). Ties go to the first, so that the same sessions give the same communities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import Final

from leastwise.synthesize.profiles import Kind

NEIGHBOURS: Final = 10
MOST: Final = 800
"""Different kinds of sessions that the graph takes; the rarest past them are left out."""
_ROUNDS: Final = 30

Graph = list[dict[int, float]]


def communities(kinds: Sequence[Kind]) -> list[list[Kind]]:
    """The kinds in groups of like actions; the rarest kinds past `MOST` are in none."""
    taken = sorted(range(len(kinds)), key=lambda i: (-kinds[i].count, i))[:MOST]
    chosen = [kinds[i] for i in sorted(taken)]
    groups: dict[int, list[Kind]] = {}
    for kind, label in zip(chosen, louvain(near(chosen)), strict=True):
        groups.setdefault(label, []).append(kind)
    return list(groups.values())


def near(kinds: Sequence[Kind]) -> Graph:
    """For each kind its nearest ones with their cosine, both ways."""
    vectors = _vectors(kinds)
    holders: dict[str, list[int]] = {}
    for place, vector in enumerate(vectors):
        for action in vector:
            holders.setdefault(action, []).append(place)
    graph: Graph = [{} for _ in kinds]
    for place, vector in enumerate(vectors):
        for other, cosine in _nearest(place, vector, vectors, holders):
            weight = cosine * sqrt(kinds[place].count * kinds[other].count)
            graph[place][other] = graph[other][place] = weight
    return graph


def _vectors(kinds: Sequence[Kind]) -> list[dict[str, float]]:
    """Unit vectors of inverse document frequencies."""
    total = sum(kind.count for kind in kinds)
    holding: dict[str, int] = {}
    for kind in kinds:
        for action in kind.actions:
            holding[action] = holding.get(action, 0) + kind.count
    rarity = {action: log((1 + total) / (1 + count)) + 0.01 for action, count in holding.items()}
    vectors = []
    for kind in kinds:
        length = sqrt(sum(rarity[action] ** 2 for action in kind.actions)) or 1.0
        vectors.append({action: rarity[action] / length for action in sorted(kind.actions)})
    return vectors


def _nearest(
    place: int,
    vector: Mapping[str, float],
    vectors: Sequence[Mapping[str, float]],
    holders: Mapping[str, Sequence[int]],
) -> list[tuple[int, float]]:
    cosines: dict[int, float] = {}
    for action, value in vector.items():
        for other in holders[action]:
            cosines[other] = cosines.get(other, 0.0) + value * vectors[other][action]
    cosines.pop(place, None)
    return sorted(cosines.items(), key=lambda item: (-item[1], item[0]))[:NEIGHBOURS]


def louvain(graph: Graph) -> list[int]:
    """The community of each node."""
    labels = list(range(len(graph)))
    loops = [0.0] * len(graph)
    while True:
        moved = _moved(graph, loops)
        names = {label: i for i, label in enumerate(sorted(set(moved)))}
        moved = [names[label] for label in moved]
        labels = [moved[label] for label in labels]
        if len(names) == len(graph):
            return labels
        graph, loops = _folded(graph, loops, moved, len(names))


def _moved(graph: Graph, loops: Sequence[float]) -> list[int]:
    """Each node in the neighbouring community that raises modularity most, until none moves."""
    degrees = [sum(edges.values()) + loops[i] for i, edges in enumerate(graph)]
    twice = sum(degrees) or 1.0
    labels, totals = list(range(len(graph))), list(degrees)
    for _ in range(_ROUNDS):
        if not sum([_move(i, graph, labels, totals, degrees[i], twice) for i in range(len(graph))]):
            break
    return labels


def _move(node: int, graph: Graph, labels: list[int], totals: list[float], degree: float, twice: float) -> bool:
    own = labels[node]
    totals[own] -= degree
    links: dict[int, float] = {own: 0.0}
    for other, weight in graph[node].items():
        links[labels[other]] = links.get(labels[other], 0.0) + weight
    gains = {label: weight - totals[label] * degree / twice for label, weight in links.items()}
    best = max(gains, key=lambda label: (gains[label], label == own, -label))
    labels[node] = best if gains[best] > gains[own] + 1e-12 else own
    totals[labels[node]] += degree
    return labels[node] != own


def _folded(graph: Graph, loops: Sequence[float], labels: Sequence[int], count: int) -> tuple[Graph, list[float]]:
    """The communities as nodes; what is inside one is its loop."""
    folded: Graph = [{} for _ in range(count)]
    inside = [0.0] * count
    for node, edges in enumerate(graph):
        inside[labels[node]] += loops[node]
        for other, weight in edges.items():
            if labels[node] == labels[other]:
                inside[labels[node]] += weight
            else:
                folded[labels[node]][labels[other]] = folded[labels[node]].get(labels[other], 0.0) + weight
    return folded, inside
