"""The inner loop: a file's events in, columns of numbers out.

Each event becomes its id, its time and four numbers: who, what call, what route, what end. What the numbers
stand for is decoded once for equal bytes and kept in tables beside the columns.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from leastwise.catalogue.events import CallRule
from leastwise.catalogue.keys import keys_of
from leastwise.catalogue.load import Catalogue
from leastwise.usage.context import Told, told_by
from leastwise.usage.events import Event
from leastwise.usage.heap import no_collection
from leastwise.usage.identity import Who, who
from leastwise.usage.outcomes import SUCCESS, Outcome, outcome_of
from leastwise.usage.parameters import NOTHING_ASKED, project
from leastwise.usage.plans import CallPlan, plan_of
from leastwise.usage.requests import NOT_CALLS, Asked, Call, call_of, settled_call
from leastwise.usage.resources import Place, place_of
from leastwise.usage.route import Route, user_agent_family

UNKNOWN_TIME = -1
_MAX_DECODED = 100_000
_NEW = -1
_UUID_LETTERS = 36
_TIMES_AT_ONCE = 5_000
_AT_ONCE = 500  # events whose parts stay in the processor's cache while the columns are made
_NO_RESOURCES = len(b"null")
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
        number = self.numbers[key] = self.number_of(value)
        return number

    def known(self, keys: list[K]) -> list[int]:
        """The number under each key, `_NEW` where there is none yet."""
        return list(map(self.numbers.get, keys, repeat(_NEW)))

    def number_of(self, value: V) -> int:
        """The number of `value`."""
        number = self._by_value.get(value)
        if number is None:
            number = self._by_value[value] = len(self.values)
            self.values.append(value)
        return number

    def take(self) -> list[V]:
        """The values so far; numbering starts again at nought."""
        values = self.values
        self.numbers, self.values, self._by_value = {}, [], {}
        return values


def _places_of(number: int, numbers: list[int]) -> list[int]:
    return [place for place, found in enumerate(numbers) if found == number] if number in numbers else []


class _Site:
    """One call plan at one place: the numbers of its calls by what tells them apart."""

    __slots__ = ("by_request", "by_resources", "place", "plain", "plan")

    def __init__(self, plan: CallPlan, place: Place) -> None:
        self.plan = plan
        self.place = place
        self.plain: dict[str | None, int] = {}
        self.by_resources: dict[bytes, int] = {}
        self.by_request: dict[tuple[object, ...], int] = {}


class Kernel:
    """Turns events into columns; what it has decoded serves the next file too."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._plans: dict[tuple[str, str], CallPlan] = {}
        self._sites: dict[tuple[object, ...], _Site] = {}
        self._families: dict[str | None, str] = {}
        self._whos: _Numbered[bytes, Who] = _Numbered()
        self._calls: _Numbered[Call, Call] = _Numbered()
        self._routes: _Numbered[tuple[object, ...], Route] = _Numbered()
        self._ends: _Numbered[tuple[object, ...], End] = _Numbered()
        self._clear()

    def _clear(self) -> None:
        self._ids: list[bytes] = []
        self._id_texts: list[str] = []
        self._time_texts: list[str | None] = []
        self._columns = (array("I"), array("I"), array("I"), array("I"))
        self.without_id = 0

    def __len__(self) -> int:
        return len(self._columns[0])

    def add(self, events: list[Event]) -> None:
        """The events are in the next columns that `take` gives."""
        with no_collection():
            for start in range(0, len(events), _AT_ONCE):
                self._add_some(events[start : start + _AT_ONCE])

    def _add_some(self, events: list[Event]) -> None:
        whos = self._who_numbers(events)
        who_column, call_column, route_column, end_column = self._columns
        who_column.extend(whos)
        call_column.extend([self._call(e, w) for e, w in zip(events, whos, strict=True)])
        route_column.extend(self._route_numbers(events))
        success = self._ends.number((), End(SUCCESS, ""))
        end_column.extend(
            [success if not (e.error_code or e.error_message or e.shared_event_id) else self._end(e) for e in events]
        )
        self._note_ids(events)
        self._time_texts += [e.event_time for e in events]

    def _take_calls(self) -> list[Call]:
        self._sites = {}
        return self._calls.take()

    def _who_numbers(self, events: list[Event]) -> list[int]:
        identities = [bytes(e.user_identity) for e in events]
        numbers = self._whos.known(identities)
        for place in _places_of(_NEW, numbers):
            raw = identities[place]
            numbers[place] = self._whos.numbers.get(raw, _NEW)
            if numbers[place] == _NEW:
                numbers[place] = self._whos.number(raw, who(raw))
        return numbers

    def _route_numbers(self, events: list[Event]) -> list[int]:
        keys: list[tuple[object, ...]] = [
            (
                e.source_ip_address,
                e.user_agent,
                e.vpc_endpoint_id,
                e.tls_details is None or e.tls_details.tlsVersion is None,
                len(e.session_credential_from_console),
            )
            for e in events
        ]
        numbers = self._routes.known(keys)
        for place in _places_of(_NEW, numbers):
            key = keys[place]
            numbers[place] = self._routes.numbers.get(key, _NEW)
            if numbers[place] == _NEW:
                numbers[place] = self._routes.number(key, self._decoded_route(events[place]))
        return numbers

    def take(self) -> Columns:
        """All events since the last take with their tables; the kernel starts afresh."""
        self._pack_ids()
        who_column, call_column, route_column, end_column = (np.array(c, np.uint32) for c in self._columns)
        columns = Columns(
            ids=b"".join(self._ids),
            times=event_times(self._time_texts),
            who=who_column,
            call=call_column,
            route=route_column,
            end=end_column,
            whos=self._whos.take(),
            calls=self._take_calls(),
            routes=self._routes.take(),
            ends=self._ends.take(),
            without_id=self.without_id,
        )
        self._clear()
        return columns

    def _call(self, event: Event, who_number: int) -> int:
        account = event.recipient_account_id or self._whos.values[who_number].account
        category = event.event_category or event.management_event
        key = (event.event_source, event.event_name, event.aws_region, account, category)
        site = self._sites.get(key) or self._site(event, key, account)
        plan = site.plan
        if not plan.reads_request or event.event_type in NOT_CALLS:
            return self._plain_call(event, site)
        resources = bytes(event.resources)
        if plan.forwards and b"SSE_KMS" in bytes(event.additional_event_data):
            return self._asked_call(event, Asked(site.place, NOTHING_ASKED, resources, _kms_key(event)), site)
        if plan.deciding and len(resources) > _NO_RESOURCES:
            request = bytes(event.request_parameters).lower()
            for text in plan.deciding:
                if text in request:
                    break
            else:
                number = site.by_resources.get(resources)
                if number is None:
                    number = self._listed_call(event, site, resources)
                if number != _NEW:
                    return number
        return self._asked_call(event, Asked(site.place, NOTHING_ASKED, resources), site)

    def _site(self, event: Event, key: tuple[object, ...], account: str) -> _Site:
        plan = self._plans.get((event.event_source, event.event_name)) or self._plan(event)
        site = self._sites[key] = _Site(plan, place_of(event.aws_region or "", account))
        return site

    def _plain_call(self, event: Event, site: _Site) -> int:
        """The number of a call whose kind tells all."""
        number = site.plain.get(event.event_type)
        if number is None:
            call = call_of(event, site.plan, Asked(site.place), catalogue=self._catalogue)
            number = site.plain[event.event_type] = self._calls.number_of(call)
        return number

    def _asked_call(self, event: Event, asked: Asked, site: _Site) -> int:
        """The number of a call whose request matters."""
        projection = project(event.request_parameters, site.plan.asks)
        key = (projection, asked.resources, asked.kms_key)
        number = site.by_request.get(key)
        if number is None:
            call = call_of(event, site.plan, asked._replace(projection=projection), catalogue=self._catalogue)
            number = site.by_request[key] = self._calls.number_of(call)
        return number

    def _listed_call(self, event: Event, site: _Site, resources: bytes) -> int:
        """The number of a call that the record's list of resources tells whole, whatever its request names.

        `_NEW` when the request must be read.
        """
        call = settled_call(event, site.plan, Asked(site.place, NOTHING_ASKED, resources))
        number = site.by_resources[resources] = _NEW if call is None else self._calls.number_of(call)
        return number

    def _plan(self, event: Event) -> CallPlan:
        if len(self._plans) >= _MAX_DECODED:
            self._plans.clear()
        key = (event.event_source, event.event_name)
        rule = self._catalogue.call(*key)
        forwards = rule.prefix == "s3" and bool(self._catalogue.forwarded("s3", event.event_name))
        plan = self._plans[key] = plan_of(rule, told=self._told(rule), forwards=forwards)
        return plan

    def _told(self, rule: CallRule) -> Told:
        """The condition keys that the rule's actions take and its request tells."""
        actions = (self._catalogue.action(a.action) for a in rule.actions)
        keys = frozenset(key for action in actions if action for key in keys_of(self._catalogue, action))
        return told_by(rule.prefix, keys)

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

    def _end(self, event: Event) -> int:
        key = (event.error_code, event.error_message, event.shared_event_id)
        number = self._ends.numbers.get(key)
        if number is not None:
            return number
        end = End(outcome_of(event.error_code, event.error_message), event.shared_event_id or "")
        return self._ends.number(key, end)

    def _note_ids(self, events: list[Event]) -> None:
        """The events' ids, as texts where they look like UUIDs, to be packed all at once."""
        texts = [e.event_id or "" for e in events]
        if set(map(len, texts)) == {_UUID_LETTERS}:
            self._id_texts += texts
            return
        self._pack_ids()
        self.without_id += sum(not text for text in texts)
        self._ids += [event_key(e) for e in events]

    def _pack_ids(self) -> None:
        texts, self._id_texts = self._id_texts, []
        if texts:
            packed = _packed_uuids(texts)
            self._ids += [packed] if packed is not None else [id_key(text) for text in texts]


def _kms_key(event: Event) -> bytes:
    """The KMS key that S3 says it used for the call; empty when it says only that it used one."""
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
    if event.event_id:
        return id_key(event.event_id)
    return hashlib.blake2b(msgspec.json.encode(event), digest_size=16).digest()


def id_key(text: str) -> bytes:
    """Sixteen bytes for an event id: the UUID that it is, or a digest of another text."""
    return _packed_uuids([text]) or hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def event_times(texts: list[str | None]) -> NDArray[np.int64]:
    """Seconds since 1970 of each time as a record writes it; UNKNOWN_TIME where it tells none."""
    pieces = [_times_of(texts[i : i + _TIMES_AT_ONCE]) for i in range(0, len(texts), _TIMES_AT_ONCE)]
    return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def _times_of(texts: list[str | None]) -> NDArray[np.int64]:
    joined = "".join([text or "" for text in texts])
    if len(joined) == 20 * len(texts) and joined.isascii():
        times = _parsed_times(np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), 20))
        if times is not None:
            return times
    return np.array([event_time(text) for text in texts], np.int64)


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
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    if (days < 0).any() or (days.astype("datetime64[D]").astype("datetime64[M]") != months).any():
        return None
    times: NDArray[np.int64] = days * 86_400 + hour * 3_600 + minute * 60 + second
    return times


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
