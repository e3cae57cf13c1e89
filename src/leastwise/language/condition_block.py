"""The `Condition` element: operators, context keys and their values, as written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from leastwise.language.nodes import Flag, Items, Members, Number, Text
from leastwise.language.operator_names import BASE_OPERATORS, IF_EXISTS, QUALIFIERS, split_operator
from leastwise.language.report import Part
from leastwise.language.variable_form import check_variables
from leastwise.language.wording import did_you_mean, shown
from leastwise.model.policy import Conditions


def read_conditions(part: Part) -> Conditions:
    """The conditions that an object holds, every value as text."""
    conditions = {}
    for operator, name, block in part.keys("`Condition`"):
        if _is_operator(operator, name, block):
            conditions[operator] = _block(block)
    return conditions


def _is_operator(operator: str, name: Part, block: Part) -> bool:
    """AWS stores an operator that does not exist as long as it has no keys: there is nothing it could ask."""
    known = split_operator(operator)
    if known is None and isinstance(block.node, Members) and not block.node.values:
        name.note("LW-P59", f"unknown condition operator {shown(operator)} without keys", "remove it")
        return False
    if known is None:
        name.fault("LW-P03", f"unknown condition operator {shown(operator)}", _meant(operator))
    elif str(known) != operator:
        name.note("LW-P64", f"the operator {shown(operator)} is not in AWS's case of letters", f"write `{known}`")
    return True


def _meant(operator: str) -> str | None:
    if "null" in operator.lower() and operator.lower().endswith(IF_EXISTS.lower()):
        return "did you mean `Null`?"
    return did_you_mean(operator, _spellings()) or "see the condition operators of the IAM User Guide"


@lru_cache(maxsize=1)
def _spellings() -> tuple[str, ...]:
    plain = [*BASE_OPERATORS, *(f"{base}{IF_EXISTS}" for base in BASE_OPERATORS if base != "Null")]
    return (*plain, *(f"{qualifier}:{name}" for qualifier in QUALIFIERS for name in plain))


def _block(part: Part) -> Mapping[str, tuple[str, ...]]:
    block: dict[str, tuple[str, ...]] = {}
    seen: dict[str, str] = {}
    for key, name, values in part.keys("the condition operator"):
        _check_key(key, name, seen)
        block[key] = _values(values)
    return block


def _check_key(key: str, name: Part, seen: dict[str, str]) -> None:
    """Context keys are case-insensitive, the tag key too. IAM User Guide, "Condition"."""
    before = seen.setdefault(key.lower(), key)
    if before != key:
        name.fault("LW-P21", f"{shown(key)} is {shown(before)} again in other letters", "join their values")
    if ":" not in key:
        name.note("LW-P55", f"the context key {shown(key)} has no prefix: it is in no request", "write `prefix:name`")


def _values(part: Part) -> tuple[str, ...]:
    if isinstance(part.node, Items) and not part.node.values:
        part.fault("LW-P22", "the context key has no value", "add a value, or remove the key")
    found = (_value(one) for one in part.items())
    return tuple(value for value in found if value is not None)


def _value(part: Part) -> str | None:
    node = part.node
    if isinstance(node, Flag):
        return "true" if node.value else "false"
    if isinstance(node, Text | Number):
        check_variables(part, node.value)
        return node.value
    part.mistyped("a condition value", "a string, a number, `true` or `false`")
    return None
