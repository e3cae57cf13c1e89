"""`leastwise can`: one request decided, with the ladder of policy types and what would change the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import click

from leastwise.catalogue.actions import near
from leastwise.catalogue.load import load_catalogue
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import AccessPoint, AclGrant, KeyGrant, PolicySet
from leastwise.language.context import is_list_key
from leastwise.model.decision import Outcome
from leastwise.model.errors import InputError
from leastwise.model.request import UNKNOWN, ContextValue, Principal, Request
from leastwise.surfaces.cli.decisions import decision_fields, decision_lines
from leastwise.surfaces.cli.policy_files import object_in, policy_in
from leastwise.surfaces.cli.policy_options import (
    Given,
    Reader,
    pair,
    policy_options,
    resource_policies,
    switches_of,
)
from leastwise.surfaces.cli.text import answer, safe, say

F = TypeVar("F", bound=Callable[..., object])
_SHORT = re.compile(r"(user|role)/[^:]+")
_UNKNOWABLE = ("identity", "boundary", "session", "resource", "endpoint", "scp", "rcp", "grants", "acl")
_SOURCES = (
    "identity",
    "boundary",
    "session",
    "resource_policy",
    "trust",
    "endpoint",
    "scp",
    "rcp",
    "access_point",
    "grants",
    "acl",
)


def _fact_options(command: F) -> F:
    """The command takes facts about the request."""
    for option in (
        click.option("--switch", "switches", multiple=True, metavar="NAME=POSITION", help="Read an open point so."),
        click.option("--unknown", multiple=True, type=click.Choice(_UNKNOWABLE), help="This policy type is not known."),
        click.option(
            "--acl",
            multiple=True,
            metavar="GRANTEE=PERMISSION",
            help="S3 ACL grant; `object:` before it for the object's.",
        ),
        click.option("--grant", "grants", multiple=True, metavar="F", help="KMS grant, as `list-grants` prints one."),
        click.option(
            "--access-point",
            nargs=2,
            metavar="F BUCKET_ARN",
            help="Policy of the S3 access point, and the ARN in the bucket.",
        ),
        click.option("--public-access-block", is_flag=True, help="S3 Block Public Access is on."),
        click.option("--resource-management-account", is_flag=True, help="The resource is in the management account."),
        click.option("--aws-managed-key", is_flag=True, help="The key is one that AWS manages."),
        click.option("--management-account", is_flag=True, help="The principal is in the management account."),
        click.option("--resource-account", metavar="ID", help="The account that owns the resource."),
        click.option("--account", metavar="ID", help="The account of a principal given as `role/NAME`."),
        click.option("--role-arn", metavar="ARN", help="The role of a session, with its path."),
        click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag of the principal or session."),
        click.option("--complete", is_flag=True, help="Context keys that are not given are absent from the request."),
        click.option("--absent", multiple=True, metavar="KEY", help="This context key is absent."),
        click.option("--context-file", metavar="F", help="JSON object of context keys and values."),
        click.option(
            "--context", multiple=True, metavar="KEY=VALUE", help="A context key; again for another value of a list."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("principal")
@click.argument("action")
@click.argument("resource", default="*")
@policy_options
@_fact_options
@click.option(
    "--expect", type=click.Choice([o.value for o in Outcome], case_sensitive=False), help="Exit 1 on another outcome."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def can(
    principal: str,
    action: str,
    resource: str,
    expect: str | None,
    as_json: bool,
    **given: object,
) -> int:
    """Decide whether PRINCIPAL may do ACTION on RESOURCE, from policies in files.

    PRINCIPAL is an ARN (user, role, session, root), a service such as `lambda.amazonaws.com`, or `anonymous`.
    A policy type that is not given is taken as none, and the answer says so; a context key that is not given is not
    known, unless `--complete`.
    """
    options = Given(given)
    request = _request(principal, action, resource, options)
    switches = switches_of(options.texts("switches"))
    policies, levels = _policies(options)
    for line in _doubts(request):
        say(f"warning: {safe(line)}")
    decision = evaluate(request, policies, switches=switches)
    if as_json:
        answer(json.dumps(decision_fields(decision, levels), indent=2, ensure_ascii=False))
    else:
        for line in decision_lines(decision, levels):
            answer(line)
    return int(expect is not None and decision.outcome.value != expect.upper())


def _request(principal: str, action: str, resource: str, options: Given) -> Request:
    if ":" not in action:
        raise InputError(
            f"cannot make out the action `{action}`", help="write `service:Action`, such as `s3:GetObject`"
        )
    if any(sign in action for sign in "*?"):
        raise InputError(f"the action `{action}` has a wildcard", help="ask for one action at a time")
    return Request(
        _principal(principal, options),
        action,
        resource,
        _context(options),
        options.text("resource_account"),
        options.flag("complete"),
        options.flag("resource_management_account"),
        options.flag("aws_managed_key"),
    )


def _doubts(request: Request) -> Iterator[str]:
    """What the catalogue has against the action, which is decided all the same."""
    known = load_catalogue()
    found = known.action(request.action)
    if found is None:
        names = near(known, request.action)
        yield f"the catalogue has no action `{request.action}`{f', did you mean `{names[0]}`?' if names else ''}"
    elif request.resource == "*" and found.resource_types:
        kinds = ", ".join(use.name for use in found.resource_types)
        yield f"`{found.name}` can be authorized on a resource ({kinds}), and none was given: it is asked on `*`"


def _principal(text: str, options: Given) -> Principal:
    if _SHORT.fullmatch(text):
        account = options.text("account")
        if account is None:
            raise InputError(f"the account of `{text}` is not known", help="give `--account ID`, or the whole ARN")
        text = f"arn:aws:iam::{account}:{text}"
    tags = dict(pair(tag, "tag") for tag in options.texts("tags"))
    return Principal.of(
        text,
        role_arn=options.text("role_arn"),
        tags=tags or None,
        in_management_account=options.flag("management_account"),
    )


def _context(options: Given) -> dict[str, ContextValue]:
    found: dict[str, ContextValue] = {}
    path = options.text("context_file")
    if path is not None:
        found.update((key, _value(key, value)) for key, value in object_in(path, "the context").items())
    values: dict[str, list[str]] = {}
    for text in options.texts("context"):
        key, value = pair(text, "context key")
        values.setdefault(key, []).append(value)
    for key, several in values.items():
        found[key] = several if len(several) > 1 or is_list_key(key.lower()) else several[0]
    found.update(dict.fromkeys(options.texts("absent")))
    return found


def _value(key: str, value: object) -> ContextValue:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str | bool | int | float) for one in value):
        return value
    raise InputError(f"the context key `{key}` is neither a value nor a list of values")


def _policies(options: Given) -> tuple[PolicySet, Mapping[str, Sequence[str]]]:
    """The policies, and the names of the levels of SCPs and RCPs."""
    unknown = options.texts("unknown")
    if not unknown and not any(options.has(name) for name in _SOURCES):
        raise InputError("no policy was given", help="give at least one, such as `--identity FILE`")
    read = Reader(options, unknown)
    scp_names, scps = read.levels("scp")
    rcp_names, rcps = read.levels("rcp")
    boundary = options.text("boundary")
    point = options.texts("access_point")
    policies = PolicySet(
        identity=read.several("identity", "identity"),
        boundary=UNKNOWN if "boundary" in unknown else policy_in(boundary, "boundary") if boundary else None,
        session=read.several("session", "session"),
        resource=resource_policies(read),
        endpoint=read.several("endpoint", "endpoint"),
        scps=scps,
        rcps=rcps,
        access_point=AccessPoint(policy_in(point[0], "resource"), point[1]) if point else None,
        grants=UNKNOWN if "grants" in unknown else [g for path in options.texts("grants") for g in _grants(path)],
        acl=UNKNOWN if "acl" in unknown else [_acl(text) for text in options.texts("acl")],
        public_access_block=options.flag("public_access_block"),
    )
    return policies, {"scp": scp_names, "rcp": rcp_names}


def _grants(path: str) -> Iterable[KeyGrant]:
    """The grants of a file: one as `list-grants` prints it, or its whole answer."""
    found = object_in(path, "the grant")
    listed = found.get("Grants", [found])
    for one in listed if isinstance(listed, list) else []:
        yield _grant(one, path)


def _grant(one: object, path: str) -> KeyGrant:
    fields = one if isinstance(one, dict) else {}
    grantee, operations = fields.get("GranteePrincipal"), fields.get("Operations")
    if not isinstance(grantee, str) or not isinstance(operations, list):
        raise InputError(f"no grant in `{path}`", help="it needs `GranteePrincipal` and `Operations`")
    constraints = fields.get("Constraints") or {}
    equals = constraints.get("EncryptionContextEquals")
    return KeyGrant(
        grantee,
        tuple(str(operation) for operation in operations),
        str(fields.get("KeyId", "*")),
        tuple(equals.items()) if isinstance(equals, dict) else None,
        tuple((constraints.get("EncryptionContextSubset") or {}).items()),
    )


def _acl(text: str) -> AclGrant:
    on_object = text.startswith("object:")
    grantee, permission = pair(text.removeprefix("object:"), "ACL grant")
    return AclGrant(grantee, permission.upper(), on_object)
