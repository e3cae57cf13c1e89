"""The operator that compares bytes."""

from leastwise.language.operators.registry import PLAIN, operator
from leastwise.language.values import ValueSet, binaries
from leastwise.language.values.texts import Texts


@operator("BinaryEquals", takes=PLAIN)
def binary_equals(value: str) -> ValueSet:
    """The bytes that the policy's base64 text stands for, as base64 or as the text that they are.

    A key whose value is text is compared byte for byte with them. IAM User Guide, "Condition operators", binary.
    """
    encoded = binaries.equal_to(value)
    read = binaries.binary(value)
    try:
        return encoded if read is None else encoded | Texts.literals([read.decode()])
    except UnicodeDecodeError:
        return encoded
