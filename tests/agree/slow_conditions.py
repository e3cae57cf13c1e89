"""Wildcards, policy variables and conditions, read from the IAM User Guide a second time: slow, plain, on its own.

Nothing here is shared with the package, so that a rule misread in one of the two is seen as a disagreement.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

Facts = Mapping[str, Sequence[str]]
"""Condition keys in lower case to their values; a key that is missing is absent."""

Tokens = tuple[str, ...]
"""A pattern: its characters, ANY and ONE."""

ANY, ONE = "<any>", "<one>"
WILD = {"*": ANY, "?": ONE}

LIST_KEYS = (
    "aws:tagkeys",
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:vpceorgpaths",
    "aws:principalservicenameslist",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
)
"""IAM User Guide, "AWS global condition context keys"; Service Authorization Reference, DynamoDB."""


def fits(pattern: Tokens, text: str) -> bool:
    """Whether the whole text has the form of the pattern."""
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == ANY:
        return any(fits(rest, text[start:]) for start in range(len(text) + 1))
    return bool(text) and first in (ONE, text[0]) and fits(rest, text[1:])


def wild(text: str) -> Tokens:
    """The pattern of a text that has wildcards but no variables."""
    return tuple(WILD.get(character, character) for character in text)


_VARIABLE = re.compile(r"\$\{([^{},]+)(?:, ?'([^']*)')?\}")


def pattern_of(text: str, facts: Facts, *, has_variables: bool, has_wildcards: bool) -> Tokens | None:
    """The pattern of a text, a variable's value being plain characters; None when a variable has no value.

    IAM User Guide, "IAM policy elements: Variables and tags".
    """
    plain = wild if has_wildcards else tuple
    found = _VARIABLE.search(text) if has_variables else None
    if found is None:
        return plain(text)
    value = variable(found[1], found[2], facts)
    after = pattern_of(text[found.end() :], facts, has_variables=True, has_wildcards=has_wildcards)
    if value is None or after is None:
        return None
    return plain(text[: found.start()]) + tuple(value) + after


def variable(name: str, default: str | None, facts: Facts) -> str | None:
    """The value of a policy variable; keys that hold lists cannot be variables."""
    if name in ("*", "?", "$"):
        return name
    key = name.lower()
    values = [] if key in LIST_KEYS else facts.get(key, [])
    return values[0] if values else default


def in_six(text: Sequence[str]) -> list[Sequence[str]]:
    """What stands between the first five colons, and all after them."""
    cuts = [place for place, character in enumerate(text) if character == ":"][:5]
    starts, ends = [0, *(cut + 1 for cut in cuts)], [*cuts, len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def fits_arn(pattern: Tokens, text: str) -> bool:
    """Whether an ARN fits part by part: no wildcard leaves its part."""
    wanted, given = in_six(pattern), in_six(text)
    is_arn = len(wanted) == len(given) == 6 and given[0] == "arn"
    return is_arn and all(fits(tuple(part), str(one)) for part, one in zip(wanted, given, strict=True))


def number(text: str) -> Decimal | None:
    """The integer or decimal that a text is."""
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


_INSTANT = re.compile(
    r"(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(?:Z|([+-])(\d\d):(\d\d))?)?)?", re.ASCII
)


def instant(text: str) -> Decimal | None:
    """Seconds since 1970 of a date of the W3C profile of ISO 8601, UTC unless it says otherwise, or of an epoch."""
    if number(text) is not None:
        return number(text)
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, sign, ahead_hours, ahead_minutes = found.groups("0")
    try:
        days = date(int(year), int(month), int(day) or 1).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if int(hour) > 23 or int(minute) > 59 or Decimal(second) >= 60:
        return None
    ahead = int(ahead_hours) * 3600 + int(ahead_minutes) * 60
    return days * 86400 + int(hour) * 3600 + int(minute) * 60 + Decimal(second) + (ahead if sign == "-" else -ahead)


def flag(text: str) -> bool | None:
    """`true` or `false`, in any case of letters."""
    return {"true": True, "false": False}.get(text.lower())


def octets(text: str) -> bytes | None:
    """The bytes that a base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_in_range(wanted: str, given: str) -> bool:
    """Whether an address is in a range; one version of IP is never in a range of the other."""
    try:
        network, address = ipaddress.ip_network(wanted, strict=False), ipaddress.ip_address(given)
    except ValueError:
        return False
    return network.version == address.version and address in network


Test = Callable[[str, str], bool]
"""Whether a policy's value, which has no variables, takes a request's value."""


def compared(read: Callable[[str], object], holds: Callable[..., bool]) -> Test:
    """The test that reads both values and compares the request's with the policy's; what cannot be read never fits."""

    def test(wanted: str, given: str) -> bool:
        policy_value, request_value = read(wanted), read(given)
        return policy_value is not None and request_value is not None and holds(request_value, policy_value)

    return test


_ORDERS: Mapping[str, Callable[..., bool]] = {
    "equals": lambda given, wanted: given == wanted,
    "lessthan": lambda given, wanted: given < wanted,
    "lessthanequals": lambda given, wanted: given <= wanted,
    "greaterthan": lambda given, wanted: given > wanted,
    "greaterthanequals": lambda given, wanted: given >= wanted,
}

PLAIN_TESTS: Mapping[str, Test] = {
    **{f"numeric{name}": compared(number, order) for name, order in _ORDERS.items()},
    **{f"date{name}": compared(instant, order) for name, order in _ORDERS.items()},
    "binaryequals": compared(octets, _ORDERS["equals"]),
    "ipaddress": is_in_range,
}

TEXT_TESTS: Mapping[str, tuple[bool, Callable[[Tokens, str], bool]]] = {
    "stringequals": (False, fits),
    "stringequalsignorecase": (False, lambda wanted, given: fits(tuple(t.lower() for t in wanted), given.lower())),
    "stringlike": (True, fits),
    "arnequals": (True, fits_arn),
    "arnlike": (True, fits_arn),
    "bool": (False, lambda wanted, given: flag("".join(wanted)) is not None and flag("".join(wanted)) == flag(given)),
}
"""The tests that take variables: whether wildcards too, and how the pattern takes the request's value."""


def conditions_hold(conditions: Mapping, facts: Facts, *, has_variables: bool) -> bool:
    """Whether every key of every operator holds."""
    return all(
        condition_holds(operator, key, texts(values), facts, has_variables=has_variables)
        for operator, block in conditions.items()
        for key, values in block.items()
    )


def texts(values: object) -> list[str]:
    """A value or a list of values as a list, numbers and booleans as text."""
    listed = values if isinstance(values, list) else [values]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in listed]


def condition_holds(operator: str, key: str, wanted: Sequence[str], facts: Facts, *, has_variables: bool) -> bool:
    """Whether the values of one key satisfy one operator.

    IAM User Guide, "Condition operators"; "Single-valued vs. multivalued context keys".
    """
    qualifier, _, name = operator.lower().rpartition(":")
    base = name.removesuffix("ifexists")
    given = facts.get(key.lower(), [])
    if base == "null":
        return any(value.lower() == str(not any(given)).lower() for value in wanted)
    is_negated = base.startswith(("stringnot", "numericnot", "datenot", "arnnot", "notip"))
    base = base.replace("not", "", 1)

    def satisfies(value: str) -> bool:
        return is_negated != any(takes(base, one, value, facts, has_variables=has_variables) for one in wanted)

    if qualifier == "forallvalues":
        return not any(given) or all(satisfies(value) for value in given)
    if qualifier == "foranyvalue":
        return any(satisfies(value) for value in given)
    if not given:
        return is_negated or name != name.removesuffix("ifexists")
    return not holds_list(key) and satisfies(given[0])


def takes(base: str, wanted: str, given: str, facts: Facts, *, has_variables: bool) -> bool:
    """Whether one policy value takes one request value under a positive operator."""
    if base in PLAIN_TESTS:
        return PLAIN_TESTS[base](wanted, given)
    has_wildcards, test = TEXT_TESTS[base]
    pattern = pattern_of(wanted, facts, has_variables=has_variables, has_wildcards=has_wildcards)
    return pattern is not None and test(pattern, given)


def holds_list(key: str) -> bool:
    """Whether AWS sends a list for the key, which then needs `ForAllValues` or `ForAnyValue`."""
    return key.lower() in LIST_KEYS or key.lower().endswith(":amr")
