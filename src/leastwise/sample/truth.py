"""What is true of a company: what was planted, what only looks like it, and what each principal truly needs."""

from __future__ import annotations

from collections import Counter

from leastwise.sample.aws_policies import ADMINISTRATOR
from leastwise.sample.grants import grants_for
from leastwise.sample.rhythm import is_over, last_day
from leastwise.sample.values import Company, Fault, Json, Principal, Role

SCHEMA = 1


def truth(company: Company) -> Json:
    """The ground truth, as `truth.json` has it."""
    principals = [principal for account in company.accounts for principal in account.principals]
    return {
        "schema": SCHEMA,
        "seed": company.seed,
        "date": company.today.isoformat(),
        "organization": company.id,
        "management": company.management,
        "accounts": [
            {"id": a.id, "name": a.name, "kind": a.kind, "unit": a.unit, "data_events": a.has_data_events}
            for a in company.accounts
        ],
        "faults": _numbered("F", company.faults),
        "lookalikes": _numbered("L", company.lookalikes),
        "administrators": _administrators(company),
        "principals": {principal.arn: _needs(principal, company) for principal in principals},
    }


def fault_counts(company: Company) -> dict[str, int]:
    """How many faults of each kind were planted."""
    return dict(sorted(Counter(fault.kind for fault in company.faults).items()))


def _numbered(letter: str, faults: tuple[Fault, ...]) -> list[Json]:
    return [{"id": f"{letter}{place:04d}", **_told(fault)} for place, fault in enumerate(faults, 1)]


def _told(fault: Fault) -> Json:
    return {
        "kind": fault.kind,
        "account": fault.account,
        "principals": list(fault.principals),
        "resources": list(fault.resources),
        "policies": list(fault.policies),
        "how": fault.how,
        "chain": [{"from": step.source, "actions": list(step.actions), "to": step.target} for step in fault.chain],
    }


def _administrators(company: Company) -> list[str]:
    """Every principal with AdministratorAccess, by itself or by a group, and without a boundary."""
    found: list[str] = []
    for account in company.accounts:
        groups = {group.name for group in account.groups if ADMINISTRATOR in group.attached}
        found += [role.arn for role in account.roles if ADMINISTRATOR in role.attached and not role.boundary]
        found += [user.arn for user in account.users if ADMINISTRATOR in user.attached or groups & {*user.groups}]
    return found


def _needs(principal: Principal, company: Company) -> Json:
    today = company.today
    now = {habit.action for habit in principal.habits if not is_over(habit, today)}
    past = {habit.action for habit in principal.habits if is_over(habit, today)}
    unlogged = set(principal.unlogged)
    last = last_day(principal.habits, today)
    return {
        "kind": "role" if isinstance(principal, Role) else "user",
        "account": principal.account,
        "archetype": principal.archetype,
        "needed": sorted(now | unlogged),
        "on": _on(principal, company),
        "unlogged": sorted(unlogged),
        "formerly": sorted(past - now - unlogged),
        "last_used": last.isoformat() if last else None,
    }


def _on(principal: Principal, company: Company) -> dict[str, list[str]]:
    """Each needed action with the ARNs that it is needed on."""
    app = dict(principal.tags).get("app", principal.name)
    habits = [habit for habit in principal.habits if not is_over(habit, company.today)]
    unlogged = [(action, app) for action in principal.unlogged]
    grants = grants_for(principal.account, principal.region, habits=habits, unlogged=unlogged)
    return {grant.action: list(grant.resources) for grant in grants}
