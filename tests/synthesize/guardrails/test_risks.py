"""The library of risk scenarios: what it asks for exists, and every request that it names can be made."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from leastwise.decide.policies import PolicySet
from leastwise.language.values.texts import Texts
from leastwise.model.errors import InputError, UnknownAction
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal
from leastwise.prove.actions import action_index
from leastwise.surfaces.cli.matrix import shipped
from leastwise.synthesize.guardrails.risks import Risk, risks_in
from leastwise.synthesize.guardrails.stops import Asked, difference, leaving

NUMBER = "123456789012"
WHO = Principal.of(f"arn:aws:iam::{NUMBER}:role/example")
EVERYTHING = Policy((Statement(None, ("*",), ("*",)),), name="everything")
VALUES = {"sensitive": ["*"], "regions": ["eu-west-1"]}
RISKS, LEFT_OUT = risks_in(shipped(), VALUES, source="shipped")


def tables(**more: object) -> dict[str, object]:
    return {"scenarios": {"mine": {"title": "Mine", "requests": [{"actions": ["s3:GetObject"]}], **more}}}


def test_there_are_scenarios_enough_and_none_is_left_out() -> None:
    assert () == LEFT_OUT
    assert 25 <= len(RISKS)


@pytest.mark.parametrize("risk", RISKS, ids=lambda one: one.name)
def test_every_action_is_one_of_the_catalogue_and_in_the_scenario(risk: Risk) -> None:
    named = [name for statement in risk.requests for name in statement.actions]
    unknown = [name for name in named if not action_index().bits_of(name)]
    assert [] == unknown
    assert {name for name in named if "*" not in name} <= set(risk.actions)


@pytest.mark.parametrize("risk", RISKS, ids=lambda one: one.name)
def test_there_is_a_request_for_every_action(risk: Risk) -> None:
    asked = Asked(risk, WHO, NUMBER)
    everything = PolicySet(identity=[EVERYTHING], resource=[leaving(NUMBER)])
    nobodys = [name for name in risk.actions if _is_none(asked, everything, name)]
    assert [] == nobodys


def _is_none(asked: Asked, everything: PolicySet, name: str) -> bool:
    return difference(asked, asked.limit, everything, action_index().bits_of(name)).witness is None


@pytest.mark.parametrize("risk", RISKS, ids=lambda one: one.name)
def test_every_scenario_says_why_and_has_its_sources(risk: Risk) -> None:
    assert "" != risk.why
    assert () != risk.sources
    assert risk.title != risk.name


def test_a_scenario_without_its_parameter_is_left_out_and_said() -> None:
    risks, left = risks_in(shipped(), {"sensitive": ["*"]}, source="shipped")
    assert ["outside-regions"] == [one.name for one in left]
    assert "--set regions=" in left[0].reason
    assert len(RISKS) - 1 == len(risks)


def test_values_stand_where_their_parameter_stood() -> None:
    risks, _ = risks_in(shipped(), {**VALUES, "sensitive": ["arn:aws:s3:::crown/*"]}, source="shipped")
    (risk,) = (one for one in risks if one.name == "read-sensitive-data")
    assert ("arn:aws:s3:::crown/*",) == risk.requests[0].resources
    assert {"s3:GetObject", "s3:GetObjectVersion"} == set(risk.actions)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "holds no scenarios"),
        (tables(colour="red"), "unknown field `colour`"),
        (tables(requests=[]), "it has no `requests`"),
        (tables(requests=[{"resources": ["*"]}]), "`requests` takes"),
        (tables(**{"asked-of": "nobody"}), "`asked-of` is none of"),
        (tables(requests=[{"actions": ["s3:GetObject"], "conditions": {"Strange": {"a:b": "c"}}}]), "`mine`"),
    ],
)
def test_a_file_that_is_not_of_the_form_is_refused_by_name(given: Mapping[str, object], told: str) -> None:
    with pytest.raises(InputError) as error:
        risks_in(given, {}, source="mine.toml")
    assert told in error.value.message
    assert "mine.toml" in error.value.message


def test_an_action_that_the_catalogue_has_not_is_loud() -> None:
    with pytest.raises(UnknownAction, match="s3:ReadEverything"):
        risks_in(tables(requests=[{"actions": ["s3:ReadEverything"]}]), {}, source="mine.toml")


def test_an_action_without_a_request_of_the_scenario_is_not_asked_about() -> None:
    is_private = {"StringEquals": {"s3:x-amz-acl": "private"}}
    given = tables(requests=[{"actions": ["s3:PutObject", "s3:GetObject"], "conditions": is_private}])
    (risk,), _ = risks_in(given, {}, source="mine.toml")
    assert ("s3:PutObject",) == risk.actions
    asked = Asked(risk, WHO, NUMBER, (("aws:resourceorgid", Texts.literals(["o-example"])),))
    everything = PolicySet(identity=[EVERYTHING], resource=[leaving(NUMBER)])
    assert _is_none(asked, everything, "s3:GetObject")
