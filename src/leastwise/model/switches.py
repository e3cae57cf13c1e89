"""Points on which AWS's documentation is silent or at odds with itself, each a named choice with its default."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Switches:
    """The readings under which a question is answered; a decision names those on which it turns."""

    star_bypasses_ceilings: bool = True
    """A resource policy's Allow for `*` is limited by neither boundary nor session policy of the same account."""
    rcp_on_star: bool = True
    """RCPs bind an action that is authorized on `*`, with the called account as owner."""
    fas_keeps_source_ip: bool = True
    """A service that calls on with its caller's identity keeps the caller's `aws:SourceIp`."""
    arn_star_crosses_colon: Literal["end", "middle"] = "end"
    """A `*` that ends a middle part of a resource ARN stays in it (`end`) or may run past the colon (`middle`)."""
    wildcard_in_resource_type: bool = True
    """A wildcard in the resource type of an ARN, such as `*/name`, is one."""
    variable_in_arn_account: Literal["unknown", "substitute", "never"] = "unknown"
    """What a policy variable in the account part of a resource ARN means."""
    variable_value_is_literal: bool = True
    """`*` and `?` in the value of a policy variable are plain characters."""
    unresolved_variable_spoils: Literal["value", "condition"] = "value"
    """A policy variable without a value makes its own value match nothing, or the whole list of values."""
    count_space_in_strings: bool = True
    """White space inside strings counts towards a policy's size."""
    bool_many_values: Literal["or", "no_match"] = "or"
    """`Bool` with several policy values holds when one of them fits, or never."""
    empty_string_is_null: bool = True
    """`Null` takes an empty string for an absent key."""
    bare_operator_on_list: Literal["no_match", "as_single"] = "no_match"
    """A multi-valued key without a set operator never matches, or matches when it has one value that fits."""


DEFAULT = Switches()


_POSITIONS: dict[str, tuple[object, ...]] = {
    "arn_star_crosses_colon": ("end", "middle"),
    "variable_in_arn_account": ("unknown", "substitute", "never"),
    "unresolved_variable_spoils": ("value", "condition"),
    "bool_many_values": ("or", "no_match"),
    "bare_operator_on_list": ("no_match", "as_single"),
}
_SHOWN = {True: "on", False: "off"}
_OF_SIZE_ALONE = "count_space_in_strings"


def alternatives(now: Switches = DEFAULT) -> tuple[tuple[str, str, Switches], ...]:
    """Every other position of every switch that a decision can turn on: name, position, the switches so set."""
    return tuple(
        (one.name, _shown(value), replace(now, **{one.name: value}))  # type: ignore[arg-type]
        for one in fields(Switches)
        if one.name != _OF_SIZE_ALONE
        for value in _POSITIONS.get(one.name, (True, False))
        if value != getattr(now, one.name)
    )


def with_position(switches: Switches, name: str, position: str) -> Switches:
    """The switches with one of them in a position given in words; raises KeyError for a switch or position unknown."""
    return replace(switches, **{name: dict(positions(name))[position]})  # type: ignore[arg-type]


def positions(name: str) -> tuple[tuple[str, object], ...]:
    """The positions of a switch in words, each with its value; raises KeyError when there is no such switch."""
    if name not in {one.name for one in fields(Switches)}:
        raise KeyError(name)
    return tuple((_shown(value), value) for value in _POSITIONS.get(name, (True, False)))


def _shown(position: object) -> str:
    return _SHOWN[position] if isinstance(position, bool) else str(position)
