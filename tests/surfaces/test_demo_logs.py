"""The demo's logs are whole, and no credential is left in them."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "src" / "leastwise" / "surfaces" / "demo_logs"
COUNTS = {
    "grycap-student-account-2017": 142,
    "invictus-stratus-2023": 2_900,
    "opensearch-loghub-2021": 840,
    "stratus-detonations-2024": 310,
}
ACCESS_KEY = re.compile(r"(?:AKIA|ASIA|ABIA|ACCA)(?!BLANKED\b)[A-Z0-9]{8,}")
SEALED = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?!\S*(?:AWSLogs|assumed-role)/)[A-Za-z0-9+/=_-]{120,}"
    r"|\b(?:IQoJ|FQoG|FwoG)[A-Za-z0-9+/=]{20,}"
)
SIGNED = re.compile(
    r"(?i)(?:x-amz-(?:security-token|signature|credential)|signintoken|signature|cell-number)=(?!BLANKED)"
)
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[A-Za-z0-9_-]{10,}\.|://[^/\s:@]+:(?!BLANKED)[^@\s/]+@")
SECRET_NAMES = re.compile(
    r"(?i)password(?!data)|secretaccesskey|sessiontoken|secretstring|secretbinary|privatekey|plaintext"
    r"|ciphertext|tokenvalue|userdata|authorization|nexttoken|signintoken|samlassertion"
)


def _files() -> list[Path]:
    return sorted(LOGS.glob("*.json.gz"))


def _records(path: Path) -> list[dict[str, object]]:
    records: list[dict[str, object]] = json.loads(gzip.decompress(path.read_bytes()))["Records"]
    return records


def _texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that bundles the logs."""
    spec = importlib.util.spec_from_file_location("bundle_logs", ROOT / "scripts" / "bundle_logs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_record_is_there() -> None:
    counts = {path.name.removesuffix(".json.gz"): len(_records(path)) for path in _files()}
    assert counts == COUNTS


def test_the_bundle_is_small() -> None:
    assert sum(path.stat().st_size for path in LOGS.iterdir()) <= 700_000


def test_gzip_headers_carry_no_time() -> None:
    assert {b"\0\0\0\0"} == {path.read_bytes()[4:8] for path in _files()}


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
@pytest.mark.parametrize("pattern", [ACCESS_KEY, SEALED, SIGNED, PRIVATE], ids=["keys", "sealed", "signed", "private"])
def test_no_credential_is_left(path: Path, pattern: re.Pattern[str]) -> None:
    public = {"x509CertificateData", "marker"}
    texts = [(f, t) for r in _records(path) for f, t in _texts(r) if f not in public]
    assert not [(field, text) for field, text in texts if pattern.search(text)]


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_fields_named_for_secrets_hold_none(path: Path) -> None:
    held = {text for record in _records(path) for field, text in _texts(record) if SECRET_NAMES.search(field)}
    assert held <= {"BLANKED", ""}


def test_kinds_of_access_keys_are_kept() -> None:
    keys = {t for path in _files() for r in _records(path) for f, t in _texts(r) if f == "accessKeyId"}
    assert {"AKIABLANKED", "ASIABLANKED", ""} >= keys >= {"AKIABLANKED", "ASIABLANKED"}


def test_denials_keep_what_they_say() -> None:
    sealed = "Encoded authorization failure message: "
    texts = [
        t for path in _files() for r in _records(path) for f, t in _texts(r) if f == "errorMessage" and sealed in t
    ]
    assert {"BLANKED"} == {text.split(sealed)[1] for text in texts}
    assert all(text.startswith("You are not authorized to perform this operation.") for text in texts)


def test_every_file_is_named_in_the_notice() -> None:
    notice = (LOGS / "NOTICE").read_text(encoding="utf-8")
    assert all(path.name in notice for path in _files())
    assert "Permission is hereby granted, free of charge" in notice


SOURCE = """{ "a" : 1.50, "accessKeyId":"AKIAABCDEFGHIJKLMNOP",
 "b": [{"password": "p\\"w", "n": 1e+5}, "u\\u00e9 \\"accessKeyId\\": \\"x\\""],
 "credentials": {"sessionToken": "IQoJ", "expiration": "soon", "accessKeyId": "?"},
 "authorization": {"header": "v4", "list": ["x", ""], "n": 3},
 "url": "https://b.example/k?X-Amz-Signature=abc&x=1&X-Amz-Security-Token=def",
 "m": "denied. Encoded authorization failure message: Zm9v", "text": "key ASIAABCDEFGHIJKLMNOP used" }"""

CLEAN = """{ "a" : 1.50, "accessKeyId":"AKIABLANKED",
 "b": [{"password": "BLANKED", "n": 1e+5}, "u\\u00e9 \\"accessKeyId\\": \\"x\\""],
 "credentials": {"sessionToken": "BLANKED", "expiration": "soon", "accessKeyId": "BLANKED"},
 "authorization": {"header": "BLANKED", "list": ["BLANKED", ""], "n": 3},
 "url": "https://b.example/k?X-Amz-Signature=BLANKED&x=1&X-Amz-Security-Token=BLANKED",
 "m": "denied. Encoded authorization failure message: BLANKED", "text": "key ASIABLANKED used" }"""


def test_blanking_changes_credentials_and_not_a_byte_more(script: ModuleType) -> None:
    clean, blanked = script.blank(SOURCE)
    assert clean == CLEAN
    assert sum(blanked.values()) == 9
    assert blanked["b.[].password"] == 1


def test_blanking_twice_changes_nothing_more(script: ModuleType) -> None:
    assert script.blank(CLEAN)[0] == CLEAN


def test_records_are_cut_out_as_they_stand(script: ModuleType) -> None:
    first, second = '{"a":[1,{"b":"]"}]}', '{ "c" : "}" }'
    assert [first, second] == list(script.records(f'{{"Records":[\n{first} ,\n {second}\n]}}'))
    assert not list(script.records('{"Records":[]}'))
