"""What a principal is granted today: each identity policy where it stands, and what bounds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.gather import AWS_MANAGED
from leastwise.estate.held import InlinePolicy, ManagedPolicy
from leastwise.model.policy import Policy
from leastwise.model.request import Principal

Standing = Literal["inline", "managed", "aws-managed", "group"]
_ANYTHING = "leastwise:AnyAction"


@dataclass(frozen=True, slots=True)
class Granted:
    """One identity policy of a principal.

    `name` is an inline policy's name or a managed one's ARN; `standing` is where it stands, `group` for what the
    principal has as a member, which is then in `of`. `policy` is None where the snapshot does not hold all of it.
    """

    name: str
    standing: Standing
    policy: Policy | None
    text: str
    of: str = ""


@dataclass(frozen=True)
class Today:
    """The policies of a principal. `binding` holds what binds it whatever it asks; `doubts` what is not known of it."""

    principal: Principal
    granted: tuple[Granted, ...]
    binding: PolicySet
    doubts: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether every identity policy is known."""
        return all(one.policy is not None for one in self.granted)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The identity policies that are known."""
        return tuple(one.policy for one in self.granted if one.policy is not None)


def today(estate: Estate, text: str) -> Today:
    """The policies of a principal of the snapshot; raises InputError or RequestError where it is not there."""
    who = estate.principal(text)
    holder = estate.holder(who)
    granted = []
    parsed = list(estate.identity(holder)) if holder else []
    for source, found in zip(estate.sources(holder) if holder else (), parsed, strict=True):
        is_known = source.text is not None and not found.fault
        granted.append(_granted(source.held, found.policy if is_known else None, source.name, source.text or ""))
    binding = binding_of(estate, who, _ANYTHING, "*")
    own = PolicySet(
        identity=[one.policy for one in parsed], boundary=binding.policies.boundary, scps=binding.policies.scps
    )
    return Today(who, tuple(granted), own, binding.doubts)


def _granted(held: InlinePolicy | ManagedPolicy | None, policy: Policy | None, owner: str, text: str) -> Granted:
    if isinstance(held, InlinePolicy):
        is_group = owner.startswith("group/")
        return Granted(held.name, "group" if is_group else "inline", policy, text, owner if is_group else "")
    arn = held.arn if held is not None else owner
    return Granted(arn, "aws-managed" if AWS_MANAGED in arn else "managed", policy, text)
