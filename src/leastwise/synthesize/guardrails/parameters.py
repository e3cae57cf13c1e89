"""What the parameters of templates may be, and their values checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.model.errors import ParameterError

Values = Mapping[str, tuple[str, ...]]
"""Each parameter with its values; one that is no list has one."""
Given = Mapping[str, str | Sequence[str]]
"""Values as they are given: texts, or lists of them."""


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """A sort of parameter: whether it is a list, the form of a value, and that form in words."""

    is_list: bool
    pattern: str
    told: str


_ACCOUNT: Final = "[0-9]{12}"
_REGION: Final = "[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}"
_MOMENT: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z)?"
_TAG: Final = "[A-Za-z0-9 _.:/=+@-]{1,128}"

KINDS: Final[Mapping[str, ParameterKind]] = {
    "accounts": ParameterKind(True, _ACCOUNT, "account ids of 12 digits"),
    "actions": ParameterKind(True, r"[a-z0-9-]+:[A-Za-z0-9*?]+", "actions, such as `s3:GetObject`"),
    "address-blocks": ParameterKind(True, r"[0-9a-fA-F.:]+/[0-9]{1,3}", "address blocks, such as `203.0.113.0/24`"),
    "arn": ParameterKind(False, r"arn:[^\s:]+:[^\s:]+:[^\s:]*:[^\s:]*:\S+", "an ARN"),
    "arn-patterns": ParameterKind(True, r"arn:[^\s:]+:[^\s:]+:[^\s:]*:[^\s:]*:\S+", "ARNs, with `*` where they vary"),
    "clock": ParameterKind(False, "([01][0-9]|2[0-3]):[0-5][0-9]", "a time of the day in UTC, such as `07:00`"),
    "date": ParameterKind(False, "[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day, such as `2026-12-24`"),
    "names": ParameterKind(True, r"[A-Za-z0-9+=,.@_*?/-]+", "names, with `*` where they vary"),
    "number": ParameterKind(False, "[1-9][0-9]{0,8}", "a whole number"),
    "organization": ParameterKind(False, "o-[a-z0-9]{10,32}", "an organization id, such as `o-a1b2c3d4e5`"),
    "organization-paths": ParameterKind(
        True,
        r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9-]+/|\*)*\*?",
        "paths of organizational units, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`",
    ),
    "patterns": ParameterKind(True, r"[!-z|~]+", "texts, with `*` where they vary"),
    "regions": ParameterKind(True, _REGION, "Regions, such as `eu-west-1`"),
    "service-principals": ParameterKind(
        True, r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?", "services, such as `ec2.amazonaws.com`"
    ),
    "services": ParameterKind(True, "[a-z0-9-]+", "service prefixes, such as `s3`"),
    "tag-key": ParameterKind(False, _TAG, "a tag's key"),
    "tag-keys": ParameterKind(True, _TAG, "keys of tags"),
    "tag-values": ParameterKind(True, "[A-Za-z0-9 _.:/=+@*-]{1,256}", "values of a tag"),
    "vpc-regions": ParameterKind(
        True, f"vpc-[0-9a-f]{{8,17}}/{_REGION}", "VPCs with their Regions, such as `vpc-0a1b2c3d4e5f67890/eu-west-1`"
    ),
    "vpcs": ParameterKind(True, "vpc-[0-9a-f]{8,17}", "ids of VPCs"),
    "weekdays": ParameterKind(True, "mon|tue|wed|thu|fri|sat|sun", "days of the week, such as `mon`"),
    "windows": ParameterKind(
        True, f"{_MOMENT}/{_MOMENT}", "spans of time in UTC, such as `2026-12-20T00:00:00Z/2027-01-02T00:00:00Z`"
    ),
}
"""The kinds of parameters, by the name that a template's file gives."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a template. `default` is None where it must be given; `example` is a value that shows it."""

    name: str
    kind: str
    meaning: str
    default: tuple[str, ...] | None
    example: tuple[str, ...]

    @property
    def form(self) -> ParameterKind:
        """What its values are."""
        return KINDS[self.kind]


def settled(template: str, parameters: Sequence[Parameter], given: Given) -> dict[str, tuple[str, ...]]:
    """A value for each parameter, as given or by default; raises ParameterError for the first that is at fault."""
    known = [one.name for one in parameters]
    for name in given:
        if name not in known:
            raise ParameterError(template, name, f"no parameter `{name}`", help=_known(known))
    return {one.name: _settled(template, one, given.get(one.name)) for one in parameters}


def _known(names: Sequence[str]) -> str:
    return f"its parameters are {', '.join(f'`{one}`' for one in names)}" if names else "it has no parameters"


def _settled(template: str, parameter: Parameter, given: str | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        if parameter.default is None:
            raise ParameterError(
                template,
                parameter.name,
                f"the parameter `{parameter.name}` is missing",
                help=f"set it to {parameter.form.told}: {parameter.meaning}",
            )
        return parameter.default
    values = (given,) if isinstance(given, str) else tuple(given)
    if not parameter.form.is_list and len(values) != 1:
        fault = f"the parameter `{parameter.name}` has {len(values)} values"
        raise ParameterError(template, parameter.name, fault, help=f"set it to {parameter.form.told}")
    if not values and parameter.default != ():
        fault = f"the parameter `{parameter.name}` is empty"
        raise ParameterError(template, parameter.name, fault, help=f"set it to {parameter.form.told}")
    for value in values:
        if not re.fullmatch(parameter.form.pattern, value):
            fault = f"`{value}` is no value of `{parameter.name}`"
            raise ParameterError(template, parameter.name, fault, help=f"it takes {parameter.form.told}")
    return tuple(dict.fromkeys(values))
