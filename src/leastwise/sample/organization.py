"""The organization: its units, its accounts and their shares, its SCPs and RCPs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from leastwise.sample import guardrails
from leastwise.sample.chance import digits, letters, number
from leastwise.sample.draft import Draft
from leastwise.sample.guardrails import RCP, SCP, control, full_access
from leastwise.sample.names import COMPANIES, REGIONS, TEAMS
from leastwise.sample.values import ControlPolicy, Fault, Size, Unit

_UNITS = (
    ("Security", ""),
    ("Infrastructure", ""),
    ("Workloads", ""),
    ("Sandbox", ""),
    ("Suspended", ""),
    ("Prod", "Workloads"),
    ("NonProd", "Workloads"),
)
_FIRST = (
    ("management", "operations", ""),
    ("prod", "workload", "Prod"),
    ("prod", "workload", "Prod"),
    ("security-tooling", "operations", "Security"),
    ("nonprod", "workload", "NonProd"),
    ("log-archive", "operations", "Security"),
    ("sandbox", "sandbox", "Sandbox"),
    ("network", "operations", "Infrastructure"),
    ("shared-services", "operations", "Infrastructure"),
    ("closed", "suspended", "Suspended"),
)
_WEIGHTS: Mapping[str, int] = {"Prod": 13, "NonProd": 10, "Sandbox": 5}


def units_of(seed: int) -> tuple[Unit, ...]:
    """The root and the organizational units."""
    root = Unit(f"r-{letters(4, seed, 'root')}", "Root", "")
    ids = {name: f"ou-{root.id[2:]}-{letters(8, seed, 'unit', name)}" for name, _ in _UNITS}
    return (root, *(Unit(ids[name], name, ids.get(parent, root.id)) for name, parent in _UNITS))


def company_name(seed: int) -> str:
    """What the company is called."""
    return COMPANIES[seed % len(COMPANIES)]


def drafts_of(size: Size, seed: int, today: date, units: Sequence[Unit]) -> list[Draft]:
    """The accounts, empty yet; the first is the management account."""
    plans = [_plan(place, size.accounts) for place in range(size.accounts)]
    ids = [digits(12, seed, "account", place) for place in range(size.accounts)]
    by_name = {unit.name: unit.id for unit in units}
    roles = shares(size.roles, [_weight(plan) for plan in plans], _limits(plans))
    most_users = size.users if size.users is not None else max(8, size.roles // 10)
    users = shares(most_users, _user_weights(plans), {0: 2} if most_users > size.accounts else {})
    most = size.policies if size.policies is not None else size.roles * 3 // 10
    policies = shares(most, [0 if plan[1] == "suspended" else n for plan, n in zip(plans, roles, strict=True)], {})
    return [
        Draft(
            seed=seed,
            today=today,
            company=company_name(seed),
            organization=f"o-{letters(10, seed, 'organization')}",
            management=ids[0],
            regions=REGIONS[seed % len(REGIONS)],
            id=ids[place],
            name=name,
            kind=kind,
            unit=by_name.get(unit, units[0].id),
            team=name.rpartition("-")[0] or name,
            joined=today - timedelta(days=2200 + number(seed, "joined", place) % 600),
            has_data_events=(unit == "Prod" and place % 2 == 1) or size.accounts == 1,
            most_roles=roles[place],
            most_users=users[place],
            most_policies=policies[place],
        )
        for place, (name, kind, unit) in enumerate(plans)
    ]


def _plan(place: int, accounts: int) -> tuple[str, str, str]:
    """Name, kind and unit of the account at a place."""
    if accounts == 1:
        return ("main", "workload", "")
    if place < len(_FIRST):
        name, kind, unit = _FIRST[place]
        return (f"{TEAMS[place]}-{name}" if kind == "workload" else name, kind, unit)
    if place % 40 == 39:
        return (f"closed-{place}", "suspended", "Suspended")
    if place % 15 == 14:
        return (f"sandbox-{place}", "sandbox", "Sandbox")
    team, lap = TEAMS[place // 2 % len(TEAMS)], place // 2 // len(TEAMS)
    stage = "Prod" if place % 2 else "NonProd"
    return (f"{team}{lap or ''}-{stage.lower()}", "workload", stage)


def _weight(plan: tuple[str, str, str]) -> int:
    return 0 if plan[1] == "suspended" else _WEIGHTS.get(plan[2], 5)


def _user_weights(plans: Sequence[tuple[str, str, str]]) -> list[int]:
    return [0 if kind in ("suspended", "sandbox") else 4 if kind == "workload" else 2 for _, kind, _ in plans]


def _limits(plans: Sequence[tuple[str, str, str]]) -> dict[int, int]:
    return {place: 1 for place, plan in enumerate(plans) if plan[1] == "suspended"}


def shares(total: int, weights: Sequence[int], fixed: Mapping[int, int]) -> list[int]:
    """The total in whole shares by weight, those of `fixed` as given; each with a weight has one if that is enough."""
    least = [fixed.get(place, int(weight > 0 and total >= len(weights))) for place, weight in enumerate(weights)]
    rest, whole = total - sum(least), sum(weights) or 1
    found = [low + rest * weight // whole for low, weight in zip(least, weights, strict=True)]
    order = sorted(range(len(weights)), key=lambda place: (-weights[place], place))
    for turn in range(total - sum(found)):
        found[order[turn % len(order)]] += 1
    return found


def controls_of(seed: int, units: Sequence[Unit], drafts: Sequence[Draft]) -> tuple[ControlPolicy, ...]:
    """All SCPs and RCPs; one production account lacks what its siblings have, and that is remembered."""
    at = {unit.name: unit.id for unit in units}
    everywhere = [*(unit.id for unit in units), *(draft.id for draft in drafts)]
    regions = {region for draft in drafts for region in draft.regions} | {"us-east-1"}
    organization = drafts[0].organization
    scps = (
        ("stay-in-organization", guardrails.stay_in_organization(), (at["Root"],)),
        ("regions", guardrails.region_deny(sorted(regions)), (at["Workloads"], at["Sandbox"])),
        ("protect-security-tooling", guardrails.protect_security_tooling(), (at["Workloads"], at["Sandbox"])),
        ("no-root-user", guardrails.no_root_user(), (at["Workloads"], at["Security"])),
        ("suspended", guardrails.suspended(), (at["Suspended"],)),
        ("account-defaults", guardrails.account_defaults(), _defended(seed, units, drafts)),
        ("protect-production", guardrails.protect_production(), _protected(seed, at["Prod"], drafts)),
    )
    rcps = (
        ("encrypted-transport", guardrails.transport_encrypted(), (at["Root"],)),
        (
            "organization-perimeter",
            guardrails.organization_perimeter(organization),
            (at["Infrastructure"], at["Sandbox"]),
        ),
        ("services-perimeter", guardrails.services_perimeter(organization), (at["Security"],)),
    )
    _tell_perimeters(seed, at, drafts)
    return (
        full_access(SCP, everywhere),
        *(control(seed, name, SCP, told=name, statements=what, on=on) for name, what, on in scps),
        full_access(RCP, everywhere),
        *(control(seed, name, RCP, told=name, statements=what, on=on) for name, what, on in rcps),
    )


def _defended(seed: int, units: Sequence[Unit], drafts: Sequence[Draft]) -> tuple[str, ...]:
    """The units below the root with the SCP on accounts' defaults: one of them lacks it, which is remembered."""
    under = {unit.name: unit.id for unit in units if unit.parent == units[0].id and unit.name != "Suspended"}
    if len(drafts) > 1:
        held = [name for name in _SPARE if any(draft.unit == under[name] for draft in drafts)] or list(_SPARE)
        left_out = under.pop(held[number(seed, "unit left out") % len(held)])
        policy = control(seed, "account-defaults", SCP, told="", statements=(), on=()).id
        fault = Fault("unit-without-scp", drafts[0].id, resources=(left_out,), how=policy, policies=(policy,))
        drafts[0].faults.append(fault)
    return (*under.values(),)


_SPARE = ("Sandbox", "Infrastructure", "Security")
"""Units of which one may lack what the others have."""


def _tell_perimeters(seed: int, at: Mapping[str, str], drafts: Sequence[Draft]) -> None:
    """Remembers which RCP every AWS service passes, for whomever it works, and which one asks for whom."""
    if len(drafts) == 1:
        return
    names = ("organization-perimeter", "services-perimeter")
    open_one, shut = (control(seed, name, RCP, told="", statements=(), on=()).id for name in names)
    units = (at["Infrastructure"], at["Sandbox"])
    hole = Fault("rcp-gap", drafts[0].id, resources=units, how="confused-deputy", policies=(open_one,))
    drafts[0].faults.append(hole)
    drafts[0].lookalikes.append(
        Fault("rcp-with-source-org", drafts[0].id, resources=(at["Security"],), policies=(shut,))
    )


def _protected(seed: int, unit: str, drafts: Sequence[Draft]) -> tuple[str, ...]:
    inside = [draft for draft in drafts if draft.unit == unit]
    if len(inside) > 1:
        left_out = inside.pop(number(seed, "left out") % len(inside))
        policy = control(seed, "protect-production", SCP, told="", statements=(), on=()).id
        left_out.faults.append(Fault("account-without-scp", left_out.id, how=policy))
    return tuple(draft.id for draft in inside)
