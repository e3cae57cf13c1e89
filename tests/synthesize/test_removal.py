"""When an unused grant goes: what a fleet tells of grants by class and age, and the rule of the cost."""

from __future__ import annotations

import pytest

from leastwise.synthesize.holdings import Holding, Kind, Naming
from leastwise.synthesize.removal import Law, Unused, law, log_of, odds, stays
from leastwise.synthesize.survival import Soon
from leastwise.usage.first_uses import FirstUse

BEGIN, END = 1_000, 1_100
ALWAYS, RARE = "s3:ListAllMyBuckets", "sqs:ListQueues"
LEVELS = {ALWAYS: "List", RARE: "List"}


def name(number: int) -> str:
    return f"arn:aws:iam::111122223333:role/r{number}"


def holding(number: int, created: int = 500, *, naming: Naming = "by name", kind: Kind = "role") -> Holding:
    return Holding(name(number), kind, created, {ALWAYS: naming, RARE: naming})


def fleet(created: int = 1_010) -> tuple[list[Holding], list[FirstUse]]:
    """Forty roles at work from their making on, of which ten come to use the rare action, 20 days later."""
    firsts = [FirstUse(name(99), ALWAYS, BEGIN)]
    firsts += [FirstUse(name(number), ALWAYS, created) for number in range(40)]
    firsts += [FirstUse(name(number), RARE, created + 20) for number in range(10)]
    return [holding(number, created) for number in range(40)], sorted(firsts)


def learned(holdings: list[Holding], firsts: list[FirstUse], *, is_visible: bool = True) -> Law | str:
    return law(
        holdings,
        firsts,
        log=log_of(firsts, END),
        level=LEVELS.__getitem__,
        is_visible=lambda account, action: is_visible,
    )


def told(holdings: list[Holding], firsts: list[FirstUse], one: Holding) -> Unused:
    found = learned(holdings, firsts)
    assert isinstance(found, Law)
    return found.unused(one, RARE)


def test_a_young_grant_is_told_from_grants_of_its_age() -> None:
    found = told(*fleet(), holding(50, END - 12))
    assert (12, True) == (found.days, found.is_young)
    assert Soon(pytest.approx(10 / 40), 12) == found.soon
    expected = "granted 12 days ago: 1 in 4 grants like it (List, by name, role, unused for 12 days) is first used"
    assert f"{expected} in the next 30 days" == str(found)


def test_once_the_age_is_past_the_same_grant_is_hardly_used_any_more() -> None:
    found = told(*fleet(), holding(50, END - 25))
    assert Soon(0.0, 25) == found.soon


def test_a_grant_older_than_the_log_is_watched_from_its_first_day() -> None:
    found = told(*fleet(), holding(50, 400))
    assert (100, False) == (found.days, found.is_young)
    assert str(found).startswith("not seen in the 100 days of the log: ")


def test_a_grant_of_unknown_age_counts_as_an_old_one() -> None:
    one = Holding(name(50), "role", None, {RARE: "by name"})
    assert (100, False) == (told(*fleet(), one).days, told(*fleet(), one).is_young)


def test_grants_by_pattern_are_a_class_of_their_own() -> None:
    holdings, firsts = fleet()
    holdings += [holding(number, 1_010, naming="by pattern") for number in range(100, 140)]
    firsts += [FirstUse(name(number), ALWAYS, 1_010) for number in range(100, 140)]
    assert Soon(0.0, 12) == told(holdings, firsts, holding(50, END - 12, naming="by pattern")).soon
    assert Soon(pytest.approx(10 / 40), 12) == told(holdings, firsts, holding(50, END - 12)).soon


def test_a_kind_without_a_fleet_of_its_own_is_told_from_all() -> None:
    found = told(*fleet(), holding(50, END - 12, kind="user"))
    assert Soon(pytest.approx(10 / 40), 12) == found.soon
    assert "List, by name" == found.like


def test_a_fleet_that_is_too_small_tells_why_it_tells_nothing() -> None:
    holdings, firsts = fleet()
    expected = "19 principals with grants of their own are in the log, and 20 are needed"
    assert expected == learned(holdings[:19], firsts)
    assert isinstance(learned(holdings[:20], firsts), Law)


def test_those_who_are_not_at_work_and_roles_of_aws_teach_nothing() -> None:
    holdings, firsts = fleet()
    idle = [holding(number, 1_010) for number in range(200, 300)]
    of_aws = [holding(number, 1_010, kind="role of AWS") for number in range(300, 400)]
    firsts += [FirstUse(one.principal, ALWAYS, 1_010) for one in of_aws]
    assert told(*fleet(), holding(50, END - 12)) == told(holdings + idle + of_aws, firsts, holding(50, END - 12))


def test_what_the_log_would_not_show_counts_only_when_it_does() -> None:
    found = learned(*fleet(), is_visible=False)
    assert isinstance(found, Law)
    assert found.unused(holding(50, END - 12), RARE).soon is None


def test_use_after_the_end_is_not_known() -> None:
    holdings, firsts = fleet()
    later = [FirstUse(name(number), RARE, END + 3) for number in range(10, 40)]
    assert told(holdings, firsts, holding(50, END - 12)) == told(holdings, firsts + later, holding(50, END - 12))


@pytest.mark.parametrize(
    ("weight", "cost", "expected"), [(3, 10, False), (2, 10, True), (3, 20, True), (40, 20, False)]
)
def test_a_grant_stays_when_denials_cost_as_much_as_it_weighs(weight: int, cost: int, expected: bool) -> None:
    assert expected == stays(Unused(RARE, 12, True, Soon(0.25, 12), ""), weight, cost=cost)


def test_not_knowing_keeps_nothing() -> None:
    assert not stays(Unused(RARE, 12, True, None, ""), 1)


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.0, "fewer than 1 in 1,000"), (0.001, "1 in 1,000"), (0.33, "1 in 3"), (0.7, "7 in 10"), (1.0, "9 in 10")],
)
def test_chances_are_said_as_one_says_them(chance: float, words: str) -> None:
    assert words == odds(chance)
