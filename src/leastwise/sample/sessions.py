"""Who a record says that it is: sessions of roles and keys of users, on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from leastwise.sample.authorization import principal_id
from leastwise.sample.chance import hexes, unique_id
from leastwise.sample.trusts import GITHUB
from leastwise.sample.values import Json, Principal, Role, User

_AGENTS: Mapping[str, str] = {
    "function": "Boto3/1.35.36 md/Botocore#1.35.36 md/awscrt#0.22.0 ua/2.0 os/linux#5.10 lang/python#3.12.7 "
    "exec-env/AWS_Lambda_python3.12",
    "task": "aws-sdk-java/2.28.11 Linux/5.10.226 OpenJDK_64-Bit_Server_VM/21.0.4 exec-env/AWS_ECS_FARGATE",
    "instance": "aws-sdk-go/1.55.5 (go1.22.7; linux; amd64) amazon-ssm-agent/3.3.987.0",
    "job": "aws-sdk-java/1.12.721 Linux/5.10.226 GlueJob",
    "github": "aws-cli/2.18.5 md/awscrt#0.22.0 ua/2.0 os/linux#6.8.0-azure md/arch#x86_64 lang/python#3.12.6",
    "person": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    "reader": "Boto3/1.35.36 md/Botocore#1.35.36 ua/2.0 os/linux#5.10 lang/python#3.12.7",
    "vendor": "aws-sdk-go-v2/1.30.5 os/linux lang/go#1.22.6 md/GOOS#linux md/GOARCH#amd64",
}
_CLI = (
    "aws-cli/2.17.44 md/awscrt#0.21.2 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9 cfg/retry-mode#standard"
)
_HOURS: Mapping[str, tuple[int, int]] = {"person": (7, 17), "github": (8, 18), "drill": (9, 11)}
_PRIVATE = frozenset({"task", "instance"})
_BY_SERVICE = frozenset({"service-linked", "service"})


@dataclass(frozen=True, slots=True)
class Session:
    """One session or key: its name, how records word it, from where it calls, and from when until when."""

    name: str
    identity: Json
    address: str
    agent: str
    endpoint: str
    start: int
    end: int

    @property
    def access_key(self) -> str:
        """The access key of the session's calls."""
        return str(self.identity.get("accessKeyId", ""))


def session_of(principal: Principal, day: date, rng: Random) -> Session:
    """The session with which a principal works on the day."""
    if isinstance(principal, User):
        return _of_user(principal, day, rng)
    name = _name(principal, day, rng)
    first, last = _HOURS.get(principal.session, (0, 23))
    start = first * 3600 + rng.randrange(1800)
    created = f"{day}T{clock(start)}Z"
    service = f"{principal.service}.amazonaws.com" if principal.session in _BY_SERVICE else ""
    identity = _assumed(principal, name, created)
    if service:
        identity["invokedBy"] = service
    return Session(
        name,
        identity,
        service or _address(principal, rng),
        service or _AGENTS.get(principal.session, _CLI),
        principal.endpoint,
        start,
        last * 3600 + 3599,
    )


def clock(second: int) -> str:
    """`13:05:09`."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _name(role: Role, day: date, rng: Random) -> str:
    if role.sessions:
        return role.sessions[day.toordinal() % len(role.sessions)]
    return {"job": "GlueJobRunnerSession", "service-linked": role.service}.get(
        role.session, hexes(32, role.arn, day, rng.random())
    )


def _address(role: Role, rng: Random) -> str:
    low, high = rng.randrange(256), rng.randrange(1, 255)
    if role.session in _PRIVATE:
        return f"10.{int(hexes(2, role.account), 16)}.{low}.{high}"
    return f"{_NETWORKS.get(role.session, '3.248')}.{low}.{high}"


_NETWORKS: Mapping[str, str] = {"github": "20.57", "person": "203.0", "vendor": "198.51", "drill": "203.0"}


def _of_user(user: User, day: date, rng: Random) -> Session:
    identity: Json = {
        "type": "IAMUser",
        "principalId": principal_id(user),
        "arn": user.arn,
        "accountId": user.account,
        "accessKeyId": user.keys[0].id if user.keys else unique_id("ASIA", user.arn)[:20],
        "userName": user.name,
    }
    if not user.keys:
        mfa = str(user.has_mfa).lower()
        identity["sessionContext"] = {"attributes": {"creationDate": f"{day}T08:59:00Z", "mfaAuthenticated": mfa}}
    return Session(user.name, identity, f"192.0.2.{rng.randrange(1, 255)}", _CLI, "", 9 * 3600, 17 * 3600)


def _assumed(role: Role, name: str, created: str) -> Json:
    role_id = principal_id(role)
    context: Json = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role_id,
            "arn": role.arn,
            "accountId": role.account,
            "userName": role.name,
        },
        "attributes": {"creationDate": created, "mfaAuthenticated": str(role.has_mfa).lower()},
    }
    if role.session == "github":
        provider = f"arn:aws:iam::{role.account}:oidc-provider/{GITHUB}"
        context["webIdFederationData"] = {"federatedProvider": provider, "attributes": {}}
    if role.session == "instance":
        context["ec2RoleDelivery"] = "2.0"
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{name}",
        "arn": f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{name}",
        "accountId": role.account,
        "accessKeyId": unique_id("ASIA", role.arn, name, created)[:20],
        "sessionContext": context,
    }
