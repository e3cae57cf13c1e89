"""The suite itself reaches no other machine and uses no one's credentials."""

from __future__ import annotations

import http.client
import os
import socket
import urllib.request

import boto3
import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443, 0, 0), ("169.254.169.254", 80)])
def test_no_connection_leaves_this_machine(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as one:
        with pytest.raises(RuntimeError, match="refused"):
            one.connect(address)
        with pytest.raises(RuntimeError, match="refused"):
            one.connect_ex(address)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"look-up of 'example\.com' refused"):
        http.client.HTTPSConnection("example.com").connect()
    with pytest.raises(RuntimeError, match="refused"):
        urllib.request.urlopen("http://192.0.2.1/", timeout=1)


def test_loopback_is_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as one,
    ):
        assert server.getsockname() == one.getpeername()


def test_the_sdk_finds_dummy_keys_only() -> None:
    found = boto3.session.Session().get_credentials()
    assert found is not None
    assert ("testing", "testing", "env") == (found.access_key, found.secret_key, found.method)
    assert [] == boto3.session.Session().available_profiles
    assert os.devnull == os.environ["AWS_CONFIG_FILE"]
