"""Boundaries proposed from the logs of a made-up company break nothing that was seen, and hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

import pytest
from made_logs import added

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.offline import read_files
from leastwise.model.policy import MANAGED_POLICY_LIMIT, size
from leastwise.sample import Company, Size, company, write_estate, write_logs
from leastwise.synthesize.guardrails.designed import Brief, Designed, designed, proved
from leastwise.synthesize.guardrails.needs import Needs, needs_of
from leastwise.synthesize.guardrails.stopped import stopped
from leastwise.synthesize.guardrails.targets import Targets, principals_meant
from leastwise.synthesize.replay import Replay
from leastwise.usage.observed import EVERYTHING, Observed, opened
from leastwise.usage.outcomes import SUCCEEDED
from leastwise.usage.store import Store

CATALOGUE = load_catalogue()
NEEDED = frozenset({SUCCEEDED})


@dataclass(frozen=True)
class World:
    made: Company
    estate: Estate
    store: Store


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    made = company(Size(3, 41), 5, today=date(2026, 6, 1))
    write_estate(made, folder / "estate")
    write_logs(made, folder / "logs", days=15)
    store = Store(folder / "usage")
    added(store, folder / "logs")
    return World(made, Estate(gathered(read_files([folder / "estate"]), taken="2026-06-01T00:00:00Z")), store)


@dataclass(frozen=True)
class Made:
    needs: Needs
    design: Designed
    replays: tuple[Replay, ...]


def made_of(world: World, observed: Observed, principals: tuple[str, ...], brief: Brief) -> Made:
    needs = needs_of(observed, principals, estate=world.estate, catalogue=CATALOGUE, window=EVERYTHING, outcomes=NEEDED)
    found = designed(needs, principals, brief, catalogue=CATALOGUE)
    replays = [
        stopped(
            observed,
            policy,
            found.of_account(account),
            estate=world.estate,
            catalogue=CATALOGUE,
            window=EVERYTHING,
            outcomes=NEEDED,
        )
        for account, policy in found.policies.items()
    ]
    return Made(needs, found, tuple(replays))


@pytest.mark.parametrize("level", ["actions", "reading", "verbs", "service"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_nothing_that_was_seen_breaks_whoever_is_bound(world: World, seed: int, level: str) -> None:
    everyone = principals_meant(world.estate, Targets(is_all=True))
    some = tuple(sorted(Random(seed).sample(everyone, 12)))
    with opened(world.store) as observed:
        made = made_of(world, observed, some, Brief("team", level=level))  # type: ignore[arg-type]
    assert [] == [row for one in made.replays for row in one.breaks]
    assert sum(sum(one.calls.values()) for one in made.replays) > 0
    assert all(size(policy.document()) <= MANAGED_POLICY_LIMIT for policy in made.design.policies.values())


def test_the_truth_of_what_is_needed_is_let_through_where_it_was_used(world: World) -> None:
    """What a principal truly needs and used in the window, or what no log shows of it, is in its boundary."""
    everyone = principals_meant(world.estate, Targets(is_all=True))
    with opened(world.store) as observed:
        needs = needs_of(
            observed, everyone, estate=world.estate, catalogue=CATALOGUE, window=EVERYTHING, outcomes=NEEDED
        )
        used = {action for one in observed.names() if one in everyone for action in observed.actions(one)}
    daily = {
        habit.action
        for account in world.made.accounts
        for one in account.principals
        if one.arn in everyone
        for habit in one.habits
        if habit.rhythm == "daily" and habit.until is None
    }
    assert used <= set(needs.actions)
    assert daily <= set(needs.actions)


def test_what_is_proposed_holds_for_those_who_make_no_roles(world: World) -> None:
    app = tuple(arn for arn in principals_meant(world.estate, Targets(is_all=True)) if ":role/app/" in arn)
    with opened(world.store) as observed:
        made = made_of(world, observed, app, Brief("team"))
    assert {"PASS"} == {one.answer for one in proved(made.design, world.estate, ())}


def test_tags_groups_and_nodes_say_whom_it_is_for(world: World) -> None:
    whole = principals_meant(world.estate, Targets(is_all=True))
    under = principals_meant(world.estate, Targets(node="Prod"))
    accounts = {one.id for one in world.made.accounts if one.kind == "workload"}
    assert {arn for arn in whole if arn.split(":")[4] in accounts} == set(under)
    tagged = next(one for account in world.made.accounts for one in account.roles if one.tags)
    (pair, *_) = tagged.tags
    meant = principals_meant(world.estate, Targets(tags=(pair,)))
    assert tagged.arn in meant
    assert all(world.estate.holders[arn].tags[pair[0]] == pair[1] for arn in meant)
    assert not any("/aws-service-role/" in arn for arn in whole)
    member = next(user for account in world.made.accounts for user in account.users if user.groups)
    assert member.arn in principals_meant(world.estate, Targets(groups=(member.groups[0],)))
