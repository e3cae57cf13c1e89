"""What the reading of a document finds wrong, as findings: each code of `language.faults` with name and severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastwise.language.faults import FAULTS, NOTES
from leastwise.model.errors import Diagnostic
from leastwise.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class GrammarFault:
    """One code: the name of the fault, its severity, and the issue codes of AWS's policy validation for it."""

    code: str
    name: str
    severity: Severity
    aws: tuple[str, ...]

    @property
    def says(self) -> str:
        """The fault in one line."""
        return {**FAULTS, **NOTES}[self.code].rstrip(".")


_ROWS: tuple[tuple[str, str, Severity, tuple[str, ...]], ...] = (
    ("LW-P01", "json-syntax", "error", ("JSON_SYNTAX_ERROR",)),
    ("LW-P02", "over-reading-limits", "error", ()),
    ("LW-P03", "unknown-condition-operator", "error", ("INVALID_CONDITION_OPERATOR", "NULL_WITH_IF_EXISTS")),
    ("LW-P04", "text-encoding", "error", ("JSON_SYNTAX_ERROR",)),
    ("LW-P05", "wrong-json-type", "error", ("DATA_TYPE_MISMATCH", "INVALID_CONDITION_DATA_TYPE")),
    ("LW-P06", "unknown-element", "error", ("INVALID_POLICY_ELEMENT",)),
    ("LW-P07", "repeated-key", "error", ("JSON_SYNTAX_ERROR",)),
    (
        "LW-P08",
        "missing-element",
        "error",
        ("MISSING_ACTION", "MISSING_EFFECT", "MISSING_PRINCIPAL", "MISSING_STATEMENT"),
    ),
    ("LW-P09", "opposite-elements", "error", ("UNSUPPORTED_ELEMENT_COMBINATION",)),
    (
        "LW-P10",
        "element-of-another-policy-type",
        "error",
        (
            "UNSUPPORTED_PRINCIPAL",
            "SCP_SYNTAX_ERROR_PRINCIPAL",
            "RCP_SYNTAX_ERROR_NOTACTION",
            "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
            "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
        ),
    ),
    ("LW-P11", "unknown-version", "error", ("INVALID_VERSION",)),
    ("LW-P12", "unknown-effect", "error", ("INVALID_EFFECT",)),
    ("LW-P13", "sid-characters", "error", ("UNSUPPORTED_SID",)),
    ("LW-P14", "repeated-sid", "error", ("UNIQUE_SIDS_REQUIRED",)),
    ("LW-P15", "malformed-action", "error", ("INVALID_ACTION",)),
    ("LW-P16", "malformed-resource", "error", ("INVALID_ARN_PREFIX",)),
    ("LW-P17", "short-arn", "error", ("MISSING_ARN_FIELD",)),
    ("LW-P18", "unknown-principal-type", "error", ("INVALID_PRINCIPAL_KEY",)),
    (
        "LW-P19",
        "malformed-principal",
        "error",
        (
            "INVALID_PRINCIPAL_FORMAT",
            "INVALID_SERVICE_PRINCIPAL_FORMAT",
            "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
        ),
    ),
    ("LW-P20", "principal-must-be-star", "error", ("RCP_SYNTAX_ERROR_PRINCIPAL",)),
    ("LW-P21", "key-twice-in-other-letters", "error", ("DUPLICATE_KEYS_WITH_DIFFERENT_CASE",)),
    (
        "LW-P22",
        "key-without-value",
        "error",
        (
            "EMPTY_ARRAY_CONDITION",
            "EMPTY_ARRAY_CONDITION_FORALLVALUES",
            "EMPTY_ARRAY_CONDITION_FORANYVALUE",
            "EMPTY_ARRAY_CONDITION_IFEXISTS",
        ),
    ),
    ("LW-P23", "rcp-allows", "error", ("RCP_SYNTAX_ERROR_ALLOW",)),
    ("LW-P24", "characters-outside-latin-1", "error", ()),
    ("LW-P25", "too-many-faults", "error", ()),
    ("LW-P26", "rcp-action-without-service", "error", ("RCP_SYNTAX_ERROR_ACTION",)),
    ("LW-P27", "unknown-policy-type", "error", ()),
    ("LW-P28", "missing-resource", "error", ("MISSING_RESOURCE",)),
    (
        "LW-P51",
        "malformed-variable",
        "error",
        (
            "EMPTY_VARIABLE",
            "MISSING_BRACE_IN_VARIABLE",
            "MISSING_QUOTE_IN_VARIABLE",
            "UNSUPPORTED_SPACE_IN_VARIABLE",
        ),
    ),
    (
        "LW-P52",
        "wildcard-in-principal",
        "error",
        ("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL"),
    ),
    ("LW-P53", "no-statements", "warning", ("MISSING_STATEMENT",)),
    ("LW-P54", "id-of-another-policy-type", "warning", ("INVALID_POLICY_ELEMENT",)),
    ("LW-P55", "key-without-prefix", "error", ("INVALID_CONDITION_KEY_FORMAT",)),
    ("LW-P56", "space-in-action", "error", ("INVALID_ACTION",)),
    ("LW-P57", "resource-without-arn", "warning", ("INVALID_ARN_PREFIX",)),
    ("LW-P58", "null-resource", "warning", ("DATA_TYPE_MISMATCH",)),
    ("LW-P59", "operator-without-keys", "warning", ("INVALID_CONDITION_OPERATOR",)),
    ("LW-P60", "sid-characters-in-some-services", "warning", ("UNSUPPORTED_SID",)),
    ("LW-P61", "federated-principal-outside-trust", "error", ("FEDERATED_PRINCIPAL_NOT_SUPPORTED",)),
    ("LW-P62", "wildcard-in-arn-service", "error", ("WILDCARD_IN_SERVICE_NAME", "INVALID_SERVICE")),
    (
        "LW-P63",
        "empty-list",
        "suggestion",
        ("EMPTY_ARRAY_ACTION", "EMPTY_ARRAY_RESOURCE", "EMPTY_ARRAY_PRINCIPAL", "EMPTY_OBJECT_PRINCIPAL"),
    ),
    ("LW-P64", "operator-in-other-letters", "suggestion", ()),
    ("LW-P65", "account-of-provider", "error", ("INVALID_ARN_ACCOUNT",)),
    (
        "LW-Q01",
        "over-default-quota",
        "warning",
        (
            "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
            "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
            "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        ),
    ),
    ("LW-Q02", "over-maximum", "error", ("POLICY_SIZE_EXCEEDS_SCP_QUOTA", "POLICY_SIZE_EXCEEDS_RCP_QUOTA")),
)

GRAMMAR_FAULTS: Mapping[str, GrammarFault] = {row[0]: GrammarFault(*row) for row in _ROWS}
"""By code; a test holds that every code of `language.faults` is here."""


def finding_of(told: Diagnostic) -> Finding:
    """The fault or note as a finding."""
    known = GRAMMAR_FAULTS[told.code]
    return Finding(told.code, known.name, known.severity, told.message, told.path, told.place, told.help, told.excerpt)
