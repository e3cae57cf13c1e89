"""What was planted in made-up companies is found by the check of boundaries, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.gather import gathered
from leastwise.estate.offline import read_files
from leastwise.model.decision import ALLOW
from leastwise.model.request import Principal
from leastwise.sample import Company, Size, company, write_estate
from leastwise.synthesize.guardrails.bound import boundaries_of
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker


@dataclass(frozen=True)
class Found:
    made: Company
    estate: Estate
    checked: tuple[Checked, ...]


@pytest.fixture(scope="module", params=[1, 4, 7])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    made = company(Size(accounts=12, roles=300), request.param, today=date(2026, 6, 1))
    folder = tmp_path_factory.mktemp("company")
    write_estate(made, folder)
    estate = Estate(gathered(read_files([folder]), taken="2026-06-01T00:00:00Z"))
    checker = Checker.of(estate, Aim())
    return Found(made, estate, tuple(map(checker.checked, boundaries_of(estate))))


def test_each_gap_that_was_planted_is_found_with_its_way(found: Found) -> None:
    gaps = {one.principals[0]: one.how for one in found.made.faults if one.kind == "boundary-gap"}
    ways: dict[str, set[str]] = {}
    for one in found.checked:
        for escape in one.escapes:
            ways.setdefault(escape.principal, set()).add(escape.way.name)
    assert {"boundary-editable", "boundary-removable", "creates-without-boundary", "passes-unbound"} == set(
        gaps.values()
    )
    assert set(gaps) == set(ways)
    assert all(how in ways[arn] for arn, how in gaps.items())


def test_the_steps_of_what_was_planted_are_those_of_the_truth(found: Found) -> None:
    escapes = [escape for one in found.checked for escape in one.escapes]
    for fault in (one for one in found.made.faults if one.how == "passes-unbound"):
        (escape,) = [one for one in escapes if one.principal == fault.principals[0]]
        (planted,) = fault.chain
        assert planted.target == escape.steps[0].to
        assert set(planted.actions) <= {request.action for request in escape.steps[0].requests}


def test_every_request_of_every_step_is_allowed(found: Found) -> None:
    for escape in (escape for one in found.checked for escape in one.escapes):
        for request in (request for step in escape.steps for request in step.requests):
            assert isinstance(request.principal, Principal)
            binding = binding_of(
                found.estate, request.principal, request.action, request.resource, context=request.context
            )
            assert ALLOW is evaluate(request, binding.policies).outcome


def test_what_only_looks_like_a_gap_is_silent(found: Found) -> None:
    alike = {arn for one in found.made.lookalikes if one.kind == "passes-bounded" for arn in one.principals}
    assert alike
    for one in found.checked:
        if alike & set(one.bound.principals):
            assert "PASS" == one.answer
