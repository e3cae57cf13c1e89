"""Proposals for a whole made-up company: proved within today's policies, and breaking nothing that was seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from made_logs import ACCOUNT, ALICE, a_record, added

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Iam, Resource, Resources, Tagged, User
from leastwise.estate.offline import read_files
from leastwise.sample import Size, company, write_estate, write_logs
from leastwise.synthesize.bundle import Proposed, verified, written
from leastwise.synthesize.propose import Options
from leastwise.synthesize.tighten import Ground, Tightened, tightened
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import Observed, opened
from leastwise.usage.store import Store

Document = dict[str, object]
Change = Callable[[Document], None]


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Observed, Ground]]:
    """A company of two accounts with two weeks of logs: its store, and its estate."""
    folder = tmp_path_factory.mktemp("company")
    made = company(Size(accounts=2, roles=24, users=4), today=date(2026, 6, 1))
    write_estate(made, folder / "estate")
    write_logs(made, folder / "logs", days=14, volume=1)
    store = Store(folder / "usage")
    added(store, folder / "logs")
    estate = Estate(gathered(read_files([folder / "estate"])))
    catalogue = load_catalogue()
    with opened(store) as observed:
        yield observed, Ground(catalogue, data_prefixes_seen(store, catalogue), estate)


def everybody(grounds: tuple[Observed, Ground]) -> list[str]:
    observed, ground = grounds
    assert ground.estate is not None
    return [one.name for one in observed.principals() if one.name in ground.estate.holders and one.succeeded]


def test_pruned_policies_are_proved_and_break_nothing(grounds: tuple[Observed, Ground]) -> None:
    observed, ground = grounds
    names = everybody(grounds)
    assert len(names) > 10
    for name in names:
        found = tightened(observed, name, ground=ground, options=Options(), way="pruned")
        assert found.is_proved, (name, found.judged.proof)
        verdicts = set(found.judged.replay.requests)
        assert {"allowed", "denied already", "stays denied"} >= verdicts, (name, found.judged.replay.rows)


def test_without_a_way_the_smaller_change_is_taken_among_those_that_are_proved(
    grounds: tuple[Observed, Ground],
) -> None:
    observed, ground = grounds
    for name in everybody(grounds)[:8]:
        ways = [tightened(observed, name, ground=ground, options=Options(), way=way) for way in ("pruned", "written")]
        best = tightened(observed, name, ground=ground, options=Options())
        proved = [one.change.size for one in ways if one.is_proved and one.change and not one.judged.replay.breaks]
        assert best.change is not None
        if keeps_use(ways[0]):
            assert "pruned" == best.way
            continue
        assert min(proved) == best.change.size


def keeps_use(found: Tightened) -> bool:
    """Whether it keeps what last-accessed data tells as used, which what is written anew would forget."""
    return found.sparing is not None and any(one.reason in found.sparing.told for one in found.kept)


def test_a_group_shares_one_policy_and_each_ones_surplus_is_told(grounds: tuple[Observed, Ground]) -> None:
    observed, ground = grounds
    one, other = everybody(grounds)[:2]
    found = tightened(observed, one, ground=ground, options=Options(group=(other,)))
    assert [one, other] == [member.principal for member in found.proposal.members]
    assert [other] == [name for name, _ in found.others]
    assert not found.judged.replay.breaks and not found.others[0][1].replay.breaks
    alone = tightened(observed, one, ground=ground, options=Options(), way="written")
    own = {action for each in alone.policies for s in each.policy.statements for action in s.actions}
    shared = {action for each in found.policies for s in each.policy.statements for action in s.actions}
    assert set(found.proposal.members[0].unused_actions) == shared - own


def test_tags_of_everyone_who_gets_it_guard_the_policy(grounds: tuple[Observed, Ground]) -> None:
    observed, ground = grounds
    assert ground.estate is not None
    holders = ground.estate.holders
    one, other = [name for name in everybody(grounds) if holders[name].tags][:2]
    both = Options(group=(other,))
    found = tightened(observed, one, ground=ground, options=both, conditions=("principal-tags",))
    common = dict(holders[one].tags.items() & holders[other].tags.items())
    expected = {f"aws:PrincipalTag/{name}": (value,) for name, value in common.items()}
    statements = [statement for policy in found.policies for statement in policy.policy.statements]
    assert expected
    for statement in statements:
        asked = statement.conditions.get("StringEquals", {})
        assert expected == {key: value for key, value in asked.items() if key.startswith("aws:PrincipalTag/")}
    for judged in (found.judged, found.others[0][1]):
        assert not judged.replay.breaks and "undecided" not in judged.replay.requests


def test_known_resources_that_a_pattern_names_and_nobody_used_are_told(store_of: Callable[..., Store]) -> None:
    names = [f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders-{1000 + 37 * number}" for number in range(12)]
    calls = [
        a_record(number * 86_400, eventSource="dynamodb.amazonaws.com", eventName="GetItem", resources=[{"ARN": name}])
        for number, name in enumerate(names)
    ]
    other = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders-9999"
    tables = tuple(Resource(name, ACCOUNT, "dynamodb:table", "eu-west-1") for name in (names[0], other))
    held = Estate(gathered([Resources(ACCOUNT, "dynamodb", "eu-west-1", tables)]))
    with opened(store_of(*calls)) as observed:
        ground = Ground(load_catalogue(), frozenset({"dynamodb"}), held)
        found = tightened(observed, ALICE, ground=ground, options=Options())
    assert {(other,)} == set(found.unused_matches.values())


@pytest.fixture(scope="module")
def bundle(grounds: tuple[Observed, Ground]) -> str:
    """The bundle of a principal that used several services."""
    observed, ground = grounds
    found = max(
        (tightened(observed, name, ground=ground, options=Options(), way="pruned") for name in everybody(grounds)[:6]),
        key=lambda one: len(one.policies),
    )
    return text_of(found, ground)


def text_of(found: Tightened, ground: Ground) -> str:
    return written(
        principal=found.proposal.principal,
        policies=[Proposed(p.name, p.policy.document(), p.source.name if p.source else None) for p in found.policies],
        asked=found.asked,
        estate=ground.estate,
        catalogue=ground.catalogue,
        version="test",
        told={"said": "by hand"},
    )


def faults(text: str) -> tuple[str, ...]:
    return verified(text, catalogue=load_catalogue(), version="test").faults


def test_a_bundle_is_worked_out_again_from_itself(bundle: str) -> None:
    found = verified(bundle, catalogue=load_catalogue(), version="test")
    assert ((), ()) == (found.faults, found.notes)
    assert found.judged is not None and found.judged.proof is not None and found.judged.proof.holds


def test_another_version_is_told(bundle: str) -> None:
    found = verified(bundle, catalogue=load_catalogue(), version="other")
    assert () == found.faults
    assert ("made with leastwise test, verified with other",) == found.notes


def test_a_changed_byte_is_refused(bundle: str) -> None:
    for place in range(0, len(bundle), len(bundle) // 60):
        letter = "x" if bundle[place] != "x" else "y"
        assert faults(bundle[:place] + letter + bundle[place + 1 :]), place
    assert faults(bundle + "\n")
    assert faults(bundle.replace("\n", "\r\n"))


def _allows_more(body: Document) -> None:
    body["policies"][0]["document"]["Statement"].append(  # type: ignore[index]
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    )


def _forgets_a_request(body: Document) -> None:
    body["inputs"]["needed"].pop()  # type: ignore[index]


def _hides_a_break(body: Document) -> None:
    body["policies"][0]["document"]["Statement"] = []  # type: ignore[index]


def _claims_a_proof(body: Document) -> None:
    body["result"]["proof"]["verdict"] = "FAIL"  # type: ignore[index]


def _leads_elsewhere(body: Document) -> None:
    body["roll_back"]["identity"] = []  # type: ignore[index]


@pytest.mark.parametrize(
    "change", [_allows_more, _forgets_a_request, _hides_a_break, _claims_a_proof, _leads_elsewhere]
)
def test_what_does_not_follow_is_refused_though_the_digest_is_made_anew(bundle: str, change: Change) -> None:
    body = json.loads(bundle)
    change(body)
    del body["digest"]
    plain = json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    body["digest"] = "sha256:" + hashlib.sha256(plain.encode()).hexdigest()
    found = faults(json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert found
    assert all("follow" in one or "way back" in one or "worked out" in one for one in found)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": 1}', "\x00"])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    assert faults(text)


def test_a_bundle_without_a_snapshot_says_so(grounds: tuple[Observed, Ground]) -> None:
    observed, ground = grounds
    bare = Ground(ground.catalogue, ground.data_seen)
    text = text_of(tightened(observed, everybody(grounds)[0], ground=bare, options=Options()), bare)
    found = verified(text, catalogue=load_catalogue(), version="test")
    assert () == found.faults
    assert found.judged is not None and found.judged.proof is None


def test_the_way_back_names_what_is_attached_today(bundle: str) -> None:
    back = json.loads(bundle)["roll_back"]
    assert back["known"]
    assert {"aws"} == {command[0] for command in back["commands"]}
    assert len(back["identity"]) >= 1


def test_tags_of_resources_are_asked_for_where_they_are_the_principals(store_of: Callable[..., Store]) -> None:
    queues = [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}" for name in ("orders", "stock")]
    listed = [[{"ARN": name}] for name in queues]
    calls = [
        a_record(number, eventSource="sqs.amazonaws.com", eventName="SendMessage", resources=listed[number % 2])
        for number in range(8)
    ]
    alice = User(ALICE, "alice", tags={"team": "shop", "stage": "prod"})
    tagged = tuple(Tagged(name, {"team": "shop", "owner": "ops", "stage": name[-5:]}) for name in queues)
    held = Estate(gathered([Iam(ACCOUNT, users=(alice,)), Resources(ACCOUNT, "tagging", "eu-west-1", tagged=tagged)]))
    with opened(store_of(*calls)) as observed:
        ground = Ground(load_catalogue(), frozenset({"sqs"}), held)
        found = tightened(
            observed, ALICE, ground=ground, options=Options(), way="written", conditions=("resource-tags",)
        )
    (statement,) = found.policies[0].policy.statements
    asked = {"aws:ResourceTag/owner": ("ops",), "aws:ResourceTag/team": ("${aws:PrincipalTag/team}",)}
    assert {"StringEquals": asked} == statement.conditions
    assert {"allowed"} == set(found.judged.replay.requests)


def test_no_tag_is_asked_for_that_a_resource_lacks(store_of: Callable[..., Store]) -> None:
    queues = [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}" for name in ("orders", "stock")]
    calls = [
        a_record(number, eventSource="sqs.amazonaws.com", eventName="SendMessage", resources=[{"ARN": name}])
        for number, name in enumerate(queues)
    ]
    tagged = (Tagged(queues[0], {"team": "shop"}),)
    held = Estate(gathered([Resources(ACCOUNT, "tagging", "eu-west-1", tagged=tagged)]))
    with opened(store_of(*calls)) as observed:
        ground = Ground(load_catalogue(), frozenset({"sqs"}), held)
        found = tightened(observed, ALICE, ground=ground, options=Options(), conditions=("resource-tags",))
    assert [{}] == [one.conditions for one in found.policies[0].policy.statements]


def test_no_tag_is_asked_for_where_a_switch_decides_whether_tags_count(store_of: Callable[..., Store]) -> None:
    table = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"
    call = a_record(0, eventSource="dynamodb.amazonaws.com", eventName="GetItem", resources=[{"ARN": table}])
    held = Estate(gathered([Resources(ACCOUNT, "tagging", "eu-west-1", tagged=(Tagged(table, {"team": "shop"}),))]))
    with opened(store_of(call)) as observed:
        ground = Ground(load_catalogue(), frozenset({"dynamodb"}), held)
        found = tightened(observed, ALICE, ground=ground, options=Options(), conditions=("resource-tags",))
    assert [{}] == [one.conditions for one in found.policies[0].policy.statements]


def test_conditions_of_a_shared_policy_rest_on_the_calls_of_all(store_of: Callable[..., Store]) -> None:
    bob = f"arn:aws:iam::{ACCOUNT}:user/bob"
    theirs = {"type": "IAMUser", "arn": bob, "accountId": ACCOUNT, "userName": "bob", "principalId": "AIDABOB"}
    calls = [a_record(day * 86_400 + n, sourceIPAddress="192.0.2.1") for day in range(8) for n in range(3)]
    calls += [a_record(day * 86_400 + 9, sourceIPAddress="198.51.100.7", userIdentity=theirs) for day in range(8)]
    with opened(store_of(*calls)) as observed:
        ground = Ground(load_catalogue(), frozenset({"s3"}))
        found = tightened(observed, ALICE, ground=ground, options=Options(group=(bob,)), conditions=("source-ip",))
    addresses = {"aws:SourceIp": ("192.0.2.1/32", "198.51.100.7/32")}
    assert [{"IpAddress": addresses}] == [one.conditions for one in found.policies[0].policy.statements]
    ((_, of_bob),) = found.others
    assert {"allowed"} == set(of_bob.replay.requests)
