"""Policies in one canonical form, so that two that say the same in the same manner are equal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.model.policy import VARIABLES_VERSION, Conditions, Policy, Principals, Statement

_Block = Mapping[str, tuple[str, ...]]


def normalise(policy: Policy) -> Policy:
    """The policy in canonical form, with the same meaning for every request.

    `Sid`, `Id`, notes and places are dropped, and the version too where it makes no difference. Equal forms mean the
    same; different forms may still mean the same.
    """
    partition = _partition(policy.statements)
    statements = [_canonical(s, partition) for s in policy.statements if not _matches_nothing(s)]
    ordered = tuple(sorted(_joined(statements), key=_text))
    version = None if not policy.has_variables and any(map(_has_dollar, ordered)) else VARIABLES_VERSION
    return replace(policy, statements=ordered, version=version, id=None, notes=())


def same_form(a: Policy, b: Policy) -> bool:
    """Whether two policies of one type have the same canonical form, and so the same meaning."""
    return normalise(a) == normalise(b)


def _has_dollar(statement: Statement) -> bool:
    """Whether the version matters: variables alone tell the versions apart. IAM User Guide, "Version"."""
    values = (value for block in statement.conditions.values() for values in block.values() for value in values)
    return any("${" in text for text in chain(statement.resources, values))


def _matches_nothing(statement: Statement) -> bool:
    has_no_action = not statement.actions and not statement.is_not_action
    has_no_resource = statement.has_resource and not statement.resources and not statement.is_not_resource
    principals = statement.principals
    has_no_principal = principals is not None and not any(principals.values()) and not statement.is_not_principal
    return has_no_action or has_no_resource or has_no_principal


def _canonical(statement: Statement, partition: str | None) -> Statement:
    principals = statement.principals
    return replace(
        statement,
        sid=None,
        actions=_actions(statement.actions),
        resources=_resources(statement.resources),
        conditions=_conditions(statement.conditions),
        principals=None if principals is None else _principals(principals, partition),
        place=None,
    )


def _joined(statements: Sequence[Statement]) -> list[Statement]:
    """Statements that differ in their actions alone made one, as a statement grants each of its actions by itself."""
    joined: dict[tuple[bool, str], list[Statement]] = {}
    for number, statement in enumerate(statements):
        rest = _text(replace(statement, actions=()))
        joined.setdefault((statement.is_not_action, f"{rest}{number if statement.is_not_action else ''}"), []).append(
            statement
        )
    merged = [replace(same[0], actions=_actions(a for s in same for a in s.actions)) for same in joined.values()]
    return list({_text(statement): statement for statement in merged}.values())


def _text(statement: Statement) -> str:
    return json.dumps(statement.document())


def _actions(actions: Iterable[str]) -> tuple[str, ...]:
    """In lower case, as actions are compared, without those that a pattern with one `*` at its end holds."""
    lower = {re.sub(r"\*+", "*", action.lower()) for action in actions}
    if "*" in lower:
        return ("*",)
    heads = {action[:-1] for action in lower if re.fullmatch(r"[^*?]+\*", action)}
    longest = max(map(len, heads), default=0)
    return tuple(sorted(action for action in lower if not _is_held(action, heads, longest)))


def _is_held(action: str, heads: set[str], longest: int) -> bool:
    is_head = action.endswith("*") and action[:-1] in heads
    stop = min(len(action) - 1 if is_head else len(action), longest + 1)
    return any(action[:end] in heads for end in range(1, stop if is_head else min(len(action), longest) + 1))


def _resources(resources: Sequence[str]) -> tuple[str, ...]:
    return ("*",) if "*" in resources else tuple(sorted(set(resources)))


def _conditions(conditions: Conditions) -> Conditions:
    """Operators and keys in one spelling; those that would then fall together with other values stay as written."""
    canonical: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, block in conditions.items():
        name = split_operator(operator)
        for key, values in block.items():
            under = canonical.setdefault(_spelt(name, operator), {})
            found = _values(name, values)
            if under.setdefault(key.lower(), found) != found:
                return _as_written(conditions)
    return {operator: dict(sorted(canonical[operator].items())) for operator in sorted(canonical)}


def _as_written(conditions: Conditions) -> Conditions:
    kept = {operator: {key: _ordered(block[key]) for key in sorted(block)} for operator, block in conditions.items()}
    return {operator: kept[operator] for operator in sorted(kept) if kept[operator]}


_SYNONYMS = {"ArnEquals": "ArnLike", "ArnNotEquals": "ArnNotLike"}
"""They "behave identically". IAM User Guide, "Condition operators"."""


def _spelt(name: OperatorName | None, operator: str) -> str:
    return str(replace(name, base=_SYNONYMS.get(name.base, name.base))) if name else operator


def _values(name: OperatorName | None, values: tuple[str, ...]) -> tuple[str, ...]:
    simplify = _SIMPLER.get(name.base, _ordered) if name else _ordered
    return simplify(values)


def _ordered(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _lower(values: Sequence[str]) -> tuple[str, ...]:
    return _ordered(value if "${" in value else value.lower() for value in values)


def _globs(values: Sequence[str]) -> tuple[str, ...]:
    """`*` holds every value; not so sure where another value has a variable, which may spoil the whole list."""
    return ("*",) if "*" in values and not any("${" in value for value in values) else _ordered(values)


_SIMPLER: Mapping[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "Bool": _lower,
    "Null": _lower,
    "StringLike": _globs,
    "StringNotLike": _globs,
}


def _principals(principals: Principals, partition: str | None) -> Principals:
    spelt = {kind: _ordered(_principal(value, partition) for value in principals[kind]) for kind in sorted(principals)}
    return {kind: values for kind, values in spelt.items() if values}


_ACCOUNT = re.compile(r"\d{12}")
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")


def _principal(value: str, partition: str | None) -> str:
    """An account's number stands for its root's ARN. IAM User Guide, "Principal"."""
    return f"arn:{partition}:iam::{value}:root" if partition and _ACCOUNT.fullmatch(value) else value


def _partition(statements: Sequence[Statement]) -> str | None:
    """The one partition that the ARNs of a document name; None when they name several."""
    named = {m[1] for s in statements for text in _arns(s) if (m := _PARTITION.match(text))}
    return "aws" if not named else named.pop() if len(named) == 1 else None


def _arns(statement: Statement) -> Iterable[str]:
    yield from statement.resources
    for values in (statement.principals or {}).values():
        yield from values
