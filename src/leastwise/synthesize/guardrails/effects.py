"""What the statements of a guard rail take away under the levels above, which the prover tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from leastwise.decide.policies import PolicySet
from leastwise.estate.documents import Parsed
from leastwise.estate.effective import is_whole
from leastwise.estate.held import PolicyType
from leastwise.model.policy import Policy, Statement
from leastwise.prove.actions import action_index
from leastwise.prove.compare import ALL_IDENTITY, ALL_RESOURCE, FULL_RCP, Options, Side
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Proof, Verdict

Effect = Literal["takes away", "denied above", "denied beside", "lets through", "without effect", "not known"]
Levels = tuple[tuple[Policy, ...], ...]
_EVERYTHING: Final = Statement(None, ("*",), ("*",))
FULL_SCP: Final = Policy((_EVERYTHING,), "scp", name="FullAWSAccess")


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of a policy, by its place from 0, and what it does where it stands.

    `actions` is how many known actions it takes away whole, `conditional` how many under conditions or on some
    resources alone.
    """

    policy: str
    index: int
    statement: Statement
    effect: Effect
    actions: int = 0
    conditional: int = 0


@dataclass
class Effects:
    """What policies of one type do, each question asked once for equal levels."""

    kind: PolicyType
    _proofs: dict[object, Proof] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)  # INVARIANT: what a key has the id of is kept

    def parts(self, above: Levels, own: Sequence[Policy], parsed: Parsed) -> tuple[Part, ...]:
        """What each statement of a policy does under the levels, among the policies of its own level."""
        return tuple(self._part(above, own, parsed, index, one) for index, one in enumerate(parsed.policy.statements))

    def _part(self, above: Levels, own: Sequence[Policy], parsed: Parsed, index: int, statement: Statement) -> Part:
        policy = parsed.policy
        told = Part(policy.name, index, statement, "lets through")
        if parsed.fault or parsed.open_keys:
            return replace(told, effect="not known")
        if statement.effect == "Allow":
            return told
        proof = self.left(above, statement)
        if proof.holds:
            return replace(told, effect="denied above" if above else "without effect")
        others = [one for each in own for one in _but(each, policy, index)]
        is_beside = self.left(above, statement, others).holds
        count = (action_index().bits_of_statement(statement) & open_actions(above)).bit_count()
        return replace(
            told,
            effect="denied beside" if is_beside else "takes away" if proof.verdict is Verdict.FAIL else "not known",
            actions=count if is_whole(statement) else 0,
            conditional=0 if is_whole(statement) else count,
        )

    def left(self, above: Levels, statement: Statement, beside_it: Sequence[Statement] = ()) -> Proof:
        """Whether nothing is left of what the Deny is about, under the levels and beside other Denies.

        A Deny adds nothing just then. Where every level lets everything through but for its Denies, these are asked as
        one document, so that no action but the statement's own is looked at.
        """
        denies = [one for one in beside_it if one.effect == "Deny"]
        key = (tuple(tuple(map(id, level)) for level in above), id(statement), tuple(map(id, denies)))
        if key not in self._proofs:
            self._proofs[key] = self._left(above, statement, denies)
            self._kept.append((above, statement, denies))
        return self._proofs[key]

    def _left(self, above: Levels, statement: Statement, denies: Sequence[Statement]) -> Proof:
        everyone = {"AWS": ("*",)} if self.kind == "rcp" else None
        only = replace(statement, effect="Allow", principals=everyone)
        options = Options(first_gap_alone=True)
        if self.kind == "scp" and all(map(_is_open, above)):
            over = [one for level in above for policy in level for one in policy.statements if one.effect == "Deny"]
            left = Policy((only, *over, *denies), "scp", name="what is left")
            return asked("nothing is left", Side.of(replace(left, statements=())), Side.of(left), options)
        level = (Policy((only, *denies), self.kind, name="what is left"),)
        nothing = (Policy((replace(only, actions=("leastwise:Nothing",), is_not_action=False),), self.kind),)
        before, after = (Side.of(bound(self.kind, (*above, one))) for one in (nothing, level))
        return asked("nothing is left", before, after, options)

    def compare(self, old: Levels, new: Levels) -> Proof:
        """Whether the new levels let through nothing that the old ones do not."""
        key = tuple(tuple(tuple(map(id, level)) for level in levels) for levels in (old, new))
        if key not in self._proofs:
            before, after = (Side.of(bound(self.kind, levels)) for levels in (old, new))
            self._proofs[key] = asked("no new access", before, after, Options(first_gap_alone=True))
            self._kept.append((old, new))
        return self._proofs[key]


def bound(kind: PolicyType, levels: Levels) -> PolicySet:
    """The levels where everything else allows."""
    if kind == "scp":
        return PolicySet(identity=ALL_IDENTITY, scps=[list(level) for level in levels])
    rcps = [[*level, *(() if _has_allow(level) else (FULL_RCP,))] for level in levels]
    return PolicySet(identity=ALL_IDENTITY, resource=ALL_RESOURCE, rcps=rcps)


def beside(kind: PolicyType, policy: Policy) -> tuple[Policy, ...]:
    """The policy beside what AWS attaches everywhere, so that it alone takes away."""
    return (full(kind), policy)


def full(kind: PolicyType) -> Policy:
    """What AWS attaches everywhere."""
    return FULL_SCP if kind == "scp" else FULL_RCP


def open_actions(levels: Levels) -> int:
    """The known actions of which the levels may let something through."""
    found = action_index().everything
    for level in levels:
        statements = [one for policy in level for one in policy.statements]
        allowed = action_index().bits_of_statements(one for one in statements if one.effect == "Allow")
        denied = action_index().bits_of_statements(one for one in statements if one.effect == "Deny" and is_whole(one))
        found &= allowed & ~denied
    return found


def _has_allow(level: Sequence[Policy]) -> bool:
    return any(one.effect == "Allow" for policy in level for one in policy.statements)


def _is_open(level: Sequence[Policy]) -> bool:
    """Whether the level lets everything through but for its Denies."""
    allows = (one for policy in level for one in policy.statements if one.effect == "Allow")
    return any(is_whole(one) and "*" in one.actions and not one.is_not_action for one in allows)


def _but(each: Policy, policy: Policy, index: int) -> Iterator[Statement]:
    """The statements of a policy, but for the one of this place where it is that policy."""
    return (one for place, one in enumerate(each.statements) if each is not policy or place != index)
