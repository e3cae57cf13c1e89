"""Policy documents of a snapshot as policies, each text parsed once; what cannot be read, or is not known, stays open.

A policy that is not known may allow anything and deny anything: it stands as one Allow and one Deny, each under a
condition on a key that no request tells, so that every answer that turns on it is open and names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from leastwise.estate.held import InlinePolicy, ManagedPolicy, OrganizationPolicy, Resource, Role
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Effect, Kind, Policy, Statement

NOT_READ: Final = "not-read:"
"""How the keys begin that stand for policies that are not known."""

_OPEN_PARTS = re.compile(r"Statement(\[\d+\])?(\.(Not)?Resource(\[\d+\])?|\.Condition\..*)")
"""The parts of a document of which a value that is not known is as good as a policy variable."""

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_EVERYONE: Final[Mapping[str, tuple[str, ...]]] = {"AWS": ("*",)}
_WITH_PRINCIPAL: Final = ("resource", "trust", "rcp", "endpoint")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A policy, the context keys in it that nobody can know, and why it could not be read, empty where it was."""

    policy: Policy
    open_keys: tuple[str, ...] = ()
    fault: str = ""


@dataclass
class Documents:
    """The policies made so far, by what they are and by their text."""

    _made: dict[tuple[str, Kind, str, tuple[str, ...]], Parsed] = field(default_factory=dict)

    def parsed(self, text: str, kind: Kind, name: str, unknown: tuple[str, ...] = ()) -> Parsed:
        """The policy of a text. `name` is what to call it, `unknown` the paths of values that are not known."""
        key = (text, kind, name, unknown)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = _parsed(text, kind, name, unknown)
        return found

    def inline(self, one: InlinePolicy, owner: str, kind: Kind = "identity") -> Parsed:
        """A policy that is part of a principal."""
        return self.parsed(one.document, kind, one.origin or f"{owner}, inline policy {one.name}", one.unknown)

    def managed(self, one: ManagedPolicy, kind: Kind = "identity") -> Parsed:
        """A managed policy as an identity policy or a permissions boundary."""
        return self.parsed(one.document, kind, one.origin or one.arn, one.unknown)

    def trust(self, role: Role) -> Parsed:
        """A role's trust policy."""
        name = role.trust_origin or f"role/{role.name}, trust policy"
        return self.parsed(role.trust, "trust", name, role.trust_unknown)

    def of_resource(self, one: Resource, holder: str) -> Parsed:
        """A resource's policy; `holder` says which, `policy` for its own."""
        kind: Kind = "endpoint" if one.type == "ec2:vpc-endpoint" else "resource"
        title = "policy" if holder == "policy" else f"policy of {holder}"
        return self.parsed(one.policies[holder], kind, one.origin or f"{one.arn}, {title}", one.unknown)

    def of_organization(self, one: OrganizationPolicy) -> Parsed:
        """An SCP or RCP."""
        return self.parsed(one.document, one.type, one.origin or f"{one.name} ({one.id})", one.unknown)


def not_known(kind: Kind, name: str) -> Parsed:
    """A policy of which nothing is known."""
    effects: tuple[Effect, ...] = ("Deny",) if kind == "rcp" else ("Allow", "Deny")
    return _open(kind, name, effects, "it was not read")


def perhaps_allowed(name: str, fault: str) -> Parsed:
    """A policy of a resource that may allow anything, and denies nothing; `fault` says why it is not known."""
    return _open("resource", name, ("Allow",), fault)


def _open(kind: Kind, name: str, effects: tuple[Effect, ...], fault: str) -> Parsed:
    key = f"{NOT_READ}{name}"
    principals = _EVERYONE if kind in _WITH_PRINCIPAL else None
    statements = [
        Statement(
            None,
            ("*",),
            ("*",) if kind != "trust" else (),
            {"StringEquals": {key: ("allows" if effect == "Allow" else "denies",)}},
            effect,
            principals,
            has_resource=kind != "trust",
        )
        for effect in effects
    ]
    return Parsed(Policy(tuple(statements), kind, name=name), (key.lower(),), fault)


def _parsed(text: str, kind: Kind, name: str, unknown: tuple[str, ...]) -> Parsed:
    try:
        policy = parse_draft(text, kind=kind, name=name)[0]
    except PolicyError as error:
        parsed = not_known(kind, name)
        return Parsed(parsed.policy, parsed.open_keys, f"it cannot be read: {error.faults[0].message}")
    if not unknown:
        return Parsed(policy)
    if not all(_OPEN_PARTS.fullmatch(path) for path in unknown):
        parsed = not_known(kind, name)
        return Parsed(parsed.policy, parsed.open_keys, "parts of it are not known until apply")
    return Parsed(policy, tuple(sorted(_open_keys(text))))


def _open_keys(text: str) -> set[str]:
    """The names of values that are not known, which stand in the document as policy variables."""
    names = {found.lower() for found in _VARIABLE.findall(json.dumps(json.loads(text)))}
    return {name for name in names if ":" not in name}
