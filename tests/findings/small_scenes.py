"""Small estates to be scanned, and made-up companies with the truth about them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from made_logs import added

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Group, Iam, InlinePolicy, ManagedPolicy, Organization, Part, Role, User
from leastwise.estate.offline import read_files
from leastwise.findings.discover import checks
from leastwise.findings.finding import Finding, Found
from leastwise.findings.run import scanned
from leastwise.findings.scene import Scene, Used
from leastwise.sample import Size, company, truth, write_estate, write_logs
from leastwise.usage.last_uses import last_uses
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

ACCOUNT = "111122223333"
HEAD = f"arn:aws:iam::{ACCOUNT}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TAKEN = "2026-06-01T00:00:00Z"
LAMBDA = {"Service": "lambda.amazonaws.com"}

Json = dict[str, object]


def document(*statements: Json) -> str:
    """A policy of these statements, each an Allow on everything but for what it says."""
    on: Json = {"Resource": "*"}
    full = [{"Effect": "Allow", **({} if "NotResource" in one else on), **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


def allow(*actions: str, on: str | Sequence[str] = "*", **more: object) -> Json:
    return {"Action": list(actions), "Resource": on, **more}


def trusting(principal: Mapping[str, object], **more: object) -> str:
    statement = {"Effect": "Allow", "Principal": dict(principal), "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(
    name: str,
    *statements: Json,
    trust: Mapping[str, object] | None = None,
    attached: Iterable[str] = (),
    account: str = ACCOUNT,
    path: str = "/",
    boundary: str | None = None,
    tags: Mapping[str, str] | None = None,
    inline: str = "access",
    conditions: Json | None = None,
) -> Role:
    more = {"Condition": conditions} if conditions else {}
    return Role(
        f"arn:aws:iam::{account}:role{path}{name}",
        name,
        path=path,
        created="2020-01-01T00:00:00Z",
        trust=trusting(trust or LAMBDA, **more),
        inline=(InlinePolicy(inline, document(*statements)),) if statements else (),
        attached=tuple(attached),
        boundary=boundary,
        tags=dict(tags or {}),
    )


def user(name: str, *statements: Json, groups: Sequence[str] = (), attached: Iterable[str] = ()) -> User:
    inline = (InlinePolicy("access", document(*statements)),) if statements else ()
    return User(
        f"{HEAD}:user/{name}",
        name,
        created="2020-01-01T00:00:00Z",
        inline=inline,
        groups=tuple(groups),
        attached=tuple(attached),
    )


ROOT_ADMINISTRATOR = role("administrator", trust={"AWS": f"{HEAD}:root"}, attached=[ADMINISTRATOR])
FUNCTION_ADMINISTRATOR = role("administrator", attached=[ADMINISTRATOR])


def iam(
    *holders: Role | User, groups: Sequence[Group] = (), policies: Sequence[ManagedPolicy] = (), account: str = ACCOUNT
) -> Iam:
    whole = ManagedPolicy(ADMINISTRATOR, "AdministratorAccess", document(allow("*")))
    return Iam(
        account,
        users=tuple(one for one in holders if isinstance(one, User)),
        groups=tuple(groups),
        roles=tuple(one for one in holders if isinstance(one, Role)),
        policies=(*policies, whole),
    )


def scene(*parts: Part, used: Used | None = None) -> Scene:
    return Scene(Estate(gathered(parts, taken=TAKEN, source="aws")), load_catalogue(), used=used)


def scene_of(
    *holders: Role | User,
    groups: Sequence[Group] = (),
    policies: Sequence[ManagedPolicy] = (),
    organization: Organization | None = None,
) -> Scene:
    parts: list[Part] = [iam(*holders, groups=groups, policies=policies)]
    return scene(*parts, *([organization] if organization else []))


def found_by(name: str, where: Scene) -> list[Found]:
    """What the check of this name finds."""
    one = next(one for one in checks().values() if name == one.name)
    return list(one.find(where))


def short(found: Iterable[Found]) -> list[str]:
    return [one.subject.rpartition(":")[2] for one in found]


@dataclass(frozen=True)
class Planted:
    """A made-up company as a scene, with the truth about it."""

    scene: Scene
    told: Mapping[str, object]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Those of the groups escalation and risk."""
        codes = [one.code for one in checks().values() if one.group in ("escalation", "risk")]
        return scanned(self.scene, codes=codes).findings

    def subjects(self, *names: str) -> set[str]:
        """The principals about which these checks have a finding of any severity."""
        return {one.found.subject for one in self.findings if one.name in names}

    def planted(self, *kinds: str, how: str = "") -> set[str]:
        """The principals with a fault of these kinds."""
        faults = self.told["faults"]
        assert isinstance(faults, list)
        chosen = [one for one in faults if one["kind"] in kinds and how in ("", one["how"])]
        return {arn for one in chosen for arn in one["principals"]}

    @cached_property
    def alike(self) -> set[str]:
        """The principals that only look like a fault."""
        lookalikes = self.told["lookalikes"]
        assert isinstance(lookalikes, list)
        return {arn for one in lookalikes for arn in one["principals"]}


def planted(folder: Path, *, size: Size, seed: int, days: int = 0) -> Planted:
    """A company of this size and seed, with logs of so many days."""
    today = date(2026, 6, 1)
    made = company(size, seed, today=today)
    write_estate(made, folder / "estate")
    used = None
    if days:
        write_logs(made, folder / "logs", days=days)
        store = Store(folder / "usage")
        added(store, folder / "logs")
        used = used_of(store)
    estate = Estate(gathered(read_files([folder / "estate"]), taken=TAKEN, source="aws"))
    return Planted(Scene(estate, load_catalogue(), used=used), truth(made))


def used_of(store: Store) -> Used:
    with opened(store) as observed:
        uses = last_uses(observed)
        accounts = frozenset(str(name) for name, _ in observed.counted("account") if name)
    first, last = min(one.first for one in uses), max(one.last for one in uses)
    return Used(uses, first, last, frozenset(), frozenset(), accounts)
