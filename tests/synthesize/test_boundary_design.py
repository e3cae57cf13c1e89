"""A boundary lets through what was needed, is no longer than it may be, tells each widening, and keeps itself on."""

from __future__ import annotations

from random import Random

import pytest
from bounded import ADMIN, A, World, allow, role, role_arn, trusting, user

from leastwise.catalogue.load import load_catalogue
from leastwise.model.errors import InputError
from leastwise.model.policy import MANAGED_POLICY_LIMIT, size
from leastwise.prove.actions import action_index
from leastwise.synthesize.fit import weight
from leastwise.synthesize.guardrails.designed import Brief, designed, proved
from leastwise.synthesize.guardrails.needs import Need, Needs
from leastwise.synthesize.guardrails.width import LEVELS, fitted

CATALOGUE = load_catalogue()
SERVICES = ("s3", "ec2", "iam", "lambda", "dynamodb", "sqs", "kms", "glue", "rds", "ecs")


def some(seed: int, count: int) -> list[str]:
    """Some actions of several services."""
    index = action_index()
    every = [name for service in SERVICES for name in index.told(index.bits_of(f"{service}:*"))]
    return Random(seed).sample(every, count)


def needs(*actions: str, on: dict[str, tuple[str, ...]] | None = None) -> Needs:
    return Needs(tuple(Need(one, 1, 1, None, None) for one in actions), on or {}, {}, (), 0, None, None)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
@pytest.mark.parametrize("room", [12_000, 5_000, 3_000, 1_200, 400])
def test_all_that_was_needed_is_let_through_within_the_room(seed: int, room: int) -> None:
    actions, index = some(seed, 250), action_index()
    statement, widths = fitted(actions, ("sns",), room=room, catalogue=CATALOGUE)
    assert weight(statement) <= room
    let_through = index.bits_of_statement(statement)
    needed = sum(1 << place for one in actions if (place := index.index_of(one)) is not None)
    assert needed == needed & let_through
    beyond = {name for one in widths for name in one.more}
    assert set(index.told(let_through & ~needed)) == beyond


def test_each_level_is_taken_only_where_the_one_before_does_not_fit() -> None:
    actions = some(1, 250)
    widest = []
    for room in (12_000, 5_000, 3_000, 1_200):
        _, widths = fitted(actions, (), room=room, catalogue=CATALOGUE)
        widest.append(max(LEVELS.index(one.level) for one in widths))
    assert sorted(widest) == widest
    assert (0, LEVELS.index("service")) == (widest[0], widest[-1])


def test_patterns_of_no_other_action_come_before_wider_ones() -> None:
    index = action_index()
    actions = list(index.told(index.bits_of("ec2:Describe*")))
    statement, widths = fitted(actions, (), room=400, catalogue=CATALOGUE)
    assert (["same"], ()) == ([one.level for one in widths], widths[0].more)
    assert index.bits_of("ec2:Describe*") == index.bits_of_statement(statement)


def test_what_reads_is_widened_before_what_writes() -> None:
    index = action_index()
    reading = index.told(index.bits_of("ec2:Describe*"))[::2]
    writing = index.told(index.bits_of("ec2:Modify*"))[::2]
    _, (width,) = fitted([*reading, *writing], (), room=2_000, catalogue=CATALOGUE)
    assert "reading" == width.level
    assert "ec2:Describe*" in width.patterns
    assert set(writing) <= set(width.patterns)


def test_what_does_not_fit_even_whole_is_refused() -> None:
    with pytest.raises(InputError, match="do not fit into one boundary"):
        fitted(some(2, 250), (), room=60, catalogue=CATALOGUE)


PEOPLE = [role_arn("one"), role_arn("two"), role_arn("far", "444455556666")]


def test_each_account_has_its_own_policy_that_names_itself() -> None:
    found = designed(needs("s3:GetObject"), PEOPLE, Brief("team"), catalogue=CATALOGUE)
    assert [A, "444455556666"] == list(found.policies)
    for account, policy in found.policies.items():
        assert size(policy.document()) <= MANAGED_POLICY_LIMIT
        denied = [one for one in policy.statements if one.effect == "Deny"]
        assert (f"arn:aws:iam::{account}:policy/team",) == denied[2].resources
        assert f"arn:aws:iam::{account}:policy/team" in str(denied[0].conditions)


def test_roles_that_were_passed_are_named() -> None:
    on = {"iam:PassRole": (role_arn("task"),)}
    found = designed(needs("iam:PassRole", "ecs:RunTask", on=on), PEOPLE[:1], Brief("team"), catalogue=CATALOGUE)
    (policy,) = found.policies.values()
    by_sid = {one.sid: one for one in policy.statements}
    assert (("ecs:RunTask",), ("*",)) == (by_sid["Ceiling"].actions, by_sid["Ceiling"].resources)
    assert ((role_arn("task"),)) == by_sid["PassRoleByName"].resources


def test_a_service_that_is_not_known_and_nothing_at_all_are_refused() -> None:
    with pytest.raises(InputError, match="no service `s4`"):
        designed(needs(), PEOPLE, Brief("team", ("s4",)), catalogue=CATALOGUE)
    with pytest.raises(InputError, match="nothing was used"):
        designed(needs(), PEOPLE, Brief("team"), catalogue=CATALOGUE)


GUARDED = {
    "creates-without-boundary",
    "boundary-removable",
    "boundary-replaceable",
    "boundary-editable",
    "grants-unbound",
    "guard-removable",
}


def test_the_guards_hold_for_an_administrator_of_iam() -> None:
    others = [role("free", allow("s3:*"), trust=trusting({"Service": "glue.amazonaws.com"})), user("u", allow("s3:*"))]
    world = World([role("one", *ADMIN), *others], {f"arn:aws:iam::{A}:policy/guard": [allow("s3:*")]})
    estate = world.estate()
    protected = (f"arn:aws:iam::{A}:policy/guard",)
    services = ("iam", "s3", "ec2")
    kept, open_ones = (
        proved(
            designed(needs(), [role_arn("one")], Brief("team", services, protected, has_guards), catalogue=CATALOGUE),
            estate,
            protected,
        )[0]
        for has_guards in (True, False)
    )
    assert "PASS" == kept.answer
    assert GUARDED == {one.way.name for one in open_ones.escapes}
