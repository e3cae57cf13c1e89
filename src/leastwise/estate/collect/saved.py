"""What a run has read so far, a file a unit, so that one that was stopped goes on from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from leastwise.estate.held import Activity, Iam, IdentityCenter, NotRead, Organization, Part, Resources
from leastwise.model.errors import InputError

_FORM: Final = "1"


class _Unit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The parts of one unit, by kind."""

    iam: tuple[Iam, ...] = ()
    activity: tuple[Activity, ...] = ()
    resources: tuple[Resources, ...] = ()
    organizations: tuple[Organization, ...] = ()
    identity_centers: tuple[IdentityCenter, ...] = ()
    not_read: tuple[NotRead, ...] = ()

    def parts(self) -> tuple[Part, ...]:
        kinds = (self.iam, self.activity, self.resources, self.organizations, self.identity_centers, self.not_read)
        return tuple(part for kind in kinds for part in kind)


class Saved:
    """The finished units in a folder, each known by what it was asked; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def parts(self, asked: Sequence[str]) -> tuple[Part, ...] | None:
        """The parts of a unit, or None when it is not finished; one that cannot be read is as if it were not."""
        path = self._path(asked)
        if path is None:
            return None
        try:
            unit = msgspec.json.decode(path.read_bytes(), type=_Unit)
        except (OSError, msgspec.MsgspecError):
            return None
        return unit.parts()

    def keep(self, asked: Sequence[str], parts: Sequence[Part]) -> None:
        """A finished unit is kept whole or not at all; raises InputError when the folder cannot be written to."""
        path = self._path(asked)
        if path is None:
            return
        unfinished = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(msgspec.json.encode(_unit(parts)))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"cannot write `{path.parent}`: {reason}") from None

    def _path(self, asked: Sequence[str]) -> Path | None:
        if self._folder is None:
            return None
        digest = hashlib.sha256("\n".join((_FORM, *asked)).encode()).hexdigest()
        return self._folder / f"{digest[:32]}.json"


def in_order(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts in the order in which they are read back."""
    return _unit(parts).parts()


def _unit(parts: Sequence[Part]) -> _Unit:
    return _Unit(
        tuple(one for one in parts if isinstance(one, Iam)),
        tuple(one for one in parts if isinstance(one, Activity)),
        tuple(one for one in parts if isinstance(one, Resources)),
        tuple(one for one in parts if isinstance(one, Organization)),
        tuple(one for one in parts if isinstance(one, IdentityCenter)),
        tuple(one for one in parts if isinstance(one, NotRead)),
    )
