"""Fits the coefficients of `leastwise.synthesize.pattern_drift` to the published history of AWS's action names.

    python scripts/fit_drift.py [FOLDER]

Patterns are those that would have made the lists of the AWS managed policies shorter in April 2022; what they matched
by July 2024 is fitted, and the fit is judged on the time from then until today. FOLDER holds the old releases, which
are fetched otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.quality.history import APRIL_2022, JULY_2024, Levels, reference, today

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed
from leastwise.synthesize.action_names import CHANGING, Listed
from leastwise.synthesize.action_patterns import matcher, patterns_for
from leastwise.synthesize.pattern_drift import features

_RIDGE = 1.0


def main() -> None:
    """Prints the coefficients, and how well they foretell."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    old, new, later = reference(APRIL_2022, folder), reference(JULY_2024, folder), today()
    afterwards = list(patterns(new, later))
    rows = list(patterns(old, new))
    seen = np.array([row[0] for row in rows])
    print(f"{len(rows):,} patterns")
    for number, name in ((1, "CHANGING"), (2, "ANY")):
        happened = np.array([row[number] for row in rows], dtype=float)
        fitted = logistic(seen, happened)
        print(f"{name}_COEFFICIENTS: Final = ({', '.join(f'{c:.3f}' for c in fitted)})")
        print(f"  in the fit: {judged(fitted, seen, happened)}")
        seen_after = np.array([row[0] for row in afterwards])
        print(f"  afterwards: {judged(fitted, seen_after, np.array([row[number] for row in afterwards]))}")


def patterns(old: Mapping[str, Levels], new: Mapping[str, Levels]) -> Iterator[tuple[tuple[float, ...], bool, bool]]:
    """What the model sees of each pattern at the older time, and whether it came to match more by the newer."""
    seen: set[str] = set()
    for prefix, names in lists(old):
        levels = old[prefix]
        held = tuple(name for name in levels if name.lower() in names)
        others = tuple(name for name in levels if name.lower() not in names)
        known = {name.lower() for name in levels}
        added = {name: level for name, level in new.get(prefix, {}).items() if name.lower() not in known}
        for one in patterns_for(Listed(prefix, held, others, levels)):  # type: ignore[arg-type]
            if "*" not in one.text or one.text in seen:
                continue
            seen.add(one.text)
            short = one.text.partition(":")[2]
            test = matcher(short)
            matched = [held[i] for i in range(len(held)) if one.covers >> i & 1]
            gained = [level for name, level in added.items() if test(name.lower())]
            yield features(short, matched, levels), any(g in CHANGING for g in gained), bool(gained)  # type: ignore[arg-type]


def lists(old: Mapping[str, Levels]) -> Iterator[tuple[str, frozenset[str]]]:
    """The actions that each AWS managed policy allows of each service, in lower case."""
    for policy in allowed_by_managed(load_catalogue()):
        by_service: dict[str, set[str]] = {}
        for action in policy.actions:
            prefix, _, name = action.lower().partition(":")
            by_service.setdefault(prefix, set()).add(name)
        for prefix, names in sorted(by_service.items()):
            if prefix in old and len(names) > 1:
                yield prefix, frozenset(names)


def logistic(seen: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """The coefficients of greatest likelihood, held small by a ridge."""
    weights = np.zeros(seen.shape[1])
    ridge = np.diag([0.0, *[_RIDGE] * (seen.shape[1] - 1)])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-seen @ weights))
        slope = seen.T @ (happened - chance) - ridge @ weights
        curve = (seen * (chance * (1 - chance))[:, None]).T @ seen + ridge
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def judged(weights: np.ndarray, seen: np.ndarray, happened: np.ndarray) -> str:
    """How often it happened, how often it was foretold, and how well the order was foretold."""
    chance = 1 / (1 + np.exp(-seen @ weights))
    order = np.argsort(np.argsort(chance))
    happened = happened.astype(bool)
    yes, no = happened.sum(), (~happened).sum()
    area = (order[happened].sum() - yes * (yes - 1) / 2) / (yes * no)
    brier = ((chance - happened) ** 2).mean()
    base = happened.mean() * (1 - happened.mean())
    return (
        f"happened {happened.mean():.3f}, foretold {chance.mean():.3f}, AUC {area:.3f}, Brier {brier:.4f} of {base:.4f}"
    )


if __name__ == "__main__":
    main()
