"""The matrix and a plain evaluation of sampled requests agree, on small made-up estates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from random import Random

import pytest
from made_estates import BUCKET, KEY, QUEUE, A, B, Made, assembled
from msgspec import structs

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.model.decision import ALLOW, EXPLICIT_DENY
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Request
from leastwise.synthesize.guardrails.matrix import LAYERS, Matrix, Row
from leastwise.synthesize.guardrails.risks import Risk, risks_in
from leastwise.synthesize.guardrails.stops import leaving

SEEDS = [*range(16), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(16, 40))]
RESOURCES = (
    BUCKET,
    f"{BUCKET}/x/1",
    f"{BUCKET}/ann/2",
    "arn:aws:s3:::other",
    "arn:aws:s3:::other/x/1",
    QUEUE,
    f"arn:aws:sqs:eu-west-1:{A}:another",
    f"arn:aws:sqs:eu-west-1:{B}:q",
    KEY,
    "*",
)
CONTEXTS: tuple[Mapping[str, ContextValue], ...] = (
    {"aws:SecureTransport": "true", "aws:RequestedRegion": "eu-west-1"},
    {"aws:SecureTransport": "false", "aws:RequestedRegion": "eu-west-1"},
    {"aws:SecureTransport": "true", "aws:RequestedRegion": "ap-south-1"},
)
WHERE = {
    "s3:GetObject": ("/x/1", "/ann/2"),
    "s3:PutObject": ("/x/1", "/ann/2"),
    "s3:ListBucket": (BUCKET, ":::other"),
    "sqs:SendMessage": (":sqs:",),
    "sqs:ReceiveMessage": (":sqs:",),
    "kms:Decrypt": (":key/",),
    "iam:ListUsers": (f"::{A}:user/", "*"),
    "s3:ListAllMyBuckets": ("*",),
}
EVERYTHING = Policy((Statement(None, ("*",), ("*",)),), name="everything")


def scenarios(random: Random) -> tuple[Risk, ...]:
    """Four scenarios of these actions, some on some resources or under a condition."""
    tables: dict[str, object] = {}
    for number in range(4):
        requests: list[dict[str, object]] = []
        for _ in range(random.randint(1, 2)):
            one: dict[str, object] = {"actions": random.sample(sorted(WHERE), random.randint(1, 3))}
            if random.random() < 0.3:
                one["resources"] = [random.choice((f"{BUCKET}/x/*", "arn:aws:s3:::*", f"{QUEUE}*", BUCKET, QUEUE))]
            if random.random() < 0.3:
                one["conditions"] = random.choice(
                    (
                        {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
                        {"Bool": {"aws:SecureTransport": ["false"]}},
                    )
                )
            requests.append(one)
        tables[f"s{number}"] = {"title": "made up", "requests": requests}
    return tuple(one for one in risks_in({"scenarios": tables}, {}, source="test")[0] if one.bits)


class Sampled:
    """The requests of a principal for resources of its own account, each with everything that binds it."""

    def __init__(self, world: Asked, arn: str) -> None:
        account = arn.split(":")[4]
        self.bound = list(self._bound(world, arn, account))
        self.account = account

    def _bound(self, world: Asked, arn: str, account: str) -> Iterator[tuple[Request, PolicySet]]:
        for action, resource, context in product(WHERE, RESOURCES, CONTEXTS):
            is_meant = any(part == resource if part == "*" else part in resource for part in WHERE[action])
            is_own = resource == "*" or ":::other" in resource or (account == A) is (f":{B}:" not in resource)
            if is_meant and is_own and not (action == "s3:ListBucket" and resource.count("/")):
                yield world.bound(arn, action, resource, context)

    def of(self, risk: Risk) -> Iterator[tuple[Request, PolicySet]]:
        limit = PolicySet(identity=[risk.limit], resource=[leaving(self.account)])
        return ((one, held) for one, held in self.bound if evaluate(one, limit).outcome is EXPLICIT_DENY)


class Asked:
    """An estate, of which requests are put together by hand, where that is all there is, or as the estate has them."""

    def __init__(self, seed: int) -> None:
        self.has_more = seed % 3 == 2
        self.made = Made(seed).world(has_more=self.has_more)
        self.estate = Estate(self.made.snapshot)

    def bound(
        self, arn: str, action: str, resource: str, context: Mapping[str, ContextValue]
    ) -> tuple[Request, PolicySet]:
        """A request and what binds it; a bucket that the estate has not is the principal's own."""
        if self.has_more:
            who = self.estate.principal(arn)
            found = binding_of(self.estate, who, action, resource, context=context, is_complete=True)
            owner = found.request.resource_account or who.account
            return structs.replace(found.request, resource_account=owner), found.policies
        is_known = resource in ("*", BUCKET) or resource.startswith((f"{BUCKET}/", "arn:aws:sqs", "arn:aws:kms"))
        at = resource if is_known else "*"
        request, policies = assembled(self.made, arn, action, at, context, is_complete=True)
        return structs.replace(request, resource=resource), policies


def alone(layer: str, held: PolicySet, account: str) -> PolicySet:
    """One layer, everything else allowing."""
    bare = PolicySet(identity=[EVERYTHING], resource=[leaving(account)])
    return {
        "scp": PolicySet(identity=[EVERYTHING], resource=[leaving(account)], scps=held.scps),
        "rcp": PolicySet(identity=[EVERYTHING], resource=[leaving(account)], rcps=held.rcps),
        "boundary": PolicySet(identity=[EVERYTHING], resource=[leaving(account)], boundary=held.boundary),
        "identity": PolicySet(identity=held.identity, resource=[leaving(account)]),
    }.get(layer, bare)


def check(row: Row, risks: tuple[Risk, ...], world: Asked, seen: Counter[str]) -> None:
    sampled = Sampled(world, row.principal)
    for risk, answer in zip(risks, row.answers, strict=True):
        told = f"{row.principal} {risk.requests}: {answer}"
        requests = list(sampled.of(risk))
        allowed = [one for one, held in requests if evaluate(one, held).outcome is ALLOW]
        seen[answer.standing] += 1
        if answer.standing not in ("gap", "unknown"):
            assert [] == allowed, told
        if answer.witness is not None:
            witness = answer.witness
            request, held = world.bound(row.principal, witness.action, witness.resource, witness.context)
            assert ALLOW is evaluate(request, held).outcome, told
            limit = PolicySet(identity=[risk.limit], resource=[leaving(sampled.account)])
            assert EXPLICIT_DENY is evaluate(request, limit).outcome, told
        past = answer.standing == "gap" and bool(answer.why)  # what a resource lets in makes a part of a whole
        for layer, cell in zip(LAYERS, answer.cells, strict=True):
            if layer not in ("scp", "rcp", "boundary", "identity") or cell in ("does not bind", "no policy"):
                continue
            by_itself = [evaluate(one, alone(layer, held, sampled.account)).outcome for one, held in requests]
            seen[f"{layer} {cell}"] += 1
            if cell == "all" and not past:
                assert ALLOW not in by_itself, f"{layer} {told}"
            if cell == "nothing":
                assert {ALLOW} >= set(by_itself), f"{layer} {told}"


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_agrees_with_sampled_requests(seed: int, seen: Counter[str]) -> None:
    world = Asked(seed)
    risks = scenarios(Random(seed))
    for row in Matrix(world.estate, risks).rows(sorted(world.made.principals)):
        check(row, risks, world, seen)


def test_every_kind_of_answer_came_up(seen: Counter[str]) -> None:
    """What never comes up was not put to the test."""
    wanted = {"gap", "one layer", "several layers", "together"}
    wanted |= {f"{layer} {cell}" for layer in ("scp", "boundary", "identity") for cell in ("all", "part", "nothing")}
    wanted |= {"rcp part", "rcp nothing"}
    assert set() == wanted - set(seen)


def test_the_number_and_order_of_principals_change_no_answer() -> None:
    made = Made(7).world()
    risks = scenarios(Random(7))
    names = sorted(made.principals)
    together = {row.principal: row for row in Matrix(Estate(made.snapshot), risks).rows(names)}
    apart = {name: next(Matrix(Estate(made.snapshot), risks).rows([name])) for name in names}
    backwards = {row.principal: row for row in Matrix(Estate(made.snapshot), risks).rows(names[::-1])}
    assert apart == together
    assert apart == backwards
