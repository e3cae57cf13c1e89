"""Cases of the areas `privesc` and `admin`: what identity policies come to for whoever has them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from conformance.cases import Case, Document, document_of, json_cases
from leastwise.findings.power import core_bits, whole_bits
from leastwise.findings.supposed import supposed
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index

_TODAY: Final = "2026-01-01"
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


class _Privesc(Struct):
    id: str
    identity_policies: list[Document]
    expected_privilege_escalation: bool


class _Admin(Struct):
    id: str
    policy: Document
    question: str
    expected: bool
    service: str = ""


def escalation_cases(data: bytes) -> list[Case]:
    """Cases that expect whether the policies lead to an administrator, true or false; raises MalformedCases."""
    return [
        Case(one.id, one.expected_privilege_escalation, partial(_escalates, one))
        for _, one in json_cases(data, _Privesc)
    ]


def administrator_cases(data: bytes) -> list[Case]:
    """Cases that expect whether a policy is an administrator's, or a service's whole; raises MalformedCases."""
    return [Case(one.id, one.expected, partial(_is_whole, one)) for _, one in json_cases(data, _Admin)]


def _escalates(one: _Privesc) -> bool | str:
    texts = list(map(_text, one.identity_policies))
    try:
        for text in texts:
            parse_draft(text, kind="identity", name=one.id)
    except PolicyError as error:
        return f"no policy: {error}"
    return supposed(texts, today=_TODAY, account=_account(texts)).escalates


def _is_whole(one: _Admin) -> bool | str:
    try:
        policy, _ = parse_draft(_text(one.policy), kind="identity", name=one.id)
    except PolicyError as error:
        return f"no policy: {error}"
    wanted = action_index().bits_of(f"{one.service}:*") if one.question == "full_service" else core_bits()
    return whole_bits(policy) & wanted == wanted


def _text(document: Document) -> str:
    found = document_of(document)
    return found if isinstance(found, str) else json.dumps(found)


def _account(texts: Sequence[str]) -> str:
    """The account that the policies are written for: the one that they name first."""
    return next((found.group() for text in texts if (found := _ACCOUNT.search(text))), EXAMPLE_ACCOUNT)
