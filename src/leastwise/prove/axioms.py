"""What is taken for granted about requests: named groups, each with the page of AWS that it rests on.

Without them answers are true and silly: a witness whose instance is called `*`, a key that the service never sends.
Each group may be switched off; a proof names those that it needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Axiom = Literal[
    "resources",
    "typed-keys",
    "sent-keys",
    "always-sent",
    "single-valued",
    "principal",
    "service-keys",
    "resource-account",
    "request-tags",
    "network",
    "mfa",
]
AXIOMS: Final[tuple[Axiom, ...]] = get_args(Axiom)
ALL: Final[frozenset[Axiom]] = frozenset(AXIOMS)

TOLD: Final[Mapping[Axiom, tuple[str, str]]] = {
    "resources": (
        "the resource has the form of an ARN that the action is authorized on, or is `*` where there is none",
        "Service Authorization Reference, resource types of each service",
    ),
    "typed-keys": (
        "a key's values are of its type: true or false, numbers, dates, addresses, ARNs",
        "IAM User Guide, AWS global condition context keys; Service Authorization Reference, condition keys",
    ),
    "sent-keys": (
        "a service sends only those of its keys, and those tags, that it lists for the action",
        "Service Authorization Reference, condition keys of each action and resource type",
    ),
    "always-sent": (
        "some keys are in every request: aws:SecureTransport, aws:CurrentTime, aws:RequestedRegion and others",
        "IAM User Guide, AWS global condition context keys",
    ),
    "single-valued": (
        "a key for which AWS sends one value has one",
        "IAM User Guide, Single-valued vs. multivalued context keys",
    ),
    "principal": (
        "keys that follow from who asks: aws:PrincipalArn, aws:PrincipalAccount, aws:username, aws:PrincipalType …",
        "IAM User Guide, AWS global condition context keys; Policy elements: Variables and tags",
    ),
    "service-keys": (
        "aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, aws:SourceOrgPaths come with calls by AWS services alone",
        "IAM User Guide, AWS global condition context keys",
    ),
    "resource-account": (
        "aws:ResourceAccount is the account in the resource's ARN, where that names one",
        "IAM User Guide, AWS global condition context keys, aws:ResourceAccount",
    ),
    "request-tags": (
        "aws:TagKeys holds the key of each aws:RequestTag, and no other",
        "IAM User Guide, Controlling access during AWS requests",
    ),
    "network": (
        "a request comes through a VPC endpoint, or has a public aws:SourceIp, not both",
        "IAM User Guide, AWS global condition context keys, aws:SourceIp, aws:SourceVpce, aws:VpcSourceIp",
    ),
    "mfa": (
        "aws:MultiFactorAuthAge is there only when aws:MultiFactorAuthPresent is true",
        "IAM User Guide, AWS global condition context keys, aws:MultiFactorAuthAge",
    ),
}
"""What each group says, and the page."""
