"""Cases of the area `lint`: what other validators, and AWS itself, find wrong with a document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, cast

import msgspec

from conformance.cases import Case, Document, document_of, json_cases
from leastwise.language.faults import FAULTS
from leastwise.lint.run import lint_policy
from leastwise.model.finding import Finding
from leastwise.model.policy import Kind

_KINDS: Final[Mapping[str, Kind]] = {
    "IDENTITY_POLICY": "identity",
    "RESOURCE_POLICY": "resource",
    "TRUST_POLICY": "trust",
    "SERVICE_CONTROL_POLICY": "scp",
    "RESOURCE_CONTROL_POLICY": "rcp",
}
"""The policy types as the cases name them."""

ALSO_REFUSED: Final = frozenset({"unknown-partition", "region-not-allowed-in-arn", "date-that-iam-refuses"})
"""Checks whose fault IAM refuses to save, besides the faults of the grammar."""


class _Asked(msgspec.Struct):
    id: str
    policy: Document
    policy_type: str | None = None
    expected_valid: bool | None = None
    expected_findings: list[str] = []
    only_check: str | None = None


def lint_cases(data: bytes) -> list[Case]:
    """Cases that expect a document to be accepted or rejected, or kinds of findings; raises MalformedCases."""
    return [_case(asked) for _, asked in json_cases(data, _Asked)]


def _case(asked: _Asked) -> Case:
    policy = document_of(asked.policy)
    kind = _kind(asked, policy)
    if asked.expected_valid is not None:
        expected = "accepted" if asked.expected_valid else "rejected"
        return Case(asked.id, expected, partial(_verdict, policy, kind))
    wanted = sorted(set(asked.expected_findings))
    asked_for = frozenset(wanted) | OF_CHECKS.get(asked.only_check or "", frozenset())
    return Case(asked.id, wanted, partial(_kinds_found, policy, kind, asked_for))


def _kind(asked: _Asked, policy: Document) -> Kind:
    """The type that the case names, or that the elements of its statements show."""
    if asked.policy_type is not None and asked.policy_type in _KINDS:
        return _KINDS[asked.policy_type]
    statements = policy.get("Statement", []) if isinstance(policy, dict) else []
    listed = statements if isinstance(statements, list) else [statements]
    elements = {name for one in listed if isinstance(one, dict) for name in cast("dict[str, object]", one)}
    if not elements & {"Principal", "NotPrincipal"}:
        return "identity"
    return "resource" if elements & {"Resource", "NotResource"} else "trust"


def _verdict(policy: Document, kind: Kind) -> str:
    return "rejected" if any(map(_is_refusal, lint_policy(policy, kind=kind))) else "accepted"


def _is_refusal(finding: Finding) -> bool:
    return finding.code in FAULTS or finding.name in ALSO_REFUSED


def _kinds_found(policy: Document, kind: Kind, asked_for: frozenset[str]) -> list[str]:
    names = {finding.name for finding in lint_policy(policy, kind=kind)}
    return sorted(one for one in asked_for if names & OURS.get(one, frozenset()))


OURS: Final[Mapping[str, frozenset[str]]] = {
    "invalid_json": frozenset({"json-syntax", "text-encoding"}),
    "unknown_action": frozenset({"unknown-action", "unknown-service"}),
    "overly_permissive": frozenset({"all-actions", "all-actions-of-a-service", "everything-on-everything"}),
    "security_risk": frozenset({"everything-on-everything"}),
    "policy_too_large": frozenset({"over-default-quota", "over-maximum"}),
    "duplicate_sid": frozenset({"repeated-sid"}),
    "resource_star_where_scopable": frozenset({"resource-star-where-scopable"}),
    "s3_policy_change_bypasses_missing_action": frozenset({"policy-change-undoes-limits"}),
    "rcp_blanket_deny": frozenset({"rcp-denies-everyone"}),
    "not_resource_deny_ineffective": frozenset({"not-resource-of-everything"}),
    "not_action_allow_no_condition": frozenset({"allow-with-not-action"}),
    "not_resource_broad": frozenset({"allow-with-not-resource"}),
    "credentials_exposure": frozenset({"credentials-exposure"}),
    "allows_data_exfiltration_actions": frozenset({"data-read-everywhere"}),
    "unknown_service": frozenset({"unknown-service"}),
    "invalid_arn": frozenset(
        {
            "malformed-resource",
            "resource-without-arn",
            "short-arn",
            "unknown-partition",
            "unknown-region-in-arn",
            "unknown-service-in-arn",
            "malformed-account-in-arn",
            "wildcard-in-arn-service",
        }
    ),
    "invalid_principal_type_for_assume_action": frozenset({"action-for-another-principal"}),
    "invalid_federated_provider": frozenset(
        {"malformed-principal", "action-for-another-principal", "account-of-provider", "unknown-partition"}
    ),
    "not_principal_with_allow": frozenset({"allow-with-not-principal"}),
    "missing_required_condition_for_assume_action": frozenset(
        {"saml-trust-without-audience", "oidc-trust-without-condition", "github-trust-without-subject"}
    ),
    "confused_deputy_risk": frozenset({"service-principal-without-source"}),
    "resource_effectively_star": frozenset({"resource-effectively-star"}),
    "unknown_condition_operator": frozenset({"unknown-condition-operator"}),
    "unknown_condition_key": frozenset(
        {"unknown-global-key", "unknown-service-key", "unknown-key-prefix", "key-not-for-action", "action-without-key"}
        | {"allow-by-unsent-tag-key", "deny-by-unsent-tag-key", "key-without-prefix"}
    ),
    "condition_key_not_for_action": frozenset(
        {"key-not-for-action", "action-without-key", "unknown-service-key", "key-without-prefix"}
    ),
    "condition_value_format": frozenset(
        {"not-a-number", "not-a-date", "misread-date", "not-true-or-false", "not-an-address-block", "not-an-arn"}
    ),
    "condition_type_mismatch": frozenset({"operator-of-another-type", "not-a-number"}),
    "condition_type_mismatch_but_usable": frozenset({"string-operator-on-arn-key", "operator-of-another-type"}),
    "ifexists_on_always_present_key": frozenset({"if-exists-on-constant-key"}),
    "ifexists_weakens_security_condition": frozenset({"if-exists-loosens-allow"}),
    "mfa_condition_bypassable": frozenset({"allow-without-mfa", "mfa-optional-in-allow", "mfa-by-presence"}),
    "mfa_antipattern_bool_false": frozenset({"allow-without-mfa", "mfa-deny-misses-long-term-keys"}),
    "mfa_antipattern_null_false": frozenset({"mfa-by-presence", "allow-without-mfa"}),
    "mfa_antipattern_null_true": frozenset({"allow-without-mfa"}),
    "mfa_antipattern_boolif_exists_false": frozenset({"allow-without-mfa", "mfa-optional-in-allow"}),
    "forallvalues_allow_without_null_check": frozenset({"forallvalues-without-null", "forallvalues-on-single-value"}),
    "set_operator_on_single_valued_key": frozenset({"forallvalues-on-single-value", "qualifier-on-single-value"}),
    "foranyvalue_deny_without_null_check": frozenset({"deny-foranyvalue-without-null"}),
    "privilege_escalation": frozenset({"pass-role-too-broad"}),
    "permissions_management_without_constraints": frozenset(
        {"permissions-management-on-everything", "pass-role-too-broad"}
    ),
    "permissions_management_actions_without_constraints": frozenset({"permissions-management-on-everything"}),
    "write_actions_without_constraints": frozenset({"resource-star-where-scopable"}),
    "tagging_actions_without_constraints": frozenset({"resource-star-where-scopable"}),
    "infrastructure_modification": frozenset({"resource-star-where-scopable"}),
    "all_allowed_unrestricted_actions": frozenset({"resource-star-where-scopable"}),
    "missing_resource_constraints": frozenset({"resource-star-where-scopable"}),
    "mismatched_resource": frozenset({"mismatched-resource", "dead-statement"}),
}
"""Our checks for each kind of finding that the cases name; a kind of which there is none is never raised."""

OF_CHECKS: Final[Mapping[str, frozenset[str]]] = {
    "action_validation": frozenset({"unknown_action"}),
    "full_wildcard": frozenset({"security_risk"}),
    "sid_uniqueness": frozenset({"duplicate_sid"}),
    "rcp_best_practices": frozenset({"rcp_blanket_deny"}),
}
"""The kinds that are all that one check of a validator looks for, so that those not expected must not be found."""
