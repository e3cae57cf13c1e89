"""Which requests AWS may send, told a second time: from the catalogue's lists, plainly, apart from the prover."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from leastwise.catalogue.keys import keys_of
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import fits
from leastwise.model.request import ContextValue, Request

ALWAYS_SENT = {
    "aws:SecureTransport": "true",
    "aws:CurrentTime": "2026-03-01T12:00:00Z",
    "aws:EpochTime": "1772366400",
    "aws:ViaAWSService": "false",
    "aws:RequestedRegion": "us-east-1",
}
"""Keys that are in every request, with values that they may have; those that follow from the request aside."""
BY_SERVICES_ALONE = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
FORMS = {
    **dict.fromkeys(("aws:securetransport", "aws:viaawsservice", "aws:multifactorauthpresent"), "true|false"),
    **dict.fromkeys(("aws:multifactorauthage", "aws:epochtime", "s3:max-keys"), r"[0-9]{1,12}(\.[0-9]+)?"),
    **dict.fromkeys(("aws:sourceip", "aws:vpcsourceip"), r"(10|203|192)(\.[0-9]{1,2}|\.113){3}|2001:db8::1"),
    **dict.fromkeys(("aws:currenttime", "aws:tokenissuetime"), r"20[0-9]{2}-[0-9]{2}-[01][0-9]T[0-9:]{8}Z|1[0-9]{9}"),
    "aws:sourcearn": r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.*",
}
"""Texts that are plainly of the key's type; there are others, which are left out of attacks."""
PRIVATE = ("aws:vpcsourceip", "aws:sourcevpce", "aws:sourcevpc")


def is_sent(key: str, action: str) -> bool:
    """Whether the catalogue lists the key, in lower case, for the action, or says nothing of such keys."""
    prefix = key.partition(":")[0]
    is_tag = key.startswith(("aws:requesttag/", "aws:resourcetag/")) or key == "aws:tagkeys"
    if (prefix == "aws" and not is_tag) or (load_catalogue().service(prefix) is None and not is_tag):
        return True
    known = load_catalogue().action(action)
    assert known is not None
    listed = {name.lower() for name in keys_of(load_catalogue(), known)}
    return any(key == name or ("$" in name and key.startswith(name.partition("$")[0])) for name in listed)


def is_named(resource: str, action: str) -> bool:
    """Whether the resource has the form of one of the action's resource types, or is `*` where none is required."""
    known = load_catalogue().action(action)
    service = load_catalogue().service(action.partition(":")[0])
    assert known is not None
    assert service is not None
    kinds = [service.resource_types[use.name] for use in known.resource_types if use.name in service.resource_types]
    templates = [template for kind in kinds for template in kind.templates]
    if resource == "*":
        return not templates or not any(use.required for use in known.resource_types)
    return any(fits(resource, template) for template in templates)


def admitted(request: Request) -> Request | None:
    """The request less what AWS does not send and with what it always sends; None where it may not be sent at all."""
    if not is_named(request.resource, request.action):
        return None
    given = {key.lower(): (key, value) for key, value in request.context.items()}
    kept = {key: value for low, (key, value) in given.items() if is_kept(low, value, request)}
    context = {key: value for key, value in ALWAYS_SENT.items() if key.lower() not in map(str.lower, kept)} | kept
    return replace(request, context=of_one_piece(context))


def is_kept(key: str, value: ContextValue, request: Request) -> bool:
    """Whether AWS may send this value of the key, given in lower case."""
    form = FORMS.get(key)
    is_typed = form is None or (isinstance(value, str) and re.fullmatch(form, value) is not None)
    is_by_service = key in BY_SERVICES_ALONE and request.principal.kind != "service"
    return is_typed and not is_by_service and is_sent(key, request.action)


def of_one_piece(context: Mapping[str, ContextValue]) -> dict[str, ContextValue]:
    """The context with keys that follow from each other in agreement: tags and their keys, network, MFA and its age."""
    names = {key.lower(): key for key in context}
    left_out = {"aws:sourceip"} if any(key in names for key in PRIVATE) else set()
    if context.get(names.get("aws:multifactorauthpresent", "")) != "true":
        left_out.add("aws:multifactorauthage")
    found = {key: value for key, value in context.items() if key.lower() not in left_out}
    tags = {key.partition("/")[2] for key in found if key.lower().startswith("aws:requesttag/")}
    if tags:
        listed = found.pop(names.get("aws:tagkeys", ""), ())
        found["aws:TagKeys"] = [*([listed] if isinstance(listed, str) else listed or ()), *tags]  # type: ignore[misc]
    return found
