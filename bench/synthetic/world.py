"""The principals of an invented organisation and what each of them habitually touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from synthetic.calls import DATA, FOR_SERVICES, MANAGEMENT, Call
from synthetic.names import Favoured, address, base36, digits, favoured, hexes, uuid, word

ACCOUNTS = 12
PRINCIPALS = 600
POPULARITY = 1.05
REGIONS = ("us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-2")
KINDS = (("role", 0.78), ("service", 0.05), ("user", 0.06), ("oidc", 0.06), ("sso", 0.05))

_AGENTS = (
    "Boto3/1.34.{} md/Botocore#1.34.{} ua/2.0 os/linux#5.10.{}-amzn2.x86_64 md/arch#x86_64 lang/python#3.11",
    "aws-sdk-java/2.25.{} Linux/5.10.{}-amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.{} Java/17 cfg/retry",
    "aws-sdk-go-v2/1.26.{} os/linux lang/go#1.22.{} md/GOOS#linux md/GOARCH#amd64 api/dynamodb#1.31.{}",
    "aws-sdk-js/3.540.{} ua/2.0 os/linux#5.10.{} lang/js md/nodejs#20.12.{} api/s3",
    "aws-cli/2.15.{} Python/3.11.8 Linux/6.5.{}-1020-aws exe/x86_64.ubuntu.22 prompt/off command/{}",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.{} (+https://www.terraform.io) provider-aws/5.43.{} go/1.21.{}",
)
_SERVICES_TEXT = (
    "lambda ec2 cloudtrail config ecs-tasks delivery.logs events autoscaling elasticloadbalancing backup "
    "firehose guardduty apigateway cloudformation scheduler spot ssm inspector2 macie replication.s3 "
)
_SERVICES = tuple(_SERVICES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Session:
    """One session name, the address it calls from, and its VPC endpoint or nothing."""

    name: str
    ip: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Belongings:
    """The resources that one principal works with, the favourite first."""

    buckets: Favoured[str]
    folders: Favoured[str]
    tables: Favoured[str]
    queues: Favoured[str]
    functions: Favoured[str]
    keys: Favoured[str]
    roles: Favoured[str]
    secrets: Favoured[str]
    repositories: Favoured[str]
    instances: Favoured[str]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, from where, what and on what."""

    kind: str
    account: str
    name: str
    unique_id: str
    weight: float
    regions: Favoured[str]
    data_share: float
    data: Favoured[Call]
    management: Favoured[Call]
    agents: Favoured[str]
    sessions: Callable[[Random, int], Session]
    has: Belongings


def build_world(seed: int) -> tuple[Principal, ...]:
    """The 600 principals of `seed`, most active first."""
    rng = Random(f"world:{seed}")
    accounts = tuple(digits(rng, 12) for _ in range(ACCOUNTS))
    kinds = [kind for kind, share in KINDS for _ in range(round(share * PRINCIPALS))]
    rng.shuffle(kinds)
    return tuple(
        _principal(rng, kind, rng.choice(accounts), 1 / rank**POPULARITY) for rank, kind in enumerate(kinds, 1)
    )


def _principal(rng: Random, kind: str, account: str, weight: float) -> Principal:
    data, management = _habits(rng, kind)
    agents = [rng.choice(_AGENTS).format(*rng.choices(range(100), k=3)) for _ in range(rng.randint(1, 3))]
    return Principal(
        kind=kind,
        account=account,
        name=_NAMES[kind](rng),
        unique_id=("AIDA" if kind == "user" else "AROA") + base36(rng, 17),
        weight=weight,
        regions=favoured(rng.sample(REGIONS, rng.randint(1, 3)), 2.5),
        data_share={"sso": 0.25, "user": 0.45, "oidc": 0.35}.get(kind, 0.66),
        data=data,
        management=management,
        agents=favoured(agents),
        sessions=_SESSIONS[kind](rng),
        has=_belongings(rng, account),
    )


def _habits(rng: Random, kind: str) -> tuple[Favoured[Call], Favoured[Call]]:
    if kind == "service":
        return favoured(_some(rng, FOR_SERVICES[0], 1, 3)), favoured(_some(rng, FOR_SERVICES[1], 1, 2))
    return favoured(_some(rng, DATA, 2, 6)), favoured(_some(rng, MANAGEMENT, 3, 12))


def _some(rng: Random, calls: tuple[Call, ...], low: int, high: int) -> list[Call]:
    return rng.sample(calls, min(len(calls), rng.randint(low, high)))


def _belongings(rng: Random, account: str) -> Belongings:
    def of(low: int, high: int, make: Callable[[], str]) -> Favoured[str]:
        return favoured([make() for _ in range(rng.randint(low, high))], 0.9)

    return Belongings(
        buckets=of(1, 4, lambda: f"{word(rng)}-{word(rng)}-{account}-{hexes(rng, 4)}"),
        folders=of(12, 40, lambda: f"{word(rng)}-{rng.randint(1, 40)}"),
        tables=of(1, 5, lambda: f"{word(rng)}-{word(rng)}-prod"),
        queues=of(1, 4, lambda: f"{word(rng)}-{word(rng)}-queue"),
        functions=of(1, 4, lambda: f"{word(rng)}-{word(rng)}-handler"),
        keys=of(1, 3, lambda: uuid(rng)),
        roles=of(1, 3, lambda: f"{word(rng)}-{word(rng)}-role"),
        secrets=of(1, 3, lambda: f"prod/{word(rng)}/{word(rng)}"),
        repositories=of(1, 3, lambda: f"{word(rng)}/{word(rng)}"),
        instances=of(2, 8, lambda: "i-0" + hexes(rng, 16)),
    )


def _fleet(rng: Random) -> Callable[[Random, int], Session]:
    """Sessions of machines and tasks: a name keeps its address for a day, then another takes over."""
    size, secret = rng.choice((6, 24, 80, 240)), hexes(rng, 16)
    network, endpoint = f"10.{rng.randrange(256)}", rng.choice(("", "vpce-0" + hexes(rng, 16)))
    slots = favoured(range(size), 0.6)

    def draw(event: Random, hour: int) -> Session:
        slot = slots.draw(event)
        own = Random(f"{secret}:{slot}:{(hour + slot) // 24}")
        name = ("i-0" + hexes(own, 16)) if size < 20 else hexes(own, 32)
        return Session(name, address(own, network), endpoint)

    return draw


def _function(rng: Random) -> Callable[[Random, int], Session]:
    """Sessions of one Lambda function: one name, many addresses."""
    name = f"{word(rng)}-{word(rng)}-handler"
    pool = favoured([address(rng, f"{rng.choice((3, 18, 34, 52))}.{rng.randrange(256)}") for _ in range(240)], 0.4)
    return lambda event, hour: Session(name, pool.draw(event), "")


def _workload(rng: Random) -> Callable[[Random, int], Session]:
    return (_fleet if rng.random() < 0.7 else _function)(rng)


def _runner(rng: Random) -> Callable[[Random, int], Session]:
    """Sessions of build runs: a fresh name and a fresh address every hour."""
    secret, parallel = hexes(rng, 16), rng.randint(2, 12)

    def draw(event: Random, hour: int) -> Session:
        own = Random(f"{secret}:{hour}:{event.randrange(parallel)}")
        return Session(f"GitHubActions-{digits(own, 11)}", address(own, f"20.{own.randrange(256)}"), "")

    return draw


def _person(rng: Random) -> Callable[[Random, int], Session]:
    name = f"{word(rng)}.{word(rng)}@example.com"
    pool = favoured([address(rng, f"{rng.choice((81, 88, 94))}.{rng.randrange(256)}") for _ in range(16)])
    return lambda event, hour: Session(name, pool.draw(event), "")


def _service(rng: Random) -> Callable[[Random, int], Session]:
    return lambda event, hour: Session("", "", "")


_SESSIONS: dict[str, Callable[[Random], Callable[[Random, int], Session]]] = {
    "role": _workload,
    "service": _service,
    "user": _person,
    "oidc": _runner,
    "sso": _person,
}
_NAMES: dict[str, Callable[[Random], str]] = {
    "role": lambda rng: f"{word(rng)}-{word(rng)}-{hexes(rng, 6)}",
    "service": lambda rng: f"{rng.choice(_SERVICES)}.amazonaws.com",
    "user": lambda rng: f"{word(rng)}-{word(rng)}-{digits(rng, 3)}",
    "oidc": lambda rng: f"github-{word(rng)}-{word(rng)}-{hexes(rng, 4)}",
    "sso": lambda rng: f"AWSReservedSSO_{word(rng).title()}Access_{hexes(rng, 16)}",
}
