"""CloudTrail's digest chain: what it proves, what it cannot, and what breaks it. Keys are made here."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from made_logs import a_file, a_record, files_under
from moto.server import ThreadedMotoServer

from leastwise.model.errors import InputError
from leastwise.usage.digests import BROKEN, UNVERIFIED, VERIFIED, State, public_keys, verify, verify_into
from leastwise.usage.locations import LogFile
from leastwise.usage.sources import s3
from leastwise.usage.store import Store

ACCOUNT = "111122223333"
BUCKET = "trail-bucket"
HOURS = 4


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _der(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _fingerprint(key: rsa.RSAPrivateKey) -> str:
    return hashlib.md5(_der(key)).hexdigest()


@dataclass
class Trail:
    """A trail's files as CloudTrail delivers them: key → bytes, and each digest's signature."""

    key: rsa.RSAPrivateKey
    region: str = "eu-west-1"
    files: dict[str, bytes] = field(default_factory=dict)
    signatures: dict[str, str] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    last: tuple[str, bytes, str] | None = None

    def hour(self, hour: int, logs: int = 2) -> None:
        """One hour's log files and the digest that names them."""
        names = [self.log(hour, n) for n in range(logs)]
        for n, name in enumerate(names):
            self.files[name] = gzip.compress(a_file(a_record(hour * 10 + n)), mtime=0)
        stamp = f"20240501T{hour + 1:02}0000Z"
        name = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{self.region}/2024/05/01/"
        name += f"{ACCOUNT}_CloudTrail-Digest_{self.region}_main_{self.region}_{stamp}.json.gz"
        content = self._content(hour, name, names)
        data = json.dumps(content, indent=1).encode()
        text = "\n".join(
            (
                str(content["digestEndTime"]),
                f"{BUCKET}/{name}",
                hashlib.sha256(data).hexdigest(),
                self.last[2] if self.last else "null",
            )
        )
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), SHA256()).hex()
        self.files[name] = gzip.compress(data, mtime=0)
        self.signatures[name] = signature
        self.digests.append(name)
        self.last = (name, data, signature)

    def log(self, hour: int, n: int) -> str:
        """The key of one log file."""
        day = f"AWSLogs/{ACCOUNT}/CloudTrail/{self.region}/2024/05/01"
        return f"{day}/{ACCOUNT}_CloudTrail_{self.region}_20240501T{hour:02}0{n}Z_x{hour}{n}.json.gz"

    def _content(self, hour: int, name: str, logs: list[str]) -> dict[str, object]:
        before = self.last
        return {
            "awsAccountId": ACCOUNT,
            "digestStartTime": f"2024-05-01T{hour:02}:00:00Z",
            "digestEndTime": f"2024-05-01T{hour + 1:02}:00:00Z",
            "digestS3Bucket": BUCKET,
            "digestS3Object": name,
            "digestPublicKeyFingerprint": _fingerprint(self.key),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None,
            "oldestEventTime": None,
            "previousDigestS3Bucket": BUCKET if before else None,
            "previousDigestS3Object": before[0] if before else None,
            "previousDigestHashValue": hashlib.sha256(before[1]).hexdigest() if before else None,
            "previousDigestHashAlgorithm": "SHA-256" if before else None,
            "previousDigestSignature": before[2] if before else None,
            "logFiles": [
                {
                    "s3Bucket": BUCKET,
                    "s3Object": log,
                    "hashValue": hashlib.sha256(gzip.decompress(self.files[log])).hexdigest(),
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": "x",
                    "oldestEventTime": "y",
                }
                for log in logs
            ],
        }


@pytest.fixture
def trail(key: rsa.RSAPrivateKey) -> Trail:
    made = Trail(key)
    for hour in range(HOURS):
        made.hour(hour)
    return made


def _local(trail: Trail, folder: Path) -> list[LogFile]:
    for name, data in trail.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files_under(folder)


def _short(states: dict[str, State], trail: Trail) -> dict[str, str]:
    """The states by hour and number of the log, `d0` for the first digest."""
    names = {trail.log(h, n): f"{h}.{n}" for h in range(HOURS) for n in range(2)}
    names |= {name: f"d{i}" for i, name in enumerate(trail.digests)}
    found = {}
    for name, (state, reason) in states.items():
        assert reason or state == VERIFIED
        assert "\n" not in reason
        found[names["AWSLogs/" + name.rpartition("AWSLogs/")[2]]] = state
    return found


def _all(state: str, *hours: int) -> dict[str, str]:
    return {f"{h}.{n}": state for h in hours for n in range(2)}


def test_without_keys_an_unbroken_chain_verifies_all_but_the_newest_hour(trail: Trail, tmp_path: Path) -> None:
    states = verify(_local(trail, tmp_path))
    assert _all(VERIFIED, 0, 1, 2) | _all(UNVERIFIED, 3) == _short(states, trail)
    reasons = {reason for state, reason in states.values() if state == VERIFIED}
    assert {"signatures not checked: no public keys given"} == reasons
    (why,) = {reason for state, reason in states.values() if state == UNVERIFIED}
    assert why.startswith("no later digest file vouches for")


def test_with_keys_signatures_are_checked_as_far_as_they_are_known(trail: Trail, tmp_path: Path) -> None:
    """The newest digest's own signature is in S3 only."""
    keys = {_fingerprint(trail.key): _der(trail.key)}
    states = verify(_local(trail, tmp_path), public_keys=keys)
    assert _all(VERIFIED, 0, 1, 2) | _all(UNVERIFIED, 3) == _short(states, trail)
    assert {""} == {reason for state, reason in states.values() if state == VERIFIED}


def test_another_key_is_said_not_to_be_there(trail: Trail, tmp_path: Path) -> None:
    states = verify(_local(trail, tmp_path), public_keys={"00": _der(trail.key)})
    assert _all(VERIFIED, 0, 1, 2) | _all(UNVERIFIED, 3) == _short(states, trail)
    fingerprint = _fingerprint(trail.key)
    assert f"signatures not checked: no public key with fingerprint `{fingerprint}`" in {r for _, r in states.values()}


def test_a_forged_key_breaks_the_chain(trail: Trail, tmp_path: Path) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    states = verify(_local(trail, tmp_path), public_keys={_fingerprint(trail.key): _der(other)})
    found = _short(states, trail)
    assert _all(BROKEN, 0, 1, 2) | _all(UNVERIFIED, 3) | {"d0": BROKEN, "d1": BROKEN, "d2": BROKEN} == found


def test_a_chain_forged_with_another_key_verifies_only_without_keys(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    """What an attacker can rebuild from end to end, hashes and all, the key alone gives away."""
    forged = Trail(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    for hour in range(HOURS):
        forged.hour(hour)
    files = _local(forged, tmp_path)
    assert VERIFIED == _short(verify(files), forged)["0.0"]
    keys = {_fingerprint(forged.key): _der(key)}
    assert BROKEN == _short(verify(files, public_keys=keys), forged)["0.0"]


@pytest.mark.parametrize("hour", range(HOURS))
def test_an_altered_log_file_is_broken_and_no_other(trail: Trail, tmp_path: Path, hour: int) -> None:
    before = _short(verify(_local(trail, tmp_path)), trail)
    trail.files[trail.log(hour, 1)] = gzip.compress(a_file(a_record(7, eventName="Other")))
    states = verify(_local(trail, tmp_path))
    assert before | {f"{hour}.1": BROKEN} == _short(states, trail)
    assert ["the file was altered"] == [r.partition(":")[0] for s, r in states.values() if s == BROKEN]


def test_a_log_file_packed_anew_is_the_same_log_file(trail: Trail, tmp_path: Path) -> None:
    """Hashes are of the content."""
    name = trail.log(0, 0)
    trail.files[name] = gzip.compress(gzip.decompress(trail.files[name]), 1)
    trail.files[trail.log(1, 0).removesuffix(".gz")] = gzip.decompress(trail.files.pop(trail.log(1, 0)))
    states = verify(_local(trail, tmp_path))
    assert {VERIFIED} == {s for name, (s, _) in states.items() if "_x0" in name or "_x1" in name}


def test_a_missing_log_file_is_broken(trail: Trail, tmp_path: Path) -> None:
    del trail.files[trail.log(1, 0)]
    states = verify(_local(trail, tmp_path))
    assert (BROKEN, "the file is missing") == (
        states[str(tmp_path / trail.log(1, 0))][0],
        states[str(tmp_path / trail.log(1, 0))][1].partition(":")[0],
    )


def test_an_unreadable_log_file_is_broken(trail: Trail, tmp_path: Path) -> None:
    trail.files[trail.log(1, 0)] = trail.files[trail.log(1, 0)][:-9]
    state, reason = verify(_local(trail, tmp_path))[str(tmp_path / trail.log(1, 0))]
    assert (BROKEN, "the file cannot be read: gzip data is cut off") == (state, reason)


def test_a_log_file_that_no_digest_names_is_not_verified(trail: Trail, tmp_path: Path) -> None:
    """It may have been laid there by someone."""
    name = trail.log(1, 0).replace("_x", "_y")
    trail.files[name] = gzip.compress(a_file(a_record(1)))
    assert (UNVERIFIED, "no digest file names it") == verify(_local(trail, tmp_path))[str(tmp_path / name)]


def _altered(trail: Trail, hour: int, *swap: tuple[bytes, bytes]) -> None:
    data = gzip.decompress(trail.files[trail.digests[hour]])
    for old, new in swap:
        assert old in data
        data = data.replace(old, new)
    trail.files[trail.digests[hour]] = gzip.compress(data)


@pytest.mark.parametrize("hour", [0, 1, 2])
def test_an_altered_digest_is_broken_with_all_that_it_names(trail: Trail, tmp_path: Path, hour: int) -> None:
    _altered(trail, hour, (b'"newestEventTime": "x"', b'"newestEventTime": "z"'))
    found = _short(verify(_local(trail, tmp_path)), trail)
    expected = _all(VERIFIED, 0, 1, 2) | _all(UNVERIFIED, 3) | _all(BROKEN, hour) | {f"d{hour}": BROKEN}
    assert expected | (_all(UNVERIFIED, hour - 1) if hour else {}) == found


def test_an_alteration_that_hides_a_log_file_is_found(trail: Trail, tmp_path: Path) -> None:
    """A log file is altered and its hash in the digest with it."""
    name = trail.log(1, 0)
    old = hashlib.sha256(gzip.decompress(trail.files[name])).hexdigest().encode()
    trail.files[name] = gzip.compress(a_file())
    _altered(trail, 1, (old, hashlib.sha256(a_file()).hexdigest().encode()))
    states = verify(_local(trail, tmp_path))
    assert BROKEN == _short(states, trail)["1.0"]
    assert "the digest file was altered" in states[str(tmp_path / name)][1]


def test_a_missing_digest_cuts_the_chain(trail: Trail, tmp_path: Path) -> None:
    del trail.files[trail.digests[1]]
    states = verify(_local(trail, tmp_path))
    expected = _all(BROKEN, 0) | _all(UNVERIFIED, 1) | _all(VERIFIED, 2) | _all(UNVERIFIED, 3) | {"d1": BROKEN}
    assert expected == _short(states, trail)
    assert "the digest file is missing" in states[str(tmp_path / trail.digests[1])][1]
    assert "the digest files are cut" in states[str(tmp_path / trail.log(0, 0))][1]


def test_a_chain_may_begin_where_the_files_begin(trail: Trail, tmp_path: Path) -> None:
    """Whoever fetched one day has no digest of the day before."""
    for name in (trail.digests[0], trail.log(0, 0), trail.log(0, 1)):
        del trail.files[name]
    assert _all(VERIFIED, 1, 2) | _all(UNVERIFIED, 3) == _short(verify(_local(trail, tmp_path)), trail)


def test_a_chain_begun_anew_is_no_cut(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    """Validation was switched off and on again: the first digest after that names none before it."""
    trail = Trail(key)
    for hour in range(HOURS):
        trail.last = None if hour == 2 else trail.last
        trail.hour(hour)
    found = _short(verify(_local(trail, tmp_path)), trail)
    assert _all(VERIFIED, 0, 2) | _all(UNVERIFIED, 1, 3) == found


def test_chains_of_two_regions_are_two(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    for region in ("eu-west-1", "us-east-1"):
        trail = Trail(key, region)
        for hour in range(2):
            trail.hour(hour)
        _local(trail, tmp_path)
    states = verify(files_under(tmp_path))
    assert [UNVERIFIED] * 4 + [VERIFIED] * 4 == sorted(state for state, _ in states.values())


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\x1f\x8b", gzip.compress(b'{"digestS3Bucket": 1}', mtime=0), b"[" * 100_000]
)
def test_a_digest_that_is_none_is_broken(trail: Trail, tmp_path: Path, data: bytes) -> None:
    trail.files[trail.digests[3]] = data
    states = verify(_local(trail, tmp_path))
    assert _all(VERIFIED, 0, 1) | _all(UNVERIFIED, 2, 3) | {"d3": BROKEN} == _short(states, trail)
    assert states[str(tmp_path / trail.digests[3])][1].startswith("the digest file cannot be read")


def test_a_digest_at_another_place_is_broken(trail: Trail, tmp_path: Path) -> None:
    """A digest of another hour laid over this one has a good signature, but of another place."""
    trail.files[trail.digests[3]] = trail.files[trail.digests[2]]
    states = verify(_local(trail, tmp_path))
    assert "the digest file is not where it was delivered" in states[str(tmp_path / trail.digests[3])][1]


def test_files_in_one_folder_are_matched_by_name(trail: Trail, tmp_path: Path) -> None:
    for name, data in trail.files.items():
        (tmp_path / name.rpartition("/")[2]).write_bytes(data)
    states = verify(files_under(tmp_path))
    assert [UNVERIFIED] * 2 + [VERIFIED] * 6 == sorted(state for state, _ in states.values())


def test_a_file_of_another_trail_with_the_same_name_is_not_taken(trail: Trail, tmp_path: Path) -> None:
    name = trail.log(0, 0)
    trail.files[name.replace(f"AWSLogs/{ACCOUNT}/CloudTrail/eu", "AWSLogs/999988887777/CloudTrail/eu")] = b"{}"
    states = verify(_local(trail, tmp_path))
    assert VERIFIED == states[str(tmp_path / name)][0]


def test_no_digest_means_not_verified(trail: Trail, tmp_path: Path) -> None:
    for name in trail.digests:
        del trail.files[name]
    states = verify(_local(trail, tmp_path))
    assert {(UNVERIFIED, "no digest file names it")} == set(states.values())
    assert {} == verify([])


def test_without_the_package_signatures_are_not_checked(
    trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    states = verify(_local(trail, tmp_path), public_keys={_fingerprint(trail.key): _der(trail.key)})
    assert _all(VERIFIED, 0, 1, 2) | _all(UNVERIFIED, 3) == _short(states, trail)
    reasons = {reason for state, reason in states.values() if state == VERIFIED}
    assert {"signatures not checked: that needs the package `cryptography`, part of `leastwise[aws]`"} == reasons


@pytest.mark.parametrize("der", [b"", b"x" * 40, b"0\x82"])
def test_a_key_that_is_none_is_said(trail: Trail, tmp_path: Path, der: bytes) -> None:
    states = verify(_local(trail, tmp_path), public_keys={_fingerprint(trail.key): der})
    assert "signatures not checked: the public key cannot be read" in {reason for _, reason in states.values()}


def _key_file(path: Path, key: rsa.RSAPrivateKey) -> Path:
    listed = {
        "Fingerprint": _fingerprint(key),
        "Value": base64.b64encode(_der(key)).decode(),
        "ValidityStartTime": 1.5,
    }
    path.write_text(json.dumps({"PublicKeyList": [listed]}))
    return path


def test_what_the_digests_tell_is_in_the_ledger(trail: Trail, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    keys = _key_file(tmp_path / "keys.json", trail.key)
    states = verify_into(store, _local(trail, tmp_path / "logs"), keys)
    assert states == store.digests()
    assert (VERIFIED, "") == states[str(tmp_path / "logs" / trail.log(0, 0))]
    del trail.files[trail.log(0, 0)]
    (tmp_path / "logs" / trail.log(0, 0)).unlink()
    again = verify_into(store, files_under(tmp_path / "logs"), None)
    assert again == store.digests()
    assert BROKEN == again[str(tmp_path / "logs" / trail.log(0, 0))][0]


def test_keys_are_read_from_what_the_command_prints(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    assert {_fingerprint(key): _der(key)} == public_keys(_key_file(tmp_path / "keys.json", key))


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"PublicKeyList": [{}]}', '{"PublicKeyList": [{"Fingerprint": "a", "Value": "*"}]}'],
)
def test_a_key_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(InputError, match="no list of public keys") as caught:
        public_keys(tmp_path / "keys.json")
    assert caught.value.help
    with pytest.raises(InputError, match="no such file"):
        public_keys(tmp_path / "none.json")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    s3._client.cache_clear()
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
    s3._client.cache_clear()
    server.stop()


def _put(client: Any, trail: Trail) -> list[LogFile]:
    for name, data in trail.files.items():
        metadata = {"signature": trail.signatures[name]} if name in trail.signatures else {}
        client.put_object(Bucket=BUCKET, Key=name, Body=data, Metadata=metadata)
    return files_under(f"s3://{BUCKET}/AWSLogs/")


def test_in_s3_every_signature_is_checked(trail: Trail, bucket: Any) -> None:
    keys = {_fingerprint(trail.key): _der(trail.key)}
    files = _put(bucket, trail)
    states = verify(files, public_keys=keys)
    assert _all(VERIFIED, 0, 1, 2, 3) == _short(states, trail)
    assert {(VERIFIED, "")} == set(states.values())
    _altered(trail, 3, (b'"newestEventTime": "x"', b'"newestEventTime": "z"'))
    states = verify(_put(bucket, trail), public_keys=keys)
    assert _all(VERIFIED, 0, 1, 2) | _all(BROKEN, 3) | {"d3": BROKEN} == _short(states, trail)
    bucket.delete_object(Bucket=BUCKET, Key=trail.digests[1])
    states = verify(files_under(f"s3://{BUCKET}/AWSLogs/"), public_keys=keys)
    assert {"0.0": VERIFIED, "1.0": UNVERIFIED, "2.0": VERIFIED, "d1": BROKEN}.items() <= _short(states, trail).items()
    assert BROKEN == states[f"s3://{BUCKET}/{trail.digests[1]}"][0]
