"""How long a document may be, by policy type, and how AWS counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leastwise.model.errors import Diagnostic, Place
from leastwise.model.policy import MANAGED_POLICY_LIMIT, Kind

_IAM_QUOTAS = 'IAM User Guide, "IAM and AWS STS quotas"'
_ORGANIZATIONS_QUOTAS = 'Organizations User Guide, "Quotas and service limits"'


@dataclass(frozen=True, slots=True)
class Quota:
    """The length that AWS grants by default and at most. `counts_space`: white space outside strings counts too."""

    subject: str
    default: int
    maximum: int
    source: str
    counts_space: bool = False
    unit: str = "characters"
    hint: str = "split the policy"


DOCUMENT_QUOTAS: dict[Kind, Quota] = {
    "identity": Quota(
        "a managed policy",
        MANAGED_POLICY_LIMIT,
        MANAGED_POLICY_LIMIT,
        _IAM_QUOTAS,
        hint="split the policy; the inline policies of one role may have 10,240 characters together",
    ),
    "boundary": Quota("a permissions boundary", MANAGED_POLICY_LIMIT, MANAGED_POLICY_LIMIT, _IAM_QUOTAS),
    "session": Quota("a session policy", 2_048, 2_048, _IAM_QUOTAS),
    "trust": Quota(
        "a role trust policy", 2_048, 8_192, _IAM_QUOTAS, hint="shorten the policy, or ask AWS to raise the quota"
    ),
    "scp": Quota("an SCP", 10_240, 10_240, _ORGANIZATIONS_QUOTAS, counts_space=True),
    "rcp": Quota("an RCP", 5_120, 5_120, _ORGANIZATIONS_QUOTAS, counts_space=True),
    "endpoint": Quota(
        "an endpoint policy", 20_480, 20_480, 'AWS PrivateLink Guide, "Endpoint policies"', counts_space=True
    ),
}
"""One document of each policy type; resource policies have no common quota."""

INLINE_QUOTAS: dict[str, Quota] = {
    "user": Quota("all inline policies of a user together", 2_048, 2_048, _IAM_QUOTAS),
    "group": Quota("all inline policies of a group together", 5_120, 5_120, _IAM_QUOTAS),
    "role": Quota("all inline policies of a role together", 10_240, 10_240, _IAM_QUOTAS),
}

RESOURCE_QUOTAS: dict[str, Quota] = {
    "s3": Quota("a bucket policy", 20_480, 20_480, "Amazon S3, refusal of PutBucketPolicy", unit="bytes"),
    "sqs": Quota("a queue policy", 8_192, 8_192, 'Amazon SQS Developer Guide, "Policy quotas"', unit="bytes"),
    "kms": Quota("a key policy", 32_768, 32_768, 'AWS KMS Developer Guide, "Resource quotas"', unit="bytes"),
    "secretsmanager": Quota(
        "a secret's policy", 20_480, 20_480, 'AWS Secrets Manager User Guide, "Quotas"', counts_space=True
    ),
    "lambda": Quota("a function policy", 20_480, 20_480, 'AWS Lambda Developer Guide, "Quotas"', unit="bytes"),
    "organizations": Quota(
        "an organization's delegation policy", 40_000, 40_000, _ORGANIZATIONS_QUOTAS, counts_space=True
    ),
}
"""Resource policies by the prefix of their service."""

_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\n\r]++', re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r]++")


def size_without_space(text: str, *, count_space_in_strings: bool = True) -> int:
    """Characters as IAM counts them: white space outside strings is free. IAM User Guide, "IAM and AWS STS quotas"."""
    if not count_space_in_strings:
        return len(_SPACE.sub("", text))
    return len(_STRING_OR_SPACE.sub(lambda m: m[1] or "", text))


def size_as_written(text: str) -> int:
    """Characters as AWS Organizations and endpoints count them: every one. Organizations User Guide, "Quotas"."""
    return len(text)


def counted_size(text: str, quota: Quota) -> int:
    """The size of a document as its quota counts."""
    size = size_as_written(text) if quota.counts_space else size_without_space(text)
    return size if quota.unit == "characters" else size + len(text.encode("utf-8", "replace")) - len(text)


def size_note(kind: Kind, text: str, *, place: Place | None = None) -> Diagnostic | None:
    """What there is to say of the size of a document of a policy type; None within the default quota."""
    quota = DOCUMENT_QUOTAS.get(kind)
    return quota_note(counted_size(text, quota), quota, place=place) if quota else None


def quota_note(size: int, quota: Quota, *, place: Place | None = None) -> Diagnostic | None:
    """Says that a size is over the default or over the maximum of a quota; None when it is neither."""
    if size <= quota.default:
        return None
    is_final = size > quota.maximum
    code, which, bound = ("LW-Q02", "maximum", quota.maximum) if is_final else ("LW-Q01", "default", quota.default)
    message = f"{size:,} {quota.unit} are over the {which} of {quota.subject}, {bound:,}"
    return Diagnostic(code, message, "", place, quota.hint)
