"""The form of a certificate, as it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache, partial

import msgspec

from leastwise.catalogue.load import SHIPPED
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.model.switches import Switches
from leastwise.prove.compare import Side
from leastwise.prove.written import RESOURCE, Test

KIND = "leastwise proof"
SCHEMA = 1


class _Written(msgspec.Struct):
    """One policy."""

    kind: Kind
    name: str
    policy: dict[str, object]


class _Side(msgspec.Struct):
    """The policies of one side."""

    document: _Written | None = None
    identity: list[_Written] = []
    boundary: _Written | None = None
    session: list[_Written] = []
    resource: list[_Written] = []
    endpoint: list[_Written] = []
    scps: list[list[_Written]] = []
    rcps: list[list[_Written]] = []


class Variant(msgspec.Struct, frozen=True):
    """One way in which policies combine."""

    same_account: bool
    key: bool
    account: str | None


class _Lemma(msgspec.Struct):
    """Tests that cannot all be as said, by number, and the axioms."""

    literals: list[int]
    axioms: list[str]


class Record(msgspec.Struct):
    """What is shown of one class of actions by one persona."""

    persona: int
    variant: Variant
    actions: list[str]
    action: str | None
    lemmas: list[_Lemma]
    ties: list[list[str | int | None]]
    trace: list[list[int]]


class _Persona(msgspec.Struct):
    """Who asks."""

    who: str
    principal: str
    arns: list[str] | None
    other_than: list[str]


class Certificate(msgspec.Struct):
    """The whole document."""

    kind: str
    schema: int
    question: str
    verdict: str
    switches: dict[str, object]
    axioms: list[str]
    old: msgspec.Raw
    new: msgspec.Raw
    hashes: dict[str, str]
    personas: list[_Persona]
    tests: list[dict[str, object]]
    known: list[Record]
    future: list[Record]


def certificate_of(data: bytes) -> Certificate:
    """The document as a certificate; raises InputError when it is none."""
    try:
        read = msgspec.json.decode(data, type=Certificate)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"this is no certificate: {str(error)[:1].lower()}{str(error)[1:]}") from None
    if read.kind != KIND or read.schema != SCHEMA:
        raise InputError(f"this is no certificate of a kind that can be checked: `{read.kind}`, schema {read.schema}")
    return read


def side_of(raw: msgspec.Raw) -> Side:
    """The policies of a side, parsed; raises InputError, PolicyError."""
    try:
        read = msgspec.json.decode(raw, type=_Side)
    except msgspec.MsgspecError as error:
        raise InputError(f"the policies in the certificate cannot be read: {str(error).lower()}") from None
    if read.document is not None:
        return Side.of(_policy(read.document))
    listed = partial(map, _policy)
    return Side.of(
        PolicySet(
            identity=list(listed(read.identity)),
            boundary=None if read.boundary is None else _policy(read.boundary),
            session=list(listed(read.session)),
            resource=list(listed(read.resource)),
            endpoint=list(listed(read.endpoint)),
            scps=[list(listed(level)) for level in read.scps],
            rcps=[list(listed(level)) for level in read.rcps],
        )
    )


def kinds_in(read: Certificate) -> tuple[Kind | None, Kind | None]:
    """The policy types of the two documents that are compared; None where a side is a set of policies."""
    old, new = (side_of(raw).document for raw in (read.old, read.new))
    return old.kind if old else None, new.kind if new else None


def _policy(written: _Written) -> Policy:
    return parse_policy(written.policy, kind=written.kind)


def switches_of(written: Mapping[str, object]) -> Switches:
    """The readings under which the question was asked; raises InputError."""
    try:
        return msgspec.convert(written, Switches)
    except (msgspec.ValidationError, TypeError) as error:
        raise InputError(f"the switches in the certificate cannot be read: {str(error).lower()}") from None


def test_of(written: Mapping[str, object]) -> Test:
    """One test as a policy writes it; raises InputError."""
    try:
        test = msgspec.convert(written, Test)
    except msgspec.ValidationError as error:
        raise InputError(f"a test in the certificate cannot be read: {str(error).lower()}") from None
    if test.on == RESOURCE and test.operator != "Resource":  # NotResource is a literal that does not hold
        raise InputError(f"a test of the resource in the certificate has the operator `{test.operator}`")
    return test


def digest_of(raw: msgspec.Raw) -> str:
    """The digest of a JSON value as it stands in a document."""
    return digest(json.loads(bytes(raw)))


def digest(value: object) -> str:
    """SHA-256 of a JSON value, its keys in order and without white space."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@lru_cache(maxsize=1)
def catalogue_digest() -> str:
    """SHA-256 of the shipped catalogue."""
    return hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
