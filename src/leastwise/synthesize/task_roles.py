"""Task roles ready to be made: for each task of a broad role its policies, who may assume it, and who would use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.model.arn import Arn, parse_arn
from leastwise.model.policy import Conditions, Statement, document
from leastwise.synthesize.propose import Options, Proposal, propose
from leastwise.synthesize.roles import Session, Split, Task, split
from leastwise.usage.observed import Observed
from leastwise.usage.sessions import Caller, UsedSession, rows_of, sessions

LONGEST_ROLE_NAME: Final = 64
"""Characters of a role's name. IAM User Guide, "IAM and AWS STS quotas"."""
_ASSUMABLE_BY: Final = ("Role", "User")
_ACTIONS: Final[Mapping[str, str]] = {
    "WebIdentityUser": "sts:AssumeRoleWithWebIdentity",
    "SAMLUser": "sts:AssumeRoleWithSAML",
}

TrustFrom = Literal["the role's own", "who assumed it", "nobody known"]


@dataclass(frozen=True, slots=True)
class Today:
    """The broad role as the snapshot has it: the text of its trust policy, its path and its boundary's ARN."""

    trust: str
    path: str = "/"
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRole:
    """One task role: name and ARN, its policies, its trust policy, what its callers need, and who would use it.

    `assume` is the identity policy that lets a caller assume it. `names` and `identities` are the session names and
    source identities of the sessions that would use it, with how many sessions bear each.
    """

    name: str
    arn: str
    task: Task
    proposal: Proposal
    trust: Mapping[str, object]
    trust_from: TrustFrom
    assume: Mapping[str, object]
    callers: tuple[Caller, ...]
    names: Mapping[str, int]
    identities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TaskRoles:
    """A broad role, its sessions, how they split, and the roles to make of that."""

    principal: str
    sessions: tuple[UsedSession, ...]
    split: Split
    roles: tuple[TaskRole, ...]
    today: Today | None


def task_roles(
    observed: Observed,
    principal: str,
    *,
    catalogue: Catalogue,
    data_seen: frozenset[str],
    options: Options,
    today: Today | None = None,
) -> TaskRoles:
    """The task roles of a principal from what its sessions did; each proposal covers its task's calls alone.

    Raises StoreError when the store cannot be read. A principal without a call that counts has no task.
    """
    used = tuple(sessions(observed, principal, options.window))
    found = split([session_of(one) for one in used], weight=lambda action: weight_of(action, catalogue))
    roles = []
    for task in found.tasks:
        mine = [used[place] for place in task.sessions]
        left_out = frozenset[str]().union(*(one.actions for one in mine)) - task.granted
        within = rows_of(mine, without=left_out, besides=task.kept)
        its = replace(options, window=replace(options.window, within=within))
        proposal = propose(observed, principal, catalogue=catalogue, data_seen=data_seen, options=its)
        roles.append(_role(principal, task, proposal, mine, today))
    return TaskRoles(principal, used, found, tuple(roles), today)


def session_of(used: UsedSession) -> Session:
    """The session as a splitter takes it; times not known are 0."""
    external = [one.name for one in used.callers if one.principal_type in _ACTIONS]
    own = [one.name for one in used.callers if one.principal_type in _ASSUMABLE_BY]
    signals = {
        "source_identity": used.source_identity,
        "subject": external[0] if len(external) == 1 else "",
        "caller": own[0] if len(own) == 1 else "",
        "issuing_service": used.issued_to,
        "agent": used.agent,
    }
    first, last = (int(time.timestamp()) if time else 0 for time in (used.first, used.last))
    return Session(used.name, signals, used.actions, used.events, first, last)


def _role(principal: str, task: Task, proposal: Proposal, mine: Sequence[UsedSession], today: Today | None) -> TaskRole:
    own = parse_arn(principal) or Arn("aws", "iam", "", "", principal)
    name = role_name(principal, task.name)
    path = today.path if today else "/"
    arn = f"arn:{own.partition}:iam::{own.account}:role{path}{name}"
    callers = tuple(sorted({c for one in mine for c in one.callers}, key=lambda c: (c.principal_type, c.name)))
    if not callers and ":user/" in principal:
        callers = (Caller(principal, "User", ""),)
    trust, trust_from = _trust(own, callers, today)
    return TaskRole(
        name=name,
        arn=arn,
        task=task,
        proposal=_named(proposal, name),
        trust=trust,
        trust_from=trust_from,
        assume=document((Statement("AssumeTaskRole", ("sts:AssumeRole",), (arn,)),)),
        callers=callers,
        names=_counted(one.name for one in mine),
        identities=_counted(one.source_identity for one in mine),
    )


def role_name(principal: str, task: str) -> str:
    """The broad role's name and the task's, in as many characters as IAM takes."""
    stem = re.sub(r"[^\w+=,.@-]", "-", principal.rpartition("/")[2], flags=re.ASCII)
    room = max(LONGEST_ROLE_NAME - len(task) - 1, 16)
    return f"{stem[:room]}-{task}"[:LONGEST_ROLE_NAME]


def _named(proposal: Proposal, role: str) -> Proposal:
    """The proposal with its policies named after the task role."""
    several = len(proposal.policies) > 1
    names = [f"leastwise-{role}{f'-{place + 1}' if several else ''}" for place in range(len(proposal.policies))]
    policies = tuple(replace(policy, name=name) for policy, name in zip(proposal.policies, names, strict=True))
    return replace(proposal, policies=policies)


def _trust(own: Arn, callers: Sequence[Caller], today: Today | None) -> tuple[Mapping[str, object], TrustFrom]:
    if today is not None and today.trust:
        held = json.loads(today.trust)
        if isinstance(held, dict):
            return held, "the role's own"
    if callers:
        return _trust_of(callers), "who assumed it"
    return trust_of_nobody(own), "nobody known"


def _trust_of(callers: Sequence[Caller]) -> Mapping[str, object]:
    """A trust policy for these callers alone."""
    services = sorted({one.name for one in callers if one.principal_type == "Service"})
    external = [one for one in callers if one.principal_type in _ACTIONS]
    named = sorted({one.name for one in callers if one.principal_type not in ("Service", *_ACTIONS)})
    statements = [
        *([_trusting({"AWS": tuple(named)}, "sts:AssumeRole")] if named else []),
        *([_trusting({"Service": tuple(services)}, "sts:AssumeRole")] if services else []),
        *(_federated(one) for one in external),
    ]
    return document(statements)


def _trusting(
    principals: Mapping[str, tuple[str, ...]], action: str, conditions: Conditions | None = None
) -> Statement:
    return Statement(None, (action,), (), conditions or {}, principals=principals, has_resource=False)


def _federated(caller: Caller) -> Statement:
    """Trust in one subject of a provider; its name ends with the subject. IAM User Guide, "userIdentity element"."""
    host = caller.provider.rpartition("oidc-provider/")[2] or caller.provider
    subject = caller.name.removeprefix(f"{caller.provider}:").partition(":")[2]
    key = f"{host}:sub" if caller.principal_type == "WebIdentityUser" else "saml:sub"
    value = subject if caller.principal_type == "WebIdentityUser" and subject else caller.name.rpartition(":")[2]
    provider = caller.provider or "REPLACE-WITH-THE-PROVIDER"
    return _trusting({"Federated": (provider,)}, _ACTIONS[caller.principal_type], {"StringEquals": {key: (value,)}})


def trust_of_nobody(own: Arn) -> Mapping[str, object]:
    """A trust policy that lets nobody in before it is edited."""
    account = f"arn:{own.partition}:iam::{own.account}"
    only = {"ArnEquals": {"aws:PrincipalArn": (f"{account}:role/REPLACE-WITH-WHO-ASSUMES-IT",)}}
    return document((_trusting({"AWS": (f"{account}:root",)}, "sts:AssumeRole", only),))


def _counted(values: Iterable[str]) -> Mapping[str, int]:
    """Each value that is not empty with how often it is there, the most frequent first."""
    counts: dict[str, int] = {}
    for value in values:
        if value:
            counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
