"""Random small estates: each question of an estate against what it means, one principal and one request at a time."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given, settings
from hypothesis import strategies as st
from made_estates import ACTIONS, BUCKET, QUEUE, A, B, Made, World, assembled

from examples import COUNT, EXAMPLES
from leastwise.decide.evaluate import Decision, evaluate
from leastwise.estate.ask import Facts, can, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.assume import chains
from leastwise.estate.patterns import AMOUNTS, who_can_pattern
from leastwise.model.decision import ALLOW
from leastwise.model.request import ContextValue

SEEDS = st.integers(0, 2**32)
SOME = settings(EXAMPLES, max_examples=max(1, COUNT // 2))
FEW = settings(EXAMPLES, max_examples=max(1, COUNT // 8))
ROOTS = tuple(f"arn:aws:iam::{account}:root" for account in (A, B))


def askers(made: World) -> list[str]:
    return [*made.principals, *ROOTS]


def naive(
    made: World, arn: str, action: str, resource: str, context: dict[str, ContextValue], *, is_complete: bool = False
) -> Decision:
    return evaluate(*assembled(made, arn, action, resource, context, is_complete=is_complete))


@SOME
@given(SEEDS)
def test_can_is_the_decision_on_what_was_put_together_by_hand(seed: int) -> None:
    maker = Made(seed)
    made = maker.world()
    (action, resource), context, is_complete = maker.question(made), maker.context(), maker.sometimes(0.5)
    estate, facts = Estate(made.snapshot), Facts(context, is_complete)
    for arn in askers(made):
        expected = naive(made, arn, action, resource, context, is_complete=is_complete)
        actual = can(estate, arn, action, resource, facts=facts).decision
        assert (expected.outcome, set(expected.possible)) == (actual.outcome, set(actual.possible)), arn


@SOME
@given(SEEDS)
def test_who_can_is_everyone_who_may(seed: int) -> None:
    maker = Made(seed)
    made = maker.world()
    (action, resource), context, is_complete = maker.question(made), maker.context(), maker.sometimes(0.5)
    found = who_can(Estate(made.snapshot), action, resource, facts=Facts(context, is_complete))
    actual = {one.principal: one.decision.outcome for one in found}
    expected = {}
    for arn in askers(made):
        decision = naive(made, arn, action, resource, context, is_complete=is_complete)
        if ALLOW in decision.possible:
            expected[arn] = decision.outcome
    assert expected == {arn: outcome for arn, outcome in actual.items() if arn in askers(made)}, (action, resource)


@SOME
@given(SEEDS)
def test_who_can_is_whoever_can_where_more_opens_a_resource_or_was_not_read(seed: int) -> None:
    maker = Made(seed)
    made = maker.world(has_more=True)
    (action, resource), facts = maker.question(made), Facts(maker.context())
    estate = Estate(made.snapshot)
    answers = [can(estate, arn, action, resource, facts=facts) for arn in askers(made)]
    expected = {one.principal: one.decision.outcome for one in answers if one.may_be_allowed}
    found = {one.principal: one.decision.outcome for one in who_can(estate, action, resource, facts=facts)}
    assert expected == {arn: outcome for arn, outcome in found.items() if arn in askers(made)}, (action, resource)
    reach = {one.principal for one in who_can_pattern(estate, action, resource, "any", facts=facts)}
    assert expected.keys() <= reach, (action, resource)


@SOME
@given(SEEDS)
def test_chains_are_what_can_be_reached_by_assuming(seed: int) -> None:
    maker = Made(seed)
    made = maker.world()
    action, resource = maker.question(made)
    estate = Estate(made.snapshot)
    direct = list(who_can(estate, action, resource))
    start = {one.principal for one in direct}
    steps = {
        role: {arn for arn in askers(made) if ALLOW in naive(made, arn, "sts:AssumeRole", role, {}).possible}
        for role in made.principals
        if ":role/" in role
    }
    expected: dict[str, int] = {}
    edge, length = {arn for arn in start if arn in steps}, 1
    while edge:
        found = {arn for role in edge for arn in steps[role]} - start - set(expected)
        expected |= dict.fromkeys(found, length)
        edge, length = {arn for arn in found if arn in steps}, length + 1
    actual = list(chains(estate, direct))
    assert expected == {one.principal: len(one.roles) for one in actual if one.principal in askers(made)}
    for chain in actual:
        assert chain.roles[-1] in start
        way = (chain.principal, *chain.roles)
        assert all(way[at] in steps[way[at + 1]] for at in range(len(way) - 1) if way[at] in askers(made))
        if chain.is_certain and chain.principal in askers(made):
            outcomes = [naive(made, way[at], "sts:AssumeRole", way[at + 1], {}).outcome for at in range(len(way) - 1)]
            assert {ALLOW} == set(outcomes)


UNIVERSE = [(action, resource) for resource, actions in ACTIONS.items() for action in actions if resource != "*"]
CONTEXTS: tuple[dict[str, ContextValue], ...] = ({"aws:SecureTransport": "true"}, {"aws:SecureTransport": "false"})


PATTERNS = (("s3:*", f"{BUCKET}/x/*"), ("s3:Get*", f"{BUCKET}/*"), ("sqs:*", QUEUE), ("s3:List*", BUCKET))
"""Each lies in one resource."""


@FEW
@given(SEEDS)
def test_any_and_all_hold_of_the_requests_in_a_pattern(seed: int) -> None:
    maker = Made(seed)
    made = maker.world()
    action, resource = maker.one_of(PATTERNS)
    inside = [one for one in UNIVERSE if fnmatchcase(one[0], action) and fnmatchcase(one[1], resource)]
    assert inside
    estate, facts = Estate(made.snapshot), Facts(maker.context())
    reach = {one.principal: one for one in who_can_pattern(estate, action, resource, "any", facts=facts)}
    every = {one.principal: one for one in who_can_pattern(estate, action, resource, "all", facts=facts)}
    contexts = [one for one in CONTEXTS if not facts.context or one == facts.context]
    for arn in askers(made):
        outcomes = {naive(made, arn, *one, context, is_complete=True).outcome for one in inside for context in contexts}
        if ALLOW in outcomes:
            assert arn in reach, (arn, action, resource)
        if arn in every and every[arn].holds:
            assert {ALLOW} == outcomes, (arn, action, resource)
        if arn in reach and reach[arn].holds:
            shown = reach[arn].witness
            assert shown is not None
            context = {**shown.context, **facts.context}
            assert ALLOW in naive(made, arn, shown.action, shown.resource, context).possible


@FEW
@given(SEEDS)
def test_policies_of_resources_in_a_wide_pattern_are_told_not_to_count(seed: int) -> None:
    made = Made(seed).world()
    estate, has_policy = Estate(made.snapshot), made.resources[QUEUE]["policy"] is not None
    for amount in AMOUNTS:
        found = list(who_can_pattern(estate, "sqs:*", "arn:aws:sqs:*:*:*", amount))
        assert f"arn:aws:iam::{A}:root" in {one.principal for one in found} or made.levels
        for one in found:
            assert has_policy is any("are not counted" in doubt for doubt in one.doubts)
            assert amount == "any" or not has_policy or one.holds is None
