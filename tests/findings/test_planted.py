"""Made-up companies with planted faults of use, credentials, outsiders and guard rails: these are found alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from small_scenes import Planted, planted

from leastwise.findings.discover import checks
from leastwise.findings.finding import Finding
from leastwise.findings.run import scanned
from leastwise.sample import Size

_GROUPS = ("unused", "credentials", "external", "guard rails")
_GRAVE = ("critical", "high")
_COMPANIES = {
    "small": (Size(4, 90), 1, 0),
    "logged": (Size(3, 60), 2, 110),
    "middle": (Size(18, 400), 3, 0),
    "other": (Size(16, 300), 11, 0),
    "large": (Size(20, 700), 7, 0),
}
_FOUND_BY: Mapping[str, str] = {
    "unused-role": "unused-role",
    "unused-user": "unused-user",
    "unused-key": "unused-access-key",
    "unknown-trust": "vendor-trust-without-external-id",
    "github-trust-without-subject": "web-identity-trust-without-subject",
    "public-resource": "public-resource",
    "shared-outside": "shared-outside-organisation",
    "password-without-mfa": "password-without-mfa",
    "break-glass-without-mfa": "break-glass-without-mfa",
    "boundary-gap": "boundary-can-be-left",
    "account-without-scp": "account-without-scp",
    "unit-without-scp": "unit-without-scp",
    "rcp-gap": "perimeter-open-to-services",
}
"""Which check finds which kind of fault."""

_TELLING = 14
"""Accounts from which there are siblings enough to say what most of them have."""


@dataclass(frozen=True)
class Made:
    """A company with what these checks find in it."""

    planted: Planted

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        codes = [one.code for one in checks().values() if one.group in _GROUPS]
        return scanned(self.planted.scene, codes=codes).findings

    def faults(self, key: str = "faults") -> list[dict[str, Any]]:
        found = self.planted.told[key]
        assert isinstance(found, list)
        return found

    def subjects(self, name: str) -> set[str]:
        return {one.found.subject for one in self.findings if one.name == name}

    def is_telling(self, kind: str) -> bool:
        accounts = self.planted.told["accounts"]
        assert isinstance(accounts, list)
        return kind not in ("account-without-scp", "unit-without-scp") or len(accounts) >= _TELLING


_LARGE = ("large", "other")
_GIVEN = [pytest.param(name, marks=pytest.mark.slow) if name in _LARGE else name for name in _COMPANIES]


@pytest.fixture(scope="module", params=_GIVEN, ids=str)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    size, seed, days = _COMPANIES[request.param]
    return Made(planted(tmp_path_factory.mktemp(request.param), size=size, seed=seed, days=days))


def subjects_of(fault: Mapping[str, Any]) -> Iterator[str]:
    """What the finding about a fault is about."""
    yield from fault["principals"] or fault["resources"] or [fault["account"]]


def subjects(made: Made, name: str) -> set[str]:
    return {one.found.subject for one in made.findings if one.name == name}


@pytest.mark.parametrize("kind", _FOUND_BY)
def test_every_planted_fault_is_found(made: Made, kind: str) -> None:
    if made.is_telling(kind):
        sought = {one for fault in made.faults() if fault["kind"] == kind for one in subjects_of(fault)}
        assert set() == sought - made.subjects(_FOUND_BY[kind])


def test_forgotten_administrators_are_unused(made: Made) -> None:
    forgotten = {one for fault in made.faults() if fault["kind"] == "forgotten-admin" for one in subjects_of(fault)}
    assert forgotten
    assert set() == forgotten - made.subjects("unused-role") - made.subjects("unused-user")


def test_what_is_unused_is_what_was_planted(made: Made) -> None:
    kinds = ("unused-role", "unused-user", "forgotten-admin")
    planted_ones = {one for fault in made.faults() if fault["kind"] in kinds for one in subjects_of(fault)}
    assert planted_ones == made.subjects("unused-role") | made.subjects("unused-user")


def test_nothing_else_is_grave(made: Made) -> None:
    """Precision and recall over subjects: what is critical or high is a planted fault of a kind that is sought."""
    kinds = {kind for kind in _FOUND_BY if not kind.startswith("unused")}
    true = {one for fault in made.faults() if fault["kind"] in kinds for one in subjects_of(fault)}
    sought = {
        one
        for fault in made.faults()
        if fault["kind"] in kinds and made.is_telling(fault["kind"])
        for one in subjects_of(fault)
    }
    grave = {one.found.subject for one in made.findings if one.severity in _GRAVE}
    mild = {one.found.subject for one in made.findings if one.name == "perimeter-open-to-services"}
    precision, recall = len(grave & true) / len(grave), len((grave | mild) & sought) / len(sought)
    assert (1.0, 1.0) == (precision, recall), (sorted(grave - true), sorted(sought - grave - mild))


def test_lookalikes_are_silent(made: Made) -> None:
    alike = {
        subject: fault["kind"]
        for fault in made.faults("lookalikes")
        if fault["kind"] != "rcp-with-source-org"  # of a unit, about which others are found
        for subject in (*fault["principals"], *fault["resources"])
    }
    loud = [one for one in made.findings if one.severity in ("critical", "high", "medium")]
    told = [(one.name, alike[one.found.subject]) for one in loud if one.found.subject in alike]
    assert alike
    assert [] == [one for one in told if one[0] != "unused-action"]  # which is told of any grant


def test_nothing_that_is_needed_is_called_unused(made: Made) -> None:
    """What a principal needs by the truth, every day of the year, is in no finding of services, actions and scopes."""
    needs = made.planted.told["principals"]
    assert isinstance(needs, dict)
    for one in made.findings:
        if one.name in ("unused-service", "unused-action"):
            needed = {action.lower() for action in needs.get(one.found.subject, {}).get("needed", ())}
            services = {action.partition(":")[0] for action in needed}
            named = one.found.message.partition("not used: ")[2].partition(" and ")[0].lower().split(", ")
            assert named and set() == set(named) & (needed | services), one.found


def test_what_is_said_of_access_is_shown(made: Made) -> None:
    for one in made.findings:
        if one.group in ("external", "guard rails") and one.severity in _GRAVE:
            assert one.found.witness is not None or one.found.unknown, one
        assert one.found.remedy.says
        assert one.found.evidence or one.found.witness or one.found.ladder, one


def test_ids_are_told_apart(made: Made) -> None:
    ids = [one.id for one in made.findings]
    assert len(set(ids)) == len(ids)
