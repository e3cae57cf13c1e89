"""Condition operators, one family a file: each maps one policy value to the set of request values that satisfy it."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from leastwise.language.operators.registry import Operator, frozen

__all__ = ["OPERATORS", "Operator"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

OPERATORS: Mapping[str, Operator] = frozen()
"""Every operator but `Null`, by its name in AWS's spelling."""
