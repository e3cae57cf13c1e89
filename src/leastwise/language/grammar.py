"""Which policy type may use what, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leastwise.model.policy import VARIABLES_VERSION, Kind

VERSIONS = (VARIABLES_VERSION, "2008-10-17")
EFFECTS = ("Allow", "Deny")
POLICY_ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")
OPPOSITES = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
"""Elements of which a statement has one or the other."""

_PRINCIPALS = frozenset({"Principal", "NotPrincipal"})
_RESOURCES = frozenset({"Resource", "NotResource"})


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one policy type takes.

    `forbids` and `requires` name elements of a statement; of two opposites either meets the requirement.
    """

    title: str
    forbids: frozenset[str]
    requires: frozenset[str]
    takes_id: bool = False
    is_sid_plain: bool = True
    is_sid_unique: bool = True
    has_latin_text_only: bool = False
    resource_form: Literal["arn", "full arn", "any"] = "arn"
    takes_federated: bool = False
    is_rcp: bool = False


_MUST = frozenset({"Effect", "Action"})
_OF_IDENTITY = _MUST | {"Resource"}

GRAMMARS: dict[Kind, Grammar] = {
    "identity": Grammar("an identity policy", _PRINCIPALS, _OF_IDENTITY, has_latin_text_only=True),
    "boundary": Grammar("a permissions boundary", _PRINCIPALS, _OF_IDENTITY, has_latin_text_only=True),
    "session": Grammar(
        "a session policy", _PRINCIPALS, _OF_IDENTITY, has_latin_text_only=True, resource_form="full arn"
    ),
    "resource": Grammar(
        "a resource policy",
        frozenset(),
        _MUST | {"Principal"},
        takes_id=True,
        is_sid_plain=False,
        is_sid_unique=False,
        resource_form="any",
    ),
    "trust": Grammar(
        "a trust policy",
        _RESOURCES | {"NotPrincipal"},
        _MUST | {"Principal"},
        takes_id=True,
        is_sid_plain=False,
        is_sid_unique=False,
        has_latin_text_only=True,
        takes_federated=True,
    ),
    "scp": Grammar("an SCP", _PRINCIPALS, _OF_IDENTITY, resource_form="full arn"),
    "rcp": Grammar(
        "an RCP",
        frozenset({"NotPrincipal", "NotAction"}),
        _OF_IDENTITY | {"Principal"},
        resource_form="full arn",
        is_rcp=True,
    ),
    "endpoint": Grammar(
        "an endpoint policy",
        frozenset(),
        _OF_IDENTITY | {"Principal"},
        takes_id=True,
        is_sid_plain=False,
        is_sid_unique=False,
        resource_form="any",
    ),
}
"""IAM User Guide, "Grammar of the IAM JSON policy language"; Organizations User Guide, "SCP syntax", "RCP syntax"."""
