"""Parts put together: nothing twice, in one order, and what AWS manages once for all accounts."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from made_estates import Made

from examples import COUNT, EXAMPLES
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Activity,
    Iam,
    IdentityCenter,
    LastUsed,
    ManagedPolicy,
    Node,
    NotRead,
    Organization,
    Part,
    Person,
    Resource,
    Resources,
    Role,
    ServiceUse,
)

A, B = "111122223333", "444455556666"
ROLE = Role(f"arn:aws:iam::{A}:role/app", "app")
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
QUEUE = Resource(f"arn:aws:sqs:eu-west-1:{A}:q", A, "sqs:queue")


def parts_of(seed: int) -> list[Part]:
    """The parts of an estate, each principal and resource in a part of its own."""
    made = Made(seed).world().snapshot
    found: list[Part] = [*made.organizations, *made.not_read]
    for account, iam in made.iam.items():
        found += [Iam(account, users=(one,)) for one in iam.users]
        found += [Iam(account, groups=(one,)) for one in iam.groups]
        found += [Iam(account, roles=(one,)) for one in iam.roles]
        found += [Iam(account, policies=(one,)) for one in iam.policies]
    for sets in made.resources.values():
        found += [Resources(one.account, one.collector, one.region, (held,)) for one in sets for held in one.resources]
    aws = ManagedPolicy(READ_ONLY, "ReadOnlyAccess", "{}", "v3")
    found += [Iam(A, policies=(aws,)), Iam(B, policies=(aws,)), NotRead("sqs.ListQueues", "denied", B)]
    found += [
        Activity(A, {ROLE.arn: LastUsed("2026-01-01")}, ({"arn": ROLE.arn, "user": "app"},)),
        Activity(A, {f"{ROLE.arn}-2": LastUsed("2026-01-02")}, ({"arn": "a", "user": "a"},)),
        Activity(B, {}, (), {ROLE.arn: (ServiceUse("s3", "2026-01-01"),)}),
    ]
    found += [IdentityCenter("b", users=(Person("1", "ann"),)), IdentityCenter("a")]
    return found


@settings(EXAMPLES, max_examples=max(1, COUNT // 4))
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_the_order_of_parts_is_no_matter(seed: int, order: int) -> None:
    parts = parts_of(seed)
    shuffled = parts.copy()
    Random(order).shuffle(shuffled)
    assert gathered(parts) == gathered(shuffled)
    assert list(map(str, vars(gathered(parts)).items())) == list(map(str, vars(gathered(shuffled)).items()))


def test_parts_that_stand_twice_are_one() -> None:
    parts = parts_of(3)
    assert gathered(parts) == gathered([*parts, *parts])


def test_two_values_of_one_name_are_told() -> None:
    other = msgspec.structs.replace(ROLE, path="/x/")
    found = gathered([Iam(A, roles=(ROLE,)), Iam(A, roles=(other,))])
    assert (ROLE,) == found.iam[A].roles
    (told,) = found.not_read
    assert ("duplicate", A, ROLE.arn) == (told.what, told.account, told.subject)


def test_two_resources_and_two_nodes_of_one_name_are_told() -> None:
    other = msgspec.structs.replace(QUEUE, policies={"policy": "{}"})
    nodes = [Node("r-1", "Root", "root"), Node("r-1", "Other", "root")]
    found = gathered(
        [
            Resources(A, "sqs", resources=(QUEUE,)),
            Resources(A, "sqs", resources=(other,)),
            *(Organization("o-1", A, (node,)) for node in nodes),
        ]
    )
    assert ["r-1", QUEUE.arn] == sorted((one.subject for one in found.not_read), key=len)


def test_a_resource_of_two_sources_is_told() -> None:
    other = msgspec.structs.replace(QUEUE, policies={"policy": "{}"})
    parts = [Resources(A, "sqs", resources=(QUEUE,)), Resources(A, "files", resources=(other,))]
    assert [QUEUE.arn] == [one.subject for one in gathered(parts).not_read]


def test_what_aws_manages_is_held_once_in_its_newest_version() -> None:
    versions = [ManagedPolicy(READ_ONLY, "ReadOnlyAccess", f'{{"v": {number}}}', f"v{number}") for number in (9, 10, 2)]
    own = ManagedPolicy(f"arn:aws:iam::{A}:policy/own", "own", "{}")
    found = gathered([Iam(account, policies=(own, one)) for account, one in zip((A, B, A), versions, strict=True)])
    assert {READ_ONLY: versions[1]} == found.aws_policies
    assert ((own,), (own,)) == (found.iam[A].policies, found.iam[B].policies)
    assert () == found.not_read


def test_two_identity_centers_of_one_name_are_told() -> None:
    found = gathered([IdentityCenter("a"), IdentityCenter("a", users=(Person("1", "ann"),))])
    assert ["a"] == [one.subject for one in found.not_read]
