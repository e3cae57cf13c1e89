"""The credential report of each account: its rows by principal, and what their columns say.

The columns are named as AWS names them. IAM User Guide, "Generate credential reports".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from leastwise.findings.scene import Scene, day_of

_ROOT: Final = "<root_account>"
_TRUE: Final = "true"
KEYS: Final = ("1", "2")
_USED: Final = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reported:
    """A row of an account's report."""

    account: str
    row: Row

    @property
    def arn(self) -> str:
        """The user's ARN, or the root user's."""
        return self.row.get("arn", "")

    @property
    def name(self) -> str:
        """The user's name."""
        return self.row.get("user", "")

    @property
    def is_root(self) -> bool:
        """Whether it is that of the root user."""
        return self.name == _ROOT or self.arn.endswith(":root")

    def is_on(self, column: str) -> bool:
        """Whether the column says `true`, in either case."""
        return self.row.get(column, "").lower() == _TRUE

    def is_off(self, column: str) -> bool:
        """Whether the column says `false`; what it does not say is neither."""
        return self.row.get(column, "").lower() == "false"

    def day(self, column: str) -> date | None:
        """The day that the column tells; None for `N/A`, `no_information` and the like."""
        return day_of(self.row.get(column, ""))

    @property
    def uses(self) -> tuple[date, ...]:
        """The days on which the password and the keys were last used."""
        return tuple(found for column in _USED if (found := self.day(column)))

    @property
    def active_keys(self) -> tuple[str, ...]:
        """Which of the two access keys are active, `1` and `2`."""
        return tuple(one for one in KEYS if self.is_on(f"access_key_{one}_active"))


def reported(scene: Scene) -> Iterator[Reported]:
    """The rows of every account's report, account by account."""
    for account, activity in sorted(scene.estate.snapshot.activity.items()):
        yield from (Reported(account, row) for row in activity.credentials)


def rows(scene: Scene) -> Mapping[str, Reported]:
    """The rows of all reports by the ARN of the user."""
    return {one.arn: one for one in reported(scene)}
