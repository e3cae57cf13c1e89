"""Today's policies pruned: fewer actions, narrower resources, nothing new, and what cannot be seen stays."""

from __future__ import annotations

from dataclasses import replace

from leastwise.catalogue.load import load_catalogue
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.request import Principal
from leastwise.prove.queries import no_new_access
from leastwise.synthesize.grants import Grant
from leastwise.synthesize.prune import Kept, Pruned, Unseen, pruned
from leastwise.synthesize.today import Granted

WHO = Principal.of("arn:aws:iam::111122223333:role/app")
Document = dict[str, object]
SEEN = Unseen(frozenset({"s3", "dynamodb", "logs"}), frozenset(), load_catalogue())


def statement(action: object, resource: object = "*", **more: object) -> Document:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def grant(action: str, resource: str, **conditions: str) -> Grant:
    found = tuple(("StringEquals", key.replace("__", ":"), (value,)) for key, value in conditions.items())
    return Grant(action, resource, "recorded", found)


def held(*statements: Document, version: str = "2012-10-17") -> Granted:
    policy = parse_policy({"Version": version, "Statement": list(statements)}, name="own")
    return Granted("own", "inline", policy, "")


def left(granted: Granted, *grants: Grant, unseen: Unseen = SEEN) -> Pruned:
    """What is left of one policy, which is proved to grant nothing new."""
    (found,) = pruned([granted], grants, unseen)
    assert granted.policy is not None
    if found.policy is not None:
        proof = no_new_access(PolicySet([granted.policy]), PolicySet([found.policy]), principal=WHO)
        assert proof.holds, proof
    return found


def statements(found: Pruned) -> list[Document]:
    assert found.policy is not None
    document = found.policy.document()["Statement"]
    assert isinstance(document, list)
    return document


def test_unused_actions_go_and_resources_narrow_to_what_was_used() -> None:
    own = held(statement(["s3:Get*", "s3:PutObject"], "arn:aws:s3:::b/*", Sid="Mine"))
    found = left(own, grant("s3:GetObject", "arn:aws:s3:::b/in/x"))
    expected = {"Sid": "Mine", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/in/x"]}
    assert [expected] == statements(found)


def test_a_policy_that_nobody_used_goes_whole() -> None:
    assert left(held(statement("sqs:*")), grant("s3:GetObject", "arn:aws:s3:::b/x")).policy is None


def test_a_deny_stays_as_it_is() -> None:
    refused = {"Sid": "No", "Effect": "Deny", "Action": ["s3:Delete*"], "Resource": ["*"]}
    found = left(held(statement("s3:*"), refused), grant("s3:GetObject", "arn:aws:s3:::b/x"))
    assert refused in statements(found)


def test_what_is_as_narrow_as_the_use_stays_as_it_is() -> None:
    own = held(statement(["s3:GetObject"], ["arn:aws:s3:::b/x"], Sid="Kept"))
    assert left(own, grant("s3:GetObject", "arn:aws:s3:::b/x")).is_unchanged


def test_conditions_stay_and_those_of_a_grant_are_added() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    own = held(statement("iam:PassRole", "*", Condition=mfa))
    role = "arn:aws:iam::111122223333:role/x"
    found = left(own, grant("iam:PassRole", role, iam__PassedToService="ec2.amazonaws.com"))
    told = {
        "Bool": {"aws:MultiFactorAuthPresent": ["true"]},
        "StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com"]},
    }
    assert [told] == [one["Condition"] for one in statements(found)]


def test_a_resource_with_a_variable_stays() -> None:
    own = held(statement("s3:*", "arn:aws:s3:::b/${aws:username}/*"))
    (found,) = statements(left(own, grant("s3:GetObject", "arn:aws:s3:::b/ann/x")))
    assert ["arn:aws:s3:::b/${aws:username}/*"] == found["Resource"]


def test_a_call_that_named_no_resource_keeps_all_that_it_may_have_been_on() -> None:
    own = held(statement(["athena:GetQueryResults", "athena:StopQueryExecution"], "arn:aws:athena:*:*:workgroup/a"))
    (found,) = statements(left(own, Grant("athena:GetQueryResults", "*", "unnamed", ())))
    assert (["athena:GetQueryResults"], ["arn:aws:athena:*:*:workgroup/a"]) == (found["Action"], found["Resource"])


def test_what_an_earlier_statement_settles_is_not_granted_twice() -> None:
    own = held(statement("s3:*", "arn:aws:s3:::b/*"), statement("*", Sid="All"))
    found = left(own, grant("s3:GetObject", "arn:aws:s3:::b/x"))
    assert [["s3:GetObject"]] == [one["Action"] for one in statements(found)]


def test_a_condition_settles_nothing_for_the_statements_after_it() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    own = held(statement("s3:*", "*", Condition=mfa), statement("s3:Get*"))
    assert 2 == len(statements(left(own, grant("s3:GetObject", "arn:aws:s3:::b/x"))))


def test_not_action_becomes_the_used_actions() -> None:
    own = held({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    (found,) = statements(left(own, grant("s3:GetObject", "arn:aws:s3:::b/x")))
    assert ["s3:GetObject"] == found["Action"]


def test_not_resource_stays_what_it_excepts() -> None:
    own = held({"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::secret/*"]})
    (found,) = statements(left(own, grant("s3:GetObject", "arn:aws:s3:::b/x")))
    assert (["s3:GetObject"], ["arn:aws:s3:::secret/*"]) == (found["Action"], found["NotResource"])


def test_data_plane_actions_stay_where_no_data_event_is_in_the_logs() -> None:
    unseen = Unseen(frozenset(), frozenset(), load_catalogue())
    own = held(statement(["s3:GetObject", "s3:DeleteBucket"], "arn:aws:s3:::b/*"))
    found = left(own, unseen=unseen)
    assert [["s3:GetObject"]] == [one["Action"] for one in statements(found)]
    assert [("s3:GetObject",)] == [one.actions for one in found.kept]
    assert left(own).policy is None


def test_what_is_never_logged_stays() -> None:
    found = left(held(statement(["sts:TagSession", "sts:DecodeAuthorizationMessage"])))
    assert ["it is never logged"] == [one.reason for one in found.kept]


def test_a_service_with_calls_of_unknown_action_stays() -> None:
    unseen = Unseen(frozenset({"sqs"}), frozenset({"sqs"}), load_catalogue())
    found = left(held(statement(["sqs:DeleteQueue"])), unseen=unseen)
    assert found.is_unchanged
    assert "whose action is not known" in found.kept[0].reason


def test_what_is_known_to_be_used_elsewhere_stays_even_under_a_whole_service() -> None:
    unseen = replace(SEEN, elsewhere={"s3:deletebucket": "it was used in spring"})
    for wide in (statement("s3:*"), statement("*"), {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}):
        found = left(held(wide), grant("s3:GetObject", "arn:aws:s3:::b/x"), unseen=unseen)
        assert [Kept(("s3:DeleteBucket",), "it was used in spring")] == list(found.kept)
        assert {"s3:DeleteBucket", "s3:GetObject"} == {a for one in statements(found) for a in one["Action"]}  # type: ignore[attr-defined]
    assert left(held(statement("iam:*")), unseen=unseen).policy is None


def test_what_is_likely_stays_where_it_is_named_but_not_under_a_whole_service() -> None:
    unseen = replace(SEEN, likely={"s3:listallmybuckets": "it is young"})
    own = held(statement(["s3:ListAll*", "s3:DeleteBucket"]))
    assert [["s3:ListAllMyBuckets"]] == [one["Action"] for one in statements(left(own, unseen=unseen))]
    assert left(held(statement("s3:*")), unseen=unseen).policy is None


def test_of_a_service_that_is_used_unseen_its_data_actions_stay_under_a_whole_service() -> None:
    unseen = replace(SEEN, services={"dynamodb": "it was used in spring"})
    (kept,) = left(held(statement("dynamodb:*")), unseen=unseen).kept
    assert {"dynamodb:GetItem", "dynamodb:PutItem"} <= {*kept.actions}
    assert not {"dynamodb:CreateTable", "dynamodb:DescribeTable"} & {*kept.actions}


def test_whole_services_are_not_kept_for_what_cannot_be_seen_and_are_named() -> None:
    unseen = Unseen(frozenset(), frozenset(), load_catalogue())
    found = left(held(statement("*")), grant("ec2:DescribeInstances", "*"), unseen=unseen)
    assert [["ec2:DescribeInstances"]] == [one["Action"] for one in statements(found)]
    assert ("*",) == found.unsure


def test_many_resources_become_their_folder_within_todays_patterns() -> None:
    grants = [grant("s3:GetObject", f"arn:aws:s3:::b/in/{number}") for number in range(40)]
    (found,) = statements(left(held(statement("s3:*", "arn:aws:s3:::b/*")), *grants))
    assert ["arn:aws:s3:::b/in/*"] == found["Resource"]


def test_what_is_no_variable_in_an_old_version_does_not_become_one() -> None:
    own = held(statement("s3:*", "arn:aws:s3:::b/${aws:username}/*"), version="2008-10-17")
    found = left(own, grant("s3:GetObject", "arn:aws:s3:::b/${$}{aws:username}/x"))
    assert ["arn:aws:s3:::b/${$}{aws:username}/x"] == statements(found)[0]["Resource"]


def test_a_policy_that_is_not_known_is_left_alone() -> None:
    unknown = Granted("arn:aws:iam::111122223333:policy/x", "managed", None, "")
    assert [Pruned(unknown, None)] == list(pruned([unknown], [], SEEN))


def test_what_a_fixed_resource_grants_does_not_hang_on_one_with_a_variable() -> None:
    mine, shared = "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/shared/*"
    used = grant("s3:GetObject", "arn:aws:s3:::b/shared/x")
    (together,) = pruned([held(statement("s3:GetObject", [mine, shared]))], [used], SEEN)
    assert [["arn:aws:s3:::b/shared/x"]] == [one["Resource"] for one in statements(together)]
    (apart,) = pruned([held(statement("s3:GetObject", mine), statement("s3:*", shared))], [used], SEEN)
    assert ["arn:aws:s3:::b/shared/x"] == statements(apart)[-1]["Resource"]
