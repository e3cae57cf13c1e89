"""Resources as patterns: only what kept arriving, and never further than its shape."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastwise.language.matching import resource_matches
from leastwise.synthesize.generalise import Generalised, Seen, counter_evidence, generalised
from leastwise.synthesize.tokens import tokens

SPAN = (20_000, 20_089)


def seen(resources: Iterable[str], *, every: int = 3, start: int = SPAN[0]) -> list[Seen]:
    """Each resource on its own day."""
    return [Seen(resource, start + i * every, start + i * every) for i, resource in enumerate(resources)]


def applied(found: Iterable[Generalised]) -> list[str]:
    return [one.pattern for one in found if one.is_applied]


def suggested(found: Iterable[Generalised]) -> list[str]:
    return [one.pattern for one in found if not one.is_applied]


def uuid(number: int) -> str:
    text = f"{number * 2_654_435_761 % 16**8:08x}{number * 40_503 % 16**8:08x}{number * 7_919:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


@pytest.mark.parametrize(
    ("name", "masks"),
    [
        ("2024/01/31/23", "20??/??/??/??"),
        ("year=2024/month=01/day=31", "*=20??/*=??/*=??"),
        ("x-2024-01-31.csv", "*-20??-??-??.*"),
        ("20240131T235959Z", "20??????T??????Z"),
        ("v2/part-00017", "*/*-?????"),
        ("0123456789abcdef0", "?" * 17),
        ("ZmEwIHweJSQHemym", "?" * 16),
        ("ProcessOrderEventsHandler", "*"),
        ("team7", "*"),
        ("1/2/3", "?/?/?"),
    ],
)
def test_tokens_have_a_mask_for_their_shape(name: str, masks: str) -> None:
    found = tokens(name)
    assert name == "".join(token.text for token in found)
    assert masks == "".join(token.mask for token in found)


def test_a_uuid_keeps_its_signs() -> None:
    assert ["????????-????-????-????-????????????"] == [token.mask for token in tokens(uuid(5))]


def test_dates_become_masks_that_next_year_matches() -> None:
    names = [f"arn:aws:s3:::logs/a/2024/{1 + i // 28:02}/{1 + i % 28:02}/x.gz" for i in range(30)]
    found = generalised(seen(names), span=SPAN)
    assert ["arn:aws:s3:::logs/a/20??/??/??/x.gz"] == [one.pattern for one in found]
    assert sorted(names) == list(found[0].members)
    assert ("dates", True) == (found[0].rule, found[0].is_applied)
    assert resource_matches(found[0].pattern, "arn:aws:s3:::logs/a/2027/12/31/x.gz")
    assert not resource_matches(found[0].pattern, "arn:aws:s3:::logs/b/2024/01/01/x.gz")


def test_one_date_in_all_names_is_no_calendar() -> None:
    names = [f"arn:aws:s3:::logs/2012-10-17/{name}.gz" for name in ("a", "b", "c", "d", "e")]
    assert sorted(names) == applied(generalised(seen(names, every=1), span=SPAN))


def test_ids_that_keep_arriving_become_masks_below_their_owner() -> None:
    names = [f"arn:aws:s3:::uploads/team-a/{uuid(i)}.json" for i in range(30)]
    found = generalised(seen(names), span=SPAN)
    assert ["arn:aws:s3:::uploads/team-a/????????-????-????-????-????????????.json"] == [one.pattern for one in found]
    assert "30 ids or numbers, first seen in every third of the time: 10, 10 and 10" == found[0].reason


def test_ids_that_stopped_arriving_stay_exact() -> None:
    names = [f"arn:aws:s3:::uploads/team-a/{uuid(i)}.json" for i in range(12)]
    assert sorted(names) == [one.pattern for one in generalised(seen(names, every=1), span=SPAN)]


def test_the_thirds_are_those_of_the_principals_own_time() -> None:
    names = [f"arn:aws:s3:::uploads/team-a/{uuid(i)}.json" for i in range(12)]
    late = seen(names, every=1, start=SPAN[0] + 60)
    assert 12 == len(generalised(late, span=SPAN))
    assert 1 == len(generalised(late, span=(SPAN[0] + 60, SPAN[0] + 72)))


def test_chosen_names_are_suggested_and_not_applied() -> None:
    words = ["orders", "users", "carts", "items", "prices", "taxes", "stock", "returns", "ads", "leads"]
    names = [f"arn:aws:dynamodb:eu-west-1:111122223333:table/shop-{word}" for word in words]
    found = generalised(seen(names, every=9), span=SPAN)
    assert sorted(names) == applied(found)
    assert ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-*"] == suggested(found)
    assert sorted(names) == list(found[-1].members)


def test_a_fixed_set_stays_as_it_is() -> None:
    names = [
        f"arn:aws:s3:::data/team-a/{word}.csv" for word in ("orders", "users", "carts", "items", "prices", "taxes")
    ]
    fixed = [Seen(name, SPAN[0] + i % 2, SPAN[1]) for i, name in enumerate(names)]
    assert sorted(names) == [one.pattern for one in generalised(fixed, span=SPAN)]


def test_ids_that_aws_gives_out_are_only_suggested() -> None:
    names = [f"arn:aws:ec2:eu-west-1:111122223333:instance/i-0{i * 7_919:016x}" for i in range(30)]
    found = generalised(seen(names), span=SPAN)
    assert sorted(names) == applied(found)
    assert ["arn:aws:ec2:eu-west-1:111122223333:instance/i-?????????????????"] == suggested(found)


def test_numbers_that_count_up_may_grow_by_a_digit() -> None:
    names = [f"arn:aws:sagemaker:eu-west-1:111122223333:training-job/crm-{400 + 20 * i}" for i in range(30)]
    found = {one.pattern.rpartition("-")[2]: one for one in generalised(seen(names), span=SPAN)}
    assert {"???", "????"} == set(found)
    assert () == found["????"].members


def test_partitions_regions_accounts_and_types_are_never_crossed() -> None:
    heads = (
        "arn:aws:ecs:eu-west-1:111122223333:task/a",
        "arn:aws:ecs:us-east-1:111122223333:task/a",
        "arn:aws:ecs:eu-west-1:444455556666:task/a",
        "arn:aws-cn:ecs:eu-west-1:111122223333:task/a",
        "arn:aws:ecs:eu-west-1:111122223333:service/a",
    )
    found = generalised([one for head in heads for one in seen(f"{head}/{uuid(i)}" for i in range(30))], span=SPAN)
    assert {f"{head}/????????-????-????-????-????????????" for head in heads} == {one.pattern for one in found}


def test_wildcards_and_variables_in_names_are_taken_literally() -> None:
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream"
    names = [f"{group}:2024/01/{1 + i:02}/[$LATEST]{i * 7_919:032x}" for i in range(30)]
    (found,) = generalised(seen(names), span=SPAN)
    assert f"{group}:20??/??/??/[${{$}}LATEST]{'?' * 32}" == found.pattern
    assert all(resource_matches(found.pattern, name) for name in names)


TEXTS = st.lists(
    st.sampled_from(
        ["a", "b7", "team", "2024-01-31", "20240131", "2024", "01", "17", "deadbeef0123", "$", "*", "?", "x y"]
    ),
    min_size=1,
    max_size=5,
).map("/".join)
KINDS = st.sampled_from(
    ["arn:aws:s3:::b", "arn:aws:ecs:eu-west-1:1:task", "arn:aws:sns:eu-west-1:1:topic", "not-an-arn"]
)
SEENS = st.lists(
    st.builds(lambda kind, name, day: Seen(f"{kind}/{name}", day, day), KINDS, TEXTS, st.integers(*SPAN)), max_size=30
)


@given(SEENS)
@settings(max_examples=200, deadline=None)
def test_what_is_applied_holds_every_resource_once_and_matches_it(several: list[Seen]) -> None:
    found = generalised(several, span=SPAN)
    members = [member for one in found if one.is_applied for member in one.members]
    assert sorted({one.resource for one in several}) == sorted(members)
    for one in found:
        for member in one.members:
            if member.startswith("arn:"):
                assert resource_matches(one.pattern, member), (one.pattern, member)
    assert found == generalised(list(reversed(several)), span=SPAN)


def test_known_resources_that_nobody_used_speak_against_a_pattern() -> None:
    inventory = ["arn:aws:s3:::b/2024-01-01.csv", "arn:aws:s3:::b/2024-01-01.txt", "arn:aws:s3:::c/2024-01-01.csv"]
    assert ("arn:aws:s3:::b/2024-01-01.csv",) == counter_evidence("arn:aws:s3:::b/20??-??-??.csv", inventory)
    assert () == counter_evidence("arn:aws:s3:::b/20??-??-??.csv", inventory[1:])
