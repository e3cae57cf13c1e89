"""The operator that compares truth values."""

from leastwise.language.operators.registry import TEXT, operator
from leastwise.language.values import booleans
from leastwise.language.values.booleans import Booleans


@operator("Bool", takes=TEXT)
def bool_(value: str) -> Booleans:
    """The policy's `true` or `false`, in any case; nothing when the policy says neither."""
    return booleans.equal_to(value)
