"""A permissions boundary from what its principals needed and are allowed, with the guards that keep it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Service
from leastwise.estate.assemble import Estate
from leastwise.model.errors import InputError
from leastwise.model.policy import MANAGED_POLICY_LIMIT, Policy, Statement, size
from leastwise.synthesize.fit import weight
from leastwise.synthesize.guardrails.bound import boundaries_of, with_boundary
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker
from leastwise.synthesize.guardrails.needs import Needs
from leastwise.synthesize.guardrails.own_guards import own_guards
from leastwise.synthesize.guardrails.width import LEVELS, Level, Width, fitted

_MOST_NAMED: Final = 2_000
"""Characters that the roles to be passed or assumed may take at most, before any role may be."""
_EVERYTHING: Final = Statement(None, ("*",), ("*",))


@dataclass(frozen=True, slots=True)
class Brief:
    """What a boundary is to be: its name, the services that it allows whole, which policies it protects.

    With `has_guards`, those bound cannot leave it by what it lets through. `level` is the narrowest that is tried.
    """

    name: str
    services: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    has_guards: bool = True
    level: Level = "actions"


@dataclass(frozen=True)
class Designed:
    """The boundary of each account, whom it is for, and how wide it is by service."""

    name: str
    principals: tuple[str, ...]
    policies: Mapping[str, Policy]
    widths: tuple[Width, ...]

    def arn(self, account: str) -> str:
        """The ARN that the policy has in the account."""
        return _arn(next(one for one in self.principals if one.split(":")[4] == account), self.name)

    def of_account(self, account: str) -> tuple[str, ...]:
        """Whom it binds there."""
        return tuple(one for one in self.principals if one.split(":")[4] == account)


def designed(needs: Needs, principals: Sequence[str], brief: Brief, *, catalogue: Catalogue) -> Designed:
    """The boundary; raises InputError for a service that the catalogue does not know, and where nothing fits."""
    services = tuple(sorted({_service(one, catalogue).prefix for one in brief.services}))
    if not needs.actions and not services:
        raise InputError("nothing was used, and nothing is allowed", help="name services with `--allow`")
    longest = max((_arn(one, brief.name) for one in principals), key=len)
    most = own_guards(longest, brief.protected, _EVERYTHING) if brief.has_guards else ()
    becoming = tuple(_becoming(needs, services))
    room = MANAGED_POLICY_LIMIT - size(Policy((*becoming, *most), "boundary").document()) - 1
    left = [one for one in needs.actions if not any(one in held.actions for held in becoming)]
    allowed, widths = fitted(left, services, room=room, catalogue=catalogue, level=brief.level)
    accounts = dict.fromkeys(one.split(":")[4] for one in principals)
    policies = {}
    for account in accounts:
        arn = _arn(next(one for one in principals if one.split(":")[4] == account), brief.name)
        guards = own_guards(arn, brief.protected, allowed) if brief.has_guards else ()
        lets = (allowed,) if allowed.actions else ()
        policies[account] = Policy((*lets, *becoming, *guards), "boundary", name=brief.name)
    return Designed(brief.name, tuple(principals), policies, widths)


def _becoming(needs: Needs, services: Sequence[str]) -> Iterator[Statement]:
    """The roles that may be passed and assumed, by name, where these are not too many."""
    for action, resources in needs.on.items():
        prefix, _, name = action.partition(":")
        found = Statement(f"{name}ByName", (action,), resources)
        if prefix not in services and "*" not in resources and weight(found) <= _MOST_NAMED:
            yield found


def proved(found: Designed, estate: Estate, protected: Sequence[str]) -> tuple[Checked, ...]:
    """What the check says of it in each account, where it is put on everybody whom it is for."""
    tried = estate
    for account, policy in found.policies.items():
        tried = with_boundary(tried, policy, found.of_account(account), name=found.name)
    checker = Checker.of(tried, Aim(protected=tuple(protected)))
    arns = {found.arn(account) for account in found.policies}
    bounds = (one for one in boundaries_of(tried) if one.boundary in arns)
    return tuple(checker.checked(replace(one, principals=_meant(one.principals, found))) for one in bounds)


def _meant(principals: Sequence[str], found: Designed) -> tuple[str, ...]:
    return tuple(one for one in principals if one in found.principals)


def _arn(principal: str, name: str) -> str:
    partition, account = principal.split(":")[1], principal.split(":")[4]
    return f"arn:{partition}:iam::{account}:policy/{name}"


def _service(name: str, catalogue: Catalogue) -> Service:
    found = catalogue.service(name.lower())
    if found is None:
        raise InputError(f"no service `{name}` in the catalogue", help="give a prefix of actions, such as `s3`")
    return found


def wider(found: Designed) -> tuple[Width, ...]:
    """The services for which more is let through than was needed, the widest last."""
    return tuple(sorted((one for one in found.widths if one.more), key=lambda one: LEVELS.index(one.level)))
