"""What last-accessed data tells beside a log: used by name, used by service alone, and where it is mute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Activity, ServiceUse
from leastwise.synthesize.accessed import Accessed, service_uses
from leastwise.synthesize.seasons import EPOCH

BEGIN, END = 20_000, 20_100
ROLE = "arn:aws:iam::111122223333:role/app"


def on(day: int) -> str:
    return f"{EPOCH + timedelta(days=day)}T10:00:00+00:00"


def told(*uses: ServiceUse, logged: frozenset[str] = frozenset()) -> Accessed:
    return Accessed(uses, BEGIN, END, logged, frozenset(action.partition(":")[0] for action in logged))


@pytest.mark.parametrize(
    ("day", "where"),
    [
        (19_900, "it was used on 2024-06-26 by last-accessed data, before the log begins"),
        (20_050, "it was used on 2024-11-23 by last-accessed data, on a day of the log, which does not show it"),
        (20_100, "it was used on 2025-01-12 by last-accessed data, after the log ends"),
    ],
)
def test_an_action_that_the_log_does_not_show_is_told_with_its_day(day: int, where: str) -> None:
    assert {"s3:CreateBucket": where} == told(ServiceUse("s3", on(day), {"CreateBucket": on(day)})).actions


def test_an_action_that_the_log_has_is_not_told_again() -> None:
    use = ServiceUse("s3", on(20_050), {"CreateBucket": on(20_050), "DeleteBucket": ""})
    assert {} == told(use, logged=frozenset({"s3:createbucket"})).actions


def test_a_service_may_be_used_by_any_action_that_is_not_told() -> None:
    found = told(ServiceUse("s3", on(19_900), {"CreateBucket": on(19_800)}))
    assert found.of_service("s3:GetObject").startswith("`s3` was used on 2024-06-26 by last-accessed data, before the")
    assert "" == found.of_service("s3:CreateBucket")
    assert "" == found.of_service("sqs:SendMessage")


@pytest.mark.parametrize(
    ("use", "logged"),
    [
        (ServiceUse("s3", on(19_900), {"CreateBucket": on(19_900)}), ""),  # that was the use
        (ServiceUse("s3", on(20_050)), "s3:ListAllMyBuckets"),  # the log shows it at work
        (ServiceUse("s3", ""), ""),
        (ServiceUse("s3", "soon"), ""),
    ],
)
def test_a_service_whose_use_is_explained_tells_nothing(use: ServiceUse, logged: str) -> None:
    found = told(use, logged=frozenset({logged.lower()}) if logged else frozenset())
    assert {} == found.unexplained
    assert "" == found.of_service("s3:GetObject")


def test_passing_a_role_is_not_tracked() -> None:
    assert "" == told(ServiceUse("iam", on(19_900))).of_service("iam:PassRole")
    assert "" != told(ServiceUse("iam", on(19_900))).of_service("iam:GetRole")


def test_a_service_without_a_date_was_never_used() -> None:
    found = told(ServiceUse("sqs"), ServiceUse("s3", on(19_900)), ServiceUse("ec2", "", {"StopInstances": on(19_900)}))
    assert {"sqs"} == found.never_used


def test_data_of_others_is_no_silence_of_the_principal() -> None:
    activity = Activity("111122223333", last_accessed={ROLE: (ServiceUse("s3"),)})
    estate = Estate(gathered([activity]))
    assert (ServiceUse("s3"),) == service_uses(estate, ROLE)
    assert service_uses(estate, f"{ROLE}-2") is None
    assert service_uses(estate, ROLE.replace("1111", "4444")) is None
