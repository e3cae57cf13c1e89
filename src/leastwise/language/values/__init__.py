"""Exact sets of request values, each with membership and set algebra, one family a file."""

from leastwise.language.values.mixed import Meeting, Mixed, meet
from leastwise.language.values.protocol import TooHard, ValueSet, union

__all__ = ["Meeting", "Mixed", "TooHard", "ValueSet", "meet", "union"]
