"""Policies within the quota: what is split, what is widened, and that neither loses or hides anything."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import a_record
from made_proposals import proposal
from matching import allows

from leastwise.model.policy import MANAGED_POLICY_LIMIT, Statement, document
from leastwise.synthesize.fit import packed, split_to_fit
from leastwise.synthesize.grants import Grant
from leastwise.synthesize.group import grouped
from leastwise.synthesize.widen import parent_of, widened
from leastwise.usage.store import Store

StoreOf = Callable[..., Store]
TEXT = st.text(alphabet="abcdefgh/-", min_size=1, max_size=12)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances"])
GRANTS = st.lists(st.builds(Grant, ACTIONS, TEXT, st.just("recorded"), st.just(())), max_size=60)


def characters(policy: object) -> int:
    """The size of a document as AWS counts it, worked out here on its own."""
    return len(json.dumps(policy, separators=(",", ":")))


@given(GRANTS)
def test_groups_hold_exactly_the_grants(grants: list[Grant]) -> None:
    pairs = {(a, r) for g in grouped(grants) for a in g.actions for r in g.resources}
    assert {(g.action, g.resource) for g in grants} == pairs


@given(
    st.lists(
        st.builds(Statement, st.just("S"), st.tuples(TEXT), st.lists(TEXT, min_size=1).map(tuple)),
        max_size=40,
    )
)
@settings(max_examples=60)
def test_packing_loses_no_statement_and_keeps_every_policy_within_the_limit(
    statements: list[Statement],
) -> None:
    bins = packed(statements, 800)
    assert sorted(i for places in bins for i in places) == list(range(len(statements)))
    for places in bins:
        if len(places) > 1:
            assert characters(document(tuple(statements[i] for i in places))) <= 800


def test_a_statement_over_the_limit_is_cut_into_pieces_that_grant_the_same() -> None:
    whole = Statement("S", ("s3:GetObject", "s3:PutObject"), tuple(f"arn:aws:s3:::b/{i:05}" for i in range(900)))
    pieces = split_to_fit(whole)
    assert len(pieces) > 1
    assert all(characters(document((p,))) <= MANAGED_POLICY_LIMIT for p in pieces)
    assert {(a, r) for p in pieces for a in p.actions for r in p.resources} == {
        (a, r) for a in whole.actions for r in whole.resources
    }


def test_parents_keep_what_owns_the_resource() -> None:
    assert "arn:aws:s3:::b/x/*" == parent_of("arn:aws:s3:::b/x/1.txt")
    assert "arn:aws:s3:::b/*" == parent_of("arn:aws:s3:::b/x/*")
    assert "" == parent_of("arn:aws:s3:::b/*")
    assert "" == parent_of("arn:aws:s3:::b")
    assert "" == parent_of("arn:aws:dynamodb:eu-west-1:1:table/t")
    group = "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:log-stream:"
    assert f"{group}*" == parent_of(f"{group}2024/01/01/[$LATEST]1")
    assert "" == parent_of(f"{group}*")
    assert "arn:aws:ssm:eu-west-1:1:parameter/a/*" == parent_of("arn:aws:ssm:eu-west-1:1:parameter/a/b")
    assert "" == parent_of("arn:aws:ssm:eu-west-1:1:parameter/a")


@given(st.lists(TEXT.map(lambda t: f"arn:aws:s3:::b/{t}"), min_size=1, max_size=80), st.integers(0, 4_000))
def test_widening_covers_all_that_it_replaces_and_counts_it(resources: list[str], over: int) -> None:
    grants = [Grant("s3:GetObject", r, "recorded", ()) for r in resources]
    wide, steps = widened(grants, over=over)
    policy = [document((Statement("S", ("s3:GetObject",), tuple(g.resource for g in wide)),))]
    assert all(allows(policy, "s3:GetObject", r) for r in resources)
    assert all(step.observed > 1 for step in steps)
    assert all(g.resource.startswith("arn:aws:s3:::b/") for g in wide)


def _reads(count: int) -> list[dict[str, object]]:
    return [
        a_record(
            n,
            requestParameters={"bucketName": "logs", "key": f"{n % 40:02}/{n:06}-some-longer-name.parquet"},
            resources=[{"ARN": f"arn:aws:s3:::logs/{n % 40:02}/{n:06}-some-longer-name.parquet"}],
        )
        for n in range(count)
    ]


def test_exact_resources_are_kept_while_the_policies_can_be_attached(store_of: StoreOf) -> None:
    found = proposal(store_of(*_reads(300)), "alice")
    assert 1 < len(found.policies) <= 10
    assert [] == [w for p in found.policies for s in p.statements for w in s.widenings]
    assert all(p.size == characters(p.document) <= MANAGED_POLICY_LIMIT for p in found.policies)


def test_more_than_can_be_attached_is_widened_and_says_so(store_of: StoreOf) -> None:
    records = _reads(3_000)
    found = proposal(store_of(*records), "alice")
    assert not found.too_many
    widenings = [w for p in found.policies for s in p.statements for w in s.widenings]
    assert {f"arn:aws:s3:::logs/{n:02}/*" for n in range(40)} >= {w.pattern for w in widenings} != set()
    documents = [p.document for p in found.policies]
    for record in records:
        assert allows(documents, "s3:GetObject", f"arn:aws:s3:::logs/{record['requestParameters']['key']}")  # type: ignore[index]
    assert sum(s.evidence.calls for p in found.policies for s in p.statements) >= len(records)


def test_without_widening_it_is_said_that_the_policies_are_too_many(store_of: StoreOf) -> None:
    found = proposal(store_of(*_reads(3_000)), "alice", may_widen=False)
    assert found.too_many
    assert all(p.size <= MANAGED_POLICY_LIMIT for p in found.policies)
