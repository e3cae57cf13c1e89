"""Snapshots on disk: a manifest that names parts by their digests, and the parts, packed; or both in one archive.

Two snapshots share the parts that are the same, so that one a day costs what changed. A part is found by the digest of
its content alone, checked before it is read: no path, name or link in a snapshot leads anywhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from leastwise.estate.gather import Snapshot
from leastwise.estate.held import (
    Activity,
    Held,
    Iam,
    IdentityCenter,
    ManagedPolicy,
    NotRead,
    Organization,
    Resources,
)
from leastwise.model.errors import InputError, UnreadableFile

SCHEMA: Final = 1
ENDING: Final = ".snapshot"
PARTS: Final = "parts"
MANIFEST: Final = "manifest.json"
MOST: Final = 2 << 30
"""Bytes of one part, or of a manifest, that are read at most."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LEVEL: Final = 6
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)
"""What Python raises of an archive that is damaged, or is one that it cannot read."""
T = TypeVar("T", bound=Held)


class PartName(Held, frozen=True):
    """A part in the manifest: its kind, the SHA-256 of its content in hexadecimal, and its length in bytes."""

    kind: str
    digest: str
    size: int
    account: str = ""


class Manifest(Held, frozen=True):
    """What a snapshot consists of. `schema` is raised when a field changes its meaning."""

    schema: int
    taken: str
    source: str
    parts: tuple[PartName, ...]


class AccountResources(Held, frozen=True):
    """The part of kind `resources`: everything that was told of the resources of one account."""

    account: str
    sets: tuple[Resources, ...]


class AwsPolicies(Held, frozen=True):
    """The part of kind `aws-policies`."""

    policies: tuple[ManagedPolicy, ...]


class NotReads(Held, frozen=True):
    """The part of kind `not-read`."""

    items: tuple[NotRead, ...]


KINDS: Final[dict[str, type[Held]]] = {
    "iam": Iam,
    "activity": Activity,
    "resources": AccountResources,
    "organization": Organization,
    "identity-center": IdentityCenter,
    "aws-policies": AwsPolicies,
    "not-read": NotReads,
}
"""The kinds of parts, each with what it holds."""


def write_snapshot(snapshot: Snapshot, path: Path) -> int:
    """The snapshot as a manifest at `path`, its parts in the folder `parts` beside it; the bytes newly written."""
    folder, written, names = path.parent / PARTS, 0, []
    _make(folder)
    for name, content in _parts(snapshot):
        names.append(name)
        target = folder / name.digest[:2] / name.digest
        if not target.exists():
            _make(target.parent)
            packed = zlib.compress(content, _LEVEL)
            _write(target, packed)
            written += len(packed)
    manifest = _manifest(snapshot, names)
    _write(path, manifest)
    return written + len(manifest)


def write_archive(snapshot: Snapshot, path: Path) -> int:
    """The snapshot as one file that needs no other; its length in bytes. The same snapshot gives the same bytes."""
    _make(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            names = []
            for name, content in _parts(snapshot):
                names.append(name)
                archive.writestr(zipfile.ZipInfo(f"{PARTS}/{name.digest}"), content, zipfile.ZIP_DEFLATED, _LEVEL)
            archive.writestr(zipfile.ZipInfo(MANIFEST), _manifest(snapshot, names), zipfile.ZIP_DEFLATED, _LEVEL)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path.stat().st_size


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot of a manifest or an archive; raises UnreadableFile where any part of it is damaged or missing."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _snapshot(
                    str(path), _member(archive, MANIFEST, path), lambda name: _archived(archive, name, path)
                )
        return _snapshot(str(path), _bytes(path), lambda name: _unpacked(path.parent / PARTS, name))
    except OSError as error:
        raise UnreadableFile(str(path), (error.strerror or str(error)).lower()) from None
    except _DAMAGES as error:
        raise UnreadableFile(str(path), str(error).lower() or "it ends too soon") from None


def snapshots_in(folder: Path) -> list[Path]:
    """The snapshots of a folder, the newest last, by their names, which begin with the time."""
    return sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []


def _parts(snapshot: Snapshot) -> Iterator[tuple[PartName, bytes]]:
    for kind, account, value in _values(snapshot):
        content = msgspec.json.encode(value)
        yield PartName(kind, hashlib.sha256(content).hexdigest(), len(content), account), content


def _values(snapshot: Snapshot) -> Iterator[tuple[str, str, Held]]:
    yield from (("iam", account, one) for account, one in snapshot.iam.items())
    yield from (("activity", account, one) for account, one in snapshot.activity.items())
    for account, sets in snapshot.resources.items():
        yield "resources", account, AccountResources(account, sets)
    yield from (("organization", "", one) for one in snapshot.organizations)
    yield from (("identity-center", "", one) for one in snapshot.identity_centers)
    if snapshot.aws_policies:
        yield "aws-policies", "", AwsPolicies(tuple(snapshot.aws_policies.values()))
    if snapshot.not_read:
        yield "not-read", "", NotReads(snapshot.not_read)


def _manifest(snapshot: Snapshot, names: Iterable[PartName]) -> bytes:
    manifest = Manifest(SCHEMA, snapshot.taken, snapshot.source, tuple(names))
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def _snapshot(path: str, content: bytes, read: Callable[[PartName], bytes]) -> Snapshot:
    manifest = _decoded(content, Manifest, path)
    if manifest.schema != SCHEMA:
        hint = "read it with the version of leastwise that wrote it, or take it anew"
        raise InputError(f"`{path}` has schema {manifest.schema}, and this version reads {SCHEMA}", help=hint)
    found: dict[str, list[Held]] = {kind: [] for kind in KINDS}
    for name in manifest.parts:
        if name.kind not in KINDS or not _DIGEST.fullmatch(name.digest) or not 0 <= name.size <= MOST:
            raise UnreadableFile(path, f"it names a part that cannot be: {name.kind[:40]!r} {name.digest[:80]!r}")
        part = read(name)
        if hashlib.sha256(part).hexdigest() != name.digest:
            raise UnreadableFile(path, f"the part {name.digest} is damaged: its content has another digest")
        found[name.kind].append(_decoded(part, KINDS[name.kind], f"{path}: part {name.digest}"))
    return Snapshot(
        manifest.taken,
        manifest.source,
        {one.account: one for one in _of(found["iam"], Iam)},
        {one.account: one for one in _of(found["activity"], Activity)},
        {one.account: one.sets for one in _of(found["resources"], AccountResources)},
        tuple(_of(found["organization"], Organization)),
        tuple(_of(found["identity-center"], IdentityCenter)),
        {policy.arn: policy for one in _of(found["aws-policies"], AwsPolicies) for policy in one.policies},
        tuple(item for one in _of(found["not-read"], NotReads) for item in one.items),
    )


def _of(values: Iterable[Held], kind: type[T]) -> Iterator[T]:
    return (one for one in values if isinstance(one, kind))


def _decoded(content: bytes, kind: type[T], place: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFile(place, f"no snapshot: {str(error).lower()}") from None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST)


def _unpacked(folder: Path, name: PartName) -> bytes:
    path = folder / name.digest[:2] / name.digest
    if path.parent.is_symlink():
        raise UnreadableFile(str(path), "its folder is a link")
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableFile(str(path), "it is no file")
            return _inflated(file.read(MOST), name, str(path))
    except OSError as error:
        raise UnreadableFile(str(path), (error.strerror or str(error)).lower()) from None


def _inflated(packed: bytes, name: PartName, path: str) -> bytes:
    try:
        content = zlib.decompressobj().decompress(packed, name.size + 1)
    except zlib.error as error:
        raise UnreadableFile(path, f"the part is damaged: {error}") from None
    return content


def _archived(archive: zipfile.ZipFile, name: PartName, path: Path) -> bytes:
    return _member(archive, f"{PARTS}/{name.digest}", path, name.size)


def _member(archive: zipfile.ZipFile, member: str, path: Path, size: int = MOST) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(size + 1)
    except KeyError:
        raise UnreadableFile(str(path), f"it lacks `{member}`") from None
    except _DAMAGES as error:
        reason = str(error).lower() or "it ends too soon"
        raise UnreadableFile(str(path), f"`{member}` is damaged: {reason}") from None


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _write(path: Path, content: bytes) -> None:
    """The file with this content, whole or not at all, readable by its owner alone."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
