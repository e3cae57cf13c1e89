"""A finding over an estate: what is wrong, with whom, what shows it, what to do, and what the check cannot see."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from leastwise.model.request import Request

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "info")
"""The gravest first."""

Group = Literal["unused", "external", "escalation", "risk", "credentials", "guard rails"]
GROUPS: Final[tuple[Group, ...]] = ("escalation", "external", "guard rails", "credentials", "risk", "unused")

Subject = Literal["principal", "resource", "account", "policy", "node"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do, in the words of each tool; empty where there is nothing to type."""

    says: str
    cli: str = ""
    console: str = ""
    terraform: str = ""
    cloudformation: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check says of one subject, an ARN or an id.

    `key` tells findings of one check about one subject apart. `severity` takes the place of the check's own. `ladder`
    are the steps that lead to it, `evidence` what it rests on, both a line each; `unknown` says why it is not certain.
    `since` is the day from which it is so, as an ISO date, where that is known. `risk` is what the grant weighs, from 1
    to 100 an action; `paths` are the ways to an administrator that would be cut; `breakage` is how likely the remedy is
    to deny something that is needed within 30 days, from 0 to 1.
    """

    subject: str
    message: str
    remedy: Remedy
    key: str = ""
    account: str = ""
    kind: Subject = "principal"
    severity: Severity | None = None
    witness: Request | None = None
    ladder: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    unknown: str = ""
    since: str = ""
    risk: float = 0.0
    paths: int = 0
    breakage: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding with the check that made it. `benefit` and `breakage` order the work, `order` being their ratio."""

    code: str
    name: str
    group: Group
    severity: Severity
    found: Found
    benefit: float = 0.0
    breakage: float = 0.0

    @property
    def id(self) -> str:
        """What stays the same of it from run to run: the code, and a digest of subject and key."""
        told = "\0".join((self.code, self.found.subject, self.found.key))
        digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.code}-{digest[:10]}"

    @property
    def order(self) -> float:
        """Benefit against breakage: the higher, the sooner."""
        return self.benefit / (self.breakage + 0.05)

    @property
    def rank(self) -> int:
        """0 for the gravest severity, and so on."""
        return SEVERITIES.index(self.severity)
