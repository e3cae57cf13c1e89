"""Sessions of a broad role put into tasks: what names tell, what use tells, and when a split is not worth it."""

from __future__ import annotations

from random import Random

import pytest

from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.communities import louvain
from leastwise.synthesize.roles import Session, Split, split
from leastwise.synthesize.stable_names import Evidence, evidence_of, stable_name

READING = ("s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectTagging")
RUNNING = ("ec2:RunInstances", "ec2:TerminateInstances", "ec2:DescribeInstances", "ec2:CreateTags")
KEEPING = ("rds:CreateDBSnapshot", "rds:DeleteDBSnapshot", "rds:DescribeDBSnapshots", "rds:CopyDBSnapshot")
SHARED = ("sts:GetCallerIdentity", "logs:CreateLogStream")


def a_session(name: str, actions: set[str], at: int = 0, **signals: str) -> Session:
    return Session(name, signals, frozenset(actions), len(actions), at, at + 60)


def sessions_of(*jobs: tuple[str, ...], each: int = 20, names: tuple[str, ...] = ()) -> list[Session]:
    """So many sessions of each job, in turn; each does three of its actions and perhaps a shared one."""
    random = Random(7)
    made = []
    for turn in range(each):
        for job, actions in enumerate(jobs):
            done = {*random.sample(actions, 3), *random.sample(SHARED, random.randint(0, 1))}
            name = f"{names[job]}-{1_700_000_000 + turn}" if names else f"botocore-session-{turn}"
            made.append(a_session(name, done, turn * 3_600 + job))
    return made


def found(sessions: list[Session]) -> Split:
    return split(sessions, weight=weight_of)


def jobs_in(split_: Split, count: int) -> list[set[int]]:
    """Which jobs the sessions of each task are of, where they were made in turn."""
    return [{place % count for place in task.sessions} for task in split_.tasks]


@pytest.mark.parametrize("names", [(), ("billing", "fleet", "backup")])
def test_jobs_that_do_different_things_are_told_apart_with_names_and_without(names: tuple[str, ...]) -> None:
    told = found(sessions_of(READING, RUNNING, KEEPING, names=names))
    assert [{0}, {1}, {2}] == sorted(jobs_in(told, 3), key=min)
    assert told.is_worth_it


def test_every_session_is_in_one_task() -> None:
    sessions = sessions_of(READING, RUNNING, KEEPING)
    told = found(sessions)
    assert list(range(len(sessions))) == sorted(place for task in told.tasks for place in task.sessions)


def test_a_task_is_granted_all_that_its_sessions_did() -> None:
    sessions = sessions_of(READING, RUNNING)
    for task in found(sessions).tasks:
        assert frozenset().union(*(sessions[place].actions for place in task.sessions)) == task.actions


def test_one_job_is_not_split() -> None:
    told = found(sessions_of(READING + RUNNING[:2], each=60))
    assert 1 == len(told.tasks)
    assert not told.is_worth_it
    assert 1.0 == told.blast


def test_names_of_the_same_work_are_one_task() -> None:
    told = found(sessions_of(READING, READING, RUNNING, names=("ann", "bob", "fleet")))
    assert [{0, 1}, {2}] == sorted(jobs_in(told, 3), key=min)


def test_a_name_that_all_jobs_share_does_not_join_them() -> None:
    told = found(sessions_of(READING, RUNNING, names=("pipeline", "pipeline")))
    assert [{0}, {1}] == sorted(jobs_in(told, 2), key=min)


def test_the_name_decides_where_the_use_could_be_anybody_s() -> None:
    shared_only = [a_session("backup-1", set(SHARED), 9_000_000), a_session("billing-1", set(SHARED), 9_000_001)]
    sessions = sessions_of(READING, KEEPING, names=("billing", "backup")) + shared_only
    tasks = {task.name: task for task in found(sessions).tasks}
    assert len(sessions) - 2 in tasks["backup"].sessions
    assert len(sessions) - 1 in tasks["billing"].sessions


def test_a_session_without_success_is_unplaced() -> None:
    sessions = [*sessions_of(READING, RUNNING), a_session("nobody", set())]
    assert (len(sessions) - 1,) == found(sessions).unplaced


def test_no_session_at_all_is_no_task() -> None:
    told = found([])
    assert ((), 1.0, False) == (told.tasks, told.blast, told.is_worth_it)


def test_work_of_two_tasks_that_hardly_ever_happens_is_granted_to_neither() -> None:
    mixed = a_session("", {*READING[:2], *RUNNING[:2]}, 9_000_000)
    sessions = [*sessions_of(READING, RUNNING, each=150), mixed]
    told = found(sessions)
    assert (len(sessions) - 1,) == told.crossing
    assert all(not {"ec2:RunInstances", "s3:GetObject"} <= task.granted for task in told.tasks)


def test_a_rare_job_with_work_of_its_own_is_kept() -> None:
    rare = [a_session(f"audit-{turn}", set(KEEPING), turn) for turn in range(4)]
    told = found([*sessions_of(READING, RUNNING, each=150), *rare])
    assert [frozenset(KEEPING)] == [task.actions for task in told.tasks if "rds:CopyDBSnapshot" in task.actions]


def test_the_order_of_sessions_does_not_change_the_tasks() -> None:
    sessions = sessions_of(READING, RUNNING, KEEPING)
    order = Random(1).sample(range(len(sessions)), len(sessions))
    other = found([sessions[place] for place in order])
    back = {frozenset(order[place] for place in task.sessions) for task in other.tasks}
    assert {frozenset(task.sessions) for task in found(sessions).tasks} == back


def test_blast_is_the_mean_weight_of_the_task_roles() -> None:
    told = found(sessions_of(READING, RUNNING, each=20))
    broad = sum(map(weight_of, {*READING, *RUNNING, *SHARED}))
    parts = [len(task.sessions) * sum(map(weight_of, task.granted)) / broad for task in told.tasks]
    assert pytest.approx(sum(parts) / 40) == told.blast


def test_light_actions_of_another_task_are_kept_and_heavy_ones_are_not() -> None:
    light, heavy = ("ec2:DescribeInstances", "ec2:DescribeImages"), ("iam:CreateAccessKey", "iam:PutRolePolicy")
    sessions = sessions_of(READING, (*light, *heavy), names=("billing", "fleet"))
    sessions += [a_session("billing-1", {*READING, light[0]}, 9_000_000)]
    (billing,) = [task for task in found(sessions).tasks if task.name == "billing"]
    assert frozenset(light[1:]) == billing.kept


def test_the_reason_names_the_name_and_what_is_done() -> None:
    tasks = found(sessions_of(READING, RUNNING, names=("billing", "fleet"))).tasks
    (fleet,) = [task for task in tasks if task.name == "fleet"]
    assert fleet.reason.startswith("session name `fleet` (20); they do ec2:")


@pytest.mark.parametrize(
    ("name", "stable"),
    [
        ("deploy-1688990966084647983", "deploy"),
        ("aws-go-sdk-1688990966084647983", ""),
        ("botocore-session-1700000000", ""),
        ("i-05c30218156bcc246", ""),
        ("c95c6bcfe9033cfff4d3d0c295caf16e", ""),
        ("eks-prod-api-7f8d9c6b5-x5k2p", "eks-prod-api"),
        ("s3sync", "s3sync"),
        ("Ann@example.com", "ann@example.com"),
        ("nightly_2024-05-01T10", "nightly"),
        ("AWSConfig-Describe", "awsconfig-describe"),
        ("b7d6a1de-95b5-4a7c-9d3a-0a6ea2a1b0c1", ""),
    ],
)
def test_stable_names(name: str, stable: str) -> None:
    assert stable == stable_name(name)


def test_what_cannot_be_chosen_by_the_session_itself_is_trusted_most() -> None:
    signals = {"source_identity": "ann", "subject": "repo:x", "issuing_service": "f", "agent": "terraform"}
    assert Evidence("source_identity", "ann") == evidence_of("deploy-1", signals)
    assert Evidence("name", "deploy") == evidence_of("deploy-1", {"issuing_service": "f", "agent": "terraform"})
    assert Evidence("agent", "terraform") == evidence_of("i-05c30218156bcc246", {"agent": "terraform"})
    assert evidence_of("", {"agent": "Boto3"}) is None


def test_louvain_parts_two_cliques_that_one_edge_joins() -> None:
    edges = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (2, 3)]
    graph: list[dict[int, float]] = [{} for _ in range(6)]
    for a, b in edges:
        graph[a][b] = graph[b][a] = 1.0
    labels = louvain(graph)
    assert [labels[0]] * 3 == labels[:3]
    assert [labels[5]] * 3 == labels[3:]
    assert labels[0] != labels[5]
