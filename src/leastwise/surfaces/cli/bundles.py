"""Bundles on disk: one JSON file, or a folder with the policies and the way back beside it; and their signatures."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from leastwise.model.errors import InputError, UnreadableFile
from leastwise.synthesize.documents import stem

BUNDLE: Final = "proposal.json"
SIGNATURE: Final = ".sig"
_POLICIES, _BACK = "policies", "roll-back"


def written_to(path: Path, text: str) -> list[Path]:
    """The files that were written: the bundle, and in a folder the documents in it, each by itself.

    A path that ends in `.json` is a file, any other one a folder, which must be empty or not exist.
    """
    try:
        if path.suffix == ".json":
            path.write_text(text, encoding="utf-8")
            return [path]
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InputError(f"`{path}` is not empty", help="name a new folder")
        files = {BUNDLE: text, **dict(_documents(json.loads(text)))}
        for name, content in files.items():
            target = path / name
            target.parent.mkdir(exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return [path / name for name in files]
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None


def bundle_path(path: Path) -> Path:
    """The bundle of a folder, or the file itself."""
    return path / BUNDLE if path.is_dir() else path


def text_of(path: Path) -> str:
    """The text of a bundle; raises UnreadableFile."""
    try:
        return bundle_path(path).read_bytes().decode()
    except OSError as error:
        raise UnreadableFile(str(bundle_path(path)), (error.strerror or str(error)).lower()) from None
    except UnicodeDecodeError:
        raise UnreadableFile(str(bundle_path(path)), "it is no UTF-8 text") from None


def strays(path: Path, text: str) -> list[str]:
    """The files of a bundle's folder that do not say what the bundle says, or that are not of it."""
    if not path.is_dir():
        return []
    wanted = {BUNDLE: text, **dict(_documents(json.loads(text)))}
    there = {str(one.relative_to(path)) for one in path.rglob("*") if one.is_file()} - {BUNDLE + SIGNATURE}
    changed = {name for name in wanted if name in there and (path / name).read_bytes() != wanted[name].encode()}
    return sorted(changed | (set(wanted) ^ there))


def _documents(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The proposed policies, and today's with the commands that lead back to them, by their paths in the folder."""
    policies, back = body["policies"], body["roll_back"]
    assert isinstance(policies, list) and isinstance(back, dict)
    yield from _named(_POLICIES, [(one["name"], one["document"]) for one in policies])
    yield from _named(_BACK, [(one["name"], one["document"]) for one in back["identity"]])


def _named(folder: str, documents: Sequence[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    taken: dict[str, int] = {}
    for name, document in documents:
        named = stem(name)
        taken[named] = taken.get(named, 0) + 1
        number = "" if taken[named] == 1 else f"-{taken[named]}"
        yield f"{folder}/{named}{number}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def sign(path: Path, key: Path) -> Path:
    """The signature beside the bundle, by an Ed25519 private key in PEM without a pass phrase."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(_read(key), password=None)
    except (ValueError, TypeError) as error:
        raise InputError(f"`{key}` is no private key in PEM without a pass phrase: {str(error)[:80]}") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise InputError(f"`{key}` is not an Ed25519 key", help="openssl genpkey -algorithm ed25519 -out key.pem")
    target = bundle_path(path)
    signature = target.with_name(target.name + SIGNATURE)
    signature.write_text(base64.b64encode(found.sign(target.read_bytes())).decode() + "\n", encoding="ascii")
    return signature


def is_signed(path: Path, key: Path) -> bool:
    """Whether the signature beside the bundle is by the owner of an Ed25519 public key in PEM."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(_read(key))
    except (ValueError, TypeError) as error:
        raise InputError(f"`{key}` is no public key in PEM: {str(error)[:80]}") from None
    if not isinstance(found, Ed25519PublicKey):
        raise InputError(f"`{key}` is not an Ed25519 key")
    target = bundle_path(path)
    try:
        found.verify(base64.b64decode(_read(target.with_name(target.name + SIGNATURE)), validate=False), _read(target))
    except (InvalidSignature, binascii.Error):
        return False
    return True


def signing_is_here() -> None:
    """Raises InputError where the package that signs is not installed."""
    from importlib.util import find_spec

    if find_spec("cryptography") is None:
        raise InputError("signatures need the package `cryptography`", help="pip install 'leastwise[aws]'")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(str(path), (error.strerror or str(error)).lower()) from None
