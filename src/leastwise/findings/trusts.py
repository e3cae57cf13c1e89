"""How roles are open to those outside by their trust policies: to everyone, to accounts, to users of providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.estate.held import Role
from leastwise.findings.insiders import Named, named_by
from leastwise.findings.outside import Asking, Shown, Target
from leastwise.findings.power import is_asked
from leastwise.findings.scene import Scene, account_of
from leastwise.model.policy import Policy

EXTERNAL_ID: Final = "sts:externalid"
_LONG: Final = 8
_OF_WHO: Final = ("aws:principalarn", "aws:userid", "aws:principaltag/", "aws:principalorg")


@dataclass(frozen=True, slots=True)
class Trusting:
    """A role with its trust policy and whom it names; `fault` says why the policy is not known, empty where it is."""

    role: Role
    policy: Policy
    named: Named
    fault: str = ""

    @property
    def target(self) -> Target:
        """The role as what is asked for."""
        return Target(self.role.arn, account_of(self.role.arn), "sts:role", tuple(_external_ids(self.policy)))


@dataclass(frozen=True, slots=True)
class OpenRole:
    """A role that outsiders may assume: who they are, and how.

    `everyone` is how anybody may, `outside` how those that are named, `unasked` how they may without an external id.
    """

    trusting: Trusting
    foreign: tuple[str, ...]
    whole: tuple[str, ...]
    everyone: Shown | None
    outside: Shown | None
    unasked: Shown | None


def trusts(scene: Scene) -> tuple[Trusting, ...]:
    """Every role but service-linked ones, with its trust policy."""
    return tuple(_each(scene))


def _each(scene: Scene) -> Iterator[Trusting]:
    known: dict[int, Named] = {}
    for arn, holder in sorted(scene.estate.holders.items()):
        if isinstance(holder, Role) and is_asked(arn):
            parsed = scene.estate.documents.trust(holder)
            named = known.get(id(parsed.policy))  # the estate keeps each policy as long as it lasts
            if named is None:
                named = known[id(parsed.policy)] = named_by(parsed.policy.statements)
            yield Trusting(holder, parsed.policy, named, parsed.fault)


def open_roles(scene: Scene) -> tuple[OpenRole, ...]:
    """The roles that everyone, or an account that is not inside, is named by."""
    return tuple(found for one in scene.once(trusts) if (found := _opened(scene.once(Asking), one)) is not None)


def _opened(asking: Asking, one: Trusting) -> OpenRole | None:
    foreign = tuple(text for text in one.named.accounts if asking.inside.is_outside(text))
    if one.fault or not (one.named.is_everyone or foreign):
        return None
    everyone = asking.asked(one.target, one.policy, "internet") if one.named.is_everyone else None
    outside = asking.asked(one.target, one.policy, "outside")
    unasked = asking.asked(one.target, one.policy, "outside", without=(EXTERNAL_ID,)) if outside else None
    whole = tuple(dict.fromkeys(_whole(one, foreign)))
    return OpenRole(one, foreign, whole, everyone, outside, unasked)


def _whole(one: Trusting, foreign: tuple[str, ...]) -> Iterator[str]:
    """The accounts that are named as a whole, by statements that ask nothing of who the principal is."""
    for statement in one.policy.statements:
        keys = [key.lower() for block in statement.conditions.values() for key in block]
        if statement.effect == "Allow" and not any(key.startswith(_OF_WHO) for key in keys):
            for text in (statement.principals or {}).get("AWS", ()):
                account = text if text.isdigit() else text.split(":")[4] if text.endswith(":root") else ""
                if account in foreign:
                    yield account


def _external_ids(policy: Policy) -> Iterator[str]:
    """The external ids that are asked for, but for such as are too short to be told from other texts."""
    found: dict[str, None] = {}
    for one in policy.statements:
        for block in one.conditions.values():
            for key, values in block.items():
                if key.lower() == EXTERNAL_ID:
                    found |= dict.fromkeys(filter(_is_telling, values))
    yield from found


def _is_telling(text: str) -> bool:
    return len(text) >= _LONG and text.replace("-", "").isalnum()


def claims(policy: Policy, provider: str) -> Mapping[str, tuple[str, ...]]:
    """The values that Allow statements for the provider ask of its claims, by claim in lower case."""
    found: dict[str, dict[str, None]] = {}
    for one in policy.statements:
        if one.effect == "Allow":
            for block in one.conditions.values():
                for key, values in block.items():
                    prefix, _, claim = key.lower().rpartition(":")
                    if prefix == provider.lower():
                        found.setdefault(claim, {}).update(dict.fromkeys(values))
    return {claim: tuple(values) for claim, values in found.items()}
