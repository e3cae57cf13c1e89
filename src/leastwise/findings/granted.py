"""What principals may be granted, as sets of known actions: after Denies without condition, boundary and SCPs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.documents import Parsed
from leastwise.estate.effective import is_whole
from leastwise.findings.per_policy import PerPolicy
from leastwise.prove.actions import action_index


@dataclass
class Granted:
    """The known actions of each principal, each policy worked out once.

    An action is in the set where some request for it may be allowed; conditions and resources are not looked at. What
    is not known allows everything.
    """

    estate: Estate
    _sides: PerPolicy[tuple[int, int]] = field(default_factory=lambda: PerPolicy(_sides))
    _ceilings: dict[str, int] = field(default_factory=dict)

    def bits(self, holder: Holder) -> int:
        """The actions of a user or role, as bits of the action index."""
        allowed, denied = self.joined(self.estate.identity(holder))
        found = allowed & ~denied
        boundary = self.estate.boundary(holder)
        if boundary is not None:
            inside, outside = self.joined([boundary])
            found &= inside & ~outside
        return found & self._ceiling(holder.arn.split(":")[4])

    def actions(self, holder: Holder) -> tuple[str, ...]:
        """Their names."""
        return action_index().told(self.bits(holder))

    def joined(self, policies: Iterable[Parsed]) -> tuple[int, int]:
        """What the policies together may allow, and what they deny whatever else is so."""
        told = [self._sides.of(one) for one in policies]
        return reduce(or_, (one for one, _ in told), 0), reduce(or_, (one for _, one in told), 0)

    def _ceiling(self, account: str) -> int:
        if account not in self._ceilings:
            is_exempt = self.estate.is_managing(account)
            levels = () if is_exempt else self.estate.levels(account, "scp") or ()
            found = action_index().everything
            for level in levels:
                allowed, denied = self.joined(level.policies)
                found &= allowed & ~denied
            self._ceilings[account] = found
        return self._ceilings[account]


def _sides(parsed: Parsed) -> tuple[int, int]:
    policy = parsed.policy
    allowed = action_index().bits_of_statements(one for one in policy.statements if one.effect == "Allow")
    denied = action_index().bits_of_statements(
        one for one in policy.statements if one.effect == "Deny" and is_whole(one)
    )
    return allowed, denied
