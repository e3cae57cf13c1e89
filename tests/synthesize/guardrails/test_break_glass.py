"""The role for emergencies: who is let in, decided, and what is refused."""

from __future__ import annotations

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.lint.run import lint_policy
from leastwise.model.decision import Outcome
from leastwise.model.errors import InputError
from leastwise.model.request import ContextValue, Request
from leastwise.synthesize.guardrails.break_glass import SESSION_SECONDS, break_glass
from leastwise.synthesize.guardrails.exceptions import ArnException
from leastwise.synthesize.guardrails.scenarios import EVERYTHING

ACCOUNT, ANN = "111122223333", "arn:aws:iam::111122223333:user/ann"
POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"
MADE = break_glass(ACCOUNT, [ANN], policy_arn=POLICY, topic_arn=TOPIC)

LET_IN: dict[str, tuple[str, dict[str, ContextValue], bool]] = {
    "with MFA": (ANN, {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 60}, True),
    "with MFA of long ago": (ANN, {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 901}, False),
    "without MFA": (ANN, {"aws:MultiFactorAuthPresent": False}, False),
    "with an access key": (ANN, {}, False),
    "another user": (
        "arn:aws:iam::111122223333:user/bob",
        {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 60},
        False,
    ),
}


@pytest.mark.parametrize("name", LET_IN)
def test_who_assumes_it(name: str) -> None:
    principal, context, is_let_in = LET_IN[name]
    request = Request(principal, "sts:AssumeRole", MADE.arn, context, ACCOUNT, True)
    outcome = evaluate(request, PolicySet(identity=EVERYTHING, resource=MADE.trust)).outcome
    assert is_let_in == (outcome is Outcome.ALLOW)


def test_lint_has_nothing_against_its_trust_policy() -> None:
    assert () == lint_policy(MADE.trust.document(), kind="trust")


def test_its_alarm_hears_it_assumed_and_its_exception_is_of_it_alone() -> None:
    detail = MADE.alarm["detail"]
    assert {"roleArn": ["arn:aws:iam::111122223333:role/break-glass"]} == detail["requestParameters"]  # type: ignore[index]
    assert ArnException("arn:aws:iam::111122223333:role/break-glass") == MADE.exception
    assert 3_600 == SESSION_SECONDS


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "no account": ({"account": "1111"}, "`1111` is no account id"),
    "nobody": ({"principals": []}, "nobody is named"),
    "everybody": ({"principals": ["arn:aws:iam::111122223333:user/*"]}, "is no ARN of a user or role"),
    "an account": ({"principals": ["arn:aws:iam::111122223333:root"]}, "is no ARN of a user or role"),
    "no policy": ({"policy_arn": "AdministratorAccess"}, "is no ARN of a managed policy"),
    "no topic": ({"topic_arn": "alarms"}, "is no ARN of an SNS topic"),
    "no name": ({"name": "break glass"}, "is no name of a role"),
    "an age of days": ({"mfa_seconds": 86_400}, "may be `86400` seconds old"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_safe_role_is_refused(name: str) -> None:
    change, fault = WRONG[name]
    values = {"account": ACCOUNT, "principals": [ANN], "policy_arn": POLICY, "topic_arn": TOPIC, **change}
    account, principals = values.pop("account"), values.pop("principals")
    with pytest.raises(InputError) as raised:
        break_glass(account, principals, **values)  # type: ignore[arg-type]
    assert fault in raised.value.message
    assert raised.value.help
