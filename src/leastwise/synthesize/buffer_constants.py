"""What each feature adds to the log-odds that a candidate is needed; written by `scripts/train_buffer.py`.

Fitted to 482,651 candidates of 404 AWS managed policies, the train half (guide: buffer).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COEFFICIENTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "always": -4.9323,
        "reads what is used": 1.5307,
        "partner of a use": 1.2491,
        "reads what is near": 0.7094,
        "tags what is created": 0.9821,
        "uses of the noun": 0.4672,
        "share of the noun in use": 2.5314,
        "neighbours": 1.4875,
        "likeness": -2.2805,
        "neighbours by likeness": 8.3612,
        "neighbours by share of the service": -14.1172,
        "tagging": -0.8270,
        "service in use": 2.0661,
        "share of the service in use": 4.5442,
        "share of the level in use": 3.2064,
        "share of the verb in use": 3.9644,
        "size": 0.2267,
        "commonness": 0.4691,
    }
)
"""In the order of `candidates.FEATURES`."""
