"""When principals last tried services and actions: a job of IAM for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from leastwise.estate.answers import Answer
from leastwise.estate.collect.api import Api
from leastwise.estate.held import ServiceUse

READS: Final = ("iam.GenerateServiceLastAccessedDetails", "iam.GetServiceLastAccessedDetails")
_BATCH: Final = 50
_POLLS: Final = 60
_PAUSE: Final = 1.0


def last_accessed(api: Api, principals: Iterable[str]) -> dict[str, tuple[ServiceUse, ...]]:
    """The services that each principal may use, with the date of its last try; those refused are noted."""
    waiting = iter(principals)
    found: dict[str, tuple[ServiceUse, ...]] = {}
    while batch := list(islice(waiting, _BATCH)):
        jobs = [(arn, job) for arn, job in api.each(batch, _started) if job]
        found |= {arn: uses for arn, uses in api.each(jobs, _finished) if uses is not None}
    return found


def _started(api: Api, arn: str) -> tuple[str, str]:
    asked = api.call(READS[0], subject=arn, Arn=arn, Granularity="ACTION_LEVEL")
    return arn, asked.text("JobId") if asked else ""


def _finished(api: Api, started: tuple[str, str]) -> tuple[str, tuple[ServiceUse, ...] | None]:
    """What the job found, once it is done."""
    arn, job = started
    for _ in range(_POLLS):
        page = api.call(READS[1], subject=arn, JobId=job)
        state = page.text("JobStatus") if page else "refused"
        if state == "COMPLETED":
            return arn, tuple(_uses(api, arn, job, page))
        if page and state == "FAILED":
            api.note(READS[1], page.text("Error", "Message"), subject=arn, code=page.text("Error", "Code"))
        if state != "IN_PROGRESS":
            return arn, None
        api.wait(_PAUSE)
    api.note(READS[1], "the job was not done in time", subject=arn)
    return arn, None


def _uses(api: Api, arn: str, job: str, page: Answer | None) -> Iterator[ServiceUse]:
    while page is not None:
        yield from map(_use, page.rows("ServicesLastAccessed"))
        marker = page.text("Marker") if page.flag("IsTruncated") else ""
        page = api.call(READS[1], subject=arn, JobId=job, Marker=marker) if marker else None


def _use(one: Answer) -> ServiceUse:
    tracked = one.rows("TrackedActionsLastAccessed")
    actions = {action.text("ActionName"): action.text("LastAccessedTime") for action in tracked}
    return ServiceUse(one.text("ServiceNamespace"), one.text("LastAuthenticated"), actions)
