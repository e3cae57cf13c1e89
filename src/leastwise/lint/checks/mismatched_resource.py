"""Actions that none of their statement's resources can be for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.services import Action
from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, Form, WrittenArn, arn_of, form_of, is_open, is_sound, may_have
from leastwise.lint.breadth import is_every_action, named_by
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.foreign import is_foreign, service_of
from leastwise.lint.registry import Found, check
from leastwise.prove.world import templates_of

_MOST_PAIRS: Final = 100_000
"""Actions times resources of one statement that are looked at; no policy that AWS takes has more."""


@check(
    "LW106",
    "mismatched-resource",
    severity="warning",
    kinds=WITH_RESOURCE,
    source="Service Authorization Reference",
)
def mismatched_resource(document: Document) -> Iterator[Found]:
    """An action for which none of the statement's resources can be.

    Each action is for resources of certain types, and some are for none and need `*`. Where no resource of the
    statement can have the ARN of such a type, the statement says nothing about the action: an Allow grants nothing, a
    Deny denies nothing. Reading an object's bucket as the object, or the object as its bucket, is the usual cause.

    A pattern of actions is found when this is so of all that it stands for. Policy variables count as anything. Nothing
    is found beside `NotResource`, or where an ARN of the statement has a fault of its own.
    """
    service = service_of(document)
    for statement in document.statements:
        is_open = statement.said.is_not_action or len(statement.actions) * len(statement.resources) > _MOST_PAIRS
        arns = () if is_open else _arns(statement)
        for written in statement.actions if arns else ():
            actions = () if is_every_action(written.text) else named_by(written.text)
            if actions and not is_foreign(written.text, service) and not _may_be_for_some(actions, arns):
                verb = "denies" if statement.said.effect == "Deny" else "allows"
                message = f"{shown(written.text)} {verb} nothing: it is for no resource of the statement"
                yield Found(message, written, _help(actions[0], arns[0]))


def _arns(statement: WrittenStatement) -> tuple[WrittenArn, ...]:
    """The statement's resources; none where some of them is everything or has a fault of its own."""
    arns = [arn_of(written.text) for written in statement.resources]
    sound = tuple(arn for arn in arns if arn is not None and is_sound(arn))
    return sound if len(sound) == len(arns) and not statement.said.is_not_resource else ()


def _may_be_for_some(actions: tuple[Action, ...], arns: tuple[WrittenArn, ...]) -> bool:
    return any(_may_be_for(action.name, arn) for action in actions for arn in arns)


@lru_cache(maxsize=65_536)
def _may_be_for(name: str, arn: WrittenArn) -> bool:
    """Whether the action may be asked about a resource that the ARN names; taken to be so where it is not known."""
    action = load_catalogue().action(name)
    if action is None:
        return True
    forms = [form_of(template) for template in templates_of(action)]
    return any(form is None or _fits(arn, form) for form in forms)


def _fits(arn: WrittenArn, form: Form) -> bool:
    return (is_open(form.service) or form.service == arn.service) and may_have(arn.resource, form)


def _help(action: Action, arn: WrittenArn) -> str:
    forms = [form for template in templates_of(action) if (form := form_of(template)) is not None]
    if forms:
        nearest = min(forms, key=lambda form: _distance(form, arn))
        return f"add a resource such as `{nearest.template}`, or remove the action"
    return 'put it in a statement with `"Resource": "*"`, or remove it'


def _distance(form: Form, arn: WrittenArn) -> int:
    """In how many parts the form is unlike the ARN, the service before all."""
    is_elsewhere = bool(form.region) != bool(arn.region)
    return 4 * (form.service != arn.service) + is_elsewhere + (bool(form.account) != bool(arn.account))
