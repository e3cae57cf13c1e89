"""The smallest change that would turn a decision: a value of one context key, or edits of the policies.

Every change that is named was tried: the request was decided again with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from leastwise.decide.edits import with_allow, without
from leastwise.decide.explain import Asked, asked, explained
from leastwise.decide.facts import FOLLOWING_KEYS
from leastwise.decide.policies import PolicySet
from leastwise.decide.settle import settle
from leastwise.language.conditions import Clause
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY, Determining, Outcome
from leastwise.model.request import UNKNOWN, Request
from leastwise.model.switches import Switches

_MOST_EDITS = 6
_MOST_KEYS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """What would turn the decision, and the outcome then.

    `context` maps keys to the value that would do, None for absent; `removed` are statements to take out; `added` are
    policy types, each in need of an Allow for the action on the resource.
    """

    outcome: Outcome
    context: tuple[tuple[str, str | None], ...] = field(default=())
    removed: tuple[Determining, ...] = field(default=())
    added: tuple[str, ...] = field(default=())


def changes(request: Request, policies: PolicySet, switches: Switches, outcome: Outcome) -> tuple[Change, ...]:
    """The smallest changes that turn Allow into a denial or a denial into Allow; none for a decision that depends."""
    if outcome is DEPENDS:
        return ()
    one = asked(request, policies, switches)
    found = list(_by_context(one, request, policies, switches, outcome))
    edit = _by_edit(request, policies, switches, outcome)
    return (*found, *((edit,) if edit else ()))


def _by_context(
    one: Asked, request: Request, policies: PolicySet, switches: Switches, outcome: Outcome
) -> Iterator[Change]:
    for key, written in list(_keys(one).items())[:_MOST_KEYS]:
        kept = {k: v for k, v in request.context.items() if k.lower() != key}
        opened = msgspec.structs.replace(request, context={**kept, key: UNKNOWN})
        search = settle(opened, policies, switches).search
        for completion in search.found.values() if search else ():
            if (completion.outcome is ALLOW) is (outcome is ALLOW):
                continue
            told = dict(completion.facts).get(written)
            if told is None:
                continue
            value = None if told == "absent" else told
            tried = msgspec.structs.replace(request, context={**kept, key: value})
            after = settle(tried, policies, switches).outcome
            if after is completion.outcome:
                yield Change(after, context=((written, value),))


def _keys(one: Asked) -> dict[str, str]:
    """The context keys on which statements about the action turn, as the first of them writes it.

    Not those that follow from who asks or from the resource.
    """
    found: dict[str, str] = {}
    for layer in one.layers:
        if layer.skipped:
            continue
        for item in (*layer.denies, *layer.allows):
            for atom in item.atoms:
                if isinstance(atom, Clause) and atom.key not in FOLLOWING_KEYS:
                    found.setdefault(atom.key, atom.written_key)
    return found


def _by_edit(request: Request, policies: PolicySet, switches: Switches, outcome: Outcome) -> Change | None:
    removed: list[Determining] = []
    added: list[str] = []
    is_wanted = outcome is not ALLOW
    for _ in range(_MOST_EDITS):
        now = settle(request, policies, switches)
        if now.outcome is DEPENDS or (now.outcome is ALLOW) is is_wanted:
            break
        told = explained(request, policies, switches, now)
        if now.outcome is IMPLICIT_DENY:
            edited = with_allow(request, policies, told.settled_by, _silent(request, policies, switches))
            if edited is None:
                return None
            added.append(told.settled_by)
            policies = edited
            continue
        gone = [d for d in told.determining if now.outcome is EXPLICIT_DENY or d.policy_type == told.settled_by]
        if not gone:
            return None
        removed.extend(gone)
        policies = without(policies, gone)
    after = settle(request, policies, switches).outcome
    if after is DEPENDS or (after is ALLOW) is not is_wanted:
        return None
    return Change(after, removed=tuple(removed), added=tuple(added))


def _silent(request: Request, policies: PolicySet, switches: Switches) -> tuple[bool, ...]:
    """Of each level of SCPs and then of RCPs, whether nothing in it allows the request."""
    one = asked(request, policies, switches)
    levels = (layer for layer in one.layers if layer.policy_type in ("scp", "rcp"))
    return tuple(not any(one.matches(item) for item in layer.allows) for layer in levels)
