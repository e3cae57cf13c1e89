"""Development that reaches into production."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from leastwise.catalogue.risks import Risk, risk_of
from leastwise.estate.assemble import Holder
from leastwise.estate.held import Resource
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.power import RESERVED, is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, account_of
from leastwise.findings.stages import Stage, stage_of_tags, stages
from leastwise.findings.telling import allowing, statement_told
from leastwise.findings.weights import by_service
from leastwise.model.policy import Statement
from leastwise.model.request import Request
from leastwise.prove.actions import action_index, places
from leastwise.synthesize.guardrails.reached import Reacher

_READING: Final[tuple[Risk, ...]] = ("data exfiltration", "credentials exposure")
_CHANGING: Final[tuple[Risk, ...]] = ("infrastructure modification", "resource exposure", "privilege escalation")
_TRIED: Final = 4
_TAGGED: Final = 40
_BREAKAGE: Final = 0.3


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a principal of development reaches: a request that is allowed, and whether it changes anything there."""

    request: Request
    to: str
    is_change: bool


@check(
    "LW768",
    "cross-environment",
    group="risk",
    severity="high",
    source='AWS Well-Architected Framework, Security Pillar, "SEC01-BP01 Separate workloads using accounts"',
)
def cross_environment(scene: Scene) -> Iterator[Found]:
    """A principal of development may change production, become a role there, or read its data.

    What is production and what development is told by words in the names of accounts and OUs, and by the tag
    `environment` of principals and resources, as the settings say. Followed are roles of production that let accounts
    of development in and may change or read something there, the policies of its resources that name them, and, within
    one account, resources with the tag. Each principal has one finding, with a request that is allowed. It is milder
    where it only reads.

    What to do: give production its own pipeline, or hold the trust policy to the one role that rolls out.

    What it cannot see: stages that no name and no tag tells; code that development writes and production runs; copies
    of production's data; and more than forty tagged resources of an account.
    """
    told = scene.once(stages)
    by_stage = {arn: _stage(scene, told, one) for arn, one in scene.estate.holders.items()}
    targets = frozenset(arn for arn, stage in by_stage.items() if stage == "production" and _is_target(scene, arn))
    reacher = Reacher(scene.escalation.asker, targets)
    resources, tagged = _resources(scene, told), _tagged(scene)
    for arn, stage in sorted(by_stage.items()):
        if stage == "development" and is_asked(arn) and arn not in scene.power.administrators:
            by_tag = _by_tags(scene, arn, tagged.get(account_of(arn), ()))
            reached = [*_assumed(scene, reacher, arn), *_by_policies(scene, arn, resources), *by_tag]
            if reached:
                yield _found(scene, arn, reached)


def _stage(scene: Scene, told: Mapping[str, Stage], holder: Holder) -> Stage:
    return stage_of_tags(scene, holder.tags) or told.get(account_of(holder.arn), "")


def _is_target(scene: Scene, arn: str) -> bool:
    """Whether it is a role that others may assume and that may change or read anything."""
    is_reserved = RESERVED in arn or not is_asked(arn) or scene.escalation.is_emergency(arn)
    risks = _bits(*_READING, *_CHANGING)
    return ":role/" in arn and not is_reserved and bool(scene.granted.bits(scene.estate.holders[arn]) & risks)


def _assumed(scene: Scene, reacher: Reacher, arn: str) -> Iterator[_Reach]:
    for step in reacher.acting(arn).found:
        bits = scene.granted.bits(scene.estate.holders[step.to])
        yield _Reach(step.requests[0], step.to, bool(bits & _bits(*_CHANGING)))


def _resources(scene: Scene, told: Mapping[str, Stage]) -> tuple[tuple[str, Resource, tuple[Statement, ...]], ...]:
    """The resources of production with the statements that name accounts of development or principals of them."""
    accounts = {account for account, stage in told.items() if stage == "development"}
    found = []
    for name, one in scene.estate.with_policies():
        tagged = stage_of_tags(scene, scene.estate.tags_of(one.arn)) or told.get(one.account, "")
        policies = (scene.estate.documents.of_resource(one, holder).policy for holder in one.policies)
        naming = tuple(each for policy in policies for each in policy.statements if _names(each, accounts))
        if tagged == "production" and naming:
            found.append((name, one, naming))
    return tuple(found)


def _names(one: Statement, accounts: Iterable[str]) -> bool:
    named = " ".join((one.principals or {}).get("AWS", ()))
    return one.effect == "Allow" and any(account in named for account in accounts)


def _by_policies(
    scene: Scene, arn: str, resources: Iterable[tuple[str, Resource, tuple[Statement, ...]]]
) -> Iterator[_Reach]:
    own = scene.granted.bits(scene.estate.holders[arn])
    for name, one, naming in resources:
        for statement in naming:
            if not _names(statement, (account_of(arn),)):
                continue
            bits = action_index().bits_of_statement(statement) & own
            for risks in (_CHANGING, _READING):
                request = _asked(scene, arn, one.arn, bits & _bits(*risks))
                if request is not None:
                    yield _Reach(request, name, risks == _CHANGING)
                    break


def _tagged(scene: Scene) -> Mapping[str, list[str]]:
    """The resources with the tag of production, by account."""
    found: dict[str, list[str]] = {}
    for account, sets in scene.estate.snapshot.resources.items():
        arns = (one.arn for part in sets for one in part.tagged if stage_of_tags(scene, one.tags) == "production")
        found.setdefault(account, []).extend(sorted(arns)[:_TAGGED])
    return found


def _by_tags(scene: Scene, arn: str, tagged: Iterable[str]) -> Iterator[_Reach]:
    """What a principal with the tag of development may do to resources of its account with that of production."""
    own = scene.granted.bits(scene.estate.holders[arn])
    for resource in tagged if stage_of_tags(scene, scene.estate.holders[arn].tags) == "development" else ():
        bits = own & by_service().get(resource.split(":")[2], 0)
        for risks in (_CHANGING, _READING):
            request = _asked(scene, arn, resource, bits & _bits(*risks))
            if request is not None:
                yield _Reach(request, resource, risks == _CHANGING)
                break


def _asked(scene: Scene, arn: str, resource: str, bits: int) -> Request | None:
    for count, place in enumerate(places(bits)):
        if count >= _TRIED:
            return None
        for on in (resource, f"{resource}/example"):
            request = scene.escalation.asker.on(arn, action_index().names[place], on).request
            if request is not None and scene.escalation.asker.confirmed(request) is not None:
                return request
    return None


def _found(scene: Scene, arn: str, reached: list[_Reach]) -> Found:
    first = next((one for one in reached if one.is_change), reached[0])
    names = list(dict.fromkeys(one.to for one in reached))
    confirmed = scene.escalation.asker.confirmed(first.request)
    by = [statement_told(one) for one in allowing(scene.estate, confirmed)] if confirmed else []
    does = "change" if first.is_change else "read"
    return Found(
        arn,
        f"it is of development and may {does} production: {first.request.action} on {first.to}",
        Remedy(f"take development out of {' and '.join(by) or 'the policies that let it in'}"),
        severity=None if first.is_change else "medium",
        witness=confirmed,
        ladder=tuple(f"{one.request.action} on {one.to}" for one in reached),
        evidence=(f"{len(names)} of production: {', '.join(names[:_TRIED])}", *by),
        unknown="" if confirmed else "the request is not allowed when everything that binds it is asked",
        risk=100.0 if first.is_change else 15.0,
        breakage=_BREAKAGE,
    )


@lru_cache(maxsize=8)
def _bits(*risks: Risk) -> int:
    return sum(1 << place for place, name in enumerate(action_index().names) if risk_of(name) in risks)
