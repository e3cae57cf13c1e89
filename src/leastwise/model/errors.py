"""What can go wrong, as values with fields.

LeastwiseError
├── InputError            the user's input cannot be used
│   ├── UnreadableFile    one file or object, with the reason
│   ├── UnknownAction     no such action in the catalogue
│   └── UnknownPrincipal  no such principal in the usage store
└── StoreError            the usage store cannot be used
"""

from __future__ import annotations


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


class StoreError(LeastwiseError):
    """The usage store cannot be used."""
