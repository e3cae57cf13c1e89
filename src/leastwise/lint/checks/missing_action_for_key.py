"""Trust policies that ask for what no session may carry, because they do not allow to set it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.breadth import actions_of
from leastwise.lint.condition_values import holds_when_absent, is_allow
from leastwise.lint.document import Condition, Document
from leastwise.lint.registry import Found, check

_TAGS: Final = ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys")
_SOURCE_IDENTITY: Final = "sts:sourceidentity"


@check(
    "LW312",
    "missing-action-for-key",
    severity="error",
    aws=("MISSING_ACTION_FOR_CONDITION_KEY",),
    kinds=("trust",),
    source='IAM User Guide, "Pass session tags in AWS STS"; "Monitor and control actions taken with assumed roles"',
)
def missing_action_for_key(document: Document) -> Iterator[Found]:
    """A trust policy that asks for session tags or a source identity and allows nobody to set them.

    To pass session tags takes `sts:TagSession`, to set a source identity `sts:SetSourceIdentity`, each allowed by the
    role's trust policy. Where no statement allows it, whoever sends the key is refused, and whoever does not fails
    the condition. Add the action to the statement.
    """
    allowed = {
        action.name
        for statement in document.statements
        if is_allow(statement) and not statement.said.is_not_action
        for _, actions in actions_of(statement)
        for action in actions
    }
    if any(is_allow(statement) and statement.said.is_not_action for statement in document.statements):
        return
    for statement in document.statements:
        for condition in statement.conditions if is_allow(statement) else ():
            needed = _needed(condition)
            if needed and needed not in allowed and not holds_when_absent(condition):
                message = f"no statement allows `{needed}`, without which nobody sends {shown(condition.key.text)}"
                yield Found(message, condition.key, f"add `{needed}` to the actions")


def _needed(condition: Condition) -> str | None:
    if condition.lowered == _SOURCE_IDENTITY:
        return "sts:SetSourceIdentity"
    return "sts:TagSession" if condition.lowered.startswith(_TAGS) else None
