"""Literals of lemmas, written short."""

from __future__ import annotations

from leastwise.model.policy import Kind
from leastwise.prove.axioms import AXIOMS
from leastwise.prove.checking.lemmas import Facts, refuted
from leastwise.prove.written import Literal, Test

ALL = frozenset(AXIOMS) - {"request-tags", "network", "mfa"}  # which are clauses between keys, and no lemmas
SINGLE = frozenset({"single-valued"})
NONE: frozenset[str] = frozenset()
NOBODY = Facts(None, {}, None)
KEY = "aws:principaltag/team"
LIST = "aws:tagkeys"


def lit(on: str, operator: str, *values: str, holds: bool = True, kind: Kind = "identity") -> Literal:
    return Test(on, operator, values, kind), holds


def no(on: str, operator: str, *values: str, kind: Kind = "identity") -> Literal:
    return lit(on, operator, *values, holds=False, kind=kind)


def res(*values: str, holds: bool = True, kind: Kind = "identity") -> Literal:
    return lit("Resource", "Resource", *values, holds=holds, kind=kind)


def is_refuted(*literals: Literal, facts: Facts = NOBODY, axioms: frozenset[str] = SINGLE) -> bool:
    return refuted(literals, facts=facts, axioms=axioms)
