"""Everything random comes from hashes of names, so that an object stays the same when others are added."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def dice(*names: object) -> Random:
    """A source of chance of these names alone."""
    return Random(":".join(map(str, names)))  # noqa: S311


def number(*names: object) -> int:
    """A large number of these names."""
    return int.from_bytes(_digest(names)[:6], "big")


def pick(choices: Sequence[T], *names: object) -> T:
    """One of the choices."""
    return choices[number(*names) % len(choices)]


def hexes(length: int, *names: object) -> str:
    """Hexadecimal digits, at most 64."""
    return _digest(names).hex()[:length]


def digits(length: int, *names: object) -> str:
    """Decimal digits, the first not 0; at most 14."""
    return str(10 ** (length - 1) + number(*names) % (9 * 10 ** (length - 1)))


def letters(length: int, *names: object) -> str:
    """Small letters and digits as in the ids of organizations, at most 51."""
    return _base32(names)[:length].lower()


def unique_id(prefix: str, *names: object) -> str:
    """An id as IAM gives it: `AROA` or the like and 17 letters and digits."""
    return prefix + _base32(names)[:17]


def uuid(*names: object) -> str:
    """A UUID of version 4."""
    text = _digest(names).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def _digest(names: Sequence[object]) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, names)).encode()).digest()


def _base32(names: Sequence[object]) -> str:
    return base64.b32encode(_digest(names)).decode().rstrip("=")
