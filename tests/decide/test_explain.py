"""What a decision says of itself: statements, ladder, residual, changes, open points, what was left out."""

from __future__ import annotations

from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import UNKNOWN, ContextValue, Request
from leastwise.model.switches import DEFAULT, Switches, alternatives, positions, with_position

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
OBJECT = "arn:aws:s3:::b/k"


def policy(*statements: dict[str, object], kind: Kind = "identity", name: str = "p") -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind, name=name)


def statement(effect: str = "Allow", action: str = "s3:*", **more: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def when(operator: str, key: str, *values: str) -> dict[str, object]:
    return {"Condition": {operator: {key: list(values)}}}


def decide(
    policies: PolicySet,
    context: dict[str, ContextValue] | None = None,
    *,
    is_complete: bool = True,
    action: str = "s3:GetObject",
) -> Decision:
    return evaluate(Request(ROLE, action, OBJECT, context or {}, ACCOUNT, is_complete), policies)  # fmt: skip


def test_the_ladder_names_every_policy_type_in_its_order() -> None:
    decision = decide(
        PolicySet(
            identity=[policy(statement(), name="i")],
            boundary=policy(statement(action="ec2:*"), kind="boundary"),
            session=[policy(statement(), kind="session")],
            resource=[policy(statement("Deny", "s3:Put*", Principal="*"), kind="resource")],
            scps=[[policy(statement(), kind="scp")], [policy(statement("Deny", "s3:Get*"), kind="scp")]],
            rcps=UNKNOWN,
        )
    )
    assert EXPLICIT_DENY is decision.outcome
    assert [
        ("identity", "allow", 0), ("boundary", "silent", 0), ("session", "allow", 0), ("resource", "silent", 0),
        ("scp", "allow", 1), ("scp", "deny", 2), ("rcp", "unknown", 0),
    ] == [(rung.policy_type, rung.result, rung.level) for rung in decision.ladder]  # fmt: skip


def test_policies_that_do_not_bind_say_why() -> None:
    service_linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    bound = PolicySet(identity=[policy(statement())], scps=[[policy(statement("Deny"), kind="scp")]])
    decision = evaluate(Request(service_linked, "s3:GetObject", OBJECT, context_is_complete=True), bound)
    assert (ALLOW, "identity") == (decision.outcome, decision.settled_by)
    (rung,) = [rung for rung in decision.ladder if rung.policy_type == "scp"]
    assert ("not applicable", "SCPs do not bind service-linked roles") == (rung.result, rung.reason)


def test_determining_statements_carry_policy_index_sid_and_place() -> None:
    text = """{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
  {"Sid": "S", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"""
    (found,) = decide(PolicySet(identity=[parse_policy(text, name="role.json")])).determining
    assert ("identity", "role.json", 1, "S") == (found.policy_type, found.policy, found.index, found.sid)
    assert found.place is not None
    assert ("role.json", 3, 3) == (found.place.source, found.place.line, found.place.column)


def test_every_deny_that_matches_is_determining() -> None:
    decision = decide(PolicySet(identity=[policy(statement("Deny"), statement(), statement("Deny", "s3:Get*"))]))
    assert [0, 2] == [found.index for found in decision.determining]


def test_the_residual_is_data_and_words() -> None:
    bound = PolicySet(
        identity=[
            policy(
                statement(**when("StringEquals", "aws:PrincipalTag/team", "ops", "dev")),
                statement("Deny", **when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")),
            )
        ]
    )
    decision = decide(bound, is_complete=False)
    assert DEPENDS is decision.outcome
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == set(decision.possible)
    assert decision.residual is not None
    assert {
        "all": [
            {"not": {"operator": "BoolIfExists", "key": "aws:MultiFactorAuthPresent", "values": ["false"]}},
            {"operator": "StringEquals", "key": "aws:PrincipalTag/team", "values": ["ops", "dev"]},
        ]
    } == decision.residual.document()
    assert str(decision.residual) == (
        "not (BoolIfExists aws:MultiFactorAuthPresent `false`) and StringEquals aws:PrincipalTag/team `ops`, `dev`"
    )


def test_a_definite_answer_leaves_no_residual_whatever_is_unknown() -> None:
    either_way = PolicySet(
        identity=[
            policy(
                statement(**when("StringEquals", "aws:PrincipalTag/team", "ops")),
                statement(**when("StringNotEquals", "aws:PrincipalTag/team", "ops")),
            )
        ]
    )
    decision = decide(either_way, is_complete=False)
    assert (ALLOW, None) == (decision.outcome, decision.residual)


def test_a_key_of_a_type_has_no_third_value() -> None:
    both = PolicySet(
        identity=[
            policy(
                statement(**when("Bool", "aws:SecureTransport", "true")),
                statement(**when("Bool", "aws:SecureTransport", "false")),
            )
        ]
    )
    assert ALLOW is decide(both, is_complete=False).outcome
    numbers = PolicySet(
        identity=[
            policy(
                statement(**when("NumericLessThan", "aws:MultiFactorAuthAge", "10")),
                statement(**when("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "10")),
                statement(**when("Null", "aws:MultiFactorAuthAge", "true")),
            )
        ]
    )
    assert ALLOW is decide(numbers, is_complete=False).outcome


def test_contradictory_conditions_are_settled_without_their_key() -> None:
    never = PolicySet(
        identity=[policy(statement(Condition={
            "NumericLessThan": {"aws:MultiFactorAuthAge": "10"}, "NumericGreaterThan": {"aws:MultiFactorAuthAge": "20"},
        }))]
    )  # fmt: skip
    assert IMPLICIT_DENY is decide(never, is_complete=False).outcome


def test_an_unknown_policy_variable_is_filled_with_what_would_fit() -> None:
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/home}"}
    decision = decide(PolicySet(identity=[policy(own)]), is_complete=False)
    told = {one.outcome: dict(one.facts) for one in decision.completions}
    assert "k" == told[ALLOW]["aws:principaltag/home"]
    assert {ALLOW, IMPLICIT_DENY} == told.keys()


def test_changes_of_policies_are_the_layers_that_are_silent() -> None:
    bound = PolicySet(
        identity=[policy(statement(action="ec2:*"))],
        boundary=policy(statement(action="ec2:*"), kind="boundary", name="b"),
        scps=[[policy(statement(), kind="scp")], [policy(statement(action="ec2:*"), kind="scp")]],
    )
    (change,) = decide(bound).changes
    assert (ALLOW, ("scp", "identity", "boundary"), ()) == (change.outcome, change.added, change.removed)


def test_what_was_not_considered_depends_on_the_service() -> None:
    bound = PolicySet(identity=[policy(statement(action="*"))])
    s3 = decide(bound).not_considered
    assert any("ACL" in told for told in s3) and any("Block Public Access" in told for told in s3)
    key = Request(ROLE, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", context_is_complete=True)
    kms = evaluate(key, bound).not_considered
    assert any("grants" in told for told in kms) and not any("ACL" in told for told in kms)


def test_every_switch_has_positions_and_can_be_set() -> None:
    for name, position, switches in alternatives():
        assert switches == with_position(DEFAULT, name, position)
        assert switches != DEFAULT
    assert {"on", "off"} == {position for position, _ in positions("rcp_on_star")}


def test_a_decision_names_the_switch_on_which_it_turns() -> None:
    bound = PolicySet(identity=[policy(statement(**when("StringEquals", "aws:CalledVia", "x.amazonaws.com")))])
    decision = decide(bound, {"aws:CalledVia": ["x.amazonaws.com"]})
    (turn,) = decision.turns_on
    assert (IMPLICIT_DENY, "bare_operator_on_list", "as_single", ALLOW) == (
        decision.outcome, turn.switch, turn.position, turn.outcome
    )  # fmt: skip
    other = evaluate(decision.request, bound, switches=Switches(bare_operator_on_list="as_single"))
    assert ALLOW is other.outcome
