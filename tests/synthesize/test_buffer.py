"""Which unused actions the buffer grants, at which cost of a denial, and why."""

from __future__ import annotations

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import Allowed
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.buffer import COSTS, Buffered, Setting, buffered, granted
from leastwise.synthesize.buffer_constants import COEFFICIENTS
from leastwise.synthesize.candidates import FEATURES, candidates
from leastwise.synthesize.neighbours import Neighbours, nearest, neighbours_of

CATALOGUE = load_catalogue()
QUEUES = ("sqs:CreateQueue", "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes")
ROLES = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:GetRole")
NOTHING = neighbours_of(())


def found(
    *used: str,
    setting: Setting = "default",
    siblings: tuple[tuple[str, ...], ...] = (),
    accepted: frozenset[str] = frozenset(),
    known: Neighbours | None = None,
) -> dict[str, Buffered]:
    """What the buffer says beside these uses, by action."""
    told = buffered(used, catalogue=CATALOGUE, setting=setting, siblings=siblings, accepted=accepted, known=known)
    return {one.action: one for one in told}


def alike(*actions: str, times: int = 15) -> Neighbours:
    """Policies that all have these actions, among many that have others."""
    others = [Allowed(f"Other{n}", frozenset({f"ec2:Made{n}", f"ec2:Up{n}"})) for n in range(100)]
    return neighbours_of([Allowed(f"Alike{n}", frozenset({*actions, f"sqs:Made{n}"})) for n in range(times)] + others)


def test_coefficients_are_those_of_the_features() -> None:
    assert FEATURES == tuple(COEFFICIENTS)


def test_off_grants_nothing() -> None:
    assert {} == found(*QUEUES, setting="off", siblings=(("sqs:DeleteQueue",),))


def test_nothing_used_and_no_siblings_is_nothing_to_add() -> None:
    assert {} == found()


def test_every_action_is_unused_known_and_has_reasons() -> None:
    used = frozenset({*QUEUES, *ROLES, "ec2:RunInstances", "ec2:DescribeInstances", "s3:PutObject"})
    told = found(*used, setting="relaxed", siblings=(("s3:DeleteObject", "dynamodb:PutItem"),))
    assert len(told) > 5
    for one in told.values():
        assert one.action not in used
        assert CATALOGUE.action(one.action)
        assert all(one.reasons) and one.reasons
        assert weight_of(one.action, CATALOGUE) == one.weight


@pytest.mark.parametrize("setting", ["strict", "default", "relaxed"])
def test_what_is_granted_is_worth_its_weight(setting: Setting) -> None:
    told = found(*QUEUES, "ec2:RunInstances", "ec2:CreateVolume", setting=setting)
    assert told
    for one in told.values():
        assert one.is_sensitive or one.probability * COSTS[setting] > (1 - one.probability) * one.weight


def test_a_costlier_denial_grants_no_less() -> None:
    used = (*QUEUES, "s3:PutObject", "s3:GetObject", "ec2:RunInstances", "lambda:CreateFunction")
    strict, default, relaxed = (granted(found(*used, setting=s).values()) for s in ("strict", "default", "relaxed"))  # type: ignore[arg-type]
    assert strict <= default <= relaxed
    assert len(strict) < len(relaxed)


def test_the_most_probable_comes_first() -> None:
    told = [one.probability for one in found(*QUEUES, "ec2:RunInstances", setting="relaxed").values()]
    assert len(told) > 2
    assert sorted(told, reverse=True) == told


def test_case_and_order_of_the_used_actions_change_nothing() -> None:
    assert found(*QUEUES) == found(*(name.upper().replace("SQS", "sqs") for name in reversed(QUEUES)))


def test_an_unknown_action_is_no_obstacle() -> None:
    assert set(found(*QUEUES, known=NOTHING)) <= set(found(*QUEUES, "nowhere:MakeThing", setting="relaxed"))


def test_a_read_of_what_is_written_says_so() -> None:
    told = found("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", setting="relaxed", known=NOTHING)
    assert ("reads what `ec2:CreateSecurityGroup` is about",) == told["ec2:DescribeSecurityGroups"].reasons


def test_similar_policies_speak_for_an_action_and_are_counted() -> None:
    used = ("sqs:SendMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")
    told = found(*used, setting="relaxed", known=alike(*used, "logs:CreateLogStream"))
    assert ("15 of 15 similar AWS managed policies have it",) == told["logs:CreateLogStream"].reasons
    assert "logs:CreateLogStream" not in found(*used, setting="relaxed", known=alike(*used))


def test_a_sensitive_partner_is_asked_about_and_never_granted() -> None:
    told = found(*ROLES)
    asked = told["iam:DetachRolePolicy"]
    assert asked.is_sensitive
    assert "belongs with `iam:AttachRolePolicy`" in asked.reasons
    assert "iam:DetachRolePolicy" not in granted(told.values())
    assert not any(weight_of(name, CATALOGUE) >= 40 for name in granted(told.values()))


def test_a_sensitive_action_is_granted_when_somebody_accepts_it_by_name() -> None:
    accepted = frozenset({"iam:detachrolepolicy"})
    told = found(*ROLES, accepted=accepted)
    assert "iam:DetachRolePolicy" in granted(told.values(), accepted)


def test_accepting_grants_nothing_that_nothing_speaks_for() -> None:
    assert "iam:DetachRolePolicy" not in found(*QUEUES, accepted=frozenset({"iam:DetachRolePolicy"}), known=NOTHING)


def test_few_sensitive_actions_are_asked_about() -> None:
    used = [name for name in CATALOGUE.index().actions if name.startswith(("iam:Get", "iam:List", "iam:Create"))]
    asked = [one for one in found(*used).values() if one.is_sensitive]
    assert 0 < len(asked) < 30


def test_siblings_raise_the_probability_by_how_many_they_are() -> None:
    used = ("sqs:SendMessage",)
    three = (("sqs:PurgeQueue",), ("sqs:PurgeQueue", "sqs:SendMessage"), ("sqs:SendMessage",))
    told = found(*used, setting="relaxed", siblings=three, known=NOTHING)["sqs:PurgeQueue"]
    assert "used by 2 of 3 siblings" == told.reasons[0]
    assert 2 / (3 + 2) == pytest.approx(told.probability)


def test_a_sibling_without_use_is_no_sibling() -> None:
    told = found("sqs:SendMessage", setting="relaxed", siblings=(("sqs:ListQueues",), ()), known=NOTHING)
    assert "used by 1 of 1 sibling" == told["sqs:ListQueues"].reasons[0]


def test_a_write_that_most_siblings_use_enters_at_relaxed_and_not_at_strict() -> None:
    three = (("sqs:PurgeQueue",), ("sqs:PurgeQueue",), ("sqs:SendMessage",))
    assert "sqs:PurgeQueue" in found("sqs:SendMessage", setting="relaxed", siblings=three, known=NOTHING)
    assert "sqs:PurgeQueue" not in found("sqs:SendMessage", setting="strict", siblings=three, known=NOTHING)


def test_what_a_single_sibling_of_many_does_that_is_sensitive_is_not_asked_about() -> None:
    many = (("iam:PassRole",), *((("sqs:SendMessage",),) * 9))
    few = (("iam:PassRole",), ("sqs:SendMessage",))
    assert "iam:PassRole" not in found("sqs:SendMessage", siblings=many, known=NOTHING)
    assert found("sqs:SendMessage", siblings=few, known=NOTHING)["iam:PassRole"].is_sensitive


def test_silent_siblings_take_nothing_away() -> None:
    assert found(*QUEUES) == found(*QUEUES, siblings=(QUEUES, QUEUES, QUEUES))


def test_candidates_are_the_same_whatever_the_order() -> None:
    known = alike(*QUEUES)
    forth = candidates(frozenset(QUEUES), catalogue=CATALOGUE, known=known)
    assert forth == candidates(tuple(reversed(QUEUES)), catalogue=CATALOGUE, known=known)
    assert all(len(FEATURES) == len(one.features) for one in forth)


def test_the_nearest_policy_is_the_one_that_shares_what_is_rare() -> None:
    common = [Allowed(f"Common{n}", frozenset({"sqs:SendMessage", f"sqs:Made{n}"})) for n in range(20)]
    rare = Allowed("Rare", frozenset({"sqs:PurgeQueue", "sqs:MadeRare"}))
    first = nearest(neighbours_of([*common, rare]), ("sqs:SendMessage", "sqs:PurgeQueue"))[0]
    assert "Rare" == first[1].name


def test_an_equal_policy_is_wholly_alike() -> None:
    known = neighbours_of([Allowed("One", frozenset(QUEUES)), Allowed("Other", frozenset({"s3:GetObject"}))])
    ((likeness, policy),) = nearest(known, QUEUES)
    assert ("One", pytest.approx(1.0)) == (policy.name, likeness)
