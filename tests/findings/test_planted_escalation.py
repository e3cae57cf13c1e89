"""Made-up companies with planted faults: those of escalation and risk are found, and nothing else is grave."""

from __future__ import annotations

import pytest
from small_scenes import Planted, planted

from leastwise.sample import Size

_GRAVE = ("critical", "high")
_COMPANIES = {
    "small": (Size(4, 90), 1, 0),
    "logged": (Size(3, 60), 2, 100),
    "middle": (Size(10, 300), 3, 0),
    "large": (Size(16, 700), 7, 0),
}


_LARGE = ("large", "other")
_GIVEN = [pytest.param(name, marks=pytest.mark.slow) if name in _LARGE else name for name in _COMPANIES]


@pytest.fixture(scope="module", params=_GIVEN, ids=str)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    size, seed, days = _COMPANIES[request.param]
    return planted(tmp_path_factory.mktemp(request.param), size=size, seed=seed, days=days)


def test_escalations_are_found_and_told_from_chains(made: Planted) -> None:
    single, several = made.planted("escalation"), made.planted("escalation-chain")
    gaps = made.planted("boundary-gap")
    assert single
    assert set() == single - made.subjects("escalation")
    assert several == made.subjects("escalation-chain")
    assert set() == made.subjects("escalation") - single - gaps


def test_administrators_are_those_that_there_are(made: Planted) -> None:
    told = made.told["administrators"]
    assert isinstance(told, list)
    assert set(told) == made.subjects("administrator", "forgotten-administrator")


def test_forgotten_administrators_are_told_from_those_at_work(made: Planted) -> None:
    assert made.planted("forgotten-admin") == made.subjects("forgotten-administrator")


def test_wide_roles_are_found(made: Planted) -> None:
    wide = made.planted("over-broad-role", how="whole services")
    automation = made.planted("over-broad-role", how="administrator")
    assert set() == wide - made.subjects("whole-services")
    grave = {one.found.subject for one in made.findings if one.severity in _GRAVE}
    assert set() == (wide | automation) - grave


def test_temporary_grants_are_found(made: Planted) -> None:
    assert set() == made.planted("temporary-grant") - made.subjects("temporary-grant")


def test_nothing_else_is_grave(made: Planted) -> None:
    """Precision and recall over principals: a grave finding is about one with a planted fault of such a kind."""
    true = made.planted(
        "escalation", "escalation-chain", "forgotten-admin", "over-broad-role", "temporary-grant", "boundary-gap"
    )
    sought = true - made.planted("temporary-grant")
    grave = {one.found.subject for one in made.findings if one.severity in _GRAVE}
    precision = len(grave & true) / len(grave)
    recall = len(grave & sought) / len(sought)
    assert (1.0, 1.0) == (precision, recall), (sorted(grave - true), sorted(sought - grave))


def test_lookalikes_are_silent(made: Planted) -> None:
    grave = {one.found.subject for one in made.findings if one.severity in ("critical", "high", "medium")}
    assert made.alike
    assert set() == made.alike & grave


def test_every_grave_finding_is_shown(made: Planted) -> None:
    for one in made.findings:
        if one.severity in _GRAVE:
            assert one.found.witness is not None or one.found.unknown, one.found
            assert one.found.remedy.says
    ladders = [one.found.ladder for one in made.findings if one.group == "escalation" and one.severity in _GRAVE]
    assert ladders and all(ladders)


def test_every_witness_is_allowed_by_the_estate(made: Planted) -> None:
    asker = made.scene.escalation.asker
    shown = [one.found.witness for one in made.findings if one.found.witness is not None]
    assert shown
    assert [] == [one for one in shown if asker.confirmed(one) is None]
