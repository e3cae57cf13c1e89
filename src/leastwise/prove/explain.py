"""Claims in words."""

from __future__ import annotations

from leastwise.prove.solve import Model
from leastwise.prove.theories import Claim
from leastwise.prove.written import RESOURCE


def conditions_told(model: Model) -> tuple[str, ...]:
    """What must hold of a request for the model's claims to be true, a line each."""
    return tuple(dict.fromkeys(claim_told(claim) for claim in (*model.claims, *model.opaque)))


def claim_told(claim: Claim) -> str:
    """One claim in words."""
    atom = claim.atom
    if atom.key == RESOURCE and atom.test is not None:
        values = ", ".join(f"`{value}`" for value in atom.test.values)
        return f"the resource is {'' if claim.holds else 'not '}in {values}"
    if atom.clause is None:
        return f"{atom}" if claim.holds else f"not: {atom}"
    return _clause_told(claim)


def _clause_told(claim: Claim) -> str:
    clause = claim.atom.clause
    assert clause is not None
    key = f"`{clause.written_key}`"
    if clause.operator.lower() == "null":
        is_absent = (clause.on_absent and claim.holds) or (not clause.on_absent and not claim.holds)
        return f"{key} is {'absent' if is_absent else 'present'}"
    values = ", ".join(f"`{value}`" for value in clause.values)
    told = f"{clause.operator} {key} {values}"
    if claim.holds:
        return f"{told} holds"
    return f"{told} does not hold"
