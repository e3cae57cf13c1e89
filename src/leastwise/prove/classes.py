"""Actions that no statement tells apart, as few classes as there are such differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.services import Action
from leastwise.decide import services
from leastwise.decide.policies import Entry
from leastwise.prove.actions import ActionIndex, action_index
from leastwise.prove.world import is_sent, templates_of


@dataclass(frozen=True, slots=True)
class ActionClass:
    """Known actions that the same statements are about; `example` is one of them, in lower case.

    With no `bits` they are names that the catalogue does not know.
    """

    bits: int
    about: frozenset[Entry]
    example: str

    @property
    def names(self) -> tuple[str, ...]:
        """The actions, as AWS writes them; the example alone where the catalogue knows none."""
        return action_index().told(self.bits) if self.bits else (self.example,)


def known_classes(entries: Sequence[Entry], region: int) -> list[ActionClass]:
    """The catalogue's actions of `region` in classes that no statement and no rule of a service tells apart."""
    index = action_index()
    cells: dict[int, int] = {0: region} if region else {}
    for number, entry in enumerate(entries):
        cells = _split(cells, index.bits_of_statement(entry.statement), 1 << number)
    found = []
    for signature, bits in cells.items():
        about = frozenset(entry for number, entry in enumerate(entries) if signature >> number & 1)
        found += [ActionClass(one, about, index.lowered[index.first(one)]) for one in _by_rules(bits)]
    return sorted(found, key=lambda one: index.first(one.bits))


def _split(cells: dict[int, int], named: int, mark: int) -> dict[int, int]:
    found = {}
    for signature, bits in cells.items():
        inside = bits & named
        if inside:
            found[signature | mark] = inside
        if inside != bits:
            found[signature] = bits & ~inside
    return found


def _by_rules(bits: int) -> Iterator[int]:
    """The actions apart by the rules of services that a decision knows."""
    for group in _rule_groups():
        inside = bits & group
        if inside:
            yield inside
            bits &= ~group
    if bits:
        yield bits


@lru_cache(maxsize=1)
def _rule_groups() -> tuple[int, ...]:
    """Actions to which a rule of their own applies; what is in several groups is in the first alone."""
    index = action_index()
    named = [
        *([name] for name in sorted(services.PROVIDER_ACTIONS)),
        sorted(services.NEVER_DENIED),
        sorted(services.NO_PERMISSION),
        sorted(services.BUCKET_POLICY_ACTIONS),
        sorted(services.ROLE_ACTIONS - set(services.PROVIDER_ACTIONS)),
    ]
    return tuple(_joined(index, group) for group in named)


def _joined(index: ActionIndex, names: Iterable[str]) -> int:
    found = 0
    for name in names:
        found |= index.bits_of(name)
    return found


def apart_by_layer(found: Iterable[ActionClass]) -> Iterator[ActionClass]:
    """The classes, apart also by whether RCPs bind the service, KMS keys, and tasks that no SCP restricts."""
    index = action_index()
    for one in found:
        cells = {0: one.bits}
        for number, group in enumerate(_layer_groups()):
            cells = _split(cells, group, 1 << number)
        yield from (ActionClass(bits, one.about, index.lowered[index.first(bits)]) for bits in cells.values())


def services_apart() -> tuple[str, ...]:
    """The services that RCPs bind, and those that SCPs do not: their unknown actions are looked at by themselves."""
    return (*load_catalogue().header.rcp_prefixes, *(prefix.rstrip(":") for prefix in services.UNBOUND_BY_SCPS))


@lru_cache(maxsize=1)
def _layer_groups() -> tuple[int, ...]:
    index = action_index()
    bound = [f"{prefix}:*" for prefix in load_catalogue().header.rcp_prefixes]
    free = [f"{prefix}*" for prefix in services.UNBOUND_BY_SCPS]
    acl = sorted(services.acl_actions("FULL_CONTROL", is_on_object=True))
    acl += sorted(services.acl_actions("FULL_CONTROL", is_on_object=False))
    grants = [f"kms:{name}" for name in sorted(services.GRANT_OPERATIONS)]
    return tuple(
        _joined(index, group)
        for group in (bound, free, ["kms:*"], ["s3:*"], sorted(services.UNBOUND_BY_RCPS), *([name] for name in acl))
    ) + tuple(_joined(index, [name]) for name in grants)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks of requests, as far as actions differ in it: these keys, and whether the resource."""

    keys: tuple[str, ...]
    has_resource: bool = True


def profiles(one: ActionClass, asked: Asked, first: Sequence[str]) -> Iterator[Action]:
    """One action of each kind in the class: of those with the same ARN templates that send the same of the keys.

    Those of the services named in `first` come first.
    """
    index = action_index()
    left = one.bits
    seen: set[object] = set()
    for prefix in (*first, "*"):
        inside = left & index.bits_of(f"{prefix}:*")
        left &= ~inside
        for action in index.actions(inside):
            profile = _profile(action, asked)
            if profile not in seen:
                seen.add(profile)
                yield action


def kinds(one: ActionClass, asked: Asked) -> list[list[Action]]:
    """The actions of the class by kind, as `profiles` tells them apart."""
    found: dict[object, list[Action]] = {}
    for action in action_index().actions(one.bits):
        found.setdefault(_profile(action, asked), []).append(action)
    return list(found.values())


@lru_cache(maxsize=65_536)
def _profile(action: Action, asked: Asked) -> tuple[object, ...]:
    sent = tuple(is_sent(key, action) for key in asked.keys)
    if not asked.has_resource:
        return sent
    is_required = any(use.required for use in action.resource_types)
    return templates_of(action), is_required, sent, services.carries_resource_account(action.name.lower())
