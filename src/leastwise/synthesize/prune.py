"""Today's policies without what was not used: the same statements, in their order, with fewer actions and resources.

Nothing is added: each new statement has the conditions of the one that it comes from, some of its actions, and
resources that its own patterns name. What the logs cannot show is kept, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final

from leastwise.catalogue.actions import expand, is_pattern
from leastwise.catalogue.load import Catalogue
from leastwise.language.matching import names_action, resource_pattern
from leastwise.language.values import TooHard
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Conditions, Policy, Statement
from leastwise.model.switches import DEFAULT
from leastwise.synthesize.grants import Conditions as Asked
from leastwise.synthesize.grants import Grant
from leastwise.synthesize.one_version import with_variables
from leastwise.synthesize.today import Granted
from leastwise.synthesize.widen import parent_of

EVERY: Final = "*"
_VARIABLE = re.compile(r"\$\{[^*?$]")
_MOST_LISTED: Final = 12
"""More used resources than this under one pattern of today's are not listed one by one."""

NEVER_LOGGED: Final = frozenset(
    {
        "s3:bypassgovernanceretention",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""Actions of which no record is ever written. IAM User Guide, "Logging IAM and AWS STS API calls"."""


@dataclass(frozen=True)
class Unseen:
    """Why an action that nobody is seen to use may be used all the same; empty where silence is evidence.

    The rest are reasons that something else than the log gives, in lower case: `elsewhere` has actions that are known
    to be used, `likely` those that may be, `services` those that are used by actions which are not known. Where what is
    granted stands for a whole service, `elsewhere` counts, and of `services` the actions that only data events show.
    """

    data_seen: frozenset[str]
    unmapped: frozenset[str]
    catalogue: Catalogue
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    likely: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    def why(self, action: str) -> str:
        """The reason."""
        name = action.lower()
        return self.elsewhere.get(name) or self._hidden(action) or self.likely.get(name, "")

    @cached_property
    def known(self) -> Mapping[str, str]:
        """The actions that stay even under what stands for a whole service, by name, with the reason."""
        found = dict(self._of_services())
        for action, reason in self.elsewhere.items():
            known = self.catalogue.action(action)
            found[known.name if known else action] = reason
        return found

    def _of_services(self) -> Iterator[tuple[str, str]]:
        for prefix, reason in self.services.items():
            service = self.catalogue.service(prefix)
            actions = service.actions.values() if service else ()
            yield from ((one.name, reason) for one in actions if one.is_data_plane)

    def _hidden(self, action: str) -> str:
        prefix = action.partition(":")[0].lower()
        if action.lower() in NEVER_LOGGED:
            return "it is never logged"
        if prefix in self.unmapped:
            return f"calls of `{prefix}` are in the logs whose action is not known"
        if prefix in self.data_seen:
            return ""
        known = self.catalogue.action(action)
        if known is not None and known.is_data_plane:
            return f"no data event of `{prefix}` is in the logs"
        if prefix in self.catalogue.data_plane_unread():
            return f"no data event of `{prefix}` is in the logs, and which of its calls are such is not known"
        return ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Actions that stay without being seen in use, and why."""

    actions: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Pruned:
    """One policy of today's and what becomes of it; `policy` is None where nothing of it is left.

    `kept` stays without being seen in use. `unsure` are patterns under which something goes that no log could show.
    """

    granted: Granted
    policy: Policy | None
    kept: tuple[Kept, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def is_unchanged(self) -> bool:
        """Whether it stays as it is."""
        return self.policy is not None and self.policy == self.granted.policy


def pruned(granted: Sequence[Granted], grants: Iterable[Grant], unseen: Unseen) -> tuple[Pruned, ...]:
    """Each policy with what the grants need, and with what cannot be seen; one that is not known stays as it is."""
    work = _Work(tuple(dict.fromkeys(grants)), unseen)
    return tuple(work.pruned(one) for one in granted)


class _Work:
    def __init__(self, grants: Sequence[Grant], unseen: Unseen) -> None:
        self.grants = grants
        self.unseen = unseen
        self.settled: set[Grant] = set()  # what a statement before allows whatever the context

    def pruned(self, granted: Granted) -> Pruned:
        if granted.policy is None:
            return Pruned(granted, None)
        policy = with_variables(granted.policy)
        kept: list[Kept] = []
        statements = [one for statement in policy.statements for one in self._left(statement, kept)]
        unsure = tuple(dict.fromkeys(text for one in policy.statements for text in _too_wide(one)))
        if not statements:
            return Pruned(granted, None, (), unsure)
        if tuple(statements) == policy.statements:
            return Pruned(granted, granted.policy, tuple(kept))
        return Pruned(granted, replace(policy, statements=tuple(_numbered(statements))), tuple(kept), unsure)

    def _left(self, statement: Statement, kept: list[Kept]) -> Iterator[Statement]:
        if statement.effect == "Deny":
            yield statement
            return
        pairs = self._needed(statement)
        for reason, actions in self._unseen(statement).items():
            hidden = tuple(name for name in actions if not any(name == pair.action for pair in pairs))
            if hidden:
                kept.append(Kept(hidden, reason))
                pairs += [Grant(name, text, "", ()) for name in hidden for text in statement.resources]
        if pairs and _is_as_it_was(statement, pairs):
            yield statement
            return
        yield from _statements(statement, pairs)

    def _needed(self, statement: Statement) -> list[Grant]:
        """The grants that the statement is needed for, on resources of its own."""
        found: list[Grant] = []
        own = [(text, _texts(text)) for text in statement.resources]
        for grant in self.grants:
            if grant in self.settled or not names_action(statement, grant.action.lower()):
                continue
            if statement.is_not_resource:
                found += [replace(grant, resource=text) for text in statement.resources]
                continue
            wanted = _texts(grant.resource)
            if any(_is_within(wanted, texts) for text, texts in own if not _VARIABLE.search(text)):
                found.append(grant)
                if not statement.conditions:
                    self.settled.add(grant)
            else:
                found += [replace(grant, resource=text) for text, texts in own if _meet(wanted, texts)]
        return _listed_shortly(_unconditional(found), [text for text, _ in own])

    def _unseen(self, statement: Statement) -> Mapping[str, list[str]]:
        """The actions of the statement whose use cannot be seen, by why.

        None of what stands for a whole service, but for those that are known to be used.
        """
        found: dict[str, list[str]] = {}
        for action, reason in self.unseen.known.items():
            if names_action(statement, action.lower()):
                found.setdefault(reason, []).append(action)
        if statement.is_not_action:
            return found
        known = {action.lower() for action in self.unseen.known}
        for pattern in statement.actions:
            if _is_wide(pattern):
                continue
            names = [one.name for one in expand(self.unseen.catalogue, pattern)] if is_pattern(pattern) else [pattern]
            for name in names:
                why = self.unseen.why(name)
                if why and name.lower() not in known:
                    found.setdefault(why, []).append(name)
        return found


def _is_wide(pattern: str) -> bool:
    return pattern.rpartition(":")[2].strip("*") == ""


def _too_wide(statement: Statement) -> Iterator[str]:
    """What in an Allow stands for whole services, of which not every action that no log shows is kept."""
    if statement.effect == "Allow" and statement.is_not_action:
        yield f"all but {', '.join(statement.actions[:3])}"
    elif statement.effect == "Allow":
        yield from filter(_is_wide, statement.actions)


@lru_cache(maxsize=16_384)
def _texts(pattern: str) -> Texts:
    """All that a pattern names at most, with anything in the place of its variables."""
    found = resource_pattern(pattern, "identity", True, DEFAULT)
    globs = [found.glob] if found.glob is not None else [found.widest()] if found.template else []
    return Texts.globs(globs)


def _is_within(one: Texts, other: Texts) -> bool:
    try:
        return one <= other
    except TooHard:
        return False


def _meet(one: Texts, other: Texts) -> bool:
    try:
        return not (one & other).is_empty()
    except TooHard:
        return True


def _unconditional(grants: Sequence[Grant]) -> list[Grant]:
    """The grants without those that another one grants whatever the context."""
    plain = {(one.action, one.resource) for one in grants if not one.conditions}
    return [one for one in grants if not one.conditions or (one.action, one.resource) not in plain]


def _listed_shortly(grants: list[Grant], own: Sequence[str]) -> list[Grant]:
    """The grants, with a parent or today's own pattern for resources of one action that are too many to list."""
    by_action: dict[tuple[str, object], list[Grant]] = {}
    for grant in dict.fromkeys(grants):
        by_action.setdefault((grant.action, grant.conditions), []).append(grant)
    found: list[Grant] = []
    for several in by_action.values():
        found += several if len(several) <= _MOST_LISTED else _shortened(several, own)
    return list(dict.fromkeys(found))


def _shortened(several: Sequence[Grant], own: Sequence[str]) -> list[Grant]:
    """The grants of one action by the folders that they are in, as long as those are within today's patterns."""
    current = list(several)
    while len(current) > _MOST_LISTED:
        shorter = list(dict.fromkeys(replace(one, resource=_parent(one.resource, own)) for one in current))
        if shorter == current:
            break
        current = shorter
    return current


def _parent(resource: str, own: Sequence[str]) -> str:
    parent = parent_of(resource)
    if parent and any(_is_within(_texts(parent), _texts(text)) for text in own):
        return parent
    within = (text for text in own if _is_within(_texts(resource), _texts(text)))
    return next(within, resource)


def _is_as_it_was(statement: Statement, pairs: Sequence[Grant]) -> bool:
    """Whether the pairs are all that the statement grants, as it is written."""
    if statement.is_not_action or any(grant.conditions for grant in pairs):
        return False
    needed = {(grant.action.lower(), grant.resource) for grant in pairs}
    written = {(action.lower(), resource) for action in statement.actions for resource in statement.resources}
    return needed == written


def _statements(statement: Statement, pairs: Iterable[Grant]) -> Iterator[Statement]:
    """The pairs as statements like the one that they come from, actions on the same resources together."""
    by_action: dict[tuple[str, Asked], list[str]] = {}
    for grant in pairs:
        by_action.setdefault((grant.action, grant.conditions), []).append(grant.resource)
    together: dict[tuple[tuple[str, ...], Asked], list[str]] = {}
    for (action, conditions), resources in by_action.items():
        together.setdefault((tuple(sorted(dict.fromkeys(resources))), conditions), []).append(action)
    for (on, conditions), actions in sorted(together.items(), key=repr):
        yield replace(
            statement,
            actions=tuple(sorted(actions)),
            resources=on,
            is_not_action=False,
            conditions=_joined(statement.conditions, conditions),
            place=None,
        )


def _joined(own: Conditions, more: Asked) -> Conditions:
    """The statement's conditions, and those of the grant on keys that it does not ask."""
    asked = {key.lower() for block in own.values() for key in block}
    found = {operator: dict(block) for operator, block in own.items()}
    for operator, key, values in more:
        if key.lower() not in asked:
            found.setdefault(operator, {})[key] = values
    return found


def _numbered(statements: Sequence[Statement]) -> Iterator[Statement]:
    """The statements with Sids of their own, where several come from one."""
    taken: dict[str, int] = {}
    for one in statements:
        if one.sid is None:
            yield one
            continue
        taken[one.sid] = taken.get(one.sid, 0) + 1
        yield one if taken[one.sid] == 1 else replace(one, sid=f"{one.sid}{taken[one.sid]}")
