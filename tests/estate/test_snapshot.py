"""Snapshots on disk: what is written is read again, the same gives the same, and what is damaged is told."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_estates import Made

from examples import COUNT, EXAMPLES
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import (
    Activity,
    Assignment,
    Delegation,
    IdentityCenter,
    LastUsed,
    ManagedPolicy,
    NotRead,
    PermissionSet,
    Person,
    PersonGroup,
    Resources,
    ServiceUse,
    Share,
)
from leastwise.estate.snapshot import MANIFEST, PARTS, read_snapshot, snapshots_in, write_archive, write_snapshot
from leastwise.model.errors import InputError, LeastwiseError, UnreadableFile

Write = Callable[[Snapshot, Path], int]
FORMS = pytest.mark.parametrize("write", [write_snapshot, write_archive])
SOME = settings(EXAMPLES, max_examples=max(1, COUNT // 6))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ACCOUNT = "111122223333"
AWS_POLICY = ManagedPolicy("arn:aws:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess", "{}", "v9")


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """An estate with policies, and values of the other kinds with texts of any letters."""
    made = Made(draw(st.integers(0, 2**32))).world().snapshot
    text, is_full = draw(TEXTS), draw(st.booleans())
    activity = Activity(
        ACCOUNT,
        {text: LastUsed(text, "eu-west-1")},
        ({"arn": text, "user": text},),
        {text: (ServiceUse("s3", text, {text: text}),)},
    )
    center = IdentityCenter(
        f"ins-{text}",
        "d-1",
        (PermissionSet("ps", text, text, (text,), (text,), text, (ACCOUNT,)),),
        (Assignment("ps", ACCOUNT, "GROUP", text),),
        (Person("u", text, (text,)),),
        (PersonGroup(text, text),),
    )
    shares = Resources(ACCOUNT, "ram", shares=(Share(f"arn:{text}", text, ACCOUNT, "", (text,), (text,)),))
    more = [activity, center, shares, NotRead("sqs.ListQueues", text, ACCOUNT, code=text)] if is_full else []
    parts = [
        *made.iam.values(),
        *(one for sets in made.resources.values() for one in sets),
        *(
            msgspec.structs.replace(one, delegations=(Delegation(ACCOUNT, (text,)),) if is_full else ())
            for one in made.organizations
        ),
        *more,
    ]
    found = gathered(parts, taken=text, source="aws")
    aws = {AWS_POLICY.arn: AWS_POLICY} if is_full else {}
    return Snapshot(**{**vars(found), "aws_policies": aws})


@FORMS
def test_what_is_written_is_read_again(write: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("snapshots")

    @SOME
    @given(snapshots())
    def holds(snapshot: Snapshot) -> None:
        path = folder / "a.snapshot"
        write(snapshot, path)
        assert snapshot == read_snapshot(path)

    holds()


@FORMS
def test_the_same_snapshot_gives_the_same_bytes(write: Write, tmp_path: Path) -> None:
    snapshot = Made(7).world().snapshot
    for name in ("a", "b"):
        write(snapshot, tmp_path / name / "one.snapshot")
    first, second = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("a", "b")
    )
    assert first == second


def test_a_second_snapshot_writes_what_changed(tmp_path: Path) -> None:
    snapshot = Made(7).world().snapshot
    write_snapshot(snapshot, tmp_path / "1.snapshot")
    before = {path for path in (tmp_path / PARTS).rglob("*") if path.is_file()}
    iam = snapshot.iam[ACCOUNT]
    role = msgspec.structs.replace(iam.roles[0], path="/moved/")
    changed = msgspec.structs.replace(iam, roles=(role, *iam.roles[1:]))
    second = Snapshot(**{**vars(snapshot), "iam": {**snapshot.iam, ACCOUNT: changed}})
    written = write_snapshot(second, tmp_path / "2.snapshot")
    new = {path for path in (tmp_path / PARTS).rglob("*") if path.is_file()} - before
    (part,) = new
    assert changed == msgspec.json.decode(zlib.decompress(part.read_bytes()), type=type(iam))
    assert written == part.stat().st_size + (tmp_path / "2.snapshot").stat().st_size
    assert (snapshot, second) == tuple(map(read_snapshot, snapshots_in(tmp_path)))


def test_the_same_again_writes_the_manifest_alone(tmp_path: Path) -> None:
    snapshot = Made(7).world().snapshot
    write_snapshot(snapshot, tmp_path / "1.snapshot")
    written = write_snapshot(snapshot, tmp_path / "2.snapshot")
    assert written == (tmp_path / "2.snapshot").stat().st_size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one snapshot."""
    where = tmp_path / "own"
    write_snapshot(Made(7).world().snapshot, where / "a.snapshot")
    return where


def parts_of(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / PARTS).rglob("*") if path.is_file())


def with_manifest(folder: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """The manifest changed; the path of the snapshot."""
    path = folder / "a.snapshot"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


def fault(path: Path, kind: type[LeastwiseError] = UnreadableFile) -> str:
    with pytest.raises(kind) as error:
        read_snapshot(path)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_missing_part_is_told(folder: Path) -> None:
    parts_of(folder)[0].unlink()
    assert "no such file" in fault(folder / "a.snapshot")


@pytest.mark.parametrize("content", [b"", b"nothing packed", zlib.compress(b"{}"), zlib.compress(b"{}")[:5]])
def test_a_damaged_part_is_told(folder: Path, content: bytes) -> None:
    parts_of(folder)[0].write_bytes(content)
    assert "damaged" in fault(folder / "a.snapshot")


def test_a_part_with_the_content_of_another_is_told(folder: Path) -> None:
    one, other, *_ = parts_of(folder)
    one.write_bytes(other.read_bytes())
    assert "damaged" in fault(folder / "a.snapshot")


@pytest.mark.parametrize(
    "digest", ["../../etc/passwd", "/etc/passwd", "", "0" * 63, "A" * 64, "0" * 64 + "\n", "..", "0" * 62 + "/."]
)
@FORMS
def test_a_digest_that_is_none_is_refused(tmp_path: Path, digest: str, write: Write) -> None:
    path = tmp_path / "a.snapshot"
    write(Made(7).world().snapshot, path)
    if write is write_archive:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            held = {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}
        manifest["parts"][0]["digest"] = digest
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**held, MANIFEST: json.dumps(manifest)}.items():
                archive.writestr(name, content)
    if write is write_snapshot:
        with_manifest(tmp_path, lambda one: one["parts"][0].update(digest=digest))  # type: ignore[index]
    assert "a part that cannot be" in fault(path)


@pytest.mark.parametrize("size", [-1, 1 << 60])
def test_a_size_that_cannot_be_is_refused(folder: Path, size: int) -> None:
    path = with_manifest(folder, lambda one: one["parts"][0].update(size=size))  # type: ignore[index]
    assert "a part that cannot be" in fault(path)


def test_a_part_larger_than_it_says_is_not_unpacked(folder: Path) -> None:
    content = b'{"account":"1"' + b" " * 50_000_000 + b"}"
    digest = hashlib.sha256(content).hexdigest()
    (folder / PARTS / digest[:2]).mkdir(exist_ok=True)
    (folder / PARTS / digest[:2] / digest).write_bytes(zlib.compress(content, 9))
    path = with_manifest(folder, lambda one: one["parts"][0].update(digest=digest, size=20))  # type: ignore[index]
    assert "damaged" in fault(path)


def test_a_kind_that_is_none_is_refused(folder: Path) -> None:
    path = with_manifest(folder, lambda one: one["parts"][0].update(kind="secrets"))  # type: ignore[index]
    assert "a part that cannot be" in fault(path)


def test_a_link_among_the_parts_is_not_followed(folder: Path, tmp_path: Path) -> None:
    part = parts_of(folder)[0]
    outside = tmp_path / "outside"
    outside.write_bytes(part.read_bytes())
    part.unlink()
    part.symlink_to(outside)
    assert "symbolic links" in fault(folder / "a.snapshot")


def test_a_folder_of_parts_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    part = parts_of(folder)[0]
    outside = tmp_path / "outside"
    part.parent.rename(outside)
    part.parent.symlink_to(outside, target_is_directory=True)
    fault(folder / "a.snapshot")


def test_a_part_that_is_a_pipe_is_told(folder: Path) -> None:
    part = parts_of(folder)[0]
    part.unlink()
    os.mkfifo(part)
    assert "it is no file" in fault(folder / "a.snapshot")


@pytest.mark.parametrize("schema", [0, 2, 99])
def test_another_schema_is_refused_with_what_to_do(folder: Path, schema: int) -> None:
    path = with_manifest(folder, lambda one: one.update(schema=schema))
    with pytest.raises(InputError) as error:
        read_snapshot(path)
    assert f"has schema {schema}" in str(error.value)
    assert error.value.help


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff\xfe", b"PK\x03\x04", b'{"schema": "1"}', b"[" * 100_000, b"{" * 10]
)
def test_what_is_no_snapshot_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.snapshot"
    path.write_bytes(content)
    assert "no snapshot" in fault(path)


def test_a_snapshot_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such file" in fault(tmp_path / "a.snapshot")
    assert "directory" in fault(tmp_path)


def test_an_archive_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.snapshot"
    write_archive(Made(7).world().snapshot, path)
    whole = path.read_bytes()
    for length in (*range(0, len(whole), 97), len(whole) - 1):
        path.write_bytes(whole[:length])
        fault(path)


def test_an_archive_with_any_byte_changed_is_the_same_or_told(tmp_path: Path) -> None:
    path, snapshot = tmp_path / "a.snapshot", Made(7).world().snapshot
    write_archive(snapshot, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 2):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert snapshot == read_snapshot(path), place
        except LeastwiseError:
            continue


def test_an_archive_lacks_a_part(tmp_path: Path) -> None:
    path = tmp_path / "a.snapshot"
    write_archive(Made(7).world().snapshot, path)
    with zipfile.ZipFile(path) as archive:
        manifest = archive.read(MANIFEST)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, manifest)
    assert "it lacks `parts/" in fault(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other", b"")
    assert "it lacks `manifest.json`" in fault(path)


def test_files_are_for_their_owner_alone(folder: Path) -> None:
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (*parts_of(folder), folder / "a.snapshot")}
    assert 0o700 == (folder / PARTS).stat().st_mode & 0o777
