"""One statement of a document: its elements read and held to the grammar of its policy type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from leastwise.language.condition_block import read_conditions
from leastwise.language.grammar import EFFECTS, OPPOSITES, STATEMENT_ELEMENTS
from leastwise.language.nodes import Members, Null
from leastwise.language.principal_forms import read_principals
from leastwise.language.report import Part
from leastwise.language.variable_form import check_variables
from leastwise.language.wording import did_you_mean, shown
from leastwise.model.policy import Effect, Statement

_Found = Mapping[str, Part]
_EFFECTS: dict[str, Effect] = {"Allow": "Allow", "Deny": "Deny"}


def read_statement(part: Part) -> Statement | None:
    """The statement that an object holds; None when it holds none, the faults being reported."""
    found = part.elements(STATEMENT_ELEMENTS, "the statement")
    if not isinstance(part.node, Members):
        return None
    _check_elements(part, found)
    actions, is_not_action = _either(found, "Action", _actions)
    resources, is_not_resource = _either(found, "Resource", _resources)
    principal = found.get("Principal") or found.get("NotPrincipal")
    statement = Statement(
        sid=_sid(found.get("Sid")),
        actions=actions,
        resources=resources,
        conditions=read_conditions(found["Condition"]) if "Condition" in found else {},
        effect=_effect(found.get("Effect")),
        principals=read_principals(principal) if principal else None,
        is_not_action=is_not_action,
        is_not_resource=is_not_resource,
        is_not_principal="NotPrincipal" in found and "Principal" not in found,
        has_resource="Resource" in found or "NotResource" in found,
        place=part.report.source.place(part.node.start, part.node.end),
    )
    if part.grammar.is_rcp:
        _check_rcp(part, statement)
    return statement


def _either(found: _Found, name: str, read: Callable[[Part], Iterator[str]]) -> tuple[tuple[str, ...], bool]:
    """The values of an element or of its opposite, and whether they are the opposite's."""
    chosen = found.get(name) or found.get(f"Not{name}")
    values = tuple(read(chosen)) if chosen else ()
    return values, name not in found and f"Not{name}" in found


def _check_elements(part: Part, found: _Found) -> None:
    _check_forbidden(part, found)
    for one, other in OPPOSITES:
        if one in found and other in found:
            message = f"`{one}` and `{other}` exclude each other"
            found[other].fault("LW-P09", message, f"keep one of them in `{part.path}`")
    _check_required(part, found)


def _check_forbidden(part: Part, found: _Found) -> None:
    for name, element in found.items():
        if name in part.grammar.forbids:
            element.fault("LW-P10", f"`{name}` does not belong in {part.grammar.title}", "remove it")


def _check_required(part: Part, found: _Found) -> None:
    opposites = dict(OPPOSITES)
    for name in sorted(part.grammar.requires):
        allowed = [n for n in (name, opposites.get(name, name)) if n not in part.grammar.forbids]
        if name in found or opposites.get(name) in found:
            continue
        wanted = " or ".join(f"`{n}`" for n in dict.fromkeys(allowed))
        code = "LW-P28" if name == "Resource" else "LW-P08"
        part.fault(code, f"the statement has no {wanted}", f"add `{name}`, which {part.grammar.title} needs")


_PLAIN_SID = re.compile("[A-Za-z0-9]*")


def _sid(part: Part | None) -> str | None:
    sid = part.text("`Sid`") if part else None
    if part is None or sid is None or _PLAIN_SID.fullmatch(sid):
        return sid
    message = f"the `Sid` {shown(sid)} has characters other than letters and digits"
    if part.grammar.is_sid_plain:
        part.fault("LW-P13", message, "use A to Z, a to z and 0 to 9")
        return sid
    part.note("LW-P60", message)
    return sid


def _effect(part: Part | None) -> Effect:
    effect = part.text("`Effect`") if part else None
    if part is None or effect is None:
        return "Deny"
    if effect not in _EFFECTS:
        part.fault(
            "LW-P12", f"unknown effect {shown(effect)}", did_you_mean(effect, EFFECTS) or "write `Allow` or `Deny`"
        )
    return _EFFECTS.get(effect, "Deny")


_ACTION = re.compile(r"\*|[^\s:]+:[^\s:]+")
_SPACED_ACTION = re.compile(r"[^\s:]+:[^:]*[^\s:][^:]*")
_RCP_ACTION = re.compile(r"[a-z0-9-]+:[^\s:]+")


def _actions(element: Part) -> Iterator[str]:
    for part in element.items():
        action = part.text("an action")
        if action is None:
            continue
        if not _ACTION.fullmatch(action):
            _check_odd_action(part, action)
        elif part.grammar.is_rcp and action != "*" and not _RCP_ACTION.fullmatch(action):
            part.fault(
                "LW-P26", f"the action {shown(action)} does not spell out its service", "write it as `s3:GetObject`"
            )
        yield action
    _note_if_empty(element, "actions")


def _check_odd_action(part: Part, action: str) -> None:
    if _SPACED_ACTION.fullmatch(action):
        part.note("LW-P56", f"the action {shown(action)} holds white space: it names nothing", "remove the white space")
        return
    told = "more than one colon" if action.count(":") > 1 else "no form of an action"
    part.fault("LW-P15", f"{shown(action)} has {told}", "write `*` or `service:Action`, such as `s3:GetObject`")


def _note_if_empty(element: Part, what: str) -> None:
    if not any(True for _ in element.items()):
        element.note("LW-P63", f"the list of {what} is empty: the statement matches nothing")


def _resources(element: Part) -> Iterator[str]:
    for part in element.items():
        if isinstance(part.node, Null) and part.node is not element.node:
            part.note("LW-P58", "`null` in a list of resources is passed over", "remove it")
            continue
        resource = part.text("a resource")
        if resource is None:
            continue
        if resource != "*":
            _check_resource(part, resource)
        yield resource
    _note_if_empty(element, "resources")


_VARIABLE = re.compile(r"\$\{(?:\$|[^}$]*+)\}")
_OPENS_WILD = re.compile(r"[*?$]")


def _check_resource(part: Part, resource: str) -> None:
    check_variables(part, resource)
    literal = _OPENS_WILD.split(resource, maxsplit=1)[0]
    if not literal.startswith("arn:") and (literal == resource or not "arn:".startswith(literal)):
        _not_an_arn(part, resource)
        return
    fields = _VARIABLE.sub("V", resource).split(":", 5)
    if len(fields) > 2:
        _check_service(part, resource, service=fields[2])
    if len(fields) < 6 and part.grammar.resource_form == "full arn":
        told = f"the ARN {shown(resource)} has {len(fields)} of six parts"
        part.fault("LW-P17", told, "write `arn:partition:service:region:account:resource`")


def _not_an_arn(part: Part, resource: str) -> None:
    message, hint = f"{shown(resource)} is neither `*` nor an ARN", "write `*` or `arn:…`"
    if part.grammar.resource_form == "any":
        part.note("LW-P57", message, hint)
        return
    part.fault("LW-P16", message, hint)


def _check_service(part: Part, resource: str, *, service: str) -> None:
    if not service:
        part.fault("LW-P16", f"the ARN {shown(resource)} names no service", "write it as `arn:aws:s3:::name`")
    elif _OPENS_WILD.search(service) and resource.strip("*"):
        part.note("LW-P62", f"the service of {shown(resource)} holds a wildcard: it names nothing", "name the service")


_EVERYTHING: Mapping[str, tuple[str, ...]] = {"AWS": ("*",)}


def _check_rcp(part: Part, statement: Statement) -> None:
    """RCPFullAWSAccess, which AWS attaches itself, is the one RCP that allows."""
    grants_all = statement.actions == statement.resources == ("*",) and not statement.is_not_resource
    if statement.effect == "Allow" and (statement.conditions or not grants_all):
        part.fault("LW-P23", "an RCP allows nothing but all, as RCPFullAWSAccess does", "write `Deny`")
    if statement.effect == "Deny" and "*" in statement.actions:
        part.fault("LW-P26", "the action `*` does not spell out its service", "write it as `s3:*`")
    if statement.principals is not None and statement.principals != _EVERYTHING:
        part.fault("LW-P20", "the principal of an RCP is not `*`", "write `*` and name principals in `Condition`")
