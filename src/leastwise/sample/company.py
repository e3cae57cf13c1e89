"""A whole company, made of a size, a seed and a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from leastwise.sample import trusts
from leastwise.sample.archetypes import ARCHETYPES
from leastwise.sample.chance import hexes, letters
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, document
from leastwise.sample.guardrails import BOUNDARY, team_boundary
from leastwise.sample.organization import company_name, controls_of, drafts_of, units_of
from leastwise.sample.people import assign, people_of, permission_sets_of
from leastwise.sample.plant import plant
from leastwise.sample.populate import add_role, add_service_linked, add_user, populate
from leastwise.sample.principal_faults import BREAK_GLASS_USERS, break_glass, drill_day, plain_role
from leastwise.sample.values import Assignment, Company, Fault, Habit, PermissionSet, Person, Size

_ROOMY = 16
"""Room enough for a role for emergencies that is as it should be."""
_DELEGATED: Mapping[str, tuple[str, ...]] = {
    "security-tooling": ("access-analyzer", "config", "guardduty", "securityhub"),
    "shared-services": ("sso",),
}


def company(size: Size, seed: int = 1, *, today: date) -> Company:
    """The company of this size and seed as it is on the morning of `today`; always the same one."""
    units = units_of(seed)
    drafts = drafts_of(size, seed, today, units)
    controls = controls_of(seed, units, drafts)
    sets = permission_sets_of(seed)
    teams = list(dict.fromkeys(draft.team for draft in drafts if draft.kind == "workload"))
    people = people_of(seed, size.roles, teams)
    assignments = tuple(assignment for draft in drafts for assignment in _furnish(draft, sets, people))
    _fill(drafts)
    return Company(
        seed=seed,
        today=today,
        name=company_name(seed),
        id=drafts[0].organization,
        region=drafts[0].regions[0],
        instance=f"ssoins-{hexes(16, seed, 'instance')}",
        store=f"d-{letters(10, seed, 'store')}",
        management=drafts[0].id,
        units=units,
        accounts=tuple(draft.finished() for draft in drafts),
        controls=controls,
        delegated=tuple((draft.id, _DELEGATED[draft.name]) for draft in drafts if draft.name in _DELEGATED),
        people=people,
        groups=tuple(sorted({group for person in people for group in person.groups})),
        permission_sets=sets,
        assignments=assignments,
        faults=tuple(fault for draft in drafts for fault in draft.faults),
        lookalikes=tuple(fault for draft in drafts for fault in draft.lookalikes),
    )


def _fill(drafts: Sequence[Draft]) -> None:
    """Emergencies are provided for, faults planted, and the rest of every account is ordinary."""
    workloads = [draft for draft in drafts if draft.kind == "workload"]
    if _add_emergency_users(drafts[0]):
        for draft in workloads:
            if draft.room > _ROOMY:
                break_glass(draft)
    if drafts[0] not in workloads and drafts[0].room > 1:
        _add_inventory(drafts[0], workloads)
    plant(workloads)
    for draft in drafts:
        if draft.kind != "suspended":
            populate(draft)
    _train(drafts)


def _furnish(draft: Draft, sets: Sequence[PermissionSet], people: Sequence[Person]) -> list[Assignment]:
    """What every account has."""
    if draft.kind == "suspended":
        add_service_linked(draft, draft.room)
        return []
    assignments = assign(draft, sets, people)
    add_service_linked(draft, min(draft.room, draft.most_roles // 8))
    if draft.kind == "workload" and draft.room:
        draft.managed(BOUNDARY, team_boundary(), told="Ceiling of what teams run")
    return assignments


def _add_emergency_users(management: Draft) -> bool:
    """Whether there are users for emergencies: where there are users at all."""
    if management.places < len(BREAK_GLASS_USERS):
        return False
    grant = document([allow(["sts:AssumeRole"], ["arn:aws:iam::*:role/emergency/*"], Sid="Emergency")])
    for name in BREAK_GLASS_USERS:
        user = add_user(management, name=name, habits=())
        user = replace(user, path="/emergency/", archetype="emergency-user", keys=(), inline=(("emergency", grant),))
        management.users[-1] = replace(user, has_password=True, has_mfa=True)
    arns = tuple(user.arn for user in management.users)
    management.lookalikes.append(Fault("emergency-users", management.id, arns))
    return True


def _add_inventory(management: Draft, workloads: Sequence[Draft]) -> None:
    """A role of the management account reads in the larger accounts, by a role there."""
    name = management.fresh("organization-inventory")
    readers = [
        add_role(draft, ARCHETYPES["reader"], draft.next_app("reading")) for draft in workloads if draft.room > _ROOMY
    ]
    grant = allow(["sts:AssumeRole"], ["arn:aws:iam::*:role/audit/organization-reader"], Sid="Read")
    habits = tuple(management.habit("sts:AssumeRole", role.arn, "daily", 1, by=name) for role in readers)
    trust = trusts.service("lambda", management.id)
    if readers:
        plain_role(
            management,
            name,
            "inventory",
            trust,
            policy=document([grant]),
            habits=habits,
            path="/audit/",
            service="lambda",
        )


def _train(drafts: Sequence[Draft]) -> None:
    """Once a year the users for emergencies assume every role for emergencies."""
    management = drafts[0]
    roles = [role for draft in drafts for role in draft.roles if role.archetype == "break-glass"]
    drill = tuple(Habit("sts:AssumeRole", role.arn, "yearly", 1, drill_day(management.seed)) for role in roles)
    management.users = [
        replace(user, habits=drill if user.name == BREAK_GLASS_USERS[0] else ()) if user.path == "/emergency/" else user
        for user in management.users
    ]
