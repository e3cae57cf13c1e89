"""Random names in the forms AWS gives them, and draws that favour the first of a list."""

from __future__ import annotations

import hashlib
from base64 import b32encode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

_BASE36 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_WORDS_TEXT = (
    "orders billing search media ledger audit payments catalog events sessions reports invoices images "
    "metrics features exports ingest archive customers stock pricing shipping identity mail notify graph "
    "ranking drafts uploads models vectors cache staging returns fraud loyalty tax partners devices "
)
_WORDS = tuple(_WORDS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Favoured(Generic[T]):
    """A list whose members are drawn by Zipf's law, the first most often."""

    members: tuple[T, ...]
    weights: tuple[float, ...]

    def draw(self, rng: Random) -> T:
        """One member."""
        return rng.choices(self.members, cum_weights=self.weights)[0]


def favoured(members: Sequence[T], exponent: float = 1.05) -> Favoured[T]:
    """`members`, drawn with weight 1/rank**exponent."""
    weights = accumulate(1 / rank**exponent for rank in range(1, len(members) + 1))
    return Favoured(tuple(members), tuple(weights))


def digits(rng: Random, length: int) -> str:
    """Decimal digits."""
    return f"{rng.randrange(10**length):0{length}d}"


def hexes(rng: Random, length: int) -> str:
    """Hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


def uuid(rng: Random) -> str:
    """A version 4 UUID."""
    text = hexes(rng, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def base36(rng: Random, length: int) -> str:
    """Capital letters and digits."""
    return "".join(rng.choices(_BASE36, k=length))


def base64(rng: Random, size: int) -> str:
    """`size` random bytes as base64."""
    return b64encode(rng.randbytes(size)).decode()


def word(rng: Random) -> str:
    """An everyday name for a bucket, table or service."""
    return rng.choice(_WORDS)


def address(rng: Random, network: str) -> str:
    """An IPv4 address inside `network`, given as its first two numbers."""
    return f"{network}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def key_tail(*parts: object) -> str:
    """The sixteen letters of an access key id that belong to `parts` and to nothing else."""
    digest = hashlib.blake2s("|".join(map(str, parts)).encode(), digest_size=10).digest()
    return b32encode(digest).decode()
