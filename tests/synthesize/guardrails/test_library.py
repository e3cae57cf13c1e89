"""Every template of the library: sound, small enough, of names that AWS has, and proved to do what it is for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from leastwise.catalogue.actions import expand
from leastwise.catalogue.keys import condition_key
from leastwise.catalogue.load import load_catalogue
from leastwise.lint.keys import GLOBAL_KEYS
from leastwise.lint.run import lint_policy
from leastwise.model.policy import Kind, Policy, Statement
from leastwise.prove.verdict import Verdict
from leastwise.synthesize.guardrails.exceptions import exception_of
from leastwise.synthesize.guardrails.purpose import beside_everything, excepts_somebody, kept, refuses
from leastwise.synthesize.guardrails.scenarios import tried
from leastwise.synthesize.guardrails.templates import filled, refused, templates

PLACE = re.compile(r"\{\{([a-z0-9-]+)(?:\.start|\.end)?\}\}")
REPEATED = re.compile(r'"ForEach": "([a-z0-9-]+)"')
HALVES = [(one.name, kind) for one in templates().values() for kind in one.types]
CASES = [(one.name, number) for one in templates().values() for number in range(len(one.scenarios))]
EXPECTED = {
    "scp": {
        "business-hours",
        "change-freeze",
        "encrypted-storage",
        "expected-networks",
        "imdsv2-only",
        "keep-access-analyzer-on",
        "keep-alarms",
        "keep-backups",
        "keep-cloudtrail-on",
        "keep-config-on",
        "keep-guardduty-on",
        "keep-inspector-on",
        "keep-keys",
        "keep-logs",
        "keep-macie-on",
        "keep-security-hub-on",
        "keep-snapshots",
        "mfa-for-sensitive-actions",
        "no-bedrock-api-keys",
        "no-identity-providers",
        "no-long-term-credentials",
        "no-marketplace",
        "no-new-internet-paths",
        "no-public-buckets",
        "no-public-snapshots",
        "no-region-opt-in",
        "no-root-user",
        "no-sharing-outside",
        "only-these-instance-types",
        "only-these-regions",
        "private-function-urls",
        "production-apart",
        "protected-boundaries",
        "protected-roles",
        "stay-in-organization",
        "tagged-on-create",
        "trusted-identities",
        "trusted-resources",
    },
    "rcp": {
        "expected-networks",
        "https-only",
        "keep-keys",
        "production-apart",
        "safe-object-requests",
        "trusted-identities",
        "trusted-oidc-tenants",
    },
    "boundary": {
        "database-administrator",
        "delegated-administrator",
        "developer",
        "pipeline",
        "sales",
        "security",
        "support",
        "workload",
    },
}


def _policy(name: str, kind: Kind) -> Policy:
    one = templates()[name]
    return next(policy for policy in filled(one, one.examples) if policy.kind == kind)


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_library_is_whole(kind: str) -> None:
    assert EXPECTED[kind] <= {name for name, own in HALVES if own == kind}


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_lint_has_nothing_against_it(name: str, kind: Kind) -> None:
    found = lint_policy(_policy(name, kind).document(), kind=kind)
    assert [] == [f"{one.severity} {one.name} {one.path}: {one.message}" for one in found]


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_it_is_within_its_quota_with_exceptions(name: str, kind: Kind) -> None:
    one = templates()[name]
    assert () == _policy(name, kind).notes
    if kind == "boundary":
        return
    roles = [exception_of(f"arn:aws:iam::11112222333{n}:role/break-glass") for n in range(2)]
    excepted = next(policy for policy in filled(one, one.examples, exceptions=roles) if policy.kind == kind)
    assert () == excepted.notes


LARGE: dict[str, dict[str, tuple[str, ...]]] = {
    "only-these-regions": {"regions": tuple(f"eu-west-{n}" for n in range(1, 18))},
    "trusted-identities": {
        "organization": ("o-a1b2c3d4e5",),
        "trusted-accounts": tuple(f"1111222233{n}" for n in range(10, 60)),
    },
    "expected-networks": {
        "addresses": tuple(f"203.0.{n}.0/24" for n in range(20)),
        "vpcs": tuple(f"vpc-0a1b2c3d4e5f678{n}" for n in range(10, 30)),
    },
    "tagged-on-create": {"tags": ("owner", "cost-center", "project", "environment", "classification")},
    "protected-roles": {"roles": tuple(f"arn:aws:iam::*:role/organization/team-{n}/*" for n in range(40))},
    "workload": {"services": tuple(f"service{n}" for n in range(100))},
}


@pytest.mark.parametrize("name", LARGE)
def test_it_is_within_its_quota_with_many_values(name: str) -> None:
    for policy in filled(templates()[name], LARGE[name]):
        assert () == policy.notes


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_every_action_and_key_is_in_the_catalogue(name: str, kind: Kind) -> None:
    catalogue = load_catalogue()
    statements = [
        *_policy(name, kind).statements,
        *refused(templates()[name], kind, templates()[name].examples).statements,
    ]
    actions = {action for one in statements for action in one.actions}
    assert [] == [action for action in sorted(actions) if action != "*" and not expand(catalogue, action)]
    keys = {key for one in statements for block in one.conditions.values() for key in block}
    assert [] == [key for key in sorted(keys) if not _is_known(key)]


def _is_known(key: str) -> bool:
    if key.lower() in GLOBAL_KEYS or key.lower().startswith(TAGGED):
        return True
    return condition_key(load_catalogue(), key) is not None or key.endswith(".com:sub")


TAGGED = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_rcps_are_of_services_that_rcps_bind(name: str, kind: Kind) -> None:
    if kind != "rcp":
        return
    bound = load_catalogue().header.rcp_prefixes
    actions = [action for one in _policy(name, kind).statements for action in one.actions]
    assert [] == [action for action in actions if action.partition(":")[0] not in bound]


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_its_purpose_is_proved(name: str, kind: Kind) -> None:
    one = templates()[name]
    assert refused(one, kind, one.examples).statements
    proof = kept(one, kind, one.examples)
    assert proof.holds, [(gap.actions[:3], gap.when, gap.witness) for gap in proof.difference[:2]]


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_without_any_of_its_denials_the_proof_fails(name: str, kind: Kind) -> None:
    policy, those = _policy(name, kind), refused(templates()[name], kind, templates()[name].examples)
    for place, one in enumerate(policy.statements):
        if one.effect == "Deny":
            rest = tuple(other for number, other in enumerate(policy.statements) if number != place)
            assert Verdict.FAIL == refuses(replace(policy, statements=rest), those).verdict, one.sid


@pytest.mark.parametrize("name", [name for name, kind in HALVES if kind == "boundary"])
def test_a_boundary_of_everything_fails_the_proof(name: str) -> None:
    one = templates()[name]
    everything = Policy((Statement(None, ("*",), ("*",)),), "boundary")
    assert Verdict.FAIL == refuses(everything, refused(one, "boundary", one.examples)).verdict


@pytest.mark.parametrize(("name", "number"), CASES)
def test_its_cases_hold(name: str, number: int) -> None:
    one = templates()[name].scenarios[number]
    found = tried(one.case, one.type, [_policy(name, one.type)])
    assert found.holds, (one.case.name, one.case.expected, found.decision.outcome, str(found.decision.residual))


@pytest.mark.parametrize(("name", "kind"), HALVES)
def test_its_cases_show_what_is_denied_and_what_is_not(name: str, kind: Kind) -> None:
    outcomes = {one.case.expected for one in templates()[name].scenarios if one.type == kind}
    assert {"ALLOW"} <= outcomes
    assert outcomes & {"EXPLICIT_DENY", "IMPLICIT_DENY"}


@pytest.mark.parametrize("name", templates())
def test_its_page_is_whole(name: str) -> None:
    one = templates()[name]
    assert "" not in (one.title, one.purpose, *one.breaks, *one.sources)
    assert one.breaks
    assert one.sources
    assert [] == [parameter.name for parameter in one.parameters if not parameter.example and parameter.default is None]


@pytest.mark.parametrize("name", templates())
def test_it_has_no_parameter_that_it_does_not_use(name: str) -> None:
    one = templates()[name]
    used = {place for policy in one.policies for place in PLACE.findall(policy.statements)} - {"each", "number"}
    used |= {place for policy in one.policies for place in REPEATED.findall(policy.statements)}
    derived = {rule for rule, _ in one.derived}
    own = {parameter.name for parameter in one.parameters}
    assert set() == used - own - derived
    if not derived:
        assert set() == own - used


GLASS = exception_of("arn:aws:iam::111122223333:role/break-glass")


@pytest.mark.parametrize(("name", "kind"), [half for half in HALVES if half[1] != "boundary"])
def test_its_purpose_holds_for_all_but_whom_an_exception_names(name: str, kind: Kind) -> None:
    one = templates()[name]
    assert kept(one, kind, one.examples, exceptions=[GLASS]).holds
    excepted = next(policy for policy in filled(one, one.examples, exceptions=[GLASS]) if policy.kind == kind)
    is_free = Verdict.FAIL == refuses(excepted, refused(one, kind, one.examples)).verdict
    assert is_free == excepts_somebody(one, kind, one.examples, exceptions=[GLASS])
    assert is_free or name in EXCEPTS_NOBODY, "an exception that excepts nobody"


EXCEPTS_NOBODY = {"no-root-user", "mfa-for-sensitive-actions", "trusted-oidc-tenants"}
"""Templates that bind others than roles: the root user, IAM users, users of identity providers."""


def test_what_stands_beside_everything_is_the_policy() -> None:
    boundary = _policy("workload", "boundary")
    assert boundary.statements == beside_everything(boundary).statements
    scp = _policy("stay-in-organization", "scp")
    assert 1 + len(scp.statements) == len(beside_everything(scp).statements)


def test_a_template_keeps_no_value() -> None:
    one = templates()["only-these-regions"]
    first = filled(one, {"regions": ["eu-west-1"]})
    assert filled(one, {"regions": ["us-east-1"]}) != first
    assert first == filled(one, {"regions": ["eu-west-1"]})
