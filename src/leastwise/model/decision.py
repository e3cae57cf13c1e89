"""What becomes of a request, and what settled it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from leastwise.model.errors import Place
from leastwise.model.policy import Statement


class Outcome(StrEnum):
    """ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, or DEPENDS on what is not known."""

    ALLOW = "ALLOW"
    EXPLICIT_DENY = "EXPLICIT_DENY"
    IMPLICIT_DENY = "IMPLICIT_DENY"
    DEPENDS = "DEPENDS"


ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, DEPENDS = Outcome


@dataclass(frozen=True, slots=True)
class Determining:
    """A statement that settled a decision: its policy's type and name, and its index in that policy."""

    policy_type: str
    policy: str
    index: int
    statement: Statement

    @property
    def sid(self) -> str | None:
        """The statement's Sid, if it has one."""
        return self.statement.sid

    @property
    def place(self) -> Place | None:
        """Where the statement begins, if it was read from text."""
        return self.statement.place


@dataclass(frozen=True, slots=True)
class Rung:
    """One policy type on the way of a request: `allow`, `deny`, `silent`, `unknown` or `not applicable`, and why.

    `level` counts the levels of SCPs or RCPs from 1, the root; 0 for other types.
    """

    policy_type: str
    result: str
    level: int = 0
    label: str = ""
    statements: tuple[Determining, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way in which the unknown may turn out, and the outcome that it gives."""

    outcome: Outcome
    facts: tuple[tuple[str, str], ...] = field(default=())
