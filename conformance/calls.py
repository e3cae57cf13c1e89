"""Cases of the area `cloudtrail`: one logged call each, asked of the code that reads logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Struct

from conformance.cases import Case, MalformedCases, json_cases, table_rows
from leastwise.catalogue.load import load_catalogue
from leastwise.usage.events import read_events
from leastwise.usage.kernel import Kernel
from leastwise.usage.requests import Call, Grant

_RECORD: Mapping[str, object] = {
    "eventVersion": "1.11",
    "eventID": "00000000-0000-4000-8000-000000000001",
    "eventTime": "2026-01-02T03:04:05Z",
    "eventType": "AwsApiCall",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "111122223333",
    "userIdentity": {
        "type": "IAMUser",
        "arn": "arn:aws:iam::111122223333:user/alice",
        "accountId": "111122223333",
        "userName": "alice",
    },
}
"""What a case leaves unsaid."""


class _Statement(Struct):
    Action: list[str]
    Resource: list[str]
    Effect: str = "Allow"


class _Asked(Struct):
    id: str
    event_source: str
    event_name: str
    expected_statement: _Statement | None
    resource_arns: list[str] = []


def statement_cases(data: bytes) -> list[Case]:
    """Cases that give the ARNs of a record and expect one statement; raises MalformedCases."""
    return [_statement_case(asked) for _, asked in json_cases(data, _Asked)]


def _statement_case(asked: _Asked) -> Case:
    expected = asked.expected_statement
    wanted = None if expected is None else _statement(expected.Action, expected.Resource)
    return Case(asked.id, wanted, partial(_answered_statement, asked))


def _answered_statement(asked: _Asked) -> object:
    named = [{"ARN": arn} for arn in asked.resource_arns if arn != "*"]
    call = logged_call(asked.event_source, asked.event_name, {"resources": named} if named else {})
    if call.kind != "mapped":
        return None if call.kind == "no-permission" else call.kind
    return _statement((g.action for g in call.grants), (g.resource for g in call.grants))


def _statement(actions: Iterable[str], resources: Iterable[str]) -> dict[str, object]:
    return {"Action": sorted(set(actions)), "Effect": "Allow", "Resource": sorted(set(resources))}


def grant_cases(data: bytes) -> list[Case]:
    """Rows of a table: case, event source, event name, record, grants, source; raises MalformedCases."""
    return [_grant_case(cells, line) for line, cells in table_rows(data)]


_COLUMNS = 6


def _grant_case(cells: Sequence[str], line: int) -> Case:
    if len(cells) != _COLUMNS:
        raise MalformedCases(f"line {line}: {len(cells)} columns, not {_COLUMNS}")
    name, event_source, event_name, record, grants, source = cells
    if not source:
        raise MalformedCases(f"line {line}: no source")
    told = _told_record(record, line)
    expected = sorted(part.strip() for part in grants.split("<br>"))
    return Case(name, expected, lambda: _answered_grants(event_source, event_name, told))


def _told_record(text: str, line: int) -> dict[str, object]:
    try:
        return msgspec.json.decode(text.strip("`") or "{}", type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise MalformedCases(f"line {line}: the record is not JSON: {error!s}") from None


def _answered_grants(event_source: str, event_name: str, told: Mapping[str, object]) -> list[str]:
    call = logged_call(event_source, event_name, told)
    return sorted(map(_written, call.grants)) if call.kind == "mapped" else [call.kind]


def _written(grant: Grant) -> str:
    context = msgspec.json.decode(grant.context, type=dict[str, list[str]]) if grant.context else {}
    passed = "".join(f" to {service}" for service in context.get("iam:PassedToService", ()))
    via = "".join(f" via {service}" for service in context.get("kms:ViaService", ()))
    profile = " (the role in it)" if grant.how == "instance-profile" else ""
    return f"{grant.action} {grant.resource}{profile}{passed}{via}"


def logged_call(event_source: str, event_name: str, told: Mapping[str, object]) -> Call:
    """What leastwise reads out of one record of this call; `told` are members beside the usual ones."""
    record = {**_RECORD, "eventSource": event_source, "eventName": event_name, **told}
    kernel = Kernel(load_catalogue())
    kernel.add(read_events(json.dumps({"Records": [record]}).encode()).events)
    (call,) = kernel.take().calls
    return call
