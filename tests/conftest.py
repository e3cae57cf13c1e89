"""What every test stands on: no credentials but dummy ones, no network but this machine's own."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DEMO_LOGS = HERE.parent / "src" / "leastwise" / "surfaces" / "demo_logs"
MADE = tuple(
    HERE / floor for floor in ("", "usage", "decide", "estate", "estate/collect", "surfaces")
)  # made_logs and the like: what tests are made of
sys.path[:0] = [str(folder) for folder in MADE if str(folder) not in sys.path]

DUMMY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_COLOR": "1",
}
UNSET = (
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
)


class OffLoopbackError(RuntimeError):
    """A test tried to reach another machine."""


def is_loopback(address: object) -> bool:
    """Whether a socket's address stays on this machine."""
    if not isinstance(address, tuple):
        return True  # a path of a Unix socket
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Every connection off loopback is refused, whoever opens the socket."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
    yield
    patch.undo()


def _guarded(connect: Callable[..., object]) -> Callable[..., object]:
    def guarded(self: socket.socket, address: object, *rest: object) -> object:
        if self.family != getattr(socket, "AF_UNIX", None) and not is_loopback(address):
            raise OffLoopbackError(f"connection to {address!r} refused")
        return connect(self, address, *rest)

    return guarded


def _guarded_lookup(lookup: Callable[..., object]) -> Callable[..., object]:
    def guarded(host: object, *rest: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_loopback((name,)):
            raise OffLoopbackError(f"look-up of {name!r} refused")
        return lookup(host, *rest, **more)

    return guarded


@pytest.fixture(autouse=True)
def _dummy_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK finds dummy keys and no files, in this process and in those that it starts."""
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    for name, value in DUMMY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def demo_logs() -> Path:
    """The folder of real records that the demo reads; its NOTICE names their sources and licences."""
    return DEMO_LOGS
