"""The inner loop: a file's events in, columns of numbers out.

Each event becomes its id, its time and four numbers: who, what call, what route, what end. What the numbers
stand for is decoded once for equal bytes and kept in tables beside the columns.
"""

from __future__ import annotations

import gc
import hashlib
import re
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from leastwise.catalogue.load import Catalogue
from leastwise.usage.events import Event
from leastwise.usage.identity import Who, who
from leastwise.usage.outcomes import SUCCESS, Outcome, outcome_of
from leastwise.usage.parameters import project
from leastwise.usage.plans import CallPlan, plan_of
from leastwise.usage.requests import NOT_CALLS, Asked, Call, call_of
from leastwise.usage.resources import Place, place_of
from leastwise.usage.route import Route, user_agent_family

UNKNOWN_TIME = -1
_MAX_DECODED = 100_000
_KMS_KEY = re.compile(rb'arn:[\w-]+:kms:[^"]+')


class End(NamedTuple):
    """How a call ended, and the id that its copies in other accounts share."""

    outcome: Outcome
    shared_event: str


@dataclass(slots=True)
class Columns:
    """Events in order, one entry each in every column; the tables hold what the numbers stand for."""

    ids: bytes
    times: NDArray[np.int64]
    who: NDArray[np.uint32]
    call: NDArray[np.uint32]
    route: NDArray[np.uint32]
    end: NDArray[np.uint32]
    whos: list[Who]
    calls: list[Call]
    routes: list[Route]
    ends: list[End]
    without_id: int = 0

    def __len__(self) -> int:
        return len(self.times)


K = TypeVar("K")
V = TypeVar("V")


class _Numbered(Generic[K, V]):
    """Values numbered in the order in which they come, found again by the key they were made from."""

    __slots__ = ("_by_value", "numbers", "values")

    def __init__(self) -> None:
        self.numbers: dict[K, int] = {}
        self.values: list[V] = []
        self._by_value: dict[V, int] = {}

    def number(self, key: K, value: V) -> int:
        """The number of `value`, from now on also under `key`."""
        number = self._by_value.get(value)
        if number is None:
            number = self._by_value[value] = len(self.values)
            self.values.append(value)
        self.numbers[key] = number
        return number

    def take(self) -> list[V]:
        """The values so far; numbering starts again at nought."""
        values = self.values
        self.numbers, self.values, self._by_value = {}, [], {}
        return values


class Kernel:
    """Turns events into columns; what it has decoded serves the next file too."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._plans: dict[tuple[str, str], CallPlan] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._families: dict[str | None, str] = {}
        self._whos: _Numbered[bytes, Who] = _Numbered()
        self._calls: _Numbered[tuple[object, ...], Call] = _Numbered()
        self._routes: _Numbered[tuple[object, ...], Route] = _Numbered()
        self._ends: _Numbered[tuple[object, ...], End] = _Numbered()
        self._clear()

    def _clear(self) -> None:
        self._ids: list[bytes] = []
        self._times: list[NDArray[np.int64]] = []
        self._columns = (array("I"), array("I"), array("I"), array("I"))
        self.without_id = 0

    def __len__(self) -> int:
        return len(self._columns[0])

    def add(self, events: list[Event]) -> None:
        """The events are in the next columns that `take` gives."""
        who_column, call_column, route_column, end_column = self._columns
        known = self._whos.numbers
        with _no_collection():
            for event in events:
                identity = bytes(event.user_identity)
                number = known.get(identity)
                if number is None:
                    number = self._whos.number(identity, who(identity))
                who_column.append(number)
                call_column.append(self._call(event, number))
                route_column.append(self._route(event))
                end_column.append(self._end(event) if event.error_code or event.shared_event_id else self._success())
            self._ids.append(self._event_ids(events))
            self._times.append(event_times(events))

    def take(self) -> Columns:
        """All events since the last take with their tables; the kernel starts afresh."""
        who_column, call_column, route_column, end_column = (np.array(c, np.uint32) for c in self._columns)
        columns = Columns(
            ids=b"".join(self._ids),
            times=np.concatenate(self._times) if self._times else np.empty(0, np.int64),
            who=who_column,
            call=call_column,
            route=route_column,
            end=end_column,
            whos=self._whos.take(),
            calls=self._calls.take(),
            routes=self._routes.take(),
            ends=self._ends.take(),
            without_id=self.without_id,
        )
        self._clear()
        return columns

    def _call(self, event: Event, who_number: int) -> int:
        plan = self._plans.get((event.event_source, event.event_name)) or self._plan(event)
        account = event.recipient_account_id or self._whos.values[who_number].account
        key: tuple[object, ...] = (
            event.event_source,
            event.event_name,
            event.aws_region,
            account,
            event.event_type if event.event_type in NOT_CALLS else None,
            event.event_category,
            event.management_event,
        )
        if not plan.reads_request:
            number = self._calls.numbers.get(key)
            if number is None:
                asked = Asked(self._place(event.aws_region or "", account))
                number = self._calls.number(key, call_of(event, plan, asked, catalogue=self._catalogue))
            return number
        projection = project(event.request_parameters, plan.names, plan.names_inside)
        resources = bytes(event.resources)
        kms_key = _kms_key(event) if plan.rule.prefix == "s3" and event.additional_event_data else None
        key += (projection, resources, kms_key)
        number = self._calls.numbers.get(key)
        if number is None:
            asked = Asked(self._place(event.aws_region or "", account), projection, resources, kms_key)
            number = self._calls.number(key, call_of(event, plan, asked, catalogue=self._catalogue))
        return number

    def _place(self, region: str, account: str) -> Place:
        place = self._places.get((region, account))
        if place is None:
            if len(self._places) >= _MAX_DECODED:
                self._places.clear()
            place = self._places[region, account] = place_of(region, account)
        return place

    def _plan(self, event: Event) -> CallPlan:
        if len(self._plans) >= _MAX_DECODED:
            self._plans.clear()
        key = (event.event_source, event.event_name)
        plan = self._plans[key] = plan_of(self._catalogue.call(*key))
        return plan

    def _route(self, event: Event) -> int:
        tls = event.tls_details
        key = (
            event.source_ip_address,
            event.user_agent,
            event.vpc_endpoint_id,
            tls is not None and bool(tls.tlsVersion),
            bool(event.session_credential_from_console),
        )
        number = self._routes.numbers.get(key)
        return number if number is not None else self._routes.number(key, self._decoded_route(event))

    def _decoded_route(self, event: Event) -> Route:
        family = self._families.get(event.user_agent)
        if family is None:
            if len(self._families) >= _MAX_DECODED:
                self._families.clear()
            family = self._families[event.user_agent] = user_agent_family(event.user_agent)
        tls = event.tls_details
        return Route(
            source_address=event.source_ip_address or "",
            vpc_endpoint=event.vpc_endpoint_id or "",
            vpc_endpoint_account=event.vpc_endpoint_account_id or "",
            user_agent=family,
            secure_transport="true" if tls is not None and tls.tlsVersion else "",
            console="true" if b"true" in bytes(event.session_credential_from_console).lower() else "",
        )

    def _success(self) -> int:
        number = self._ends.numbers.get(())
        return number if number is not None else self._ends.number((), End(SUCCESS, ""))

    def _end(self, event: Event) -> int:
        key = (event.error_code, event.error_message, event.shared_event_id)
        number = self._ends.numbers.get(key)
        if number is not None:
            return number
        end = End(outcome_of(event.error_code, event.error_message), event.shared_event_id or "")
        return self._ends.number(key, end)

    def _event_ids(self, events: list[Event]) -> bytes:
        texts = [e.event_id or "" for e in events]
        packed = _packed_uuids(texts)
        if packed is not None:
            return packed
        self.without_id += sum(not text for text in texts)
        return b"".join(event_key(e) for e in events)


def _kms_key(event: Event) -> bytes | None:
    """The KMS key that S3 used for the call: empty when it says only that it used one, None otherwise."""
    if b"SSE_KMS" not in bytes(event.additional_event_data):
        return None
    found = _KMS_KEY.search(bytes(event.response_elements)) or _KMS_KEY.search(bytes(event.request_parameters))
    return found.group() if found else b""


def _packed_uuids(texts: list[str]) -> bytes | None:
    """Sixteen bytes for each text, or None when one of them is not a UUID."""
    joined = "".join(texts)
    if len(joined) != 36 * len(texts) or not joined.isascii():
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), 36)
    if not (letters[:, (8, 13, 18, 23)] == ord("-")).all():
        return None
    try:
        packed = bytes.fromhex(joined.replace("-", ""))
    except ValueError:
        return None
    return packed if len(packed) == 16 * len(texts) else None


def event_key(event: Event) -> bytes:
    """Sixteen bytes that two copies of one event share: its id, or a digest of what it says."""
    packed = _packed_uuids([event.event_id]) if event.event_id else None
    if packed:
        return packed
    content = event.event_id.encode("utf-8", "replace") if event.event_id else msgspec.json.encode(event)
    return hashlib.blake2b(content, digest_size=16).digest()


def event_times(events: list[Event]) -> NDArray[np.int64]:
    """Seconds since 1970 of each event; UNKNOWN_TIME where the record tells none."""
    joined = "".join([e.event_time or "" for e in events])
    if len(joined) == 20 * len(events) and joined.isascii():
        times = _parsed_times(np.frombuffer(joined.encode(), np.uint8).reshape(len(events), 20))
        if times is not None:
            return times
    return np.array([event_time(e.event_time) for e in events], np.int64)


_TIME_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: "Z"}
_DIGITS = [i for i in range(20) if i not in _TIME_MARKS]


def _parsed_times(letters: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """`2023-07-10T11:42:30Z` in every row, or None."""
    marked = all((letters[:, i] == ord(mark)).all() for i, mark in _TIME_MARKS.items())
    digits = letters[:, _DIGITS].astype(np.int64) - ord("0")
    if not marked or (digits < 0).any() or (digits > 9).any():
        return None
    tens, ones = digits[:, 0::2], digits[:, 1::2]
    pairs = tens * 10 + ones
    year, month, day = pairs[:, 0] * 100 + pairs[:, 1], pairs[:, 2], pairs[:, 3]
    hour, minute, second = pairs[:, 4], pairs[:, 5], pairs[:, 6]
    if (month < 1).any() or (month > 12).any() or (day < 1).any() or (day > 31).any() or (hour > 23).any():
        return None
    if (minute > 59).any() or (second > 60).any():
        return None
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    return (months.astype(np.int64) + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second


def event_time(text: str | None) -> int:
    """Seconds since 1970 of one time as a record writes it, or UNKNOWN_TIME."""
    if not text:
        return UNKNOWN_TIME
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return UNKNOWN_TIME
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = int(moment.timestamp())
    return seconds if 0 <= seconds < 1 << 40 else UNKNOWN_TIME


@contextmanager
def _no_collection() -> Iterator[None]:
    """Cyclic collection off: the loop makes no cycles, and scanning its tables costs a quarter."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
