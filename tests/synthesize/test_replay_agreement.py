"""Replay and a plain evaluation of every stored row, with all its facts, agree on what breaks and what is eased."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

import duckdb
import pytest
from made_logs import added

from leastwise.catalogue.load import load_catalogue
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of
from leastwise.estate.gather import gathered
from leastwise.estate.offline import read_files
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW, DEPENDS, Outcome
from leastwise.model.policy import Kind, Policy
from leastwise.sample import Size, company, write_estate, write_logs
from leastwise.synthesize.guardrails.templates import filled, template, templates
from leastwise.synthesize.replay import Options, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.observed import opened
from leastwise.usage.store import Store
from leastwise.usage.told import ALL_KEYS, context_told

Json = dict[str, object]
Pair = tuple[str, str]
_EXACT = ("recorded", "requested", "unscoped")
_STAND_INS = ("x", "leastwise-1", "0123456789")
_NOT_PLAYED = ("Account", "SAMLUser", "Anonymous", "Unknown")
MIDDLE = "2026-05-22T12:30:00Z"


@dataclass(frozen=True)
class Stored:
    """A row of the store, by its columns."""

    of: Mapping[str, object]

    def text(self, column: str) -> str:
        return str(self.of[column] or "")

    @property
    def action(self) -> str:
        return self.text("denied_action") or self.text("action")

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The resource, or some of those that it may have been."""
        named = self.text("denied_resource") or self.text("resource")
        return (named,) if self.is_exact else tuple(re.sub(r"[*?]", one, named) for one in _STAND_INS)

    @property
    def is_exact(self) -> bool:
        return bool(self.text("denied_resource")) or self.text("how") in _EXACT

    @property
    def pair(self) -> Pair:
        return self.text("principal"), self.action

    def contexts(self) -> Iterator[dict[str, object]]:
        """All that the row tells, at its first and at its last moment."""
        first, lasted = self.of["first"], self.of["lasted"]
        texts = {name: str(value or "") for name, value in self.of.items()}
        for seconds in sorted({0, int(str(lasted or 0))}):
            moment = first.replace(tzinfo=UTC) + timedelta(seconds=seconds)  # type: ignore[attr-defined]
            yield dict(context_told(ALL_KEYS, texts, moment))


@dataclass(frozen=True)
class Bounds:
    """How many calls of each principal and action a verdict must have at least, and may have at most."""

    least: Counter[Pair]
    most: Counter[Pair]

    def missed(self, found: Mapping[Pair, int]) -> dict[Pair, tuple[int, int, int]]:
        pairs = {*self.least, *self.most, *found}
        told = {pair: (self.least[pair], found.get(pair, 0), self.most[pair]) for pair in pairs}
        return {pair: (low, calls, high) for pair, (low, calls, high) in told.items() if not low <= calls <= high}


class World:
    """A small company, its logs in a store, and what binds each stored row today."""

    def __init__(self, folder: Path) -> None:
        made = company(Size(3, 41), 5, today=date(2026, 6, 1))
        write_estate(made, folder / "estate")
        write_logs(made, folder / "logs", days=20)
        self.store = Store(folder / "usage")
        added(self.store, folder / "logs")
        self.estate = Estate(gathered(read_files([folder / "estate"]), taken="2026-06-01T00:00:00Z"))
        self.rows = [Stored(row) for row in _rows(folder / "usage")]
        self._bound: dict[int, list[Binding]] = {}
        self._before: dict[int, list[Outcome]] = {}

    def bound(self, row: Stored) -> list[Binding]:
        """Everything that binds the row today, at each of its moments and on each of its resources."""
        if id(row) not in self._bound:
            who = self.estate.principal(row.text("principal"))
            self._bound[id(row)] = [
                binding_of(self.estate, who, row.action, on, context=context)  # type: ignore[arg-type]
                for context in row.contexts()
                for on in row.resources
            ]
        return self._bound[id(row)]

    def before(self, row: Stored) -> list[Outcome]:
        if id(row) not in self._before:
            self._before[id(row)] = [evaluate(one.request, one.policies).outcome for one in self.bound(row)]
        return self._before[id(row)]

    def after(self, row: Stored, candidate: Candidate) -> list[Outcome]:
        found = []
        for one in self.bound(row):
            tried = self._with(one, candidate)
            is_as_before = tried == one.policies
            found.append(self.before(row)[len(found)] if is_as_before else evaluate(one.request, tried).outcome)
        return found

    def _with(self, bound: Binding, candidate: Candidate) -> PolicySet:
        if candidate.identity is not None:
            return replace(bound.policies, identity=candidate.identity)
        if candidate.boundary is not None:
            return replace(bound.policies, boundary=candidate.boundary)
        who = bound.request.principal
        if candidate.rcps:
            owner = self.estate.owner(bound.request.resource) or who.account
            return replace(bound.policies, rcps=self._levels(owner, "rcp", candidate.rcps))
        return replace(bound.policies, scps=self._levels(who.account, "scp", candidate.scps))

    def _levels(self, account: str, kind: str, placed: Sequence[Placed]) -> list[list[Policy]]:
        return [
            [*_instead([one.policy for one in level.policies], placed), *_beside(level.node, placed)]
            for level in self.estate.levels(account, kind) or ()  # type: ignore[arg-type]
        ]


def _instead(policies: Sequence[Policy], placed: Sequence[Placed]) -> Iterator[Policy]:
    for policy in policies:
        name = policy.name.partition(" (")[0]
        yield from [one.policy for one in placed if one.target == name] or [policy]


def _beside(node: str, placed: Sequence[Placed]) -> list[Policy]:
    return [one.policy for one in placed if one.target == node]


def _rows(folder: Path) -> Iterator[dict[str, object]]:
    with duckdb.connect() as database:
        asked = database.execute(
            f"SELECT * FROM read_parquet('{folder}/rows/*/*.parquet', hive_partitioning = false) WHERE kind = 'mapped'"
        )
        columns = [one[0] for one in asked.description]
        for row in asked.fetchall():
            yield dict(zip(columns, row, strict=True))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("agreement"))


class Draw:
    """Policies drawn at random from what was used."""

    def __init__(self, world: World, seed: int, kind: Kind) -> None:
        self.random = Random(f"{kind}-{seed}")
        self.kind = kind
        self.nodes = [node.id for tree in world.estate.trees for node in tree.organization.nodes]
        used = [row for row in world.rows if row.text("outcome") == "succeeded"]
        self.actions = sorted({row.action for row in used})
        self.resources = sorted({row.text("resource") for row in used if row.text("how") in _EXACT[:2]})
        self.principals = sorted({row.text("principal") for row in used if ":role/" in row.text("principal")})
        self.regions = sorted({row.text("region") for row in used})
        self.services = sorted({action.partition(":")[0] for action in self.actions})

    def placed(self) -> Placed:
        """A policy that denies at some node, or one in the place of what allows everything."""
        if self.kind == "scp" and self.random.random() < 0.3:
            return Placed(self.policy([self.allowed() for _ in range(2)]), "FullAWSAccess")
        return Placed(self.policy([self.denied() for _ in range(self.random.randint(1, 3))]), self._some(self.nodes))

    def policy(self, statements: Sequence[Json]) -> Policy:
        return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=self.kind, name="drawn")

    def denied(self) -> Json:
        return self._statement("Deny", self._named())

    def allowed(self) -> Json:
        names = self.random.sample(self.services, len(self.services) * 2 // 3)
        wide = {"Action": [f"{name}:*" for name in names]}
        return self._statement("Allow", self._some([wide, {"NotAction": self._few(self.actions)}]))

    def _statement(self, effect: str, named: Json) -> Json:
        whose: Json = {"Principal": "*"} if self.kind == "rcp" else {}
        condition = self._condition()
        asked: Json = {"Condition": condition} if condition else {}
        return {"Effect": effect, **whose, **named, **self._on(), **asked}

    def _named(self) -> Json:
        service, action = self._some(self.services), self._some(self.actions)
        wild = f"{action.partition(':')[0]}:{action.partition(':')[2][:3]}*"
        some: Json = {"Action": self._few(self.actions)}
        if self.kind == "rcp":
            return self._some([some, {"Action": [f"{service}:*", wild]}])
        return self._some(
            [some, some, {"Action": [f"{service}:*", wild.lower()]}, {"NotAction": [f"{service}:*", "sts:*"]}]
        )

    def _on(self) -> Json:
        patterns = [self._cut(one) for one in self._few(self.resources)]
        if self.kind == "rcp":
            return self._some([{"Resource": "*"}, {"Resource": patterns}])
        return self._some([{"Resource": "*"}, {"Resource": "*"}, {"Resource": patterns}, {"NotResource": patterns}])

    def _condition(self) -> Json:
        regions, names = self._few(self.regions), self._few(self.principals)
        folders = [f"arn:aws:iam::*:role/{name.partition(':role/')[2].partition('/')[0]}/*" for name in names]
        own: list[Json] = [
            {},
            {},
            {"StringNotEquals": {"aws:RequestedRegion": regions}},
            {"StringEquals": {"aws:requestedregion": regions}, "ArnNotEquals": {"aws:PrincipalArn": names}},
            {"ArnLike": {"aws:PrincipalArn": folders}},
            {"StringNotLike": {"aws:PrincipalArn": folders}},
            {"StringLike": {"aws:RequestedRegion": "*-east-*"}, "Bool": {"aws:ViaAWSService": "false"}},
            {"NotIpAddressIfExists": {"aws:SourceIp": ["198.51.0.0/16", "10.0.0.0/8"]}},
            {"DateGreaterThan": {"aws:CurrentTime": MIDDLE}},
            {"StringNotEquals": {"aws:ResourceTag/team": "x"}},
            {"Null": {"aws:TokenIssueTime": "true"}},
            {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        ]
        return self._some(own)

    def _cut(self, resource: str) -> str:
        place = resource.rfind("/") + 1 or len(resource) - 3
        return f"{resource[:place]}*" if self.random.random() < 0.7 else resource

    def _few(self, values: Sequence[str]) -> list[str]:
        return self.random.sample(list(values), min(len(values), self.random.randint(1, 4)))

    def _some(self, values):  # type: ignore[no-untyped-def]
        return self.random.choice(values)


def agreed(world: World, candidate: Candidate, principal: str = "") -> int:
    """How many calls would break, in which both ways agree."""
    with opened(world.store) as observed:
        found = replay(
            observed,
            Trial(candidate, world.estate),
            catalogue=load_catalogue(),
            options=Options(principal=principal),
        )
    breaks, eased = _bounds(world, candidate, principal)
    rows = list(found.rows)
    assert {} == breaks.missed(_calls(rows, "breaks"))
    assert {} == eased.missed(_calls(rows, "newly allowed"))
    return found.calls.get("breaks", 0)


def _calls(rows, verdict: str) -> Counter[Pair]:  # type: ignore[no-untyped-def]
    found: Counter[Pair] = Counter()
    for one in rows:
        if one.verdict == verdict:
            found[one.request.principal, one.request.action] += one.request.events
    return found


def _bounds(world: World, candidate: Candidate, principal: str) -> tuple[Bounds, Bounds]:
    breaks, eased = Bounds(Counter(), Counter()), Bounds(Counter(), Counter())
    for row in world.rows:
        is_denied = row.text("outcome") == "denied"
        is_other = principal not in ("", row.text("principal")) or row.text("outcome") == "failed"
        if is_other or row.text("principal_type") in _NOT_PLAYED:
            continue
        before, after, calls = world.before(row), world.after(row, candidate), int(str(row.of["count"]))
        if is_denied:
            is_news = row.is_exact and all(map(_is_denial, before)) and set(after) == {ALLOW}
            eased.least[row.pair] += calls * is_news
            eased.most[row.pair] += calls * (ALLOW in after)
            continue
        is_broken = row.is_exact and set(before) == {ALLOW} and all(map(_is_denial, after))
        breaks.least[row.pair] += calls * is_broken
        breaks.most[row.pair] += calls * (set(after) != {ALLOW})
    return breaks, eased


def _is_denial(outcome: Outcome) -> bool:
    return outcome not in (ALLOW, DEPENDS)


@pytest.mark.parametrize("seed", range(5))
def test_scps_break_what_a_plain_evaluation_says(world: World, seed: int) -> None:
    draw = Draw(world, seed, "scp")
    agreed(world, Candidate(scps=tuple(draw.placed() for _ in range(1 + seed % 2))))


@pytest.mark.parametrize("seed", range(3))
def test_rcps_break_what_a_plain_evaluation_says(world: World, seed: int) -> None:
    draw = Draw(world, seed, "rcp")
    agreed(world, Candidate(rcps=(draw.placed(),)))


@pytest.mark.parametrize("seed", range(10))
def test_identity_policies_break_what_a_plain_evaluation_says(world: World, seed: int) -> None:
    draw = Draw(world, seed, "identity")
    principal = draw.random.choice(draw.principals)
    agreed(world, Candidate(tuple(_changed(world, principal, draw))), principal)


def _changed(world: World, principal: str, draw: Draw) -> Iterator[Policy]:
    """Today's policies of the principal, some statements left out, some taken apart, some added."""
    holder = world.estate.holder(world.estate.principal(principal))
    assert holder is not None
    for one in world.estate.identity(holder):
        kept = [statement for statement in one.policy.statements if draw.random.random() < 0.7]
        yield replace(one.policy, statements=tuple(kept))
    yield draw.policy([draw.denied() if draw.random.random() < 0.5 else draw.allowed()])


def root_of(world: World) -> str:
    """The id of the organisation's root."""
    return next(node.id for tree in world.estate.trees for node in tree.organization.nodes if node.type == "root")


def denying(kind: Kind, action: str, **more: object) -> Policy:
    whose: Json = {"Principal": "*"} if kind == "rcp" else {}
    statement: Json = {"Effect": "Deny", **whose, "Action": action, "Resource": "*", **more}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=kind, name="drawn")


def test_an_rcp_about_something_else_breaks_no_call_of_a_service(world: World) -> None:
    candidate = Candidate(rcps=(Placed(denying("rcp", "sqs:PurgeQueue"), root_of(world)),))
    assert 0 == agreed(world, candidate)


def test_an_rcp_about_something_else_breaks_nothing_without_a_snapshot(world: World) -> None:
    with opened(world.store) as observed:
        trial = Trial(Candidate(rcps=(Placed(denying("rcp", "sqs:PurgeQueue")),)))
        found = replay(observed, trial, catalogue=load_catalogue(), options=Options())
    assert 0 == found.calls.get("breaks", 0)


def test_an_rcp_breaks_nothing_on_resources_of_the_management_account(world: World) -> None:
    candidate = Candidate(rcps=(Placed(denying("rcp", "kms:Decrypt"), root_of(world)),))
    agreed(world, candidate)


@pytest.mark.parametrize("key", ["aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:ResourceAccount"])
def test_what_the_snapshot_tells_is_no_open_question(world: World, key: str) -> None:
    organization = world.estate.trees[0].organization
    accounts = [node.id for node in organization.nodes if node.type == "account"]
    values = accounts if key == "aws:ResourceAccount" else [organization.id]
    tried = denying("scp", "s3:GetObject", Condition={"StringEquals": {key: values}})
    assert 0 < agreed(world, Candidate(scps=(Placed(tried, root_of(world)),)))


def _told_of(world: World) -> dict[str, str | list[str]]:
    """Values for parameters of the library's guard rails that have to do with this company."""
    (tree,) = world.estate.trees
    return {
        "organization": tree.organization.id,
        "regions": ["us-east-1"],
        "windows": ["2026-05-20T00:00:00Z/2026-05-24T12:30:00Z"],
        "from": "2026-05-18",
        "until": "2026-05-31",
    }


_ON_AND_OFF = ("business-hours", "change-freeze", "only-these-regions", "trusted-identities", "no-root-user")
"""Of the library, what turns on times, Regions, the organisation and who asks; the rest is of the long runs."""


def _guarded(world: World, name: str) -> dict[str, int]:
    """The calls that each policy of a guard rail would break at the root, in which both ways agree."""
    one = template(name)
    own = _told_of(world)
    values = {part.name: own.get(part.name, list(part.example)) for part in one.parameters}
    root = root_of(world)
    found = {}
    for policy in filled(one, values):
        if policy.kind == "boundary":
            found[policy.kind] = agreed(world, Candidate(boundary=policy))
        else:
            placed = (Placed(policy, root),)
            found[policy.kind] = agreed(
                world, Candidate(scps=placed) if policy.kind == "scp" else Candidate(rcps=placed)
            )
    return found


@pytest.mark.parametrize("name", _ON_AND_OFF)
def test_guard_rails_break_what_a_plain_evaluation_says(world: World, name: str) -> None:
    _guarded(world, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(templates()) - set(_ON_AND_OFF)))
def test_every_guard_rail_breaks_what_a_plain_evaluation_says(world: World, name: str) -> None:
    _guarded(world, name)


def test_a_region_that_is_shut_breaks_the_calls_to_it(world: World) -> None:
    assert _guarded(world, "only-these-regions")["scp"] > 0
