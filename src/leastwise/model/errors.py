"""What can go wrong, as values with fields.

LeastwiseError
├── InputError            the user's input cannot be used
│   ├── UnreadableFile    one file or object, with the reason
│   ├── UnknownAction     no such action in the catalogue
│   ├── UnknownPrincipal  no such principal in the usage store
│   ├── PolicyError       a policy document with all its faults
│   ├── UnknownTemplate   no guard rail's template of this name
│   ├── ParameterError    a parameter of a template that is missing, unknown or ill-formed
│   └── RequestError      a request that no AWS call could make
├── StoreError            the usage store cannot be used
├── Unsupported           a test that has no form for a solver
└── RefusedCertificate    a certificate that does not prove what it says
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the name of its source, line and column counted from 1, how many characters."""

    source: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault in the user's input: what, where, and what to do about it.

    `path` names the part, such as `Statement[0].Condition.StringEquals`; `place` is None when the input was not text;
    `excerpt` is the line of the source that holds the fault, cut to a width that a screen can show.
    """

    code: str
    message: str
    path: str
    place: Place | None = None
    help: str | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else f"{self.path}: " if self.path else ""
        return f"{where}{self.message}"


class LeastwiseError(Exception):
    """Root of every error that leastwise raises on purpose: one line, and an instruction in `help`."""

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.help = help


class InputError(LeastwiseError):
    """The user's input cannot be used."""


class UnreadableFile(InputError):  # noqa: N818
    """One file or object cannot be read; `path` and `reason` say which and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot read `{path}`: {reason}")
        self.path = path
        self.reason = reason


class UnknownAction(InputError):  # noqa: N818
    """The catalogue has no action of this name; `near` are names like it."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        hint = f"did you mean `{near[0]}`?" if near else "actions are written `service:Action`"
        super().__init__(f"unknown action `{name}`", help=hint)
        self.name = name
        self.near = near


class UnknownPrincipal(InputError):  # noqa: N818
    """The usage store has no call by this principal; `near` are principals like it."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        listed = ", ".join(f"`{n}`" for n in near)
        hint = f"did you mean {listed}?" if near else "`leastwise used` lists the principals"
        super().__init__(f"no logged call by `{name}`", help=hint)
        self.name = name
        self.near = near


class PolicyError(InputError):
    """A policy document cannot be used; `faults` holds every fault of it, in the order of the document."""

    def __init__(self, faults: Sequence[Diagnostic], source: str = "policy") -> None:
        rest = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(f"cannot use `{source}`: {faults[0]}{rest}", help=faults[0].help)
        self.faults = tuple(faults)
        self.source = source


class UnknownTemplate(InputError):  # noqa: N818
    """There is no template of this name; `near` are names like it."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        hint = f"did you mean `{near[0]}`?" if near else "leave the name out for a list of them"
        super().__init__(f"no template `{name}`", help=hint)
        self.name = name
        self.near = near


class ParameterError(InputError):
    """A parameter of a template cannot be used: `template` and `parameter` say which."""

    def __init__(self, template: str, parameter: str, fault: str, *, help: str) -> None:  # noqa: A002
        super().__init__(f"template `{template}`: {fault}", help=help)
        self.template = template
        self.parameter = parameter


class RequestError(InputError):
    """A request cannot be made out: its principal, action, resource or context is none that AWS knows."""


class StoreError(LeastwiseError):
    """The usage store cannot be used."""
