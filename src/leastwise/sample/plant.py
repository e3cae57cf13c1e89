"""Which faults are planted where, and how many of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from leastwise.sample import chains, exposures, principal_faults
from leastwise.sample.draft import Draft

_ROLES_PER_ROUND = 250
_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Seed:
    """Something to plant, with the roles and users that it takes at most; `share` is of the usual number."""

    plant: Callable[[Draft], None]
    roles: int = 1
    users: int = 0
    share: float = 1.0


SEEDS = (
    Seed(principal_faults.forgotten_admin),
    Seed(principal_faults.unknown_trust),
    Seed(principal_faults.unused_role, share=4),
    Seed(principal_faults.over_broad_role, share=2),
    Seed(principal_faults.temporary_grant),
    Seed(principal_faults.github_without_subject),
    Seed(principal_faults.break_glass_without_mfa),
    Seed(chains.assume_then_put, roles=2),
    Seed(chains.attach_own, share=0.5),
    Seed(chains.boundary_removable, share=0.5),
    Seed(partial(principal_faults.seasonal, "monthly"), share=2),
    Seed(partial(principal_faults.seasonal, "quarterly")),
    Seed(partial(principal_faults.seasonal, "yearly")),
    Seed(chains.creates_without_boundary, share=0.5),
    Seed(chains.update_trust, roles=2, share=0.5),
    Seed(exposures.public_bucket, roles=0),
    Seed(exposures.shared_bucket, roles=0),
    Seed(principal_faults.unused_user, roles=0, users=1),
    Seed(principal_faults.unused_key, roles=0, users=1),
    Seed(principal_faults.password_without_mfa, roles=0, users=1),
    Seed(principal_faults.forgotten_admin_user, roles=0, users=1),
    Seed(principal_faults.never_used_role),
    Seed(chains.pass_to_function, roles=2, share=0.5),
    Seed(chains.new_version, share=0.5),
    Seed(chains.assume_then_pass, roles=3),
    Seed(chains.boundary_editable, share=0.5),
    Seed(chains.boundary_required),
    Seed(chains.add_to_group, roles=0, users=1, share=0.5),
    Seed(exposures.public_queue, roles=0, share=0.5),
    Seed(exposures.shared_key, roles=0),
    Seed(principal_faults.audited_vendor),
    Seed(chains.passes_unbound, roles=2, share=0.5),
    Seed(chains.passes_bounded, roles=2, share=0.5),
)


def plant(drafts: Sequence[Draft]) -> None:
    """Faults are spread over the accounts as far as there is room, each kind once before any comes again."""
    roles = sum(draft.most_roles for draft in drafts)
    rounds = max(1, round(roles / _ROLES_PER_ROUND))
    turn = 0
    for time in range(rounds * 4):
        for seed in SEEDS:
            if time < max(1, round(seed.share * rounds)):
                _plant_one(seed, drafts, turn)
                turn += 1


def _plant_one(seed: Seed, drafts: Sequence[Draft], turn: int) -> None:
    order = [*drafts[turn % len(drafts) :], *drafts[: turn % len(drafts)]]
    chosen = next((draft for draft in order if _has_room(seed, draft)), None)
    if chosen:
        seed.plant(chosen)


def _has_room(seed: Seed, draft: Draft) -> bool:
    return draft.room - seed.roles >= (1 - _SHARE) * draft.most_roles and draft.places >= seed.users
