"""What becomes of a request, and what settled it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from leastwise.model.errors import Place


class Outcome(StrEnum):
    """ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, or DEPENDS on what is not known."""

    ALLOW = "ALLOW"
    EXPLICIT_DENY = "EXPLICIT_DENY"
    IMPLICIT_DENY = "IMPLICIT_DENY"
    DEPENDS = "DEPENDS"


ALLOW, EXPLICIT_DENY, IMPLICIT_DENY, DEPENDS = Outcome


@dataclass(frozen=True, slots=True)
class Determining:
    """A statement that settled a decision: its policy's type and name, its index and Sid, where it stands."""

    policy_type: str
    policy: str
    index: int
    sid: str | None
    effect: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Rung:
    """One policy type on the way of a request: `allow`, `deny`, `silent`, `unknown` or `not applicable`, and why."""

    policy_type: str
    result: str
    label: str = ""
    statements: tuple[Determining, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way in which the unknown may turn out, and the outcome that it gives."""

    outcome: Outcome
    facts: tuple[tuple[str, str], ...] = field(default=())
