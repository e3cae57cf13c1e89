"""What is too hard for the search, put to a solver: only when that was asked for, and the verdict says so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal

from leastwise.prove.checking.domains import facts_about
from leastwise.prove.solve import Outside
from leastwise.prove.theories import Claim
from leastwise.prove.world import World

SolverName = Literal["z3", "cvc5"]
SOLVERS: Final[tuple[SolverName, ...]] = ("z3", "cvc5")
LIMIT_MS = 20_000
"""Time that a solver may take for one question about one key."""


def outside(solver: SolverName | None) -> Outside | None:
    """The solver as a search asks it; None for none."""
    return None if solver is None else Outside(solver, partial(_is_refuted, solver=solver))


def _is_refuted(claims: Sequence[Claim], world: World, solver: SolverName) -> bool:
    """Whether the solver shows that the claims cannot all be true; False when it shows otherwise, or nothing.

    Raises LeastwiseError when the solver is not installed.
    """
    from leastwise.prove.smt_facts import is_unsat  # a solver is loaded only where one is asked for

    literals = [(claim.atom.test, claim.holds) for claim in claims if claim.atom.test is not None]
    if len(literals) < len(claims) or world.pins:
        return False
    action = world.action.name.lower() if world.action and world.has_action_axioms else None
    facts = facts_about(action, world.persona, [test.on for test, _ in literals])
    return is_unsat(literals, facts, world.axioms, solver, LIMIT_MS) is True
