"""A small matcher of its own for the tests: does a document allow an action on a resource?

It knows `*` and `?` and the literal forms `${*}`, `${?}`, `${$}`, which is all that a proposal writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

_TOKEN = re.compile(r"\$\{([*?$])\}|(\*)|(\?)|(.)", re.DOTALL)


@lru_cache(maxsize=16_384)
def expression(pattern: str) -> re.Pattern[str]:
    """The regular expression that a policy pattern means."""
    parts = []
    for literal, star, mark, plain in _TOKEN.findall(pattern):
        parts.append(".*" if star else "." if mark else re.escape(literal or plain))
    return re.compile("".join(parts), re.DOTALL)


def statements(documents: Iterable[Mapping[str, object]]) -> list[Mapping[str, list[str]]]:
    """All statements of all documents."""
    return [s for document in documents for s in document["Statement"]]  # type: ignore[attr-defined]


def allows(documents: Iterable[Mapping[str, object]], action: str, resource: str) -> bool:
    """Whether some statement allows the action on the resource, its conditions not looked at."""
    return any(
        action in s["Action"] and any(expression(r).fullmatch(resource) for r in s["Resource"])
        for s in statements(documents)
    )
