"""A file's bytes, decompressed within a limit whatever the file claims about itself."""

from __future__ import annotations

import re
import zlib

import deflate
from isal import isal_zlib

from leastwise.model.errors import UnreadableFile

GZIP_MAGIC = b"\x1f\x8b"
MAX_UNPACKED = 1 << 30
"""Bytes that one file may unpack to. CloudTrail's own files stay far below."""

_INNER_MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")
_MAX_RATIO = 1_032  # deflate cannot do better: zlib's technical notes, "Maximum compression factor"
_WINDOW = 1 << 20
_FEED = 1 << 16
_DAMAGE: tuple[type[Exception], ...] = (isal_zlib.error, zlib.error, EOFError)  # type: ignore[assignment]


def is_gzip(data: bytes) -> bool:
    """Whether the bytes begin as a gzip member does."""
    return data.startswith(GZIP_MAGIC)


def unpack(data: bytes, *, name: str, limit: int = MAX_UNPACKED) -> bytes | bytearray:
    """All members of a gzip file, or `data` itself when it is not gzip.

    Raises UnreadableFile when the file is cut off, damaged, or unpacks to more than `limit` bytes.
    """
    if not is_gzip(data):
        if len(data) > limit:
            raise UnreadableFile(name, f"larger than the limit of {limit} bytes")
        return data
    return _unpack_at_once(data, limit) or _unpack_in_windows(data, name, limit)


def _unpack_at_once(data: bytes, limit: int) -> bytearray | None:
    """One member, when the trailer's size is believable and nothing looks like a second member.

    A decoder that works on the whole buffer stops after the first member without a word, and trusts
    the size in the trailer for its allocation; both are ruled out here before it is called.
    """
    if len(data) < 18 or _INNER_MEMBER.search(data, 10):
        return None
    claimed = int.from_bytes(data[-4:], "little")
    if not 0 < claimed <= min(limit, len(data) * _MAX_RATIO):
        return None
    try:
        out: bytearray = deflate.gzip_decompress(data, claimed)
    except deflate.DeflateError:
        return None
    return out if len(out) == claimed else None


def _unpack_in_windows(data: bytes, name: str, limit: int) -> bytes:
    out: list[bytes] = []
    size = place = 0
    while data.startswith(GZIP_MAGIC, place):
        member = isal_zlib.decompressobj(wbits=31)
        pending = b""
        while not member.eof:
            if not pending:
                pending = data[place : place + _FEED]
                place += len(pending)
            was_end = not pending
            chunk = _next_window(member, pending, name)
            size += len(chunk)
            if size > limit:
                raise UnreadableFile(name, f"unpacks to more than the limit of {limit} bytes")
            out.append(chunk)
            pending = member.unconsumed_tail
            if was_end and not chunk and not member.eof:
                raise UnreadableFile(name, "gzip data is cut off")
        place -= len(member.unused_data)
    if data[place:].strip(b"\0"):
        raise UnreadableFile(name, "bytes after the end of the gzip data")
    return b"".join(out)


def _next_window(member: isal_zlib.Decompress, pending: bytes, name: str) -> bytes:
    try:
        return bytes(member.decompress(pending, _WINDOW))
    except _DAMAGE as error:
        raise UnreadableFile(name, f"gzip data is damaged: {' '.join(str(error).split())}") from None
