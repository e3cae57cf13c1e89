"""The operator that compares bytes."""

from leastwise.language.operators.registry import PLAIN, operator
from leastwise.language.values import binaries
from leastwise.language.values.binaries import Binaries


@operator("BinaryEquals", takes=PLAIN)
def binary_equals(value: str) -> Binaries:
    """The bytes that the policy's base64 text stands for."""
    return binaries.equal_to(value)
