"""How many examples a property is tried on: `EXAMPLES` in the environment, which `make long` sets.

Up to 2,000 they are the same each time; a longer run draws others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

COUNT = int(os.environ.get("EXAMPLES", "300"))
_SAME_UP_TO = 2_000
EXAMPLES = settings(
    max_examples=COUNT,
    derandomize=COUNT <= _SAME_UP_TO,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
