"""Logs in S3, through the SDK's own credential chain; the SDK is loaded on first use."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from leastwise.model.errors import InputError, UnreadableFile
from leastwise.usage.locations import LogFile, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Client(Protocol):
    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]: ...  # noqa: N803
    def get_paginator(self, name: str) -> object: ...


@lru_cache(maxsize=4)
def _client(profile: str) -> _Client:
    try:
        import boto3
    except ImportError:
        raise InputError("reading `s3://` needs the AWS SDK", help="pip install 'leastwise[aws]'") from None
    client: _Client = boto3.session.Session(profile_name=profile or None).client("s3")
    return client


def objects(url: str, *, profile: str = "") -> Iterator[LogFile]:
    """Every object under an `s3://bucket/prefix`; its stamp is the entity tag and the size.

    Raises InputError when the bucket cannot be listed.
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise InputError(f"no bucket in `{url}`", help="write `s3://bucket/prefix`")
    try:
        pages = _client(profile).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)  # type: ignore[attr-defined]
        for page in pages:
            for found in page.get("Contents", ()):
                name = f"s3://{bucket}/{found['Key']}"
                yield LogFile(name, f"{found['ETag']}:{found['Size']}", found["Size"], day_of(name))
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"cannot list `{url}`: {_reason(error)}", help=_help(error)) from None


def content(url: str, *, profile: str = "") -> bytes:
    """The bytes of one object; raises UnreadableFile with AWS's reason."""
    return signed_content(url, profile=profile)[0]


def opened(url: str, *, profile: str = "") -> io.BufferedReader:
    """One object, read as it comes; a fault on the way is an UnreadableFile."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        body = _client(profile).get_object(Bucket=bucket, Key=key)["Body"]
    except Exception as error:
        raise UnreadableFile(url, _reason(error)) from None
    return io.BufferedReader(_Body(url, body), 1 << 20)


class _Body(io.RawIOBase):
    """An object's body as a file."""

    def __init__(self, url: str, body: object) -> None:
        self._url = url
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data: bytes = self._body.read(len(buffer))  # type: ignore[attr-defined]
        except Exception as error:
            raise UnreadableFile(self._url, _reason(error)) from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()  # type: ignore[attr-defined]
        super().close()


def signed_content(url: str, *, profile: str = "") -> tuple[bytes, str]:
    """The bytes of one object and the signature in its metadata, which digest files of CloudTrail carry."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        found = _client(profile).get_object(Bucket=bucket, Key=key)
        data: bytes = found["Body"].read()  # type: ignore[attr-defined]
        signature = str(found.get("Metadata", {}).get("signature", ""))  # type: ignore[attr-defined]
    except Exception as error:
        raise UnreadableFile(url, _reason(error)) from None
    return data, signature


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _help(error: Exception) -> str:
    text = type(error).__name__ + str(error)
    if "Credential" in text or "Token" in text or "SSO" in text:
        return "sign in to AWS, or name a profile with `--profile`"
    return "the bucket needs s3:ListBucket and s3:GetObject for you"
