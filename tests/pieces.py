"""Statements in pieces."""

from __future__ import annotations

Json = dict[str, object]


def split(statement: Json) -> list[Json]:
    """The statement in pieces of one action and one resource; what is negated stays whole."""
    pieces = [statement]
    for element in ("Action", "Resource"):
        if element in statement:
            pieces = [{**piece, element: [value]} for piece in pieces for value in listed(piece[element])]
    return pieces


def listed(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
