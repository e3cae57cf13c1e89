"""Task roles as Terraform: each role with its trust policy, its policies, and what its callers need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from leastwise.model.arn import parse_arn
from leastwise.surfaces.formats import NamedPolicy, unique_names
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.surfaces.formats.hcl import quoted
from leastwise.synthesize.task_roles import TaskRole, TaskRoles
from leastwise.usage.sessions import Caller

_POLICY: Final = re.compile(r'^resource "aws_iam_policy" "(\w+)" \{$', re.MULTILINE)
_ENTITY: Final = re.compile(r"(role|user)/(?:.*/)?([^/]+)\Z")


def terraform(found: TaskRoles) -> str:
    """The roles, their policies and attachments; a caller of the same account gets what it needs to assume its role."""
    labels = unique_names(_label(role.name) for role in found.roles)
    return "\n".join(
        block for role, label in zip(found.roles, labels, strict=True) for block in _blocks(role, label, found)
    )


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return label if label[:1].isalpha() else f"role_{label}".rstrip("_")


def _blocks(role: TaskRole, label: str, found: TaskRoles) -> Iterator[str]:
    yield _role(role, label, found)
    own = [NamedPolicy(policy.name, policy.document) for policy in role.proposal.policies]
    assume = NamedPolicy(f"leastwise-assume-{role.name}", role.assume)
    text = FORMATS["hcl"]([*own, assume])
    *policies, assuming = _POLICY.findall(text)
    yield text
    for policy in policies:
        yield _attached("role", f"{policy}", f"aws_iam_role.{label}.name", policy)
    for number, caller in enumerate(_own_callers(role)):
        kind, name = caller
        yield _attached(kind, f"{assuming}_{number + 1}", quoted(name), assuming)


def _role(role: TaskRole, label: str, found: TaskRoles) -> str:
    path = found.today.path if found.today else "/"
    lines = [
        f'resource "aws_iam_role" "{label}" {{',
        f"  name               = {quoted(role.name)}",
        f"  path               = {quoted(path)}",
        f"  assume_role_policy = {quoted(json.dumps(role.trust))}",
    ]
    if found.today and found.today.boundary:
        lines.insert(3, f"  permissions_boundary = {quoted(found.today.boundary)}")
    return "\n".join([*lines, "}\n"])


def _own_callers(role: TaskRole) -> Iterator[tuple[str, str]]:
    """Roles and users of the role's own account, which its configuration can attach a policy to."""
    account = _account(role.arn)
    for caller in role.callers:
        found = _ENTITY.search(caller.name) if _is_attachable(caller) else None
        if found and _account(caller.name) == account:
            yield found[1], found[2]


def _is_attachable(caller: Caller) -> bool:
    """A role of Identity Center takes its policies from its permission set alone."""
    return caller.principal_type in ("Role", "User") and "/aws-reserved/" not in caller.name


def _account(text: str) -> str:
    arn = parse_arn(text)
    return arn.account if arn else ""


def _attached(kind: str, label: str, name: str, policy: str) -> str:
    return (
        f'resource "aws_iam_{kind}_policy_attachment" "{label}" {{\n'
        f"  {kind:<10} = {name}\n"
        f"  policy_arn = aws_iam_policy.{policy}.arn\n}}\n"
    )
