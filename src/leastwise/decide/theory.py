"""Whether what is claimed of one condition key can be true together, and a value that makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.language.conditions import Clause
from leastwise.language.values import ValueSet, meet
from leastwise.language.values.texts import Texts

ABSENT: Final = "absent"
FRESH: Final = "another-value"


@dataclass(frozen=True, slots=True)
class Claim:
    """A clause, said to hold or not; `accepted` is the set of single values that satisfy it."""

    clause: Clause
    holds: bool
    accepted: ValueSet

    @property
    def allowed(self) -> ValueSet:
        """The single values that fit the claim."""
        return self.accepted if self.holds else ~self.accepted

    @property
    def speaks_of_all(self) -> bool:
        """Whether every value of a list must fit, and not just one."""
        return (self.clause.reach == "every") is self.holds


@dataclass(frozen=True, slots=True)
class State:
    """What a key may be under the claims about it: nothing at all, absent, or a value."""

    is_possible: bool
    told: str = ""


_IMPOSSIBLE = State(is_possible=False)
_NOT_EMPTY: Final = ~Texts.literals([""])


def state_of(claims: Sequence[Claim], domain: Sequence[ValueSet], *, may_be_absent: bool) -> State:
    """Whether the claims about one key can all be true, absence first. What cannot be settled counts as possible."""
    if may_be_absent and all(claim.clause.on_absent is claim.holds for claim in claims):
        return State(is_possible=True, told=ABSENT)
    if any(claim.clause.reach == "never" and claim.holds for claim in claims):
        return _IMPOSSIBLE
    present = [claim for claim in claims if claim.clause.reach != "never"]
    if not claims[0].clause.is_list:
        return _one_value([*domain, *(claim.allowed for claim in present)])
    common = [*domain, *(claim.allowed for claim in present if claim.speaks_of_all)]
    each = [claim.allowed for claim in present if not claim.speaks_of_all]
    states = [_element([*common, one]) for one in each] or [_element(common)]
    told = dict.fromkeys(state.told for state in states)
    if all(state.is_possible for state in states) and set(told) != {""}:
        return State(is_possible=True, told=", ".join(told))
    is_empty_list = all(_holds_of_empty(claim) is claim.holds for claim in present)
    return State(is_possible=True) if is_empty_list and all("" in one for one in domain) else _IMPOSSIBLE


def _element(sets: Sequence[ValueSet]) -> State:
    """What one value of a list may be, not the empty text where there is another."""
    state = _one_value([*sets, _NOT_EMPTY])
    return state if state.is_possible else _one_value(sets)


def _holds_of_empty(claim: Claim) -> bool:
    """Whether the clause of the claim holds of a list whose one value is empty."""
    return claim.clause.on_absent if claim.clause.reach == "every" else "" in claim.accepted


def _one_value(sets: Sequence[ValueSet]) -> State:
    if not sets:
        return State(is_possible=True, told=FRESH)
    meeting = meet(sets)
    if meeting.is_empty:
        return _IMPOSSIBLE
    return State(is_possible=True, told="some value" if meeting.member is None else meeting.member)
