"""One observed request decided again: three-valued over whatever its log does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import Entry, PolicySet
from leastwise.decide.residual import Residual
from leastwise.decide.settle import bound
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import resource_tags
from leastwise.language.matching import resource_pattern
from leastwise.language.values import TooHard
from leastwise.language.values.globs import Glob, glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY, Outcome
from leastwise.model.request import ContextValue, Principal, Request
from leastwise.model.switches import DEFAULT
from leastwise.synthesize.grants import Names, by_name, known_path, means_caller, secrets_named
from leastwise.usage.distinct import Distinct
from leastwise.usage.requests import INSTANCE_PROFILE
from leastwise.usage.resources import BY_NAME, PATTERN, UNNAMED

EVERY: Final = "*"
_WILD = re.compile(r"\$\{([*?$])\}|([*?])")
_STANDING_IN: Final = {"*": "leastwise-any", "?": "0"}


@dataclass(frozen=True, slots=True)
class On:
    """What a request may have been on: a resource by name, or any that a pattern names, of which one stands in."""

    resource: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of an observed request; `reason` says why it is open where the log does not tell the resource."""

    outcome: Outcome
    decision: Decision | None = None
    reason: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether it is allowed for certain."""
        return self.outcome is ALLOW

    @property
    def is_open(self) -> bool:
        """Whether the log does not settle it."""
        return self.outcome is DEPENDS

    @property
    def keys(self) -> tuple[str, ...]:
        """The context keys on which it turns, as the policies write them."""
        left = self.decision.residual if self.decision and self.is_open else None
        return tuple(dict.fromkeys(_keys(left))) if left else ()

    @property
    def told(self) -> str:
        """Why, in words."""
        if self.reason:
            return self.reason
        if self.decision is None:
            return ""
        left = self.decision.residual if self.is_open else None
        if left:
            return f"if {left}"
        silent = self.decision.settled_by if self.outcome is IMPLICIT_DENY else ""
        return self.decision.explanation.reason or (f"no {_TITLES.get(silent, silent)} allows it" if silent else "")


_TITLES: Final = {
    "identity": "identity policy",
    "resource": "resource policy",
    "trust": "trust policy",
    "session": "session policy",
    "endpoint": "endpoint policy",
    "scp": "SCP",
    "rcp": "RCP",
}


def _keys(left: Residual) -> Iterator[str]:
    if left.kind == "clause":
        yield left.key
    for part in left.parts:
        yield from _keys(part)


def joined(answers: Sequence[Answer], one: Distinct | None = None) -> Answer:
    """One answer for several that may be the right one; of none, that the log does not tell the resource."""
    if not answers:
        return Answer(DEPENDS, reason=f"the log does not tell which role is in {one.resource if one else 'it'}")
    first = answers[0]
    still = next((one for one in answers if one.is_open), None)
    if still is None and len({one.is_allowed for one in answers}) == 1:
        return first
    return still or Answer(DEPENDS, first.decision, "the log does not tell which of several it was")


@dataclass
class Asking:
    """What the names in a log mean, and what was worked out of patterns; `estate` tells whose a resource is."""

    names: Names
    catalogue: Catalogue
    estate: Estate | None = None
    _cut: dict[tuple[int, str], bool] = field(default_factory=dict)
    _held: list[Entry] = field(default_factory=list)  # INVARIANT: keeps alive every entry whose id is in a key

    def ask(self, who: Principal, one: Distinct, policies: PolicySet, context: Mapping[str, ContextValue]) -> Answer:
        """The answer under the policies, whatever of its places the request was on."""
        return joined([self.at(on, who, one, policies, context) for on in self.places(one, who)], one)

    def at(
        self, on: On, who: Principal, one: Distinct, policies: PolicySet, context: Mapping[str, ContextValue]
    ) -> Answer:
        """The answer under the policies for one of its places."""
        owner, is_managed = self.place_of(who, on)
        if self.estate is not None and not on.pattern:
            context = {**context, **resource_tags(self.estate, one.action, on.resource)}
        decision = evaluate(
            Request(who, one.action, on.resource, context, owner, resource_in_management_account=is_managed), policies
        )
        cutting = self.cutting(policies, one.action.lower(), on.pattern) if on.pattern else ()
        if any(_may_change(entry, on.resource, decision.outcome) for entry in cutting):
            return Answer(DEPENDS, reason=_unnamed(on.pattern))
        return Answer(decision.outcome, decision)

    def place_of(self, who: Principal, on: On) -> tuple[str | None, bool]:
        """The account that owns the resource, as far as that is known, and whether it is the management account."""
        if self.estate is None or on.resource == EVERY:
            return None, False
        owner = self.estate.owner(on.resource)
        return owner, self.estate.is_managing(owner or who.account)

    def places(self, one: Distinct, who: Principal) -> Sequence[On]:
        """What the request may have been on; nothing where the log gives no hint."""
        if one.is_any:
            return (On(EVERY),)
        if one.how == INSTANCE_PROFILE:
            return tuple(On(role) for role in sorted(self.names.profile_roles.get(one.resource, ())))
        if one.how == BY_NAME:
            known = known_path(one.resource, self.names)
            if known:
                return tuple(On(arn) for arn in sorted(known))
            return tuple(map(_standing_in, by_name(one.resource, self.names)))
        if one.how == UNNAMED:
            arn = who.entity or who.arn
            is_own = means_caller(one.action, arn, self.catalogue)
            return (On(arn),) if is_own else (On(EVERY, EVERY),)
        if one.how != PATTERN:
            return (On(one.resource),)
        secrets = secrets_named(one.resource, self.names.inventory)
        return tuple(map(On, secrets)) or (_standing_in(one.resource),)

    def cutting(self, policies: PolicySet, action: str, pattern: str) -> list[Entry]:
        """The statements about the action that name some of what the pattern does, and not all of it."""
        plan = bound(policies, DEFAULT).plan
        return [entry for entry in plan.entries() if entry.names(action) and self._is_cut_by(entry, pattern)]

    def _is_cut_by(self, entry: Entry, pattern: str) -> bool:
        key = (id(entry), pattern)
        if key not in self._cut:
            self._held.append(entry)
            self._cut[key] = _is_cut(entry, _meant(pattern))
        return self._cut[key]


def _may_change(entry: Entry, stand_in: str, outcome: Outcome) -> bool:
    """Whether the outcome of the resource that stands in may be another one for a resource that the statement parts.

    More Allows leave an ALLOW as it is, more Denies and Allows an explicit deny.
    """
    if any(one.glob is None for one in entry.patterns):
        return True
    is_named = any(one.glob is not None and one.glob.matches(stand_in) for one in entry.patterns)
    if is_named is not entry.statement.is_not_resource:
        return True
    return outcome is not EXPLICIT_DENY and (entry.is_deny or outcome is not ALLOW)


def _is_cut(entry: Entry, meant: Texts) -> bool:
    if not entry.statement.has_resource:
        return False
    fixed = Texts.globs([one.glob for one in entry.patterns if one.glob is not None])
    widest = Texts.globs([one.glob or one.widest() for one in entry.patterns if one.glob or one.template])
    try:
        return not meant <= fixed and not (meant & widest).is_empty()
    except TooHard:
        return True


@lru_cache(maxsize=16_384)
def _meant(pattern: str) -> Texts:
    """All that a pattern of a policy names, `${*}` and its like being the signs themselves."""
    return Texts.globs([_glob(pattern)])


def _glob(pattern: str) -> Glob:
    found = resource_pattern(pattern, "identity", True, DEFAULT).glob
    return found if found is not None else glob_of(pattern)


def _standing_in(pattern: str) -> On:
    """One resource that the pattern names, no likely one; the resource itself where there is no wildcard in it."""
    is_pattern = any(found.group(2) for found in _WILD.finditer(pattern))
    resource = _WILD.sub(lambda found: found.group(1) or _STANDING_IN[found.group(2)], pattern)
    return On(resource, pattern if is_pattern else "")


def _unnamed(pattern: str) -> str:
    if pattern == EVERY:
        return "the log does not tell on which resource it was"
    return f"the log tells no more of its resource than `{pattern}`"
