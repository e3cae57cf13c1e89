"""The AWS SDK, loaded on first use: its own credential chain, roles in other accounts, and clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from leastwise import __version__
from leastwise.estate.collect.refusals import refusal_of
from leastwise.model.errors import InputError

if TYPE_CHECKING:
    from botocore.session import Session

ATTEMPTS: Final = 8
"""How often a call is made at most, unless told otherwise."""
_HOMES: Final = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-eusc": "eusc-de-east-1",
}
_SESSION_NAME: Final = "leastwise"


class Client(Protocol):
    """What is used of a client of the SDK."""

    def can_paginate(self, operation_name: str) -> bool: ...
    def get_paginator(self, operation_name: str) -> Pages: ...


class Pages(Protocol):
    """What is used of a paginator of the SDK."""

    def paginate(self, **parameters: object) -> Iterable[Mapping[str, object]]: ...


class Account:
    """A way into one account: who it is, and clients for its services."""

    def __init__(
        self, session: Session, *, number: str, partition: str, profile: str = "", attempts: int = ATTEMPTS
    ) -> None:
        self.number = number
        self.partition = partition
        self.profile = profile
        self._attempts = attempts
        self._session = session
        self._lock = Lock()

    @property
    def home(self) -> str:
        """The Region that is asked for what is global: the one that is configured, or the partition's first."""
        configured = self._session.get_config_variable("region")
        return str(configured or _HOMES.get(self.partition, "us-east-1"))

    def client(self, service: str, region: str, *, attempts: int | None = None) -> Client:
        """A client of the service in the Region; throttled calls are made again, more slowly."""
        from botocore.config import Config

        config = Config(
            retries={"mode": "adaptive", "total_max_attempts": attempts or self._attempts},
            user_agent_extra=f"leastwise/{__version__}",
            connect_timeout=10,
            read_timeout=60,
        )
        with self._lock:  # a session of the SDK makes one client at a time
            client: Client = self._session.create_client(service, region_name=region, config=config)
        if service == "iam":
            _keep_documents(client)
        return client

    def is_listed(self, service: str, region: str) -> bool:
        """Whether the SDK's own list, which is often behind, has the service in the Region."""
        return region in self._session.get_available_regions(service, partition_name=self.partition)

    def in_account(self, number: str, role_name: str, external_id: str) -> Account:
        """The account as a role in it sees it; raises the SDK's error when the role cannot be assumed."""
        role = f"arn:{self.partition}:iam::{number}:role/{role_name}"
        session = _new_session(self._session)
        source = _Assumed(self.client("sts", self.home), role, external_id)
        session.register_component("credential_provider", source)
        session.set_config_variable("region", self._session.get_config_variable("region"))
        session.get_credentials().get_frozen_credentials()
        return Account(session, number=number, partition=self.partition, profile=self.profile, attempts=self._attempts)


class _Assumed:
    """Credentials of a role, assumed anew whenever they are about to expire."""

    def __init__(self, client: Client, role: str, external_id: str) -> None:
        self._assume: Callable[..., Mapping[str, Any]] = getattr(client, "assume_role")  # noqa: B009
        self._asked = {"RoleArn": role, "RoleSessionName": _SESSION_NAME}
        if external_id:
            self._asked["ExternalId"] = external_id

    def load_credentials(self) -> object:
        from botocore.credentials import RefreshableCredentials

        return RefreshableCredentials.create_from_metadata(
            metadata=self._fresh(), refresh_using=self._fresh, method="assume-role"
        )

    def _fresh(self) -> dict[str, str]:
        found = self._assume(**self._asked)["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }


def own_account(profile: str, *, attempts: int = ATTEMPTS) -> Account:
    """The account that the credential chain, or a profile, is signed in to; raises InputError when there is none."""
    session = _session(profile)
    try:
        region = session.get_config_variable("region") or _HOMES["aws"]
        caller: Mapping[str, Any] = session.create_client("sts", region_name=region).get_caller_identity()
    except Exception as error:
        told = refusal_of(error, profile)
        raise InputError(
            f"AWS does not say who is signed in: {told.code}: {told.reason}",
            help="sign in to AWS, or name a profile with `--profile`",
        ) from None
    partition = str(caller["Arn"]).split(":")[1]
    return Account(session, number=str(caller["Account"]), partition=partition, profile=profile, attempts=attempts)


def _session(profile: str) -> Session:
    """A session of the profile, or of the one that the environment names."""
    try:
        from botocore.exceptions import ProfileNotFound
        from botocore.session import Session
    except ImportError:
        raise InputError("reading AWS needs the AWS SDK", help="pip install 'leastwise[aws]'") from None
    try:
        session = Session(profile=profile or None)
        session.get_scoped_config()
    except ProfileNotFound:
        raise InputError(
            f"there is no AWS profile `{profile or session.profile}`",
            help="`aws configure list-profiles` lists those there are",
        ) from None
    return session


def _new_session(like: Session) -> Session:
    """A session of its own that shares what is dear to load: the models of the services."""
    from botocore.session import Session

    session = Session(profile=like.profile)
    session.register_component("data_loader", like.get_component("data_loader"))
    return session


def _keep_documents(client: Client) -> None:
    """IAM's documents stay text: the SDK would parse them, and lose how they were written."""
    from botocore.handlers import json_decode_policies

    cast(Any, client).meta.events.unregister("after-call.iam", json_decode_policies)


def method_name(operation: str) -> str:
    """The method of a client for an operation: `list_queues` for `ListQueues`."""
    return _method_name(operation)


@lru_cache(maxsize=1024)
def _method_name(operation: str) -> str:
    from botocore import xform_name

    return str(xform_name(operation))


@lru_cache(maxsize=1024)
def _tokens(service: str, operation: str, given: frozenset[str], answered: frozenset[str]) -> tuple[str, str]:
    pairs = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"), ("Marker", "Marker"))
    more = (("LastEvaluatedStreamArn", "ExclusiveStartStreamArn"), ("position", "position"))
    return next((pair for pair in (*pairs, *more) if pair[0] in answered and pair[1] in given), ("", ""))


def token_names(client: Client, operation: str) -> tuple[str, str]:
    """Where an answer says that there is more, and where a request asks for it; empty when all comes at once."""
    model = cast(Any, client).meta.service_model.operation_model(operation)
    given = model.input_shape.members if model.input_shape else ()
    answered = model.output_shape.members if model.output_shape else ()
    return _tokens(model.service_model.service_name, operation, frozenset(given), frozenset(answered))
