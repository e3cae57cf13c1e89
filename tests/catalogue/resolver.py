"""A resolver of fills small enough to be checked by eye: what a request's parameters make of a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from leastwise.catalogue.conventions import variables
from leastwise.catalogue.events import ActionRule, CallRule, Target
from leastwise.catalogue.resources import best_target, fill
from leastwise.catalogue.transforms import transformed

PLACE = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"}
WRAPPERS = frozenset({"items", "item", "member"})
Json = Mapping[str, object]


def resources(rule: CallRule, request: Json) -> dict[str, list[str]]:
    """The resources of each action of the call that this request needs."""
    texts = list(_texts(request, ()))
    members = set(_members(request, ()))
    return {
        action.action: sorted(set(_of_action(action, texts)))
        for action in rule.actions
        if _is_needed(action, members, texts)
    }


def _is_needed(action: ActionRule, members: set[tuple[str, ...]], texts: list[tuple[tuple[str, ...], str]]) -> bool:
    def has(parameter: str) -> bool:
        if "|" in parameter:
            return bool(values(parameter, texts))
        return any(_matches(parameter, path) for path in members)

    return (not action.present or any(map(has, action.present))) and not any(map(has, action.absent))


def _of_action(action: ActionRule, texts: list[tuple[tuple[str, ...], str]]) -> Iterator[str]:
    if not action.targets:
        yield "*"
    named = [(t, text) for _, text in texts if text.startswith("arn:") and (t := best_target(text, action.targets))]
    yield from (text for _, text in named)
    done = {target.resource_type for target, _ in named}
    for target in action.targets:
        if target.resource_type not in done:
            yield from _of_target(target, texts)


def _of_target(target: Target, texts: list[tuple[tuple[str, ...], str]]) -> Iterator[str]:
    choices = {f.variable: found for f in target.fills if (found := _choices(f.parameters, texts))}
    needed = variables(target.template)
    if not choices and not target.created and needed:
        return
    for combination in product(*choices.values()):
        yield fill(target.template, {**PLACE, **dict(zip(choices, combination, strict=True))})


def _choices(parameters: tuple[str, ...], texts: list[tuple[tuple[str, ...], str]]) -> list[str]:
    for parameter in parameters:
        found = [v for v in values(parameter, texts) if not v.startswith("arn:")]
        if found:
            return list(dict.fromkeys(found))
    return []


def values(parameter: str, texts: list[tuple[tuple[str, ...], str]]) -> list[str]:
    """The values that a parameter stands for in a request."""
    if parameter.startswith("="):
        return [parameter[1:]]
    name, _, transform = parameter.partition("|")
    if "+" in name:
        parts = [values(part, texts) for part in name.split("+")]
        return ["/".join(p[0].strip("/") for p in parts if p[0].strip("/"))] if all(parts) else []
    found = [text for path, text in texts if _matches(name, path)]
    changed = [transformed(transform, text) if transform else text for text in found]
    return [text for text in changed if text]


def _matches(name: str, path: tuple[str, ...]) -> bool:
    if name.startswith("."):
        return path == (name[1:],)
    parts = tuple(name.split("."))
    return path[-len(parts) :] == parts


def _texts(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and {"tag", "content"} == value.keys():
        yield from _texts(value["content"], path)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, path if key.lower() in WRAPPERS else (*path, key.lower()))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, path)
    elif value is not None:
        yield path, str(value)


def _members(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            inner = path if key.lower() in WRAPPERS else (*path, key.lower())
            if part not in (None, "", [], {}):
                yield inner
                yield from _members(part, inner)
    elif isinstance(value, list):
        for part in value:
            yield from _members(part, path)
