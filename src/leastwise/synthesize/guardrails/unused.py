"""SCPs from use: what the accounts under a node never used is denied, with a margin, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import Risk, risk_of
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Node
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy, Statement
from leastwise.synthesize.guardrails.exceptions import Exempt, excepting
from leastwise.synthesize.guardrails.nodes import Nodes
from leastwise.synthesize.guardrails.templates import filled, template
from leastwise.synthesize.prune import Unseen
from leastwise.usage.breadth import AccountUse

Denied = Literal["services", "regions", "actions"]
DENIED: Final[tuple[Denied, ...]] = ("services", "regions", "actions")
BASE: Final = (
    "account",
    "billing",
    "ce",
    "cloudtrail",
    "cloudwatch",
    "config",
    "health",
    "iam",
    "kms",
    "logs",
    "organizations",
    "resource-groups",
    "servicequotas",
    "sso",
    "sts",
    "support",
    "tag",
    "trustedadvisor",
)
"""Services that are kept whether they were used or not: an account is run, paid for and looked into with them."""

RISKS: Final[tuple[Risk, ...]] = ("privilege escalation", "credentials exposure", "resource exposure")
_HORIZON: Final = 30


@dataclass(frozen=True, slots=True)
class Margin:
    """What is kept besides what was used: services by name, with `is_wide` what any account of the organisation used.

    `seen_data` are the services of which the logs hold data events.
    """

    keep: tuple[str, ...] = ()
    is_wide: bool = False
    seen_data: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a proposal rests on; `silent` are accounts under the node of which no call is known."""

    accounts: int
    silent: tuple[Node, ...]
    calls: int
    first: datetime | None
    last: datetime | None

    @property
    def days(self) -> int:
        """Days from the first to the last call."""
        return (self.last - self.first).days + 1 if self.first and self.last else 0


@dataclass(frozen=True, slots=True)
class Holdout:
    """What the same proposal, made `days` before the last call, would have denied since: names with their calls."""

    days: int
    denied: Mapping[str, int]

    @property
    def calls(self) -> int:
        """The calls that would have been denied."""
        return sum(self.denied.values())


@dataclass(frozen=True)
class Proposed:
    """An SCP from use: what it denies, what it keeps and why, and how it would have done.

    `holdout` is None where the logs are too short to hold some of them out.
    """

    denied: Denied
    policy: Policy
    names: tuple[str, ...]
    kept: Mapping[str, str]
    evidence: Evidence
    holdout: Holdout | None


@dataclass(frozen=True)
class Usage:
    """What was used in an organisation, and where a proposal is made."""

    estate: Estate
    nodes: Nodes
    node: Node
    uses: Sequence[AccountUse]
    catalogue: Catalogue
    margin: Margin = field(default_factory=Margin)
    exceptions: tuple[Exempt, ...] = ()
    risks: tuple[Risk, ...] = RISKS


def proposed(usage: Usage, denied: Denied) -> Proposed:
    """The SCP for the node; raises InputError where no call of any account under it is known."""
    own = _own(usage)
    evidence = _evidence(usage, own)
    if not own:
        raise InputError(
            f"no call of an account under `{usage.node.name or usage.node.id}` is known",
            help="add its logs with `leastwise logs add`",
        )
    policy, names, kept = _MADE[denied](usage, own)
    return Proposed(denied, policy, names, kept, evidence, _holdout(usage, own, evidence, denied))


def _own(usage: Usage) -> list[AccountUse]:
    ids = {one.id for one in usage.nodes.accounts(usage.node) if not usage.nodes.is_managing(one)}
    return [one for one in usage.uses if one.account in ids]


def _evidence(usage: Usage, own: Sequence[AccountUse]) -> Evidence:
    bound = [one for one in usage.nodes.accounts(usage.node) if not usage.nodes.is_managing(one)]
    told = {one.account for one in own}
    firsts = [one.first for one in own if one.first]
    lasts = [one.last for one in own if one.last]
    return Evidence(
        len(bound),
        tuple(node for node in bound if node.id not in told),
        sum(one.events for one in own),
        min(firsts, default=None),
        max(lasts, default=None),
    )


def _prefixes(one: AccountUse, catalogue: Catalogue) -> tuple[str, ...]:
    """The services that a use was of, as actions name them."""
    head = one.action.partition(":")[0]
    return (head,) if one.is_mapped else catalogue.homes(head) or ()


def _kept_services(usage: Usage, own: Sequence[AccountUse], *, is_past: bool = False) -> dict[str, str]:
    """The services that are not denied, and why; `is_past` says that what AWS tells today was not known then."""
    kept = dict.fromkeys(BASE, "an account is run with it")
    if usage.margin.is_wide:
        kept |= dict.fromkeys(_used(usage.uses, usage.catalogue), "used elsewhere in the organisation")
    kept |= dict.fromkeys(_unseen(usage), "its data events are not logged, and it is granted by name")
    kept |= dict.fromkeys(() if is_past else _accessed(usage), "AWS tells that it was used")
    kept |= dict.fromkeys(usage.margin.keep, "asked for")
    kept |= dict.fromkeys(_used(own, usage.catalogue), "used")
    return {prefix: kept[prefix] for prefix in sorted(kept)}


def _used(uses: Sequence[AccountUse], catalogue: Catalogue) -> set[str]:
    return {prefix for one in uses for prefix in _prefixes(one, catalogue)}


def _holders(usage: Usage) -> Iterator[str]:
    ids = {one.id for one in usage.nodes.accounts(usage.node)}
    return (arn for arn in usage.estate.holders if arn.split(":")[4] in ids)


def _unseen(usage: Usage) -> set[str]:
    """Services that may be used without a trace in these logs, of which somebody under the node is granted some."""
    silent = usage.catalogue.data_plane_prefixes() - usage.margin.seen_data
    granted: set[str] = set()
    read: dict[int, frozenset[str]] = {}
    for arn in _holders(usage):
        for parsed in usage.estate.identity(usage.estate.holders[arn]):
            if id(parsed) not in read:
                read[id(parsed)] = _named(parsed.policy)
            granted |= read[id(parsed)]
    return set(silent & granted)


def _named(policy: Policy) -> frozenset[str]:
    """The services that Allow statements name."""
    return frozenset(
        action.partition(":")[0].lower()
        for one in policy.statements
        if one.effect == "Allow" and not one.is_not_action
        for action in one.actions
        if ":" in action
    )


def _accessed(usage: Usage) -> set[str]:
    """Services that last-accessed data tell of, which count data events too."""
    holders = set(_holders(usage))
    return {
        one.service
        for part in usage.estate.snapshot.activity.values()
        for arn, several in part.last_accessed.items()
        if arn in holders
        for one in several
        if one.date
    }


def _services(usage: Usage, own: Sequence[AccountUse]) -> tuple[Policy, tuple[str, ...], dict[str, str]]:
    kept = _kept_services(usage, own)
    known = {name.partition(":")[0] for name in usage.catalogue.index().actions}
    statement = Statement(
        "ServicesNeverUsed",
        tuple(f"{prefix}:*" for prefix in kept),
        ("*",),
        effect="Deny",
        is_not_action=True,
    )
    return _policy([statement], "services-never-used", usage), tuple(sorted(known - kept.keys())), kept


def _regions(usage: Usage, own: Sequence[AccountUse]) -> tuple[Policy, tuple[str, ...], dict[str, str]]:
    regions = sorted({one.region for one in own if one.region and one.region != "aws-global"})
    made = filled(template("only-these-regions"), {"regions": regions}, exceptions=usage.exceptions)
    policy = replace(next(one for one in made if one.kind == "scp"), name="regions-never-used")
    return policy, ("every Region but those kept",), dict.fromkeys(regions, "used")


def _actions(usage: Usage, own: Sequence[AccountUse]) -> tuple[Policy, tuple[str, ...], dict[str, str]]:
    used = {one.action.lower() for one in own}
    services = _kept_services(usage, own)
    unmapped = frozenset(prefix for one in own if not one.is_mapped for prefix in _prefixes(one, usage.catalogue))
    unseen = Unseen(usage.margin.seen_data, unmapped, usage.catalogue)
    accounts = frozenset(node.id for node in usage.nodes.accounts(usage.node))
    by_risk: dict[Risk, list[str]] = {}
    kept: dict[str, str] = {}
    for name in usage.catalogue.index().actions:
        risk = risk_of(name, usage.catalogue)
        if risk not in usage.risks or name.partition(":")[0] not in services:
            continue
        why = "used" if name.lower() in used else unseen.why(name)
        if why and (why == "used" or _is_granted(name, accounts, usage)):
            kept[name] = why
        else:
            by_risk.setdefault(risk, []).append(name)
    statements = [
        Statement(f"Unused{risk.title().replace(' ', '')}", tuple(by_risk[risk]), ("*",), effect="Deny")
        for risk in usage.risks
        if risk in by_risk
    ]
    names = tuple(name for risk in usage.risks for name in by_risk.get(risk, ()))
    return _policy(statements, "actions-never-used", usage), names, kept


def _is_granted(action: str, accounts: frozenset[str], usage: Usage) -> bool:
    """Whether an identity policy in one of the accounts may allow it."""
    return any(arn.split(":")[4] in accounts for arn in usage.estate.allowing(action, "*"))


_MADE: Final = {"services": _services, "regions": _regions, "actions": _actions}


def _policy(statements: Sequence[Statement], name: str, usage: Usage) -> Policy:
    return excepting(Policy(tuple(statements), "scp", name=name), usage.exceptions)


def _holdout(usage: Usage, own: Sequence[AccountUse], evidence: Evidence, denied: Denied) -> Holdout | None:
    """The proposal made from the days before, tried on the last days."""
    days = min(_HORIZON, evidence.days // 3)
    if days < 1 or evidence.last is None:
        return None
    cutoff = evidence.last - timedelta(days=days)
    earlier = [one for one in usage.uses if one.first is None or one.first < cutoff]
    then = replace(usage, uses=earlier)
    before = _own(then)
    if not before:
        return None
    late = set(own) - set(before)
    known = set(_names(usage, before, denied))
    known |= set(_kept_services(then, before, is_past=True)) if denied == "services" else set()
    found: dict[str, int] = {}
    for one in late:
        for name in set(_names(usage, [one], denied)) - known:
            found[name] = found.get(name, 0) + one.events
    return Holdout(days, dict(sorted(found.items())))


def _names(usage: Usage, uses: Collection[AccountUse], denied: Denied) -> Iterator[str]:
    for one in uses:
        if denied == "services":
            yield from _prefixes(one, usage.catalogue)
        elif denied == "regions":
            yield one.region
        elif one.is_mapped and risk_of(one.action, usage.catalogue) in usage.risks:
            yield one.action
