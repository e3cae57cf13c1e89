"""Documents that are not known as a whole, or that are put together from other parts of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.language.wording import named

NOTHING_KNOWN: Final = '{"Version":"2012-10-17","Statement":[]}'
"""What stands for a document of which nothing is known; its `unknown` says so."""


@dataclass(frozen=True)
class Document:
    """The text of a policy document, and the paths of what is not known in it."""

    text: str = ""
    unknown: tuple[str, ...] = ()


UNKNOWN: Final = Document(NOTHING_KNOWN, ("Statement",))

_CONDITIONS: Final = (
    ("source_arn", "ArnLike", "aws:SourceArn"),
    ("source_account", "StringEquals", "aws:SourceAccount"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
    ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
)


def permissions(function: str, given: list[Mapping[str, str]]) -> Document:
    """The policy that a function has by these permissions, named as Terraform names their arguments.

    A value that begins with `${` is not known. AWS Lambda API Reference, "AddPermission".
    """
    statements: list[dict[str, object]] = []
    unknown: list[str] = []
    for index, one in enumerate(given):
        path = f"Statement[{index}]"
        condition: dict[str, dict[str, str]] = {}
        for argument, operator, key in _CONDITIONS:
            if one.get(argument):
                condition.setdefault(operator, {})[key] = one[argument]
                unknown += [f"{path}.Condition.{operator}.{named(key)}"] if _is_hole(one[argument]) else []
        statement = _statement(function, one)
        if _is_hole(one.get("principal", "")) or _is_hole(one.get("action", "")):
            unknown.append(path)
            statement |= {"Principal": "*", "Action": "lambda:*", "Effect": "Deny"}
        statements.append(statement | ({"Condition": condition} if condition else {}))
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    return Document(text, tuple(unknown))


def _statement(function: str, one: Mapping[str, str]) -> dict[str, object]:
    principal = one.get("principal", "")
    qualifier = one.get("qualifier", "")
    sid = {"Sid": one["statement_id"]} if one.get("statement_id") else {}
    return {
        **sid,
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {_principal_type(principal): principal},
        "Action": one.get("action", ""),
        "Resource": f"{function}:{qualifier}" if qualifier else function,
    }


def _principal_type(principal: str) -> str:
    return "Service" if "." in principal and not principal.startswith("arn:") else "AWS"


def _is_hole(value: str) -> bool:
    return value.startswith("${")
