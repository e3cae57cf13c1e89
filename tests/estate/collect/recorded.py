"""Recorded calls of a collector, answered through a client of the SDK that holds each answer against AWS's model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader
from botocore.session import Session
from botocore.validate import validate_parameters

from leastwise.estate.collect.api import Api, Asked
from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.run import parts_of
from leastwise.estate.collect.saved import in_order
from leastwise.estate.collect.sdk import Account
from leastwise.estate.held import Part

CASES = Path(__file__).parents[2] / "cases" / "estate"
REFUSED = {"code": "AccessDenied", "message": "not authorized"}


@dataclass
class Replay:
    """The calls of a case, each answered as it was recorded; `refuse` is an operation that is never answered."""

    calls: list[dict[str, object]]
    refuse: str = ""
    made: list[tuple[str, object]] = field(default_factory=list)

    def session(self) -> Session:
        session = Session()
        session.register_component("data_loader", models())
        session.set_credentials("testing", "testing", "testing")
        session.register("before-parameter-build", self._keep)
        session.register("before-call", self._answer)
        return session

    def _keep(self, params: object, context: dict[str, object], **_: object) -> None:
        context["asked"] = json.loads(json.dumps(params))

    def _answer(self, model: object, context: dict[str, object], **_: object) -> tuple[AWSResponse, object]:
        name = f"{model.service_model.service_name}.{model.name}"
        self.made.append((name, context["asked"]))
        if name == self.refuse:
            return _error(REFUSED)
        found = [one for one in self.calls if one["call"] == name and one.get("with", {}) == context["asked"]]
        assert found, f"not recorded: {name} {context['asked']}"
        one = found[min(self.made.count((name, context["asked"])), len(found)) - 1]
        if "refused" in one:
            return _error(one["refused"])
        answer = one["answer"]
        if model.output_shape is not None:
            validate_parameters(answer, model.output_shape)
        told = _typed(answer, model.output_shape)
        return AWSResponse("", 200, {}, None), {**told, "ResponseMetadata": {"HTTPStatusCode": 200}}


@lru_cache(maxsize=1)
def models() -> Loader:
    """AWS's models, read once for all cases."""
    return Session().get_component("data_loader")


def _error(told: Mapping[str, str]) -> tuple[AWSResponse, object]:
    parsed = {
        "Error": {"Code": told["code"], "Message": told["message"]},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return AWSResponse("", 400, {}, None), parsed


def _typed(value: object, shape: object) -> object:
    """The answer with times and bytes where the model has them."""
    kind = getattr(shape, "type_name", "")
    if kind == "timestamp":
        return datetime.fromisoformat(value)
    if kind == "blob":
        return value.encode()
    if kind == "structure":
        return {name: _typed(one, shape.members.get(name)) for name, one in value.items()}
    if kind == "list":
        return [_typed(one, shape.member) for one in value]
    return value


@dataclass(frozen=True)
class Case:
    """One collector's file."""

    name: str
    account: str
    region: str
    asked: Asked
    calls: list[dict[str, object]]
    parts: list[dict[str, object]]


def case(name: str) -> Case:
    """The recorded case of a collector."""
    found = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    account = found.get("account", "111122223333")
    asked = Asked(account, found.get("last_accessed", False))
    return Case(name, account, found.get("region", "eu-west-1"), asked, found["calls"], found["parts"])


def replayed(one: Case, replay: Replay) -> tuple[Part, ...]:
    """The parts that the collector makes of the recorded answers."""
    collector = collectors()[one.name]
    account = Account(replay.session(), number=one.account, partition="aws")
    region = one.region if "region" in collector.scope else ""
    api = Api(account, region, reads=collector.reads, wait=lambda _: None, asked=one.asked)
    return in_order((*parts_of(collector, api), *api.not_read))


def told(parts: tuple[Part, ...]) -> list[dict[str, object]]:
    """Parts as a case file has them."""
    return [{type(one).__name__: json.loads(msgspec.json.encode(one))} for one in parts]


def names() -> Iterator[str]:
    """The collectors that have a file."""
    return (path.stem for path in sorted(CASES.glob("*.json")))
