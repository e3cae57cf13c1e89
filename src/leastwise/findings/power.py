"""What principals may do on every resource under no condition, and who is as good as an administrator by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Final

from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.documents import Parsed
from leastwise.findings.granted import Granted
from leastwise.findings.per_policy import PerPolicy
from leastwise.model.policy import Policy, Statement
from leastwise.prove.actions import action_index

SERVICE_LINKED: Final = ":role/aws-service-role/"
RESERVED: Final = ":role/aws-reserved/sso.amazonaws.com/"

CORE: Final = (
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAssumeRolePolicy",
)
"""Who may do all of these everywhere may do anything, one call later. IAM User Guide, "IAM JSON policy elements"."""

_EVERYTHING: Final = frozenset({"*", "arn:*", "arn:aws:*", "arn:*:*", "arn:*:*:*", "arn:*:*:*:*", "arn:*:*:*:*:*"})


@dataclass
class Power:
    """Whole grants of principals, each policy worked out once."""

    estate: Estate
    granted: Granted
    _policies: PerPolicy[int] = field(default_factory=lambda: PerPolicy(_of_policy))
    _of: dict[str, int] = field(default_factory=dict)

    def whole(self, holder: Holder) -> int:
        """The known actions that it is allowed everywhere under no condition, after boundary, Denies and SCPs."""
        found = self._of.get(holder.arn)
        if found is None:
            found = self._joined(self.estate.identity(holder)) & self._of_boundary(holder)
            found = self._of[holder.arn] = found and found & self.granted.bits(holder)
        return found

    def is_administrator(self, holder: Holder) -> bool:
        """Whether it is an administrator, whatever the words of its policies."""
        return self.whole(holder) & core_bits() == core_bits()

    def is_held_by_boundary(self, holder: Holder) -> bool:
        """Whether the boundary keeps it from being an administrator whatever else it is given."""
        return self._of_boundary(holder) & core_bits() != core_bits()

    def without_boundary(self, holder: Holder) -> bool:
        """Whether it would be an administrator but for its boundary."""
        allowed = self._joined(self.estate.identity(holder)) & ~self.granted.joined(self.estate.identity(holder))[1]
        return allowed & core_bits() == core_bits()

    def is_conditional(self, holder: Holder) -> bool:
        """Whether its policies are an administrator's but for their conditions."""
        named = reduce(or_, (_named(one.policy) for one in self.estate.identity(holder)), 0)
        return named & self.granted.bits(holder) & core_bits() == core_bits()

    @cached_property
    def administrators(self) -> Mapping[str, Holder]:
        """Every administrator but service-linked roles, by ARN."""
        return {arn: one for arn, one in self.estate.holders.items() if is_asked(arn) and self.is_administrator(one)}

    @cached_property
    def groups(self) -> frozenset[str]:
        """The groups whose policies make an administrator of each member."""
        found = set()
        for part in self.estate.snapshot.iam.values():
            for group in part.groups:
                texts = [self.estate.documents.inline(one, f"group/{group.name}") for one in group.inline]
                held = filter(None, map(self.estate.managed, group.attached))
                policies = [*texts, *map(self.estate.documents.managed, held)]
                if self._joined(policies) & ~self.granted.joined(policies)[1] & core_bits() == core_bits():
                    found.add(group.arn)
        return frozenset(found)

    def _of_boundary(self, holder: Holder) -> int:
        boundary = self.estate.boundary(holder)
        return action_index().everything if boundary is None else self._policies.of(boundary)

    def _joined(self, policies: Iterable[Parsed]) -> int:
        return reduce(or_, map(self._policies.of, policies), 0)


def _of_policy(parsed: Parsed) -> int:
    return whole_bits(parsed.policy)


def whole_bits(policy: Policy) -> int:
    """The known actions that the policy's Allow statements are about on every resource under no condition."""
    return reduce(or_, map(_whole, policy.statements), 0)


@lru_cache(maxsize=1)
def core_bits() -> int:
    """The actions of `CORE`."""
    return reduce(or_, map(action_index().bits_of, CORE), 0)


def is_asked(arn: str) -> bool:
    """Whether it is no service-linked role, whose policies nobody but AWS changes, and has a name to be asked by."""
    return SERVICE_LINKED not in arn and not arn.endswith("/")


def _named(policy: Policy) -> int:
    """What they are about on every resource, conditions left aside."""
    return reduce(or_, (_whole(replace(one, conditions={})) for one in policy.statements), 0)


def _whole(one: Statement) -> int:
    if one.effect != "Allow" or one.conditions:
        return 0
    bits = action_index().bits_of_statement(one)
    if not one.is_not_resource:
        return bits if _EVERYTHING & set(one.resources) else 0
    return reduce(lambda left, text: left & ~_touched(text), one.resources, bits)


def _touched(resource: str) -> int:
    """The actions of the services that a resource of NotResource is of, all where that is open."""
    parts = resource.split(":")
    service = parts[2] if len(parts) > 2 and parts[0] == "arn" else "*"
    return action_index().everything if set("*?$") & set(service) else action_index().bits_of(f"{service}:*")
