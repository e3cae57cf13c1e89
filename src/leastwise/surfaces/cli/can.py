"""`leastwise can`: one request decided, with the ladder of policy types and what would change the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import click

from leastwise.catalogue.actions import near
from leastwise.catalogue.load import load_catalogue
from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import AccessPoint, AclGrant, KeyGrant, PolicySet
from leastwise.estate.ask import can as ask_can
from leastwise.model.decision import Outcome
from leastwise.model.errors import InputError
from leastwise.model.request import UNKNOWN, Principal, Request
from leastwise.surfaces.cli.decisions import decision_fields, decision_lines
from leastwise.surfaces.cli.estates import (
    context_of,
    estate_of,
    estate_options,
    fact_options,
    facts_of,
    held_in,
    masked,
    masked_fields,
    secrets_in,
    snapshot_path,
)
from leastwise.surfaces.cli.policy_files import object_in, policy_in
from leastwise.surfaces.cli.policy_options import (
    Given,
    Reader,
    pair,
    policy_options,
    resource_policies,
    switches_of,
)
from leastwise.surfaces.cli.settings import Workspace
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
    ):
        command = option(command)
    return fact_options(command)


@click.command()
@click.argument("principal")
@click.argument("action")
@click.argument("resource", default="*")
@estate_options
@policy_options
@_fact_options
@click.option(
    "--expect", type=click.Choice([o.value for o in Outcome], case_sensitive=False), help="Exit 1 on another outcome."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def can(
    workspace: Workspace,
    /,
    principal: str,
    action: str,
    resource: str,
    expect: str | None,
    as_json: bool,
    **given: object,
) -> int:
    """Decide whether PRINCIPAL may do ACTION on RESOURCE, from policies in files or from a snapshot.

    PRINCIPAL is an ARN (user, role, session, root), a service such as `lambda.amazonaws.com`, or `anonymous`.
    Where no policy is given, everything that binds the request comes from the snapshot. Of files, a policy type that
    is not given is taken as none, and the answer says so. A context key that is not given is not known, unless
    `--complete`.
    """
    options = Given(given)
    found = _from_snapshot(principal, action, resource, options, workspace) or _from_files(
        principal, action, resource, options
    )
    for line in _doubts(found.decision.request):
        say(f"warning: {safe(line)}")
    if as_json:
        fields = {**decision_fields(found.decision, found.levels), "not_known": list(found.doubts)}
        answer(json.dumps(masked_fields(fields, found.secrets), indent=2, ensure_ascii=False))
    else:
        for line in decision_lines(found.decision, found.levels):
            answer(masked(line, found.secrets))
    for doubt in found.doubts:
        say(f"not known: {safe(doubt)}")
    return int(expect is not None and found.decision.outcome.value != expect.upper())


@dataclass(frozen=True)
class _Found:
    """A decision, the names of its levels, what is not known, and what is not to be shown."""

    decision: Decision
    levels: Mapping[str, Sequence[str]]
    doubts: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()


def _from_files(principal: str, action: str, resource: str, options: Given) -> _Found:
    request = _request(principal, action, resource, options)
    switches = switches_of(options.texts("switches"))
    policies, levels = _policies(options)
    return _Found(evaluate(request, policies, switches=switches), levels)


def _from_snapshot(principal: str, action: str, resource: str, options: Given, workspace: Workspace) -> _Found | None:
    """The decision from the snapshot; None where policies are given in files."""
    given = [name for name in (*_SOURCES, "unknown") if options.has(name)]
    named = options.text("snapshot")
    if given and named is not None:
        told = f"`--snapshot` and `--{given[0].replace('_', '-')}` are two ways to ask"
        raise InputError(told, help="give one of them")
    if given or snapshot_path(named, workspace) is None:
        return None
    for name in _OF_FILES:
        if options.has(name):
            raise InputError(f"`--{name.replace('_', '-')}` is for policies in files: a snapshot tells it")
    _check_action(action)
    estate = estate_of(named, workspace)
    switches = switches_of(options.texts("switches"))
    found = ask_can(estate, principal, action, resource, facts=facts_of(options), switches=switches)
    binding = found.binding
    secrets = frozenset() if options.flag("show_sensitive") else secrets_in(held_in(binding.policies))
    return _Found(found.decision, binding.levels, binding.doubts, secrets)


_OF_FILES = (
    "public_access_block",
    "resource_management_account",
    "aws_managed_key",
    "management_account",
    "resource_account",
    "account",
    "role_arn",
    "tags",
)
"""Facts that a snapshot tells."""


def _request(principal: str, action: str, resource: str, options: Given) -> Request:
    _check_action(action)
    return Request(
        _principal(principal, options),
        action,
        resource,
        context_of(options),
        options.text("resource_account"),
        options.flag("complete"),
        options.flag("resource_management_account"),
        options.flag("aws_managed_key"),
    )


def _check_action(action: str) -> None:
    if ":" not in action:
        hint = "write `service:Action`, such as `s3:GetObject`"
        raise InputError(f"cannot make out the action `{action}`", help=hint)
    if any(sign in action for sign in "*?"):
        raise InputError(f"the action `{action}` has a wildcard", help="ask for one action at a time")


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


def _policies(options: Given) -> tuple[PolicySet, Mapping[str, Sequence[str]]]:
    """The policies, and the names of the levels of SCPs and RCPs."""
    unknown = options.texts("unknown")
    if not unknown and not any(options.has(name) for name in _SOURCES):
        hint = "give at least one, such as `--identity FILE`, or take a snapshot with `leastwise snapshot`"
        raise InputError("no policy was given, and there is no snapshot", help=hint)
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
