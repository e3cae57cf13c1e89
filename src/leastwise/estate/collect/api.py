"""AWS as a collector sees it: calls that are declared, and a record of each that was refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from typing import Final, TypeVar

from leastwise.estate.answers import Answer
from leastwise.estate.collect.refusals import NOT_ENABLED, UNREACHABLE, refusal_of
from leastwise.estate.collect.sdk import Account, Client, method_name, token_names
from leastwise.estate.held import NotRead

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE: Final = 4
_ELSEWHERE: Final = frozenset({"s3.ListDirectoryBuckets"})
"""What has endpoints of its own, of which the SDK's list of its service does not tell."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run asks of its collectors: whether for what IAM tells of last accesses, a job for each principal.

    `home` is the number of the account that asks.
    """

    home: str = ""
    last_accessed: bool = False


class Stopped(Exception):  # noqa: N818
    """The run has ended, and nothing more is to be called."""


class Api:
    """One account in one Region; `region` is empty for what is global.

    `not_read` are the refusals so far, and `may_pass` says that one of them is of the kind that goes away. `is_nowhere`
    says that no endpoint answers, of a service that the SDK does not list in the Region either.
    """

    def __init__(
        self,
        account: Account,
        region: str,
        *,
        reads: Collection[str],
        wait: Callable[[float], None],
        asked: Asked,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.account = account.number
        self.partition = account.partition
        self.region = region
        self.asked = asked
        self.wait = wait
        self.not_read: list[NotRead] = []
        self.may_pass = False
        self.is_nowhere = False
        self._is_stopped = is_stopped
        self._way = account
        self._reads = reads
        self._clients: dict[tuple[str, str], Client] = {}
        self._unlisted: set[tuple[str, str]] = set()

    @property
    def is_asking(self) -> bool:
        """Whether this is the account that asks."""
        return self.account == self.asked.home

    def arn(self, service: str, rest: str) -> str:
        """The ARN of a resource of this account in this Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"

    @property
    def root(self) -> str:
        """The ARN that stands for the account as a whole."""
        return f"arn:{self.partition}:iam::{self.account}:root"

    def call(
        self,
        operation: str,
        /,
        *,
        subject: str = "",
        absent: Collection[str] = (),
        region: str = "",
        **parameters: object,
    ) -> Answer | None:
        """One answer; None when a code of `absent` says that there is none, or when it is refused, which is noted.

        `subject` is the ARN of what the call is about.
        """
        try:
            client, method = self._client(operation, region)
            answer = Answer(getattr(client, method)(**parameters))
        except Exception as error:
            self._note(error, operation, subject, absent, region)
            return None
        self._answered(operation, region)
        return answer

    def pages(
        self,
        operation: str,
        /,
        *,
        subject: str = "",
        absent: Collection[str] = (),
        region: str = "",
        **parameters: object,
    ) -> Iterator[Answer]:
        """Every page; what follows a refused one is left out, which is noted."""
        pages = self._pages(operation, region, parameters)
        while True:
            try:
                page = next(pages, None)
            except Exception as error:
                self._note(error, operation, subject, absent, region)
                return
            if page is None:
                return
            self._answered(operation, region)
            yield Answer(page)

    def _pages(self, operation: str, region: str, parameters: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
        client, method = self._client(operation, region)
        if client.can_paginate(method):
            yield from client.get_paginator(method).paginate(**parameters)
            return
        yield from _by_token(client, operation, parameters)

    def rows(
        self,
        operation: str,
        name: str,
        /,
        *,
        subject: str = "",
        absent: Collection[str] = (),
        region: str = "",
        **parameters: object,
    ) -> Iterator[Answer]:
        """The parts of the list `name` on every page."""
        for page in self.pages(operation, subject=subject, absent=absent, region=region, **parameters):
            yield from page.rows(name)

    def texts(
        self,
        operation: str,
        name: str,
        /,
        *,
        subject: str = "",
        absent: Collection[str] = (),
        region: str = "",
        **parameters: object,
    ) -> Iterator[str]:
        """The texts of the list `name` on every page."""
        for page in self.pages(operation, subject=subject, absent=absent, region=region, **parameters):
            yield from page.texts(name)

    def each(self, items: Iterable[T], read: Callable[[Api, T], R]) -> Iterator[R]:
        """What `read` makes of each item, some at once, in the order of the items; so are the refusals."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for made, found in pool.map(lambda item: self._apart(item, read), items):
                self.not_read += made.not_read
                self.may_pass = self.may_pass or made.may_pass
                yield found

    def _apart(self, item: T, read: Callable[[Api, T], R]) -> tuple[Api, R]:
        """What is made of one item, with its own record of refusals."""
        apart = copy(self)
        apart.not_read, apart.may_pass = [], False
        return apart, read(apart, item)

    def note(self, operation: str, reason: str, *, subject: str = "", code: str = "") -> None:
        """Notes that something was not read, for a reason that no error told."""
        self.not_read.append(NotRead(operation, reason, self.account, self.region, subject, code))

    def _note(self, error: Exception, operation: str, subject: str, absent: Collection[str], region: str) -> None:
        told = refusal_of(error, self._way.profile)
        is_nowhere = told.code == UNREACHABLE and self._place(operation, region) in self._unlisted
        self.is_nowhere = self.is_nowhere or is_nowhere
        if told.code in absent or is_nowhere:
            return
        self.may_pass = self.may_pass or told.is_passing
        reason = (
            f"the Region is not enabled for the account: {told.reason}" if self._is_closed(told.code) else told.reason
        )
        self.note(operation, reason, subject=subject, code=told.code)

    def _is_closed(self, code: str) -> bool:
        return bool(self.region) and code in NOT_ENABLED

    def _client(self, operation: str, region: str) -> tuple[Client, str]:
        """A client for the call; one that tries but once where the SDK lists no such service in the Region."""
        if operation not in self._reads:
            raise ValueError(f"{operation} is not among the declared reads")
        if self._is_stopped():
            raise Stopped
        place = self._place(operation, region)
        if place not in self._clients:
            is_listed = not self.region or (operation not in _ELSEWHERE and self._way.is_listed(*place))
            self._clients[place] = self._way.client(*place) if is_listed else self._way.client(*place, attempts=1)
            if not is_listed:
                self._unlisted.add(place)
        return self._clients[place], method_name(operation.partition(".")[2])

    def _answered(self, operation: str, region: str) -> None:
        place = self._place(operation, region)
        if place in self._unlisted:
            self._unlisted.discard(place)
            self._clients[place] = self._way.client(*place)

    def _place(self, operation: str, region: str) -> tuple[str, str]:
        return operation.partition(".")[0], region or self.region or self._way.home


def _by_token(client: Client, operation: str, parameters: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    name = operation.partition(".")[2]
    answered, given = token_names(client, name)
    asked = dict(parameters)
    while True:
        page: Mapping[str, object] = getattr(client, method_name(name))(**asked)
        yield page
        token = page.get(answered)
        if not token or token == asked.get(given):
            return
        asked[given] = token
