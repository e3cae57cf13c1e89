"""Requests and policies written in JSON, as the engine takes them."""

from __future__ import annotations

from leastwise import Policy, PolicySet, Principal, Request, parse_policy

Json = dict


def asked(request: Json) -> Request:
    """The request as the engine takes it."""
    known = dict(request["principal"])
    return Request(
        Principal.of(known.pop("arn"), **known),
        request["action"],
        request["resource"],
        request["context"],
        request["resource_account"],
        context_is_complete=True,
        resource_in_management_account=request["resource_in_management_account"],
    )


def bound(policies: Json) -> PolicySet:
    """The policies as the engine takes them."""

    def parsed(kind: str) -> list[Policy]:
        return [parse_policy(document, kind=kind) for document in policies.get(kind, ())]

    def levels(kind: str) -> list[list[Policy]]:
        return [[parse_policy(one, kind=kind) for one in level] for level in policies.get(f"{kind}s", ())]

    return PolicySet(
        identity=parsed("identity"),
        boundary=next(iter(parsed("boundary")), None),
        session=parsed("session"),
        resource=[*parsed("resource"), *parsed("trust")],
        endpoint=parsed("endpoint"),
        scps=levels("scp"),
        rcps=levels("rcp"),
    )
