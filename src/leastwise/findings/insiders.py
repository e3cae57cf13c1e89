"""Who is inside: the accounts of the estate and of its organisations; and what others may ask, by the estate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.binding import binding_of, has_account
from leastwise.findings.scene import Scene
from leastwise.model.decision import ALLOW
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request, principal_of
from leastwise.prove.compare import ALL_IDENTITY

STRANGER: Final = "999999999999"
"""An account that stands for any that is not inside, where one has to be named."""
LOAD_BALANCING: Final = frozenset(
    {
        "009996457667",
        "027434742980",
        "033677994240",
        "037604701340",
        "048591011584",
        "054676820928",
        "076674570225",
        "098369216593",
        "114774131450",
        "127311923021",
        "156460612806",
        "190560391635",
        "383597477331",
        "507241528517",
        "582318560864",
        "589379963580",
        "600734575887",
        "635631232127",
        "638102146993",
        "652711504416",
        "718504428378",
        "754344448648",
        "783225319266",
        "797873946194",
        "897822967062",
        "985666609251",
    }
)
"""Accounts of AWS that write access logs of load balancers into buckets, one a Region. Elastic Load Balancing, User
Guide for Application Load Balancers, "Enable access logs"."""

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Insiders:
    """The accounts that are inside, the ids of their organisations, and the canonical ids of the accounts, as known."""

    accounts: frozenset[str]
    organisations: tuple[str, ...]
    canonical: frozenset[str]

    def is_outside(self, account: str) -> bool:
        """Whether it is the number of an account that is not inside."""
        return bool(_ACCOUNT.fullmatch(account)) and account not in self.accounts


def insiders(scene: Scene) -> Insiders:
    """Everything that the snapshot tells to be inside."""
    estate = scene.estate
    nodes = (node for tree in estate.trees for node in tree.organization.nodes if node.type == "account")
    accounts = frozenset(estate.snapshot.accounts) | {node.id for node in nodes}
    organisations = tuple(tree.organization.id for tree in estate.trees)
    return Insiders(accounts, organisations, frozenset(estate.canonical_ids.values()))


@dataclass(frozen=True, slots=True)
class Named:
    """Whom an Allow of a policy names: everyone, accounts and principals by ARN, canonical ids, services, providers."""

    is_everyone: bool
    aws: tuple[str, ...]
    canonical: tuple[str, ...]
    services: tuple[str, ...]
    federated: tuple[str, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that it names, in themselves or in ARNs."""
        return tuple(dict.fromkeys(account for text in self.aws if (account := account_in(text))))


def named_by(statements: Iterable[Statement]) -> Named:
    """Whom the Allow statements name."""
    found: dict[str, dict[str, None]] = {}
    is_everyone = False
    for one in statements:
        if one.effect == "Allow":
            is_everyone |= one.is_not_principal
            for kind, values in (one.principals or {}).items() if not one.is_not_principal else ():
                found.setdefault(kind, {}).update(dict.fromkeys(values))
    aws = found.get("AWS", {})
    is_everyone |= any("*" in text for text in aws)
    told = (tuple(found.get(kind, ())) for kind in ("CanonicalUser", "Service", "Federated"))
    return Named(is_everyone, tuple(text for text in aws if "*" not in text), *told)


def account_in(text: str) -> str:
    """The account that a principal is or belongs to; empty where it tells none."""
    parts = text.split(":")
    found = parts[_PARTS - 1] if len(parts) > _PARTS else text
    return found if _ACCOUNT.fullmatch(found) else ""


def confirmed(scene: Scene, request: Request, resource: str) -> tuple[Request | None, str]:
    """The request on the resource if `evaluate` allows it under the estate's policies; otherwise why it is not known.

    The principal's own account is taken to allow it, where that is not in the snapshot: it is the other's to say.
    """
    who = request.principal if isinstance(request.principal, Principal) else principal_of(request.principal)
    try:
        binding = binding_of(scene.estate, who, request.action, resource, context=request.context)
    except RequestError as error:
        return None, str(error)
    context = {**binding.request.context, **request.context}
    whole = replace_request(binding.request, context, is_complete=request.context_is_complete)
    decision = evaluate(whole, _granted(scene, who, binding.policies))
    if decision.outcome is ALLOW:
        return whole, ""
    is_open = ALLOW in decision.possible or not decision.is_every_outcome_told
    doubts = [doubt for doubt in binding.doubts if not doubt.startswith(("identity policies", "SCPs"))]
    return None, next(iter(doubts), "it turns on what the snapshot does not tell") if is_open else ""


def _granted(scene: Scene, who: Principal, policies: PolicySet) -> PolicySet:
    """The policies with the principal's own side allowing everything, as far as the snapshot does not tell it."""
    if not has_account(who):
        return policies
    is_known = scene.estate.tree_of(who.account) is not None
    scps = policies.scps if is_known else ()
    return replace(policies, identity=ALL_IDENTITY, scps=scps)


def replace_request(request: Request, context: Mapping[str, ContextValue], *, is_complete: bool) -> Request:
    """The request in this context."""
    return Request(
        request.principal,
        request.action,
        request.resource,
        context,
        request.resource_account,
        is_complete,
        request.resource_in_management_account,
        request.resource_is_aws_managed,
    )


def rcps_of(scene: Scene, account: str) -> tuple[tuple[Policy, ...], ...]:
    """The RCPs that bind the account's resources, level by level; none for the management account."""
    if scene.estate.is_managing(account):
        return ()
    levels = scene.estate.levels(account, "rcp") or ()
    return tuple(tuple(one.policy for one in level.policies) for level in levels)


def accounts_named(policies: Iterable[Policy]) -> Iterator[str]:
    """Every account number that stands anywhere in the policies, as text."""
    for policy in policies:
        for one in policy.statements:
            values = [value for block in one.conditions.values() for several in block.values() for value in several]
            values += [value for several in (one.principals or {}).values() for value in several]
            for value in values:
                yield from _ACCOUNT.findall(value)
