"""Policy documents in what AWS's command line prints, and wherever else an object or text in a file is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from leastwise.language.nodes import Flag, Items, Members, Node, Text
from leastwise.language.wording import named
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.kinds import Told
from leastwise.lint.sources.search import Step, below, is_document, is_surely_document, member, text
from leastwise.model.policy import Kind

_HELD_AS_TEXT = frozenset(
    {
        "AccessPolicies",
        "AssumeRolePolicyDocument",
        "Content",
        "Document",
        "InlinePolicy",
        "Policy",
        "PolicyDocument",
        "PolicyInJson",
        "ResourcePolicy",
        "document",
        "policy",
        "policyText",
    }
)
"""The keys under which AWS's answers hold a policy as text; as an object it is known by its statements."""

_OF_KEY: Mapping[str, Kind] = {"AssumeRolePolicyDocument": "trust", "InlinePolicy": "identity"}
_OF_SIBLING: tuple[tuple[str, Kind], ...] = (
    ("VersionId", "identity"),
    ("RoleName", "identity"),
    ("UserName", "identity"),
    ("GroupName", "identity"),
    ("VpcEndpointId", "endpoint"),
)
_OF_LIST: Mapping[str, Kind] = {
    "RolePolicyList": "identity",
    "UserPolicyList": "identity",
    "GroupPolicyList": "identity",
}
"""What a policy is by its key, by a key beside it, and by the list that it is in."""

OF_ORGANIZATIONS: Mapping[str, Kind] = {
    "SERVICE_CONTROL_POLICY": "scp",
    "RESOURCE_CONTROL_POLICY": "rcp",
}
"""Organizations' types of policy that are written in IAM's language. Organizations API Reference, "PolicySummary"."""

_NAMES = ("RoleName", "UserName", "GroupName", "PolicyName")
_IS_TEXT = re.compile(r"\s*+(?:\{|%7B)", re.IGNORECASE)


def read_answers(reading: Reading, root: Node, *, is_literal: bool) -> None:
    """Keeps every policy document of a tree; its objects stand in the file as they are when it is literal."""
    keep = reading.literal if is_literal else reading.made
    for step in _documents(root):
        kind, node, where = _kind(step), step.node, _where(step)
        told: Told | None = (kind, "") if kind else None
        if isinstance(node, Text):
            reading.of_text(node.value, node.start, where=where, told=told)
        else:
            keep(node, where=where, told=told or reading.tells(node))


def _documents(root: Node) -> Iterator[Step]:
    """Every policy document, in the order of the file; nothing is looked for inside of one."""
    waiting = [Step(root)]
    while waiting:
        step = waiting.pop()
        if _is_sought(step):
            yield step
        elif not _is_passed(step):
            waiting.extend(reversed(below(step)))


def _is_sought(step: Step) -> bool:
    if isinstance(step.node, Members):
        return is_document(step.node) if _is_alone(step) else is_surely_document(step.node)
    if not isinstance(step.node, Text) or step.key not in _HELD_AS_TEXT:
        return False
    return "Statement" in step.node.value and _IS_TEXT.match(step.node.value) is not None


def _is_alone(step: Step) -> bool:
    """Whether it is the whole file, or in a list that is."""
    return step.above is None or (isinstance(step.above.node, Items) and step.above.above is None)


def _is_passed(step: Step) -> bool:
    """Versions not in force, what AWS manages, roles listed a second time, and policies in other languages."""
    default = member(step.node, "IsDefaultVersion")
    is_old = isinstance(default, Flag) and not default.value
    is_managed_by_aws = ":iam::aws:policy/" in text(step.node, "Arn")
    language = text(step.node, "PolicySummary", "Type")
    is_foreign = bool(language) and language not in OF_ORGANIZATIONS
    return is_old or is_managed_by_aws or is_foreign or step.key == "InstanceProfileList"


def _kind(step: Step) -> Kind | None:
    """The policy type, where the file says it."""
    organizations = text(step.above.node, "PolicySummary", "Type") if step.above else ""
    return OF_ORGANIZATIONS.get(organizations) or _OF_KEY.get(str(step.key)) or _of_sibling(step) or _of_list(step)


def _of_sibling(step: Step) -> Kind | None:
    beside = step.above.node if step.above else None
    return next((kind for key, kind in _OF_SIBLING if member(beside, key) is not None), None)


def _of_list(step: Step) -> Kind | None:
    return next((_OF_LIST[str(one.key)] for one in step.lineage() if one.key in _OF_LIST), None)


def _where(step: Step) -> str:
    names = (text(one.node, key) for one in reversed(list(step.lineage())) for key in _NAMES)
    told = ", ".join(named(name) for name in names if name)
    return f"{step.path} ({told})" if told else step.path
