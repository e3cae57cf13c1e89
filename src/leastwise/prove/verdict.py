"""What a question comes to: a verdict, the whole difference, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from leastwise.model.decision import Outcome
from leastwise.model.request import Request
from leastwise.model.switches import DEFAULT, Switches, alternatives
from leastwise.prove.explain import conditions_told
from leastwise.prove.solve import Model
from leastwise.prove.witness import Replayed


class Verdict(StrEnum):
    """How a question was settled."""

    PASS = "PASS"  # noqa: S105  # no password
    """There is no such request, whatever actions AWS may yet add."""
    PASS_FOR_KNOWN_ACTIONS = "PASS_FOR_KNOWN_ACTIONS"  # noqa: S105
    """There is none with an action that the catalogue knows; there may be with a name that does not exist today."""
    FAIL = "FAIL"
    """There is one, and the decision engine confirms it."""
    UNKNOWN = "UNKNOWN"
    """It could not be settled; what was not is named."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One piece of a difference: what is allowed, by whom, when, and a request that shows it.

    `actions` are those of one class; `is_every_action` says that each of them was looked at by itself. `when` are the
    conditions under all of which every such request is one, in words.
    """

    actions: tuple[str, ...]
    who: str
    when: tuple[str, ...]
    witness: Request
    old: Outcome
    new: Outcome
    is_every_action: bool = True
    is_known_form: bool = True

    @classmethod
    def of(cls, actions: tuple[str, ...], who: str, model: Model, shown: Replayed, **rest: bool) -> Gap:
        """The gap that a model and its replayed request show."""
        return cls(actions, who, conditions_told(model.claims), shown.request, shown.old, shown.new, **rest)


@dataclass(frozen=True)
class Proof:
    """The answer to a question about all requests. `difference` holds every gap, `undecided` what was not settled."""

    verdict: Verdict
    question: str
    difference: tuple[Gap, ...] = ()
    future: tuple[Gap, ...] = ()
    undecided: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    classes: int = 0
    switches: Switches = DEFAULT
    certify: Callable[[], dict[str, object]] | None = field(default=None, repr=False, compare=False)
    ask_again: Callable[[Switches], Verdict] | None = field(default=None, repr=False, compare=False)

    @property
    def witness(self) -> Request | None:
        """A request that shows the difference; None where there is none."""
        gaps = self.difference or self.future
        return gaps[0].witness if gaps else None

    @property
    def turns_on(self) -> tuple[tuple[str, str, Verdict], ...]:
        """The open points on which the verdict turns: switch, position, and the verdict that it gives."""
        if self.ask_again is None:
            return ()
        found = ((name, position, self.ask_again(one)) for name, position, one in alternatives(self.switches))
        return tuple(turn for turn in found if turn[2] is not self.verdict)

    @property
    def holds(self) -> bool:
        """Whether what was asked is proved, for the actions known today at least."""
        return self.verdict in (Verdict.PASS, Verdict.PASS_FOR_KNOWN_ACTIONS)
