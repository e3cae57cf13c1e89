"""How many examples a property is tried on: `EXAMPLES` in the environment, which `make long` sets."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

COUNT = int(os.environ.get("EXAMPLES", "300"))
EXAMPLES = settings(max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.too_slow])
