"""Made-up families of resources: what one owner uses over 120 days in a namespace that it shares with others.

A family is a template of an ARN with the owner's name in it, at the front, in the middle or at the end, and one part
that differs from resource to resource. Of 100 families, 55 have parts that machines make (dates in seven forms, UUIDs,
hashes, numbers that count, time stamps, execution ids), 20 have chosen names, of which new ones appear, and 25 have a
fixed set of names or ids. New parts appear at even chance on every day, from three a day to one in six days; each is
used on the day it appears and by chance on the next days. Half of the growing families also use a few old ones all
along. One chosen-name family in five lies in a folder or under a prefix that all owners share, so that nothing but the
name tells whose a resource is. Decoys are resources of five other owners from the same template over the same days.

Beside the mix there are flat families: ids that AWS gives out in one account, with no owner in them at all.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 120
TRAINED = 80
_START = date(2025, 8, 17)
_EPOCH = date(1970, 1, 1)
_A, _R = "111122223333", "eu-west-1"

_OWNERS = (
    "billing", "search", "checkout", "ml-training", "team7", "svc-12", "ledger", "crm", "data-lake", "mobile_api",
    "fraud2", "ads", "shipping", "hr", "catalog", "risk-engine", "video", "iot-ingest", "growth", "payments-eu",
)  # fmt: skip
_NOUNS = (
    "orders", "customers", "invoices", "events", "clicks", "sessions", "features", "models", "prices", "stock",
    "refunds", "emails", "profiles", "carts", "devices", "alerts", "metrics", "audits", "leads", "tickets", "claims",
    "routes", "drivers", "menus", "recipes", "vendors", "budgets", "forecasts", "labels", "images", "transcripts",
)  # fmt: skip
_SECOND = ("daily", "raw", "v2", "eu", "us", "archive", "export", "summary", "by_region", "tmp", "full", "delta")

Make = Callable[[random.Random, int], str]
"""The part of a resource that differs, for the day on which it appears."""


@dataclass(frozen=True)
class Use:
    """A request: the resource, and the day from the start of the family."""

    resource: str
    day: int


@dataclass(frozen=True)
class Family:
    """What an owner used, in order of days, and what others have; `kind` names the sort of family."""

    kind: str
    uses: tuple[Use, ...]
    decoys: tuple[str, ...]


def epoch_day(day: int) -> int:
    """The day counted from 1970-01-01."""
    return (_START - _EPOCH).days + day


def families(count: int, seed: int) -> Iterator[Family]:
    """So many families of the mix."""
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        kind = chance.choices(("made", "names", "fixed"), (55, 20, 25))[0]
        yield _family(kind, chance)


def flat_families(count: int, seed: int) -> Iterator[Family]:
    """So many families of ids without an owner."""
    for number in range(count):
        yield _family("flat", random.Random(seed * 1_000_003 + 500_000 + number))


def _family(kind: str, chance: random.Random) -> Family:
    template, make = _SORTS[kind](chance)
    owner, *others = chance.sample(_OWNERS, 6)
    gap = chance.choice((0.35, 0.7, 1.5, 3.0, 6.0)) if kind != "names" else chance.choice((1.5, 3.0, 5.0))
    days = _fixed_days(chance) if kind == "fixed" else _growing_days(chance, gap)
    mine = [(template(owner, make(chance, day)), day) for day in days]
    uses = _fixed_uses(mine, chance) if kind == "fixed" else _growing_uses(mine, chance)
    names = {use.resource for use in uses}
    decoys = {template(one, make(chance, chance.randrange(DAYS))) for one in others for _ in range(8)}
    return Family(kind, tuple(sorted(uses, key=lambda u: u.day)), tuple(sorted(decoys - names)))


def _growing_days(chance: random.Random, gap: float) -> list[int]:
    days, at = [0], 0.0
    while (at := at + chance.expovariate(1 / gap)) < DAYS:
        days.append(int(at))
    return days


def _growing_uses(mine: list[tuple[str, int]], chance: random.Random) -> list[Use]:
    uses = [Use(name, day) for name, day in mine]
    for name, day in mine:
        uses += [Use(name, later) for later in range(day + 1, min(DAYS, day + 5)) if chance.random() < 0.3]
    if chance.random() < 0.5:
        for name, day in mine[:3]:
            uses += [Use(name, later) for later in range(day + 1, DAYS) if chance.random() < 0.3]
    return uses


def _fixed_days(chance: random.Random) -> list[int]:
    return [0] * chance.randint(2, 12)


def _fixed_uses(mine: list[tuple[str, int]], chance: random.Random) -> list[Use]:
    """Each name of the set in use from its first days on, some of them seldom."""
    uses = []
    for name, _ in mine:
        often = chance.choice((0.8, 0.4, 0.15))
        uses += [Use(name, day) for day in range(DAYS) if chance.random() < often]
    return uses


Template = Callable[[str, str], str]
_Sort = Callable[[random.Random], tuple[Template, Make]]


def _made(chance: random.Random) -> tuple[Template, Make]:
    template, makes = chance.choice(_MADE_TEMPLATES)
    make = chance.choice(makes)
    bucket = chance.choice(("logs", "datalake-prod", "exports", "uploads"))
    return lambda owner, part: template.format(o=owner, p=part, b=bucket, r=_R, a=_A), make


def _named(chance: random.Random) -> tuple[Template, Make]:
    shared = chance.random() < 0.2
    template = chance.choice(_SHARED_TEMPLATES if shared else _NAME_TEMPLATES)
    rest = [f"{n}{sep}{s}" if s else n for n in _NOUNS for s in ("", *_SECOND) for sep in ("-" if s else "",)]
    chance.shuffle(rest)
    left = iter(rest * 40)
    return lambda owner, part: template.format(o=owner, p=part, r=_R, a=_A), lambda _c, _d: next(left)


def _fixed(chance: random.Random) -> tuple[Template, Make]:
    if chance.random() < 0.5:
        return _named(chance)
    return _made(chance)


def _flat(chance: random.Random) -> tuple[Template, Make]:
    template, make = chance.choice(_FLAT)
    return lambda owner, part: template.format(p=part, r=_R, a=_A), make


def _day(day: int) -> date:
    return _START + timedelta(days=day)


def _dated(form: str) -> Make:
    return lambda _chance, day: _day(day).strftime(form)


def _hexes(length: int) -> Make:
    return lambda chance, _day: "".join(chance.choices("0123456789abcdef", k=length))


def _uuid(chance: random.Random, _day: int) -> str:
    text = "".join(chance.choices("0123456789abcdef", k=32))
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _letters(chance: random.Random, _day: int) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=chance.choice((16, 20, 22))))


def _counted(start: int, pace: int) -> Make:
    return lambda chance, day: str(start + pace * day + chance.randrange(pace))


def _stamp(chance: random.Random, day: int) -> str:
    moment = _day(day)
    return f"{moment:%Y%m%d}T{chance.randrange(24):02}{chance.randrange(60):02}{chance.randrange(60):02}Z"


def _seconds(chance: random.Random, day: int) -> str:
    return str((epoch_day(day) * 24 + chance.randrange(24)) * 3600 + chance.randrange(3600))


def _dated_id(form: str, ids: Make) -> Make:
    return lambda chance, day: f"{_day(day).strftime(form)}{ids(chance, day)}"


_DATES = tuple(
    map(_dated, ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y/%m/%d/%H", "year=%Y/month=%m/day=%d", "dt=%Y-%m-%d", "%Y_%m_%d"))
)
_IDS = (_uuid, _hexes(32), _hexes(40), _hexes(16), _letters, _counted(4_100, 37), _stamp, _seconds)
_BOTH = (*_DATES, *_IDS, _dated_id("%Y/%m/%d/", _uuid), _dated_id("%Y-%m-%d-", _hexes(12)))

_STREAM = _dated_id("%Y/%m/%d/[$LATEST]", _hexes(32))

_MADE_TEMPLATES: tuple[tuple[str, tuple[Make, ...]], ...] = (
    ("arn:aws:s3:::{b}/{o}/{p}/data.json", _BOTH),
    ("arn:aws:s3:::{b}/{o}/incoming/{p}.csv.gz", _BOTH),
    ("arn:aws:s3:::{b}/{p}/{o}.parquet", _BOTH),
    ("arn:aws:s3:::{b}/batch/{p}/{o}/result.txt", _BOTH),
    ("arn:aws:s3:::{o}-{b}/{p}", _BOTH),
    ("arn:aws:s3:::{b}/{o}-{p}.json", _IDS),
    ("arn:aws:logs:{r}:{a}:log-group:/aws/lambda/{o}-worker:log-stream:{p}", (_STREAM,)),
    ("arn:aws:ecs:{r}:{a}:task/{o}/{p}", (_hexes(32),)),
    ("arn:aws:states:{r}:{a}:execution:{o}-flow:{p}", (_uuid, _stamp)),
    ("arn:aws:codebuild:{r}:{a}:build/{o}:{p}", (_uuid,)),
    ("arn:aws:sagemaker:{r}:{a}:training-job/{o}-{p}", (_stamp, _dated("%Y-%m-%d"), _counted(100, 9))),
    ("arn:aws:ssm:{r}:{a}:parameter/{o}/jobs/{p}", (_uuid, _counted(10_000, 50))),
    ("arn:aws:dynamodb:{r}:{a}:table/{o}-snapshot-{p}", (_dated("%Y%m%d"), _dated("%Y-%m-%d"))),
)  # fmt: skip

_NAME_TEMPLATES = (
    "arn:aws:s3:::datalake-prod/{o}/{p}/current.parquet",
    "arn:aws:s3:::exports/{o}/{p}.csv",
    "arn:aws:s3:::{o}-reports/{p}.pdf",
    "arn:aws:dynamodb:{r}:{a}:table/{o}-{p}",
    "arn:aws:ssm:{r}:{a}:parameter/{o}/prod/{p}",
    "arn:aws:sqs:{r}:{a}:{o}-{p}",
    "arn:aws:glue:{r}:{a}:table/{o}/{p}",
    "arn:aws:s3:::datalake-prod/{p}/{o}/current.parquet",
)
_SHARED_TEMPLATES = (
    "arn:aws:s3:::datalake-prod/shared/{p}.csv",
    "arn:aws:ssm:{r}:{a}:parameter/common/{p}",
    "arn:aws:glue:{r}:{a}:table/warehouse/{p}",
)
_FLAT: tuple[tuple[str, Make], ...] = (
    ("arn:aws:ec2:{r}:{a}:instance/i-{p}", _hexes(17)),
    ("arn:aws:ec2:{r}:{a}:volume/vol-{p}", _hexes(17)),
    ("arn:aws:kms:{r}:{a}:key/{p}", _uuid),
    ("arn:aws:ec2:{r}:{a}:network-interface/eni-{p}", _hexes(17)),
)
_SORTS: dict[str, _Sort] = {"made": _made, "names": _named, "fixed": _fixed, "flat": _flat}
