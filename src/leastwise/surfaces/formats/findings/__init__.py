"""Ways to write what a scan found, one file a format, found by name: each has `NAME` and `written`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leastwise.findings.exceptions import Told
from leastwise.findings.run import NotAsked
from leastwise.findings.surplus import Surplus


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found of which estate: `day` is the estate's, as an ISO date; `days` the window of use.

    `told` are the findings that are to be shown, `excepted` how many an exception hides, `not_asked` the checks that
    could not be asked, `surplus` the granted and used actions of each principal with most surplus.
    """

    day: str
    days: int
    accounts: int
    principals: int
    told: Sequence[Told]
    excepted: int = 0
    not_asked: Sequence[NotAsked] = ()
    surplus: Sequence[Surplus] = ()
    notes: Sequence[str] = field(default_factory=tuple)
