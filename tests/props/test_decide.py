"""What must hold of every decision, whatever the policies and the request."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from made_requests import KEYS, LISTS, OTHER_SESSION, ROLE, SESSION, Made, World, policy_set

from examples import EXAMPLES
from leastwise.decide.evaluate import evaluate, evaluate_many
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY
from leastwise.model.request import ContextValue, Request
from pieces import split

SEEDS = st.integers(0, 2**64)


def outcome(request: Request, world: World) -> str:
    return str(evaluate(request, policy_set(world)).outcome)


@EXAMPLES
@given(SEEDS)
def test_adding_a_deny_never_allows(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    before = outcome(request, world)
    world[made.layer(world)].append(made.statement("Deny"))
    assert outcome(request, world) in (EXPLICIT_DENY, before)


@EXAMPLES
@given(SEEDS)
def test_adding_an_allow_never_denies(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    before = outcome(request, world)
    world[made.layer(world)].append(made.statement("Allow"))
    after = outcome(request, world)
    assert after == before or (before, after) == (IMPLICIT_DENY, ALLOW)


@EXAMPLES
@given(SEEDS)
def test_order_never_matters(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    before = outcome(request, world)
    for statement in (statement for found in world.values() for statement in found):
        for listed in (value for value in statement.values() if isinstance(value, list)):
            made.random.shuffle(listed)
    for found in world.values():
        made.random.shuffle(found)
    assert outcome(request, world) == before


@EXAMPLES
@given(SEEDS)
def test_splitting_never_matters(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    parted = {kind: [piece for statement in found for piece in split(statement)] for kind, found in world.items()}
    assert outcome(request, world) == outcome(request, parted)


@EXAMPLES
@given(SEEDS)
def test_what_depends_resolves_to_one_of_its_outcomes(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    partly = {key: value for key, value in request.context.items() if made.one_of((True, False))}
    opened = msgspec.structs.replace(request, context=partly, context_is_complete=False)
    decision = evaluate(opened, policy_set(world))
    assert outcome(request, world) in decision.possible, (world, request, partly)
    assert (decision.outcome is DEPENDS) == (len(decision.possible) > 1)


def completed(request: Request, facts: Mapping[str, str]) -> Request:
    """The request with the facts of a completion in place; lists are written with commas."""
    context: dict[str, ContextValue] = dict(request.context)
    for key, value in facts.items():
        is_list = key in LISTS and value != "absent"
        context[key] = value.split(", ") if is_list else None if value == "absent" else value
    return msgspec.structs.replace(request, context=context)


@EXAMPLES
@given(SEEDS)
def test_each_completion_gives_its_outcome(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    partly = {key: value for key, value in request.context.items() if made.one_of((True, False))}
    opened = msgspec.structs.replace(request, context=partly, context_is_complete=False)
    for one in evaluate(opened, policy_set(world)).completions:
        facts = {key: value for key, value in one.facts if key.lower() in NAMES}
        after = evaluate(completed(opened, facts), policy_set(world))
        assert one.outcome in after.possible, (world, opened, one)


NAMES = {key.lower() for key in (*KEYS, *LISTS, "aws:username")}


@EXAMPLES
@given(SEEDS)
def test_a_role_asks_in_some_session(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    of_the_role = evaluate(msgspec.structs.replace(request, principal=ROLE), policy_set(world))
    for session in (SESSION, OTHER_SESSION):
        assert outcome(msgspec.structs.replace(request, principal=session), world) in of_the_role.possible


@EXAMPLES
@given(SEEDS)
def test_many_are_decided_as_one_by_one(seed: int) -> None:
    made = Made(seed)
    world, several = made.world(), [made.request() for _ in range(4)]
    one_by_one = [evaluate(request, policy_set(world)).outcome for request in several]
    assert [decision.outcome for decision in evaluate_many(several, policy_set(world))] == one_by_one


@EXAMPLES
@given(SEEDS)
def test_a_change_does_what_it_says(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    decision = evaluate(request, policy_set(world))
    for change in decision.changes:
        assert (change.outcome is ALLOW) is not (decision.outcome is ALLOW)
        if change.context:
            changed = dict(change.context)
            kept = {key: value for key, value in request.context.items() if key not in changed}
            tried = msgspec.structs.replace(request, context={**kept, **changed})
            assert evaluate(tried, policy_set(world)).outcome is change.outcome


@EXAMPLES
@given(SEEDS)
def test_what_settled_it_is_told(seed: int) -> None:
    made = Made(seed)
    world, request = made.world(), made.request()
    decision = evaluate(request, policy_set(world))
    effects = {found.statement.effect for found in decision.determining}
    told: dict[str, set[str]] = {ALLOW: {"Allow"}, EXPLICIT_DENY: {"Deny"}, IMPLICIT_DENY: set()}
    is_root_alone = str(request.principal).endswith(":root") and decision.outcome is ALLOW
    assert effects == told[decision.outcome] or (is_root_alone and not effects)
    assert decision.settled_by


@EXAMPLES
@given(SEEDS)
def test_many_statements_are_any_of_them(seed: int) -> None:
    made = Made(seed)
    request = made.request()
    found = [made.statement() for _ in range(made.random.randint(12, 24))]
    alone = {outcome(request, {"identity": [statement]}) for statement in found}
    expected = next((o for o in (EXPLICIT_DENY, ALLOW, IMPLICIT_DENY) if o in alone), None)
    assert outcome(request, {"identity": found}) == expected
