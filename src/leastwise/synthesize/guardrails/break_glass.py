"""The role for emergencies: who may assume it, for how long, and the alarm that it sounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.model.arn import parse_arn
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy, Statement
from leastwise.synthesize.guardrails.exceptions import ArnException

SESSION_SECONDS: Final = 3_600
"""The shortest maximum that a role can have. IAM API Reference, "CreateRole", MaxSessionDuration."""
MFA_SECONDS: Final = 900
_SHORTEST_MFA: Final = 60
_NAME: Final = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_PRINCIPAL: Final = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(user|role)/[^*?\s]+")
_POLICY: Final = re.compile(r"arn:[^:]+:iam::(aws|[0-9]{12}):policy/[^*?\s]+")
_TOPIC: Final = re.compile(r"arn:[^:]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """A role for emergencies. `trust` says who assumes it, `policy_arn` what it may do, `topic_arn` who is told."""

    name: str
    arn: str
    trust: Policy
    policy_arn: str
    topic_arn: str

    @property
    def exception(self) -> ArnException:
        """What leaves the role out of a guard rail."""
        return ArnException(self.arn)

    @property
    def alarm(self) -> Mapping[str, object]:
        """The pattern of the events by which the role is assumed; they are those of the Region that is called.

        Source: Amazon EventBridge User Guide, "AWS service events delivered via AWS CloudTrail".
        """
        return {
            "source": ["aws.sts"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": ["sts.amazonaws.com"],
                "eventName": ["AssumeRole"],
                "requestParameters": {"roleArn": [self.arn]},
            },
        }


def break_glass(
    account: str,
    principals: Sequence[str],
    *,
    policy_arn: str,
    topic_arn: str,
    name: str = "break-glass",
    mfa_seconds: int = MFA_SECONDS,
) -> BreakGlass:
    """The role of this name in the account, for the principals alone, by MFA not older than the seconds given.

    Only users, and roles that users assume with MFA, carry the keys of MFA: sessions of IAM Identity Center and of
    other federation have none and are not let in. Source: IAM User Guide, "AWS global condition context keys",
    aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge.
    """
    _check(account, _ACCOUNT, "account id", "write its 12 digits")
    _check(name, _NAME, "name of a role", "use letters, digits and `+=,.@_-`, 64 at most")
    _check(policy_arn, _POLICY, "ARN of a managed policy", "write `arn:aws:iam::aws:policy/AdministratorAccess`")
    _check(topic_arn, _TOPIC, "ARN of an SNS topic", "write `arn:aws:sns:REGION:ACCOUNT:NAME`")
    for one in principals:
        _check(one, _PRINCIPAL, "ARN of a user or role", "name each by its ARN, without wildcards")
    if not principals:
        raise InputError("nobody is named who may break the glass", help="name users or roles by their ARNs")
    if not _SHORTEST_MFA <= mfa_seconds <= SESSION_SECONDS:
        fault = f"the authentication may be `{mfa_seconds}` seconds old"
        raise InputError(fault, help=f"set from {_SHORTEST_MFA} to {SESSION_SECONDS} seconds")
    partition = _partition(topic_arn)
    trust = Policy((_trust(principals, mfa_seconds),), "trust", name=f"{name}-trust")
    return BreakGlass(name, f"arn:{partition}:iam::{account}:role/{name}", trust, policy_arn, topic_arn)


def _trust(principals: Sequence[str], mfa_seconds: int) -> Statement:
    conditions = {
        "Bool": {"aws:MultiFactorAuthPresent": ("true",)},
        "NumericLessThan": {"aws:MultiFactorAuthAge": (str(mfa_seconds),)},
    }
    named = {"AWS": tuple(dict.fromkeys(principals))}
    return Statement("BreakGlass", ("sts:AssumeRole",), (), conditions, principals=named, has_resource=False)


def _check(text: str, form: re.Pattern[str], what: str, hint: str) -> None:
    if not form.fullmatch(text):
        raise InputError(f"`{text}` is no {what}", help=hint)


def _partition(arn: str) -> str:
    found = parse_arn(arn)
    return found.partition if found else "aws"
