"""Which resources a call was authorized on, as far as its record tells.

Order of trust: the record's own list, then ARNs in the request, then a template filled from the request.
Source: Service Authorization Reference, resource types tables; CloudTrail User Guide, "CloudTrail record
contents".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple

from leastwise.model.arn import literal, partition_of
from leastwise.usage.parameters import Lookup, Parameters
from leastwise.usage.plans import ActionPlan, TargetPlan

RECORDED = "recorded"
REQUESTED = "requested"
BY_NAME = "by-name"
PATTERN = "pattern"
UNNAMED = "unnamed"
UNSCOPED = "unscoped"
"""How a row's resource is known: listed by the record, named in the request, named there
without the path that belongs to its ARN, a pattern because AWS chooses
the id or the record gives only a prefix, not named by the call at all, or an action that takes none."""

_MAX_COMBINATIONS = 5_000
_MAX_FOREIGN = 2_000
SECRET_SUFFIX = "-??????"  # noqa: S105  # AWS adds six letters to a secret's name; IAM User Guide, Secrets Manager ARNs

Found = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call landed; `values` are what fills `${Partition}`, `${Region}`, `${Account}` where known."""

    partition: str
    region: str
    account: str
    values: Mapping[str, str]
    _patterns: dict[int, str] = field(default_factory=dict, compare=False)

    def pattern(self, target: TargetPlan) -> str:
        """The target's template at this place, `*` for all else; made once."""
        text = self._patterns.get(target.number)
        if text is None:
            text = self._patterns[target.number] = _written(target, self.values)
        return text


def place_of(region: str, account: str) -> Place:
    """The place of a region and an account, either of which may be empty for not known."""
    partition = partition_of(region)
    named = {"Partition": partition, "Region": region, "Account": account}
    return Place(partition, region, account, {name: text for name, text in named.items() if text})


class Named(NamedTuple):
    """ARNs that the record lists, whole and as prefixes."""

    arns: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


NOTHING_NAMED = Named()
_NO_RESOURCE: list[Found] = [("*", UNSCOPED)]
_NOT_NAMED: list[Found] = [("*", UNNAMED)]


def resources_of(action: ActionPlan, parameters: Parameters, *, named: Named, place: Place) -> list[Found]:
    """Pairs of resource and how it is known, for one action of one call; at least one pair.

    A resource type that one source has settled is not asked of the next.
    """
    if not action.targets:
        return _NO_RESOURCE
    found: list[Found] = []
    done = _take_arns(found, named.arns, action, RECORDED)
    if parameters.arns:
        requested: list[Found] = []
        types = _take_arns(requested, parameters.arns, action, REQUESTED, done)
        found += requested
        done |= types
    for prefix in named.prefixes:
        found.append((f"{literal(prefix)}*", PATTERN))
    _take_filled(found, done, action, parameters, place)
    return _completed(found, done, action, place)


def settled_by_record(action: ActionPlan, arns: Sequence[str]) -> list[Found] | None:
    """The listed ARNs, when they leave no resource type of the action open; else None."""
    if not action.targets:
        return _NO_RESOURCE
    found: list[Found] = []
    done: set[str] = set()
    foreign = action.foreign
    for arn in arns:
        if arn in foreign:
            continue
        match = action.matcher(arn)
        if match is not None and match.lastindex:
            found.append((arn, RECORDED))
            done.add(action.owners[match.lastindex - 1].resource_type)
        elif len(foreign) < _MAX_FOREIGN:
            foreign.add(arn)
    return found if action.types <= done else None


def _take_arns(
    found: list[Found],
    arns: Sequence[str],
    action: ActionPlan,
    how: str,
    done: frozenset[str] | set[str] = frozenset(),
) -> set[str]:
    """The ARNs of types not yet done are found; the types that they settle."""
    types: set[str] = set()
    for arn in arns:
        match = action.matcher(arn)
        if match is not None and match.lastindex:
            resource_type = action.owners[match.lastindex - 1].resource_type
            if resource_type not in done:
                found.append((arn, how))
                types.add(resource_type)
    return types


def _take_filled(found: list[Found], done: set[str], action: ActionPlan, parameters: Parameters, place: Place) -> None:
    filled: set[str] = set()
    for target in action.candidates(parameters.texts):
        if target.resource_type not in done:
            pairs = list(_filled(target, parameters, place))
            if pairs:
                found += pairs
                filled.add(target.resource_type)
    done |= filled


def _completed(found: list[Found], done: set[str], action: ActionPlan, place: Place) -> list[Found]:
    """A call that names one resource is authorized on the other required types as well."""
    if not found:
        created = [_created(t, {}, place) for t in action.targets if t.created]
        return created or _NOT_NAMED
    for target in action.required:
        if target.resource_type not in done:
            done.add(target.resource_type)
            found.append((place.pattern(target), PATTERN))
    return found if len(found) == 1 else list(dict.fromkeys(found))


def _filled(target: TargetPlan, parameters: Parameters, place: Place) -> Iterator[Found]:
    choices = {v: texts for v, lookups in target.fills if (texts := _choices(lookups, parameters))}
    complete = len(choices) == target.needed
    if target.created and not complete:
        if target.required or choices:
            yield _created(target, choices, place)
        return
    if target.needed and not choices:
        return
    for values in islice(_combinations(choices), _MAX_COMBINATIONS):
        if complete:
            yield _exact(target, {**place.values, **values})
        else:
            yield _written(target, {**place.values, **values}), PATTERN


def _created(target: TargetPlan, choices: dict[str, list[str]], place: Place) -> Found:
    """AWS chooses the id, so that the call was authorized on every id."""
    if not choices:
        return place.pattern(target), PATTERN
    known = {v: texts[0] for v, texts in choices.items() if len(texts) == 1}
    return _written(target, {**place.values, **known}), PATTERN


def _exact(target: TargetPlan, values: Mapping[str, str]) -> Found:
    """An exact ARN, or a pattern where the place is not known or a value stands for many.

    An IAM entity is made with the path that the call gives, or `/` (IAM API Reference, CreateRole, `Path`);
    other calls give its name alone.
    """
    pieces = list(target.pieces)
    for i in range(1, len(pieces), 2):
        value = values.get(pieces[i])
        if value is None or value.endswith(SECRET_SUFFIX):
            return _written(target, values), PATTERN
        pieces[i] = value
    if target.has_fixed_star:
        return _written(target, values), PATTERN
    lacks_path = target.has_path and not target.makes and "/" not in values[target.pieces[-2]]
    return "".join(pieces), BY_NAME if lacks_path else REQUESTED


def _written(target: TargetPlan, values: Mapping[str, str]) -> str:
    """The template as a policy pattern: known values literally, `*` for the others."""
    pieces = list(target.pieces)
    for i in range(1, len(pieces), 2):
        pieces[i] = _literal_value(values[pieces[i]]) if pieces[i] in values else "*"
    return "".join(pieces)


def _literal_value(text: str) -> str:
    head = text.removesuffix(SECRET_SUFFIX)
    return literal(head) + (SECRET_SUFFIX if head != text else "")


def _choices(lookups: Sequence[Lookup], parameters: Parameters) -> list[str]:
    for lookup in lookups:
        values = parameters.values(lookup)
        if values:
            named = [v for v in values if not v.startswith("arn:")]
            if named:
                return named if len(named) == 1 else list(dict.fromkeys(named))
    return []


def _combinations(choices: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    lengths = {len(texts) for texts in choices.values()}
    if lengths == {1}:
        yield {v: texts[0] for v, texts in choices.items()}
        return
    together = len(lengths) == 1 and len(choices) > 1
    columns = zip(*choices.values(), strict=True) if together else product(*choices.values())
    for column in columns:
        yield dict(zip(choices, column, strict=True))
