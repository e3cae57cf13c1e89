"""What is kept of policies read before is never taken for another's."""

from __future__ import annotations

import gc

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.errors import PolicyError
from leastwise.model.request import Request

REQUEST = Request("arn:aws:iam::111122223333:user/u", "s3:GetObject", "arn:aws:s3:::b/k", context_is_complete=True)


def document(effect: str, number: int = 0) -> dict[str, object]:
    statement = {"Sid": f"S{number}", "Effect": effect, "Action": "s3:GetObject", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_document_changed_in_place_is_another() -> None:
    changing = document("Allow")
    assert "ALLOW" == evaluate(REQUEST, PolicySet(identity=[parse_policy(changing)])).outcome
    changing["Statement"][0]["Effect"] = "Deny"  # type: ignore[index]
    assert "EXPLICIT_DENY" == evaluate(REQUEST, PolicySet(identity=[parse_policy(changing)])).outcome


def test_kind_name_and_form_tell_documents_apart() -> None:
    given = document("Allow")
    read = [parse_policy(given), parse_policy(given, kind="scp"), parse_policy(given, name="other")]
    assert [("identity", "policy"), ("scp", "policy"), ("identity", "other")] == [(p.kind, p.name) for p in read]
    text = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    assert parse_policy(text).statements[0].place is not None
    assert parse_policy({**given, "Statement": []}).statements == ()


def test_a_faulty_document_is_faulty_each_time() -> None:
    for _ in range(2):
        with pytest.raises(PolicyError):
            parse_policy(document("allow"))


def test_policies_that_come_and_go_are_never_taken_for_others() -> None:
    for number in range(3_000):
        effect, expected = (("Allow", "ALLOW"), ("Deny", "EXPLICIT_DENY"))[number % 2]
        policies = PolicySet(identity=[parse_policy(document(effect, number))])
        assert expected == evaluate(REQUEST, policies).outcome
        if number % 500 == 0:
            gc.collect()


def test_the_same_policy_in_another_place_is_another_set() -> None:
    policy = parse_policy(document("Allow"))
    assert "ALLOW" == evaluate(REQUEST, PolicySet(identity=[policy])).outcome
    assert "IMPLICIT_DENY" == evaluate(REQUEST, PolicySet(session=[policy])).outcome
    assert "IMPLICIT_DENY" == evaluate(REQUEST, PolicySet(identity=[policy], scps=[[policy], []])).outcome
    assert "ALLOW" == evaluate(REQUEST, PolicySet(identity=[policy], scps=[[policy], [policy]])).outcome


def test_a_key_and_a_role_asked_for_by_one_action_are_told_apart() -> None:
    """A key's policy must allow; what was made for a key does not hold for a role."""
    identity = parse_policy({"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]})
    silent = parse_policy({"Statement": []}, kind="resource")
    policies = PolicySet(identity=identity, resource=silent)
    resources = "arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:iam::111122223333:role/r"
    asked = (
        Request("arn:aws:iam::111122223333:user/u", "kms:Decrypt", one, context_is_complete=True) for one in resources
    )
    assert ["IMPLICIT_DENY", "ALLOW"] == [evaluate(one, policies).outcome for one in asked]
