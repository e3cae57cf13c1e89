"""Small made-up estates: accounts with users, groups, roles and resources; a seed always makes the same one.

Beside each the policies by whom they are of, as JSON, so that a test can put together by itself what binds a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace

from leastwise.decide.policies import AclGrant, KeyGrant, PolicySet
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import (
    Acl,
    Grant,
    Group,
    Iam,
    InlinePolicy,
    ManagedPolicy,
    Node,
    NotRead,
    Organization,
    OrganizationPolicy,
    Part,
    Resource,
    Resources,
    Role,
    Share,
    User,
)
from leastwise.language.parse import parse_policy
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import ContextValue, Principal, Request

A, B, C = "111122223333", "444455556666", "777788889999"
ACCOUNTS = (A, B)
QUEUE, KEY = f"arn:aws:sqs:eu-west-1:{A}:q", f"arn:aws:kms:eu-west-1:{A}:key/k"
BUCKET = "arn:aws:s3:::b"
OUTSIDE = f"arn:aws:iam::{C}:role/out"
ACTIONS: Mapping[str, tuple[str, ...]] = {
    BUCKET: ("s3:ListBucket",),
    f"{BUCKET}/x/1": ("s3:GetObject", "s3:PutObject"),
    QUEUE: ("sqs:SendMessage", "sqs:ReceiveMessage"),
    KEY: ("kms:Decrypt",),
    "*": ("s3:ListAllMyBuckets", "iam:ListUsers"),
}
PATTERNS = ("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:ListBucket", "sqs:*", "sqs:SendMessage", "kms:Decrypt",
            "sts:AssumeRole", "sts:*", "iam:List*")  # fmt: skip
PLACES = ("*", f"{BUCKET}*", f"{BUCKET}/x/*", QUEUE, "arn:aws:sqs:*:*:*", "arn:aws:kms:*:*:key/*",
          f"arn:aws:iam::{A}:role/*", f"{BUCKET}/${{aws:username}}/*")  # fmt: skip
CONDITIONS = (
    {"StringEquals": {"aws:PrincipalTag/team": "ops"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-made"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
    {"StringNotEquals": {"aws:PrincipalAccount": B}},
)
CANONICAL = ("a" * 64, "b" * 64, "c" * 64)
ORG_ARN = f"arn:aws:organizations::{C}"
UNREAD = (
    ("sqs.GetQueueAttributes", QUEUE),
    ("sqs.ListQueues", ""),
    ("s3.GetBucketPolicy", BUCKET),
    ("kms.ListGrants", KEY),
    ("kms.GetKeyPolicy", KEY),
    ("s3control.GetPublicAccessBlock", ""),
    ("organizations.ListRoots", ""),
)
FULL: Mapping[str, Sequence[dict[str, object]]] = {
    "scp": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "rcp": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
Json = dict[str, object]
Document = Json


@dataclass
class World:
    """One estate, and every policy of it by whom it is of."""

    principals: dict[str, Json] = field(default_factory=dict)
    """By ARN: `identity` documents, `boundary`, `tags`, `trust`."""
    resources: dict[str, Json] = field(default_factory=dict)
    """By ARN: `policy`, `grants`, `acl`, `is_blocked`."""
    levels: dict[str, dict[str, list[list[Document]]]] = field(default_factory=dict)
    """By account, of `scp` and `rcp`, from the root."""
    snapshot: Snapshot = field(default_factory=Snapshot)


class Made:
    """Makes one estate."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.one_of = self.random.choice

    def sometimes(self, share: float) -> bool:
        return self.random.random() < share

    def some_of(self, values: Sequence[str], most: int) -> list[str]:
        return self.random.sample(list(values), self.random.randint(1, most))

    def names(self) -> list[str]:
        return [
            f"arn:aws:iam::{account}:{rest}"
            for account in ACCOUNTS
            for rest in ("user/ann", "user/team/bo", "role/app", "role/team/ops")
        ]

    def statement(self, kind: str) -> Json:
        """One statement of a policy of that type."""
        effect = "Deny" if kind == "rcp" or self.sometimes(0.2) else "Allow"
        body: Json = {"Effect": effect}
        actions = ["sts:AssumeRole"] if kind == "trust" else self.some_of(PATTERNS, 2)
        if kind == "rcp":
            actions = [self.one_of(("s3:*", "s3:GetObject", "sqs:*", "sts:AssumeRole"))]
        is_not = kind not in ("trust", "rcp") and self.sometimes(0.12)
        body["NotAction" if is_not else "Action"] = actions
        if kind != "trust":
            is_not = self.sometimes(0.08)
            body["NotResource" if is_not else "Resource"] = self.some_of(PLACES[:1] if kind == "rcp" else PLACES, 1)
            if kind in ("scp", "boundary") and self.sometimes(0.6):
                body.pop("NotResource", None)
                body["Resource"] = "*"
        if kind in ("resource", "trust", "rcp"):
            body["Principal"] = "*" if kind == "rcp" else self.principal(kind)
        if self.sometimes(0.25):
            body["Condition"] = self.one_of(CONDITIONS)
        return body

    def principal(self, kind: str) -> object:
        sessions = [f"arn:aws:sts::{account}:assumed-role/{name}/s" for account in ACCOUNTS for name in ("app", "ops")]
        named = [*self.names(), *sessions, A, f"arn:aws:iam::{B}:root", B, OUTSIDE, C]
        if self.sometimes(0.1):
            return self.one_of(("*", {"AWS": "*"}))
        found: Json = {"AWS": self.some_of(named, 2)}
        return found | ({"Service": "sns.amazonaws.com"} if self.sometimes(0.2) else {})

    def document(self, kind: str) -> Document:
        count = self.random.randint(1, 2)
        return {"Version": "2012-10-17", "Statement": [self.statement(kind) for _ in range(count)]}

    def world(self, *, has_more: bool = False) -> World:
        """The estate; with `has_more`, also with what the policies beside it do not tell."""
        made = World()
        parts: list[Part] = []
        for account in ACCOUNTS:
            parts.append(self.iam(made, account))
        parts += [self.held(made, arn, account) for arn, account in ((BUCKET, A), (QUEUE, A), (KEY, A))]
        parts += self.organization(made)
        if has_more:
            parts = [*map(self.opened, parts), *self.more()]
        made.snapshot = gathered(parts)
        return made

    def opened(self, part: Part) -> Part:
        """The same, resources among it shared, or with grants and ACLs for accounts."""
        if not isinstance(part, Resources):
            return part
        (one,) = part.resources
        if self.sometimes(0.2):
            one = replace(one, shared_with=(self.one_of((B, C, "all", f"{ORG_ARN}:ou/o-made/ou-a")),))
        if one.arn == BUCKET and self.sometimes(0.4):
            acl = Acl(self.one_of(CANONICAL), self.one_of(("READ", "FULL_CONTROL")))
            one = replace(one, acl=(*one.acl, acl), settings={**one.settings, "OwnerId": CANONICAL[0]})
        if one.arn == KEY and self.sometimes(0.3):
            one = replace(one, grants=(*one.grants, Grant(self.one_of((f"arn:aws:iam::{B}:root", B)), ("Decrypt",))))
        return replace(part, resources=(one,))

    def more(self) -> Iterator[Part]:
        """Shares, policies of whole accounts, and what was not read."""
        root = f"arn:aws:iam::{A}:root"
        if self.sometimes(0.3):
            whom = self.one_of((B, f"arn:aws:iam::{B}:role/app", f"{ORG_ARN}:organization/o-made"))
            share = Share("arn:aws:ram:eu-west-1::s", "s", A, "eu-west-1", (self.one_of((QUEUE, KEY)),), (whom,))
            yield Resources(A, "ram", "eu-west-1", shares=(share,))
        if self.sometimes(0.2):
            held = {"policy": json.dumps(self.document("resource"))}
            yield Resources(A, "more", "eu-west-1", (Resource(root, A, "sqs:account", "eu-west-1", held),))
        if self.sometimes(0.2):
            yield Resources(
                A, "s3control", "", (Resource(root, A, "s3:account", settings={"RestrictPublicBuckets": True}),)
            )
        if self.sometimes(0.2):
            owned = Resource("arn:aws:s3:::of-b", B, "s3:bucket", settings={"OwnerId": CANONICAL[1]})
            yield Resources(B, "s3", resources=(owned,))
        for _ in range(self.random.randint(0, 2)):
            what, subject = self.one_of(UNREAD)
            yield NotRead(what, "AccessDenied", self.one_of((A, "")), subject=subject)

    def iam(self, made: World, account: str) -> Iam:
        """The account's IAM; documents by themselves, through groups, and managed ones."""
        policies: list[ManagedPolicy] = []
        users, roles, groups = [], [], []
        group_documents = [self.document("identity")]
        groups.append(
            Group(
                f"arn:aws:iam::{account}:group/all", "all", inline=(InlinePolicy("g", json.dumps(group_documents[0])),)
            )
        )
        for arn in (name for name in self.names() if f"::{account}:" in name):
            own = [self.document("identity") for _ in range(self.random.randint(0, 2))]
            attached = [self.document("identity")] if self.sometimes(0.4) else []
            boundary = self.document("boundary") if self.sometimes(0.25) else None
            tags = {"team": self.one_of(("ops", "dev"))} if self.sometimes(0.5) else {}
            name = arn.rpartition("/")[2]
            arns = tuple(f"arn:aws:iam::{account}:policy/{name}-{number}" for number in range(len(attached)))
            managed = zip(arns, attached, strict=True)
            policies += [ManagedPolicy(at, at.rpartition("/")[2], json.dumps(one)) for at, one in managed]
            limit = None
            if boundary is not None:
                limit = f"arn:aws:iam::{account}:policy/{name}-limit"
                policies.append(ManagedPolicy(limit, f"{name}-limit", json.dumps(boundary)))
            inline = tuple(InlinePolicy(f"p{number}", json.dumps(one)) for number, one in enumerate(own))
            told: Json = {"identity": [*own, *attached], "boundary": boundary, "tags": tags}
            if ":user/" in arn:
                in_group = self.sometimes(0.5)
                told["identity"] = [*own, *attached, *(group_documents if in_group else [])]
                users.append(
                    User(arn, name, inline=inline, attached=arns, groups=("all",) * in_group, boundary=limit, tags=tags)
                )
            else:
                trust = self.document("trust")
                told["trust"] = trust
                roles.append(
                    Role(arn, name, trust=json.dumps(trust), inline=inline, attached=arns, boundary=limit, tags=tags)
                )
            made.principals[arn] = told
        return Iam(account, tuple(users), tuple(groups), tuple(roles), tuple(policies))

    def held(self, made: World, arn: str, account: str) -> Resources:
        policy = self.document("resource") if self.sometimes(0.7) or arn == KEY else None
        grants = [(self.one_of((*self.names(), OUTSIDE)), "Decrypt")] if arn == KEY and self.sometimes(0.5) else []
        acl = (
            [(self.one_of(("AllUsers", "AuthenticatedUsers")), "READ")] if arn == BUCKET and self.sometimes(0.2) else []
        )
        is_blocked = arn == BUCKET and self.sometimes(0.2)
        made.resources[arn] = {"policy": policy, "grants": grants, "acl": acl, "is_blocked": is_blocked}
        return Resources(
            account,
            arn.split(":")[2],
            resources=(
                Resource(
                    arn,
                    account,
                    "kms:key" if arn == KEY else f"{arn.split(':')[2]}:resource",
                    policies={} if policy is None else {"policy": json.dumps(policy)},
                    grants=tuple(Grant(who, (what,)) for who, what in grants),
                    acl=tuple(Acl(who, what) for who, what in acl),
                    settings={"RestrictPublicBuckets": True} if is_blocked else {},
                ),
            ),
        )

    def organization(self, made: World) -> list[Organization]:
        """No organisation, or one with both accounts, an OU above the first."""
        if self.sometimes(0.4):
            return []
        policies: list[OrganizationPolicy] = []
        ids: dict[tuple[str, str], tuple[str, ...]] = {}
        levels: dict[tuple[str, str], list[Document]] = {}
        for node in ("r-root", "ou-a", A, B):
            for kind in ("scp", "rcp"):
                found = [] if self.sometimes(0.05) else [{"Version": "2012-10-17", "Statement": list(FULL[kind])}]
                found += [self.document(kind)] * self.sometimes(0.3)
                levels[node, kind] = found
                made_ids = []
                for one in found:
                    made_ids.append(f"p-{len(policies)}")
                    policies.append(OrganizationPolicy(made_ids[-1], made_ids[-1], kind, json.dumps(one)))  # type: ignore[arg-type]
                ids[node, kind] = tuple(made_ids)
        ways = {A: ("r-root", "ou-a", A), B: ("r-root", B)}
        for account, way in ways.items():
            made.levels[account] = {kind: [levels[node, kind] for node in way] for kind in ("scp", "rcp")}
        parents = {"r-root": "", "ou-a": "r-root", A: "ou-a", B: "r-root"}
        types = {"r-root": "root", "ou-a": "ou"}
        nodes = tuple(
            Node(node, node, types.get(node, "account"), parent, ids[node, "scp"], ids[node, "rcp"])  # type: ignore[arg-type]
            for node, parent in parents.items()
        )
        return [Organization("o-made", C, nodes, tuple(policies), enabled=("scp", "rcp"))]

    def question(self, made: World) -> tuple[str, str]:
        """An action on a resource."""
        if self.sometimes(0.25):
            return "sts:AssumeRole", self.one_of([arn for arn in made.principals if ":role/" in arn])
        resource = self.one_of(list(ACTIONS))
        return self.one_of(ACTIONS[resource]), resource

    def context(self) -> dict[str, ContextValue]:
        return {"aws:SecureTransport": self.one_of(("true", "false"))} if self.sometimes(0.5) else {}


ORG_PATHS = {A: "o-made/r-root/ou-a/", B: "o-made/r-root/"}


def assembled(
    made: World, arn: str, action: str, resource: str, context: Mapping[str, ContextValue], *, is_complete: bool
) -> tuple[Request, PolicySet]:
    """A request of a user, role or root user and what binds it, put together by hand."""
    own = made.principals.get(arn, {"identity": [], "boundary": None, "tags": None})
    account = arn.split(":")[4]
    owner = account if resource == "*" else (A if resource.startswith("arn:aws:s3") else resource.split(":")[4])
    held = made.resources.get(BUCKET if resource.startswith(BUCKET) else resource, {})
    trusting = made.principals.get(resource, {})
    is_assuming = action == "sts:AssumeRole"
    document = trusting.get("trust") if is_assuming else held.get("policy")
    told = dict(context)
    for prefix, whose in (("Principal", account), ("Resource", owner)):
        if whose in made.levels:
            told |= {f"aws:{prefix}OrgID": "o-made", f"aws:{prefix}OrgPaths": [ORG_PATHS[whose]]}
    who = Principal.of(arn, role_arn=arn if ":role/" in arn else None, tags=own["tags"])  # type: ignore[arg-type]
    request = Request(who, action, resource, told, owner, is_complete)
    levels = {kind: made.levels.get(of, {}).get(kind, []) for kind, of in (("scp", account), ("rcp", owner))}
    policies = PolicySet(
        identity=[parsed(one, "identity") for one in own["identity"]],  # type: ignore[union-attr]
        boundary=parsed(own["boundary"], "boundary") if own["boundary"] else None,
        resource=[parsed(document, "trust" if is_assuming else "resource")] if document else (),
        scps=[[parsed(one, "scp") for one in level] for level in levels["scp"]],
        rcps=[[parsed(one, "rcp") for one in level] for level in levels["rcp"]],
        grants=[KeyGrant(whom, (what,), KEY) for whom, what in held.get("grants", ())],  # type: ignore[union-attr]
        acl=[AclGrant(whom, what) for whom, what in held.get("acl", ())],  # type: ignore[union-attr]
        public_access_block=bool(held.get("is_blocked")),
    )
    return request, policies


def parsed(document: object, kind: Kind) -> Policy:
    return parse_policy(json.dumps(document), kind=kind)
