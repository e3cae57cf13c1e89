"""What of a principal's policies stays unseen, from a whole estate and the first uses of its fleet."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Activity, Iam, InlinePolicy, Role, ServiceUse, User
from leastwise.synthesize.holdings import holdings
from leastwise.synthesize.prune import Unseen
from leastwise.synthesize.seasons import written
from leastwise.synthesize.sparing import Sparing, sparing
from leastwise.usage.first_uses import FirstUse
from leastwise.usage.observed import Window

ACCOUNT = "111122223333"
BEGIN, END = 20_000, 20_100
NEWEST = datetime.fromtimestamp((END - 1) * 86_400, UTC)
ACTIONS = ["ec2:DescribeInstances", "ec2:DescribeVolumes", "iam:AttachRolePolicy", "s3:GetObject"]
UNSEEN = Unseen(frozenset({"s3"}), frozenset(), load_catalogue())


def arn(number: int) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/r{number}"


def role(number: int, created: int, actions: list[str]) -> Role:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    inline = (InlinePolicy("own", json.dumps(document)),)
    return Role(arn(number), f"r{number}", created=f"{written(created)}T00:00:00Z", inline=inline)


def spared(
    *accessed: ServiceUse,
    age: int = 10,
    fleet: int = 40,
    actions: list[str] = ACTIONS,
    cost: int = 0,
    has_data_events: bool = False,
) -> Sparing:
    """What stays of a role of this age, beside a fleet of which half uses all its grants 15 days after its making."""
    roles = [role(number, BEGIN + 5, ACTIONS) for number in range(1, fleet + 1)]
    firsts = [FirstUse(arn(number), ACTIONS[0], BEGIN + 5) for number in range(1, fleet + 1)]
    firsts += [FirstUse(arn(n), action, BEGIN + 20) for n in range(1, fleet // 2 + 1) for action in ACTIONS[1:3]]
    firsts += [FirstUse(arn(0), ACTIONS[0], END - age), FirstUse(f"arn:aws:iam::{ACCOUNT}:user/ann", ACTIONS[0], BEGIN)]
    firsts += [FirstUse(arn(1), "s3:PutObject", BEGIN + 5)] if has_data_events else []
    activity = [Activity(ACCOUNT, last_accessed={arn(0): accessed})] if accessed else []
    estate = Estate(gathered([Iam(ACCOUNT, roles=(role(0, END - age, actions), *roles)), *activity]))
    return sparing(
        estate, arn(0), unseen=UNSEEN, uses=(), firsts=sorted(firsts), window=Window(), newest=NEWEST, cost=cost
    )


def test_a_young_grant_of_little_weight_stays_and_a_sensitive_one_is_asked_about() -> None:
    found = spared()
    assert {"ec2:describevolumes", "s3:getobject"} == {*found.likely}
    assert found.likely["ec2:describevolumes"].startswith("granted 10 days ago: 5 in 10 grants like it (List, by name")
    assert ["iam:AttachRolePolicy"] == [one.action for one in found.asked]


def test_an_older_one_goes() -> None:
    assert "ec2:describevolumes" not in spared(age=40).likely


def test_no_cost_of_a_denial_makes_a_sensitive_grant_stay() -> None:
    assert "iam:attachrolepolicy" not in spared(cost=1_000).likely


def test_the_cost_decides() -> None:
    assert "ec2:describevolumes" in spared(cost=2).likely
    assert "ec2:describevolumes" not in spared(cost=1).likely


def test_a_small_fleet_is_said_and_nothing_stays_for_it() -> None:
    found = spared(fleet=10)
    assert ({"s3:getobject"}, ()) == ({*found.likely}, found.asked)
    assert "no chance of a first use is told: 11 principals with grants" in found.notes[0]


def test_without_last_accessed_data_that_is_said() -> None:
    assert ("the snapshot has no last-accessed data of it: use before the log began would not show",) == spared().notes


def test_last_accessed_data_tells_of_actions_services_and_silence() -> None:
    used = ServiceUse("iam", f"{written(19_900)}T00:00:00Z", {"AttachRolePolicy": f"{written(19_900)}T00:00:00Z"})
    found = spared(used, ServiceUse("s3", f"{written(19_800)}T00:00:00Z"), ServiceUse("ec2"))
    assert {"iam:attachrolepolicy"} == {*found.elsewhere}
    assert {"s3"} == {*found.services}
    assert "2024-03-18" in found.likely["s3:getobject"]
    assert () == found.asked
    assert [
        "last-accessed data has no use of ec2 in the 400 days that IAM looks back, longer than the log's 100"
    ] == list(found.notes)


def test_data_events_of_other_accounts_show_nothing_of_this_one() -> None:
    assert "no data event of `s3` is in the logs of its account" == spared().likely["s3:getobject"]
    assert "s3:getobject" not in spared(has_data_events=True).likely


def test_where_an_action_that_passes_a_role_is_told_passing_it_stays_too() -> None:
    day = f"{written(19_900)}T00:00:00Z"
    own = ["lambda:CreateFunction", "lambda:InvokeFunction", "iam:PassRole"]
    creating = ServiceUse("lambda", day, {"CreateFunction": day})
    assert spared(creating, actions=own).likely["iam:passrole"].startswith("`lambda:CreateFunction`, which")
    invoking = ServiceUse("lambda", day, {"GetFunction": day})
    assert "iam:passrole" not in spared(invoking, actions=own).likely
    assert "iam:passrole" not in spared(creating, actions=own[:2]).likely


def test_what_is_named_is_told_from_what_a_pattern_takes_in_and_whole_services_are_left_out() -> None:
    one = role(0, BEGIN, ["sqs:Get*", "sqs:GetQueueUrl", "s3:*", "*", "*:GetObject", "ec2:NoSuchAction"])
    group = User(f"arn:aws:iam::{ACCOUNT}:user/ann", "ann", inline=one.inline)
    (user, found) = sorted(
        holdings(Estate(gathered([Iam(ACCOUNT, users=(group,), roles=(one,))])), load_catalogue()),
        key=lambda h: h.kind == "role",
    )
    assert {"sqs:GetQueueUrl": "by name", "sqs:GetQueueAttributes": "by pattern"} == dict(found.actions)
    assert (BEGIN, "role", ACCOUNT) == (found.created, found.kind, found.account)
    assert (None, "user") == (user.created, user.kind)


def test_what_is_denied_or_excepted_is_no_grant() -> None:
    statements = [
        {"Effect": "Deny", "Action": "sqs:GetQueueUrl", "Resource": "*"},
        {"Effect": "Allow", "NotAction": "sqs:SendMessage", "Resource": "*"},
    ]
    inline = (InlinePolicy("own", json.dumps({"Version": "2012-10-17", "Statement": statements})),)
    estate = Estate(gathered([Iam(ACCOUNT, roles=(Role(arn(0), "r0", inline=inline),))]))
    assert [{}] == [dict(one.actions) for one in holdings(estate, load_catalogue())]
