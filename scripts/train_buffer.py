"""Fit the buffer's coefficients to policies that people wrote: `train_buffer.py [POLICIES] [--test]`.

POLICIES has one JSON object a line, gzipped or not, with `name` and `document`; without it, the AWS managed policies
in the package are taken. Of these, the ones with 8 to 200 actions count, of whose action entries nine in ten have no
wildcard. They are halved by the first word of their names, so that policies of one product are on one side.

Each policy of the train half is cut `CUTS` times: 30 % of its actions are hidden, the rest is what was used, and the
candidates of `leastwise.synthesize.candidates` are to be told apart into hidden and not. Its neighbours are taken from
policies of the train half's stems alone, without those that share its stem or half of its actions. The fit is logistic
regression with a slight penalty, by Newton's method: the same policies and catalogue give the same coefficients.

The coefficients are written into the package. `--test` also says how well they tell apart what is hidden in the test
half; nothing is chosen by it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from leastwise.catalogue.load import Catalogue, load_catalogue  # noqa: E402
from leastwise.catalogue.managed import Allowed  # noqa: E402
from leastwise.synthesize.candidates import FEATURES, candidates  # noqa: E402
from leastwise.synthesize.neighbours import neighbours_of  # noqa: E402
from quality.policies import Policy, collection, not_for_test, test_half, train_half, without_near  # noqa: E402

TARGET = ROOT / "src/leastwise/synthesize/buffer_constants.py"
HIDDEN = 0.3
CUTS = 4
TEST_CUT = 100
FEWEST, MOST = 2, 400
PENALTY = 1e-4
STEPS = 60

Rows = tuple[np.ndarray, np.ndarray]
"""A row of features for each candidate, and whether it was hidden."""


def main() -> None:
    """The constants are in the package, and how good they are is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policies", type=Path, nargs="?")
    parser.add_argument("--test", action="store_true", help="report on the test half, too")
    arguments = parser.parse_args()
    catalogue = load_catalogue()
    policies = collection(arguments.policies, catalogue)
    source = [one for one in policies if not one.is_for_test]
    train = train_half(policies)
    features, hidden = _rows(train, source, range(CUTS), catalogue)
    coefficients = fitted(features, hidden)
    TARGET.write_text(_module(coefficients, len(train), len(hidden)), encoding="utf-8")
    print(_told("train", features, hidden, coefficients))
    if arguments.test:
        rows = _rows(test_half(policies), not_for_test(policies), (TEST_CUT,), catalogue)
        print(_told("test", *rows, coefficients))


def cut(policy: Policy, seed: int) -> tuple[list[str], frozenset[str]]:
    """What of the policy is left as used, and what is hidden."""
    actions = sorted(policy.actions)
    hidden = frozenset(Random(f"{seed}:{policy.name}").sample(actions, round(HIDDEN * len(actions))))
    return [action for action in actions if action not in hidden], hidden


def _rows(policies: Sequence[Policy], source: Sequence[Policy], seeds: Sequence[int], catalogue: Catalogue) -> Rows:
    features: list[tuple[float, ...]] = []
    hidden: list[bool] = []
    kept = [one for one in source if FEWEST <= len(one.actions) <= MOST]
    for policy in policies:
        known = neighbours_of(Allowed(one.name, one.actions) for one in without_near(kept, policy))
        for seed in seeds:
            used, missing = cut(policy, seed)
            for candidate in candidates(used, catalogue=catalogue, known=known):
                features.append(candidate.features)
                hidden.append(candidate.action in missing)
    return np.array(features), np.array(hidden, dtype=float)


def fitted(features: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The coefficients of logistic regression; the first feature is always 1."""
    middle, spread = features.mean(axis=0), features.std(axis=0)
    middle[0], spread[0] = 0.0, 1.0
    scaled = (features - middle) / spread
    penalty = np.eye(scaled.shape[1]) * PENALTY
    penalty[0, 0] = 0.0
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (chance - hidden) / len(hidden) + penalty @ found
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled / len(hidden) + penalty
        found = found - np.linalg.solve(bend, slope)
    plain = found / spread
    plain[0] -= float((found[1:] * middle[1:] / spread[1:]).sum())
    return plain


def _told(half: str, features: np.ndarray, hidden: np.ndarray, coefficients: np.ndarray) -> str:
    chance = 1 / (1 + np.exp(-features @ coefficients))
    return (
        f"{half}: {len(hidden):,} candidates, {hidden.mean():.4f} hidden, mean probability {chance.mean():.4f}, "
        f"area under the curve {_area(chance, hidden):.3f}, calibration error {_calibration(chance, hidden):.4f}"
    )


def _area(chance: np.ndarray, hidden: np.ndarray) -> float:
    ranks = np.empty(len(chance))
    ranks[np.argsort(chance, kind="stable")] = np.arange(1, len(chance) + 1)
    positive = hidden.sum()
    return float((ranks[hidden == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(hidden) - positive)))


def _calibration(chance: np.ndarray, hidden: np.ndarray) -> float:
    places = np.minimum((chance * 10).astype(int), 9)
    bins = [places == place for place in range(10) if (places == place).any()]
    return float(sum(abs(chance[one].mean() - hidden[one].mean()) * one.mean() for one in bins))


def _module(coefficients: np.ndarray, policies: int, rows: int) -> str:
    return "\n".join(_lines(coefficients, policies, rows)) + "\n"


def _lines(coefficients: np.ndarray, policies: int, rows: int) -> Iterator[str]:
    yield '"""What each feature adds to the log-odds that a candidate is needed; written by `scripts/train_buffer.py`.'
    yield ""
    yield f"Fitted to {rows:,} candidates of {policies} AWS managed policies, the train half (guide: buffer)."
    yield '"""'
    yield ""
    yield "from __future__ import annotations"
    yield ""
    yield "from collections.abc import Mapping"
    yield "from types import MappingProxyType"
    yield "from typing import Final"
    yield ""
    yield "COEFFICIENTS: Final[Mapping[str, float]] = MappingProxyType("
    yield "    {"
    for name, value in zip(FEATURES, coefficients, strict=True):
        yield f'        "{name}": {value:.4f},'
    yield "    }"
    yield ")"
    yield '"""In the order of `candidates.FEATURES`."""'


if __name__ == "__main__":
    main()
