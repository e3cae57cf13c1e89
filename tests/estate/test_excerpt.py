"""The excerpt of a snapshot decides a principal's requests as the whole does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from made_estates import ACCOUNTS, Made

from leastwise.estate.ask import Facts, can
from leastwise.estate.assemble import Estate
from leastwise.estate.excerpt import excerpt


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_an_excerpt_decides_as_the_whole(seed: int) -> None:
    maker = Made(seed)
    whole = Estate(maker.world(has_more=True).snapshot)
    facts = Facts(maker.context())
    asked = [maker.question(maker.world()) for _ in range(3)]
    for principal in sorted(whole.holders)[:4]:
        part = Estate(excerpt(whole, principal, [resource for _, resource in asked]))
        for action, resource in asked:
            expected = can(whole, principal, action, resource, facts=facts).decision
            found = can(part, principal, action, resource, facts=facts).decision
            assert (expected.outcome, expected.settled_by) == (found.outcome, found.settled_by), (action, resource)


def test_nothing_else_is_in_it() -> None:
    whole = Estate(Made(7).world().snapshot)
    principal = next(arn for arn in sorted(whole.holders) if ":role/" in arn)
    part = excerpt(whole, principal, [])
    assert [principal] == list(Estate(part).holders)
    assert {principal.split(":")[4]} == set(part.iam)
    assert not set(ACCOUNTS).isdisjoint(part.iam)
