"""When a principal last used which service and action, as `get-service-last-accessed-details` prints it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from leastwise.sample.authorization import moment
from leastwise.sample.aws_policies import AWS_POLICIES, AWS_PREFIX
from leastwise.sample.calls import CALLS
from leastwise.sample.rhythm import last_day
from leastwise.sample.values import Habit, Json, ManagedPolicy, Principal


def last_accessed(principal: Principal, policies: Mapping[str, ManagedPolicy], today: date) -> Json:
    """The answer with the principal's ARN in front, which AWS leaves to whoever asked.

    As with AWS, actions of the data plane are not tracked, only their services.
    """
    by_service: dict[str, list[Habit]] = defaultdict(list)
    for habit in principal.habits:
        by_service[habit.action.partition(":")[0]].append(habit)
    services = sorted({*by_service, *_granted(principal, policies)})
    return {
        "Arn": principal.arn,
        "JobStatus": "COMPLETED",
        "JobType": "ACTION_LEVEL",
        "JobCreationDate": moment(today, "job"),
        "JobCompletionDate": moment(today, "job"),
        "ServicesLastAccessed": [_service(service, by_service[service], principal, today) for service in services],
        "IsTruncated": False,
    }


def _service(service: str, habits: Iterable[Habit], principal: Principal, today: date) -> Json:
    kept = tuple(habits)
    last = last_day(kept, today)
    found: Json = {"ServiceName": service, "ServiceNamespace": service}
    if not last:
        return found | {"TotalAuthenticatedEntities": 0}
    tracked = sorted({habit.action for habit in kept if not CALLS[habit.action].is_data})
    return found | {
        "LastAuthenticated": moment(last, principal.arn, service),
        "LastAuthenticatedEntity": principal.arn,
        "LastAuthenticatedRegion": principal.region,
        "TotalAuthenticatedEntities": 1,
        "TrackedActionsLastAccessed": [
            _action(action, [habit for habit in kept if habit.action == action], principal, today) for action in tracked
        ],
    }


def _action(action: str, habits: Iterable[Habit], principal: Principal, today: date) -> Json:
    last = last_day(habits, today)
    name: Json = {"ActionName": action.partition(":")[2]}
    if not last:
        return name
    return name | {
        "LastAccessedEntity": principal.arn,
        "LastAccessedTime": moment(last, principal.arn, action.partition(":")[0]),
        "LastAccessedRegion": principal.region,
    }


def _granted(principal: Principal, policies: Mapping[str, ManagedPolicy]) -> set[str]:
    """The services that the principal's own policies name."""
    documents = [document for _, document in principal.inline]
    documents += [policies[arn].document for arn in principal.attached if arn in policies]
    documents += [AWS_POLICIES[arn.removeprefix(AWS_PREFIX)] for arn in principal.attached if arn not in policies]
    return {action.partition(":")[0] for document in documents for action in _actions(document) if ":" in action}


def _actions(document: Json) -> Iterable[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else ():
        if statement["Effect"] == "Allow":
            actions = statement.get("Action", [])
            yield from [actions] if isinstance(actions, str) else actions
