"""Whether log files are as CloudTrail delivered them, by the chain of digest files delivered beside them.

A digest names the log files of its hour with their hashes, and the digest before it with its hash and its
signature. So each digest vouches for the one before it; the newest has only its own signature, which S3 keeps
in the object's metadata.
Source: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of CloudTrail
log file integrity validation"; CloudTrail API Reference, PublicKey.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from leastwise.model.errors import InputError, UnreadableFile
from leastwise.usage.locations import STDIN, LogFile, skip_reason
from leastwise.usage.sources import s3
from leastwise.usage.store import Store
from leastwise.usage.unpack import unpack

VERIFIED = "verified"
UNVERIFIED = "unverified"
BROKEN = "broken"

State = tuple[str, str]
"""`verified`, `unverified` or `broken`, and why."""

_SHA256 = "SHA-256"


class _Log(Struct, frozen=True, gc=False, rename="camel"):
    s3_object: str = msgspec.field(name="s3Object")
    hash_value: str
    hash_algorithm: str = _SHA256


class _Content(Struct, frozen=True, gc=False, rename="camel"):
    digest_s3_bucket: str = msgspec.field(name="digestS3Bucket")
    digest_s3_object: str = msgspec.field(name="digestS3Object")
    digest_start_time: str
    digest_end_time: str
    digest_public_key_fingerprint: str = ""
    previous_digest_s3_object: str | None = msgspec.field(name="previousDigestS3Object", default=None)
    previous_digest_hash_value: str | None = None
    previous_digest_signature: str | None = None
    log_files: tuple[_Log, ...] = ()


_CONTENT = msgspec.json.Decoder(_Content)


@dataclass(frozen=True, slots=True)
class _Digest:
    """One digest file; `root` is what stands before its key, for a bucket or a folder."""

    name: str
    root: str
    hash: str
    signature: str
    content: _Content

    @property
    def key(self) -> tuple[str, str]:
        return self.root, self.content.digest_s3_object

    @property
    def previous(self) -> tuple[str, str] | None:
        before = self.content.previous_digest_s3_object
        return (self.root, before) if before else None

    @property
    def trail(self) -> tuple[str, str]:
        """What the digests of one chain have in common: all of the name but the time."""
        name = self.content.digest_s3_object.rpartition("/")[2]
        return self.root, name.rpartition("_")[0]


def verify_into(store: Store, files: Iterable[LogFile], keys: Path | None, *, profile: str = "") -> dict[str, State]:
    """What the digests among the files tell of each log file is in the store's ledger, and returned.

    `keys` is a file that `aws cloudtrail list-public-keys` wrote; raises InputError when it is none.
    """
    states = verify(files, public_keys=public_keys(keys) if keys else None, profile=profile)
    with store.writing() as writer:
        writer.note_digests(states)
    return states


def public_keys(path: Path) -> dict[str, bytes]:
    """Fingerprint → key of what `aws cloudtrail list-public-keys` printed; raises InputError."""
    try:
        listed = msgspec.json.decode(path.read_bytes(), type=_Keys)
        return {k.fingerprint: base64.b64decode(k.value, validate=True) for k in listed.public_keys}
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {(error.strerror or 'unknown fault').lower()}") from None
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, binascii.Error):
        help_line = "write one with `aws cloudtrail list-public-keys --start-time TIME`"
        raise InputError(f"no list of public keys in `{path}`", help=help_line) from None


class _Key(Struct, frozen=True, gc=False):
    fingerprint: str = msgspec.field(name="Fingerprint")
    value: str = msgspec.field(name="Value")


class _Keys(Struct, frozen=True, gc=False):
    public_keys: tuple[_Key, ...] = msgspec.field(name="PublicKeyList")


def verify(
    files: Iterable[LogFile], *, public_keys: Mapping[str, bytes] | None = None, profile: str = ""
) -> dict[str, State]:
    """State and reason of every log file, and of every digest file that is missing, unreadable or altered.

    Without keys a digest counts as sound when a later one has its hash; the reason says that its signature
    was not checked.
    """
    listed = [f for f in files if f.name != STDIN]
    logs = [f for f in listed if not _is_digest(f)]
    states: dict[str, State] = {f.name: (UNVERIFIED, "no digest file names it") for f in logs}
    digests: list[_Digest] = []
    for file in filter(_is_digest, listed):
        found = _read(file, profile)
        if isinstance(found, str):
            states[file.name] = (BROKEN, f"the digest file {found}")
        else:
            digests.append(found)
    chain = _Chain(digests, public_keys or {})
    states |= chain.missing()
    by_name = _by_name(logs)
    for digest in digests:
        states |= _checked(digest, chain.state(digest), by_name, profile)
    return states


def _is_digest(file: LogFile) -> bool:
    return skip_reason(file.name) == "digest file"


def _read(file: LogFile, profile: str) -> _Digest | str:
    """The digest, or what is wrong with it."""
    try:
        packed, signature = _signed_content(file, profile)
        data = unpack(packed, name=file.name)
        content = _CONTENT.decode(data)
    except (UnreadableFile, OSError) as error:
        return f"cannot be read: {_reason(error)}"
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "cannot be read: it is no digest"
    root = _root(file.name, content.digest_s3_object)
    if root is None:
        return f"is not where it was delivered, `{content.digest_s3_object}`"
    return _Digest(file.name, root, hashlib.sha256(data).hexdigest(), signature, content)


def _root(name: str, key: str) -> str | None:
    """What stands before the key in the file's name; a folder without the layout holds bare names."""
    if name.endswith("/" + key):
        return name.removesuffix(key)
    folder, _, bare = name.rpartition("/")
    return f"{folder}/" if "AWSLogs/" not in name and bare == key.rpartition("/")[2] else None


class _Chain:
    """The digests by what links them, and how sound each is."""

    def __init__(self, digests: list[_Digest], keys: Mapping[str, bytes]) -> None:
        self._keys = keys
        self._by_key = {d.key: d for d in digests}
        self._followers = {d.previous: d for d in digests if d.previous}
        self._cut = [d for d in digests if d.previous and d.previous not in self._by_key]
        self._oldest: dict[tuple[str, str], str] = {}
        for digest in digests:
            end = digest.content.digest_end_time
            self._oldest[digest.trail] = min(end, self._oldest.get(digest.trail, end))
        self._states: dict[tuple[str, str], State] = {}
        for digest in sorted(digests, key=lambda d: d.content.digest_end_time, reverse=True):
            self._states[digest.key] = self._judged(digest)

    def state(self, digest: _Digest) -> State:
        """Whether what the digest says of log files can be relied on."""
        return self._states[digest.key]

    def missing(self) -> dict[str, State]:
        """Digests that a later one names and that are not there, and those that were altered."""
        found: dict[str, State] = {}
        for digest in self._cut:
            if self._oldest[digest.trail] < digest.content.digest_end_time and digest.previous:
                found["".join(digest.previous)] = (
                    BROKEN,
                    f"the digest file is missing: `{digest.name}` names it",
                )
        altered = {d.name: self._states[k] for k, d in self._by_key.items() if self._states[k][0] == BROKEN}
        return found | {name: state for name, state in altered.items() if not state[1].startswith(_CUT)}

    def _judged(self, digest: _Digest) -> State:
        follower = self._followers.get(digest.key)
        if follower and follower.content.previous_digest_hash_value != digest.hash:
            return BROKEN, f"the digest file was altered: `{follower.name}` has another hash of it"
        signature = digest.signature or (follower and follower.content.previous_digest_signature) or ""
        is_valid, why = _signature_state(digest, signature, self._keys)
        if is_valid is not None:
            return (VERIFIED, "") if is_valid else (BROKEN, f"the digest file's signature is wrong: {why}")
        if follower:
            if self._states.get(follower.key, (VERIFIED, ""))[0] == BROKEN:
                return UNVERIFIED, f"the digest file that vouches for its digest is broken: `{follower.name}`"
            return VERIFIED, f"signatures not checked: {why}"
        if any(
            c.trail == digest.trail and c.content.digest_end_time > digest.content.digest_end_time for c in self._cut
        ):
            return BROKEN, f"{_CUT} of `{digest.name}`"
        return (
            UNVERIFIED,
            f"no later digest file vouches for `{digest.name}`, and its signature was not checked: {why}",
        )


_CUT = "the digest files are cut: one is missing on the later side"


def _signature_state(digest: _Digest, signature: str, keys: Mapping[str, bytes]) -> tuple[bool | None, str]:
    """Whether the signature is the key's; None with the reason where that cannot be told."""
    fingerprint = digest.content.digest_public_key_fingerprint
    if not keys:
        return None, "no public keys given"
    if fingerprint not in keys:
        return None, f"no public key with fingerprint `{fingerprint}`"
    if not signature:
        return None, "the file carries no signature, S3 keeps it in the object's metadata"
    try:
        sealed = bytes.fromhex(signature)
    except ValueError:
        return False, "it is not hexadecimal"
    return _is_signed(keys[fingerprint], sealed, _signed_text(digest))


def _signed_text(digest: _Digest) -> bytes:
    content = digest.content
    where = f"{content.digest_s3_bucket}/{content.digest_s3_object}"
    lines = (content.digest_end_time, where, digest.hash, content.previous_digest_signature or "null")
    return "\n".join(lines).encode("utf-8", "replace")


def _is_signed(key: bytes, signature: bytes, text: bytes) -> tuple[bool | None, str]:
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key
    except ImportError:
        return None, "that needs the package `cryptography`, part of `leastwise[aws]`"
    try:
        public = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        return None, "the public key cannot be read"
    if not isinstance(public, rsa.RSAPublicKey):
        return None, "the public key is not RSA"
    try:
        public.verify(signature, text, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False, "it does not fit the file and the public key"
    return True, ""


def _by_name(logs: Iterable[LogFile]) -> dict[str, list[LogFile]]:
    found: dict[str, list[LogFile]] = {}
    for log in logs:
        found.setdefault(log.name.rpartition("/")[2].removesuffix(".gz"), []).append(log)
    return found


def _checked(
    digest: _Digest, state: State, logs: Mapping[str, list[LogFile]], profile: str
) -> Iterator[tuple[str, State]]:
    """Each log file that the digest names, with its state."""
    for log in digest.content.log_files:
        copies = list(_copies(log.s3_object, logs))
        for copy in copies:
            yield copy.name, _log_state(log, copy, digest, state, profile)
        if not copies:
            yield digest.root + log.s3_object, (BROKEN, f"the file is missing: `{digest.name}` names it")


def _copies(key: str, logs: Mapping[str, list[LogFile]]) -> Iterator[LogFile]:
    """The files that the key can mean: those under the same path, or under a bare name."""
    for file in logs.get(key.rpartition("/")[2].removesuffix(".gz"), ()):
        if "AWSLogs/" not in file.name or file.name.removesuffix(".gz").endswith("/" + key.removesuffix(".gz")):
            yield file


def _log_state(log: _Log, file: LogFile, digest: _Digest, state: State, profile: str) -> State:
    if log.hash_algorithm != _SHA256:
        return UNVERIFIED, f"hash algorithm `{log.hash_algorithm}` is not known"
    try:
        data = unpack(_signed_content(file, profile)[0], name=file.name)
    except (UnreadableFile, OSError) as error:
        return BROKEN, f"the file cannot be read: {_reason(error)}"
    if hashlib.sha256(data).hexdigest() != log.hash_value:
        return BROKEN, f"the file was altered: `{digest.name}` has another hash of it"
    return state


def _signed_content(file: LogFile, profile: str) -> tuple[bytes, str]:
    if file.name.startswith("s3://"):
        return s3.signed_content(file.name, profile=profile)
    return Path(file.name).read_bytes(), ""


def _reason(error: UnreadableFile | OSError) -> str:
    return error.reason if isinstance(error, UnreadableFile) else (error.strerror or "unknown fault").lower()
