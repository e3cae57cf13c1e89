"""Calls whose actions are told by what is inside the request, not by its name or members alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from leastwise.usage.parameters import Parameters
from leastwise.usage.plans import ActionPlan, CallPlan

Decoder = Callable[[CallPlan, Parameters, object], Sequence[ActionPlan]]


DECODERS: Mapping[str, Decoder] = {}
