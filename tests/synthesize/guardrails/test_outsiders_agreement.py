"""What outsiders may do, and a plain evaluation of sampled requests of theirs, agree on small made-up estates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from made_estates import BUCKET, KEY, OUTSIDE, QUEUE, A, Made, World, assembled
from msgspec import structs

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.model.decision import ALLOW
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal, Request
from leastwise.synthesize.guardrails.matrix import LAYERS
from leastwise.synthesize.guardrails.outsiders import Outsiders
from leastwise.synthesize.guardrails.risks import risks_in

SEEDS = [*range(16), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(16, 40))]
STRANGER = "arn:aws:iam::999999999999:role/stranger"
WHO = (OUTSIDE, STRANGER, "arn:aws:iam::999999999999:user/ann", "anonymous")
ASKED = {
    "s3:GetObject": (f"{BUCKET}/x/1", f"{BUCKET}/y"),
    "s3:ListBucket": (BUCKET,),
    "sqs:SendMessage": (QUEUE,),
    "kms:Decrypt": (KEY,),
}
EVERYTHING = [Policy((Statement(None, ("*",), ("*",)),), name="everything")]
RISKS, _ = risks_in(
    {
        "scenarios": {
            "data": {"asked-of": "outsiders", "requests": [{"actions": list(ASKED)}]},
            "one": {"asked-of": "outsiders", "requests": [{"actions": ["sqs:SendMessage"], "resources": [QUEUE]}]},
            "roles": {"asked-of": "outsiders", "requests": [{"actions": ["sts:AssumeRole"]}]},
        }
    },
    {},
    source="test",
)


def requests(made: World, name: str) -> Iterator[tuple[Request, PolicySet]]:
    """Requests of strangers for what account A has, each with what binds it there."""
    roles = tuple(arn for arn in made.principals if f"::{A}:role/" in arn)
    asked = {"sts:AssumeRole": roles} if name == "roles" else ASKED if name == "data" else {"sqs:SendMessage": (QUEUE,)}
    for who, (action, resources) in product(WHO, asked.items()):
        for resource, is_tls in product(resources, ("true", "false")):
            yield bound(made, who, action, resource, {"aws:SecureTransport": is_tls})


def bound(made: World, who: str, action: str, resource: str, context: dict[str, object]) -> tuple[Request, PolicySet]:
    arn = STRANGER if who in ("anonymous", "*") else who
    request, policies = assembled(made, arn, action, resource, context, is_complete=True)  # type: ignore[arg-type]
    request = structs.replace(request, principal=Principal.of(who), resource_account=A)
    return request, replace(policies, identity=EVERYTHING, boundary=None, scps=())


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_agrees_with_sampled_requests(seed: int, seen: Counter[str]) -> None:
    made = Made(seed).world()
    (row,) = Outsiders(Estate(made.snapshot), RISKS).rows([A])
    for risk, answer in zip(RISKS, row.answers, strict=True):
        told = f"{risk.name}: {answer}"
        seen[answer.standing] += 1
        sampled = list(requests(made, risk.name))
        allowed = [one for one, held in sampled if evaluate(one, held).outcome is ALLOW]
        if answer.standing not in ("gap", "unknown"):
            assert [] == allowed, told
        if answer.witness is not None:
            one = answer.witness
            assert isinstance(one.principal, Principal)
            request, held = bound(made, one.principal.arn, one.action, one.resource, dict(one.context))
            assert ALLOW is evaluate(request, held).outcome, told
        cells = dict(zip(LAYERS, answer.cells, strict=True))
        seen[f"rcp {cells['rcp']}"] += 1
        seen[f"resource {cells['resource']}"] += 1
        if cells["resource"] == "all":
            assert ALLOW not in {evaluate(one, replace(held, rcps=())).outcome for one, held in sampled}, told
        if cells["rcp"] == "all":
            everyone = Statement(None, ("*",), ("*",), principals={"AWS": ("*",)})
            bare = [
                PolicySet(identity=EVERYTHING, resource=[Policy((everyone,), "resource")], rcps=held.rcps)
                for _, held in sampled
            ]
            outcomes = {evaluate(one, held).outcome for (one, _), held in zip(sampled, bare, strict=True)}
            assert ALLOW not in outcomes, told


def test_every_kind_of_answer_came_up(seen: Counter[str]) -> None:
    wanted = {"gap", "one layer", "resource all", "resource part", "rcp nothing", "rcp part", "rcp no policy"}
    assert set() == wanted - set(seen)
