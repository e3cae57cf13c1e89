"""Options of commands that read policies of several types, and how their text becomes policies and switches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import click

from leastwise.decide.policies import Levels
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import UNKNOWN, Unknown
from leastwise.model.switches import DEFAULT, Switches, with_position
from leastwise.surfaces.cli.policy_files import policy_in

F = TypeVar("F", bound=Callable[..., object])


def policy_options(command: F) -> F:
    """The command takes files of every policy type."""
    for names, many, text in (
        (("--rcp",), True, "RCP of one level: LEVEL=F, levels in order from root to the resource's account."),
        (("--scp",), True, "SCP of one level: LEVEL=F, levels in order from root to the principal's account."),
        (("--endpoint",), True, "Policy of the VPC endpoint on the way."),
        (("--trust",), False, "Trust policy of the role that is to be assumed."),
        (("--resource-policy",), True, "Policy of the resource: bucket, key, queue, secret, function …"),
        (("--session",), True, "Session policy passed when the role was assumed."),
        (("--boundary",), False, "Permissions boundary."),
        (("--identity",), True, "Identity policy of the principal or of one of its groups."),
    ):
        metavar = "LEVEL=F" if names[0] in ("--scp", "--rcp") else "F"
        command = click.option(*names, multiple=many, metavar=metavar, help=text)(command)
    return command


class Given:
    """The options as click read them, each by its name and type."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of an option that may be repeated."""
        found = self._given[name]
        return tuple(str(one) for one in found) if isinstance(found, tuple) else ()

    def text(self, name: str) -> str | None:
        """The value of an option that stands once."""
        found = self._given[name]
        return found if isinstance(found, str) else None

    def has(self, name: str) -> bool:
        """Whether the option was given."""
        return bool(self._given[name])

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return self._given[name] is True


class Reader:
    """Reads the policies of one type after the other."""

    def __init__(self, options: Given, unknown: Sequence[str]) -> None:
        self.options = options
        self.unknown = unknown

    def several(self, option: str, kind: Kind) -> list[Policy] | Unknown:
        """The policies of an option, in their order; UNKNOWN when they are said to be."""
        if kind in self.unknown:
            return UNKNOWN
        return [policy_in(path, kind) for path in self.options.texts(option)]

    def one(self, option: str, kind: Kind) -> list[Policy]:
        """The policy of an option that stands once, if it is given."""
        path = self.options.text(option)
        return [] if path is None else [policy_in(path, kind)]

    def levels(self, kind: Kind) -> tuple[tuple[str, ...], Levels]:
        """The names of the levels in their order, and the policies of each."""
        if kind in self.unknown:
            return (), UNKNOWN
        found = self.named_levels(kind)
        return tuple(found), list(found.values())

    def named_levels(self, kind: Kind) -> dict[str, list[Policy]]:
        """The policies of each level by its name, in their order; `LEVEL=` is one without a policy."""
        found: dict[str, list[Policy]] = {}
        for text in self.options.texts(kind):
            name, path = pair(text, f"{kind.upper()} level")
            held = found.setdefault(name, [])
            if path:
                held.append(policy_in(path, kind))
        return found


def resource_policies(read: Reader) -> list[Policy] | Unknown:
    """The policies of the resource, or the trust policy of the role; raises InputError when both are given."""
    if not read.options.has("trust"):
        return read.several("resource_policy", "resource")
    if read.options.has("resource_policy"):
        raise InputError("`--trust` and `--resource-policy` are both given", help="a role has a trust policy alone")
    return read.one("trust", "trust")


def pair(text: str, what: str) -> tuple[str, str]:
    """What stands before and after `=`; raises InputError."""
    key, found, value = text.partition("=")
    if not found or not key:
        raise InputError(f"cannot read the {what} `{text}`", help="write KEY=VALUE")
    return key, value


def switches_of(texts: Iterable[str]) -> Switches:
    """The switches set as `NAME=POSITION` says; raises InputError."""
    found = DEFAULT
    for text in texts:
        name, position = pair(text, "switch")
        try:
            found = with_position(found, name, position)
        except KeyError:
            names = ", ".join(sorted(Switches.__dataclass_fields__))
            raise InputError(f"no switch `{text}`", help=f"switches are {names}") from None
    return found
