"""A document that is too long, made to fit: what it means stays, and wildcards come last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastwise.catalogue.load import load_catalogue
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy, Statement, size
from leastwise.prove.queries import equivalent
from leastwise.prove.verdict import Verdict
from leastwise.synthesize import fitting
from leastwise.synthesize.fitting import Fitted, fit_policy
from leastwise.synthesize.same_grants import same_for_known_actions
from leastwise.synthesize.tidy import regrouped, without_doubles

CATALOGUE = load_catalogue()


def names(prefix: str, *beginnings: str) -> tuple[str, ...]:
    """The known actions of a service that begin so."""
    service = CATALOGUE.service(prefix)
    assert service is not None
    found = (action.name for action in service.actions.values())
    return tuple(sorted(name for name in found if name.partition(":")[2].startswith(beginnings)))


def fitted(policy: Policy, limit: int, attachable: int = 1, slack: frozenset[str] = frozenset()) -> Fitted:
    return fit_policy(policy, limit=limit, attachable=attachable, catalogue=CATALOGUE, slack=slack)


def granted(policies: Sequence[Policy], effect: str = "Allow") -> set[tuple[str, str]]:
    """Known actions with resources, told without the product's matcher."""
    every = [name for prefix in ("rds", "s3", "sqs") for name in names(prefix, "")]
    return {
        (action, resource)
        for policy in policies
        for statement in policy.statements
        if statement.effect == effect
        for pattern in statement.actions
        for action in every
        if fnmatchcase(action.lower(), pattern.lower())
        for resource in statement.resources
    }


READS = Statement("Reads", names("rds", "Describe", "List"), ("*",))
WRITES = Statement("Writes", names("rds", "Create", "Modify"), ("*",))


def test_a_document_that_fits_is_returned_as_it_is() -> None:
    policy = Policy((READS,))
    found = fitted(policy, 6_144)
    assert ((policy,), (), True) == (found.policies, found.steps, found.fits)
    assert Verdict.PASS is found.verdict


def test_lists_are_split_before_a_wildcard_is_thought_of() -> None:
    policy = Policy((READS, WRITES))
    found = fitted(policy, 1_400, attachable=10)
    assert found.fits
    assert () == found.wildcards
    assert 1 < len(found.policies) <= 10
    assert max(map(size, (one.document() for one in found.policies))) <= 1_400
    assert granted([policy]) == granted(found.policies)
    assert Verdict.PASS is found.verdict


def test_wildcards_come_when_nothing_else_helps_and_match_nothing_else() -> None:
    policy = Policy((READS, WRITES))
    found = fitted(policy, int(size(policy.document()) * 0.8))
    assert found.fits
    assert found.wildcards
    assert 1 == len(found.policies)
    assert granted([policy]) == granted(found.policies)
    assert Verdict.PASS_FOR_KNOWN_ACTIONS is found.verdict
    for wildcard in found.wildcards:
        assert {a for a, _ in granted([policy]) if fnmatchcase(a, wildcard.pattern)} == set(wildcard.matches)


def test_doubles_and_what_a_pattern_covers_are_left_out_first() -> None:
    twice = replace(READS, sid="Again", actions=(*READS.actions, "rds:List*", "rds:list*"))
    policy = Policy((twice, READS, READS, WRITES))
    found = fitted(policy, size(Policy((READS, READS, WRITES)).document()))
    assert () == found.wildcards
    assert found.steps[0].startswith("doubles left out")
    assert granted([policy]) == granted(found.policies)
    actions = found.policies[0].statements[0].actions
    assert "rds:List*" in actions and not any(a.startswith("rds:ListT") for a in actions)


def test_statements_alike_are_put_together_and_keep_a_sid() -> None:
    resources = [f"arn:aws:s3:::bucket-number-{i:03}/*" for i in range(30)]
    several = tuple(Statement(f"S{i}", ("s3:GetObject", "s3:PutObject"), (r,)) for i, r in enumerate(resources))
    found = fitted(Policy(several), 2_000)
    assert [Statement("S0", ("s3:GetObject", "s3:PutObject"), tuple(resources))] == list(found.policies[0].statements)
    assert Verdict.PASS is found.verdict


CONDITION = {"StringEquals": {"aws:RequestedRegion": ("eu-west-1",)}}
PARTS = st.lists(
    st.builds(
        Statement,
        st.one_of(st.none(), st.text(alphabet="ABC", min_size=1, max_size=2)),
        st.lists(st.sampled_from(names("sqs", "")), min_size=1, max_size=12).map(tuple),
        st.lists(st.sampled_from([f"arn:aws:sqs:eu-west-1:111122223333:q{i}" for i in range(4)]), min_size=1).map(
            tuple
        ),
        st.sampled_from([{}, CONDITION]),
        st.sampled_from(["Allow", "Allow", "Deny"]),
        is_not_action=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=5,
)


@given(PARTS, st.integers(300, 900), st.integers(1, 3))
@settings(max_examples=5, deadline=None)
def test_whatever_fits_means_the_same_with_every_deny(parts: list[Statement], limit: int, attachable: int) -> None:
    policy = Policy(tuple(parts))
    found = fitted(policy, limit, attachable)
    everything = Statement(None, ("*",), ("*",))
    together = tuple(one for other in found.policies for one in other.statements)
    for more in ((), (everything,)):
        proof = equivalent(Policy((*parts, *more)), Policy((*together, *more)))
        assert proof.verdict in (Verdict.PASS, Verdict.PASS_FOR_KNOWN_ACTIONS)
    assert found.fits == (len(found.policies) <= attachable and max(found.sizes) <= limit)


@given(PARTS)
@settings(max_examples=60, deadline=None)
def test_tidying_changes_no_grant(parts: list[Statement]) -> None:
    for tidy in (without_doubles, regrouped):
        assert same_for_known_actions([Policy(tuple(parts))], [Policy(tuple(tidy(parts)))], catalogue=CATALOGUE)


def test_deny_not_action_and_conditions_are_kept() -> None:
    guard = Statement("Guard", ("iam:*", "sts:*"), ("*",), CONDITION, effect="Deny", is_not_action=True)
    no = Statement("No", names("rds", "Delete"), ("*",), effect="Deny")
    policy = Policy((guard, READS, no, READS, WRITES))
    found = fitted(policy, int(size(policy.document()) * 0.6))
    assert found.fits
    held = found.policies[0].statements
    assert replace(guard, sid=None) in [replace(one, sid=None) for one in held]
    assert granted([policy], "Deny") == granted([replace(policy, statements=(*held, guard))], "Deny")


def test_what_cannot_fit_is_told_and_has_no_new_wildcard() -> None:
    resources = tuple(f"arn:aws:s3:::bucket-number-{i:03}/*" for i in range(99))
    found = fitted(Policy((Statement("S", ("s3:GetObject",), resources),)), 500)
    assert not found.fits
    assert () == found.wildcards
    assert {("s3:GetObject", resource) for resource in resources} == granted(found.policies)


@pytest.mark.parametrize("kind", ["scp", "rcp"])
def test_organization_policies_are_split_too(kind: Kind) -> None:
    deny = tuple(
        Statement(f"S{i}", ("s3:GetObject",), (f"arn:aws:s3:::bucket-{i}/*",), CONDITION, effect="Deny",
                  principals={"AWS": ("*",)} if kind == "rcp" else None)
        for i in range(12)
    )  # fmt: skip
    policy = Policy(tuple(replace(one, conditions={"Bool": {f"aws:PrincipalTag/t{i}": ("true",)}})
                          for i, one in enumerate(deny)), kind)  # fmt: skip
    found = fitted(policy, 900, attachable=5)
    assert found.fits
    assert 1 < len(found.policies)
    assert Verdict.PASS is found.verdict
    assert {kind} == {one.kind for one in found.policies}


def test_a_boundary_is_one_policy() -> None:
    with pytest.raises(InputError, match="only one boundary policy"):
        fitted(Policy((READS,), "boundary"), 200, attachable=2)


def test_policies_of_resources_are_refused() -> None:
    with pytest.raises(InputError, match="resource policy"):
        fitted(Policy((replace(READS, principals={"AWS": ("*",)}),), "resource"), 200)


def test_accepted_actions_may_be_taken_in_and_no_others() -> None:
    kept = tuple(name for name in READS.actions if name != "rds:DescribeEvents")
    policy = Policy((replace(READS, actions=kept),))
    found = fitted(policy, int(size(policy.document()) * 0.5), slack=frozenset({"rds:DescribeEvents"}))
    assert {a for a, _ in granted(found.policies)} - set(kept) <= {"rds:DescribeEvents"}


def test_what_would_grant_more_or_less_is_refused() -> None:
    policy = Policy((READS, replace(WRITES, effect="Deny")))
    sizes = (1, 1, 1)
    for wrong in (
        (replace(READS, actions=("rds:*",)), policy.statements[1]),
        (replace(READS, actions=READS.actions[1:]), policy.statements[1]),
        (READS,),
        (READS, replace(policy.statements[1], actions=WRITES.actions[1:])),
    ):
        tried = fitting._Tried(wrong, (), ())
        with pytest.raises(InputError, match="is refused"):
            fitting._proved(policy, [replace(policy, statements=wrong)], tried, sizes, CATALOGUE, ())


def test_policy_variables_are_compared_part_by_part_where_no_proof_is_found() -> None:
    variables = "${aws:PrincipalTag/a}-${aws:PrincipalTag/b}-${aws:PrincipalTag/c}-${aws:PrincipalTag/d}"
    resources = [f"arn:aws:logs:*:*:log-group:{variables}:{n}" for n in ("x*", "*y", "*z*")]
    policy = Policy(tuple(Statement(f"S{i}", ("logs:CreateLogGroup", "logs:DeleteLogGroup"), (r,))
                          for i, r in enumerate(resources)))  # fmt: skip
    found = fitted(policy, size(policy.document()) - 40)
    assert found.fits
    assert same_for_known_actions([policy], found.policies, catalogue=CATALOGUE)


def test_comparing_part_by_part_sees_every_difference() -> None:
    policy = Policy((READS,))
    for wrong in (
        replace(READS, actions=READS.actions[1:]),
        replace(READS, actions=(*READS.actions, "rds:CreateDBCluster")),
        replace(READS, resources=("arn:aws:rds:*:*:*",)),
        replace(READS, effect="Deny"),
        replace(READS, conditions=CONDITION),
        replace(READS, is_not_action=True),
    ):
        assert not same_for_known_actions([policy], [Policy((wrong,))], catalogue=CATALOGUE)
    more = Policy((replace(READS, actions=(*READS.actions, "rds:CreateDBCluster")),))
    assert same_for_known_actions([policy], [more], catalogue=CATALOGUE, slack={"rds:CreateDBCluster"})


def test_a_parsed_document_keeps_version_and_id() -> None:
    text = (
        '{"Version": "2012-10-17", "Id": "mine", "Statement": '
        '[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"},'
        ' {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}'
    )
    found = fitted(parse_policy(text), 210)
    assert ("mine", "2012-10-17") == (found.policies[0].id, found.policies[0].version)
    assert found.fits
