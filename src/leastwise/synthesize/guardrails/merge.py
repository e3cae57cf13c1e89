"""Policies of one node made into as few and as short ones as mean the same, which is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.decide.policies import PolicySet
from leastwise.estate.held import PolicyType
from leastwise.language.quotas import DOCUMENT_QUOTAS
from leastwise.model.errors import InputError
from leastwise.model.policy import Effect, Policy, Statement, size
from leastwise.prove.compare import Options, Side
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Proof, Verdict
from leastwise.synthesize.fitting import fit_policy
from leastwise.synthesize.guardrails.effects import Levels, bound, full
from leastwise.synthesize.one_version import with_variables
from leastwise.synthesize.same_grants import same_for_known_actions
from leastwise.synthesize.tidy import regrouped, without_doubles

ATTACHABLE: Final[dict[PolicyType, int]] = {"scp": 9, "rcp": 4}
"""Policies at one root, OU or account beside the one that AWS attaches. Organizations User Guide, "Quotas"."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The policies that take the place of those given, and the proofs that neither side denies or lets through more.

    `before` and `after` are characters of each without white space. `dropped` are statements that added nothing. The
    proofs are of the Denies by themselves and of the Allows by themselves, so that they hold whatever else is attached.
    `is_by_parts` says that statements were compared, because a policy variable kept the prover from an answer.
    """

    policies: tuple[Policy, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dropped: tuple[Statement, ...]
    proofs: tuple[Proof, ...]
    is_by_parts: bool = False

    @property
    def is_proved(self) -> bool:
        """Whether both mean the same, for every action that is known at least."""
        return self.is_by_parts or all(one.holds for one in self.proofs)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict."""
        if self.is_by_parts:
            return Verdict.PASS_FOR_KNOWN_ACTIONS
        verdicts = {one.verdict for one in self.proofs}
        return next((one for one in _WEAKEST if one in verdicts), Verdict.PASS)


_WEAKEST: Final = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS_FOR_KNOWN_ACTIONS, Verdict.PASS)


def merged(policies: Sequence[Policy], kind: PolicyType, *, catalogue: Catalogue, above: Levels = ()) -> Merged:
    """The policies of one node as few short ones. With `above`, what the levels above deny already is left out too.

    When a shorter form cannot be proved, the statements stay as they are and are only put together. Raises InputError
    where there is nothing to merge.
    """
    given = tuple(with_variables(policy) for policy in policies)
    if not any(policy.statements for policy in given):
        raise InputError("there is no statement to merge", help="give policies, or a node that has some of its own")
    work = _Work(given, kind, catalogue, above)
    found = None
    for way in (work.shortest, work.tidied, work.together):
        try:
            found = work.proved(*way())
        except InputError:  # the fitted form could not be proved to mean the same
            continue
        if found.is_proved:
            return found
    return found or work.proved(given, ())


@dataclass
class _Work:
    given: tuple[Policy, ...]
    kind: PolicyType
    catalogue: Catalogue
    above: Levels

    def shortest(self) -> tuple[tuple[Policy, ...], tuple[Statement, ...]]:
        """Without statements that add nothing, equal ones put together."""
        kept, dropped = self._needed(without_doubles(self._statements()))
        return self._packed(_tidy(kept)), tuple(dropped)

    def tidied(self) -> tuple[tuple[Policy, ...], tuple[Statement, ...]]:
        """Equal statements put together."""
        return self._packed(_tidy(self._statements())), ()

    def together(self) -> tuple[tuple[Policy, ...], tuple[Statement, ...]]:
        """The statements as they are."""
        return self._packed(self._statements()), ()

    def _statements(self) -> list[Statement]:
        return [one for policy in self.given for one in policy.statements]

    def _needed(self, statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
        """The statements without which something would change, tried one after the other, the longest first."""
        kept, dropped = list(statements), list[Statement]()
        for one in sorted(statements, key=lambda each: -size(each.document())):
            rest = [other for other in kept if other is not one]
            if rest and self._is_same(kept, rest, one):
                kept = rest
                dropped.append(one)
        return kept, dropped

    def _is_same(self, now: Sequence[Statement], rest: Sequence[Statement], one: Statement) -> bool:
        """Without a Deny nothing more may be let through, without an Allow nothing less, by actions to come too."""
        if one.effect == "Deny":
            return self._denies_all(rest, one)
        before, after = (self._level((self._policy(each),), "Allow") for each in (now, rest))
        return _compared(after, before).verdict is Verdict.PASS

    def _denies_all(self, rest: Sequence[Statement], one: Statement) -> bool:
        """Whether the Denies leave nothing of what the statement is about."""
        denies = [other for other in rest if other.effect == "Deny"]
        everyone = {"AWS": ("*",)} if self.kind == "rcp" else None
        only = replace(one, effect="Allow", principals=everyone)
        left = bound(self.kind, (*self.above, (self._policy([only, *denies]),)))
        nothing = bound(self.kind, (*self.above, (self._policy([_nothing(self.kind)]),)))
        return _compared(nothing, left).verdict is Verdict.PASS

    def _level(self, policies: Sequence[Policy], effect: Effect) -> PolicySet:
        """What the statements of one effect do by themselves: Denies of everything, Allows of what they name."""
        own = tuple(_only(policy, effect) for policy in policies)
        return bound(self.kind, (*self.above, (full(self.kind), *own) if effect == "Deny" else own))

    def _policy(self, statements: Sequence[Statement]) -> Policy:
        return replace(self.given[0], statements=tuple(statements), id=None, notes=())

    def _packed(self, statements: Sequence[Statement]) -> tuple[Policy, ...]:
        whole = self._policy(list(_with_own_sids(statements)))
        limit = DOCUMENT_QUOTAS[self.kind].default
        if size(whole.document()) <= limit:
            return (whole,)
        return fit_policy(whole, limit=limit, attachable=ATTACHABLE[self.kind], catalogue=self.catalogue).policies

    def proved(self, policies: Sequence[Policy], dropped: Sequence[Statement]) -> Merged:
        """The policies with the proofs."""
        proofs = tuple(self._proofs(policies))
        is_unsettled = {one.verdict for one in proofs if not one.holds} == {Verdict.UNKNOWN}
        is_by_parts = is_unsettled and same_for_known_actions(self.given, policies, catalogue=self.catalogue)
        before, after = _sizes(self.given), _sizes(policies)
        return Merged(tuple(policies), before, after, tuple(dropped), proofs, is_by_parts)

    def _proofs(self, policies: Sequence[Policy]) -> Iterator[Proof]:
        effects: tuple[Effect, ...] = ("Deny", "Allow")
        for effect in effects:
            if any(one.effect == effect for policy in (*self.given, *policies) for one in policy.statements):
                before, after = self._level(self.given, effect), self._level(policies, effect)
                yield _compared(before, after)
                yield _compared(after, before)


def _compared(old: PolicySet, new: PolicySet) -> Proof:
    """Whether the new policies allow nothing that the old ones do not; one difference is enough."""
    return asked("no new access", Side.of(old), Side.of(new), Options(first_gap_alone=True))


def _nothing(kind: PolicyType) -> Statement:
    """An Allow of nothing, where a level must have one to be a level."""
    everyone = {"AWS": ("*",)} if kind == "rcp" else None
    return Statement(None, ("leastwise:Nothing",), ("*",), principals=everyone)


def _sizes(policies: Sequence[Policy]) -> tuple[int, ...]:
    return tuple(size(one.document()) for one in policies)


def _only(policy: Policy, effect: Effect) -> Policy:
    return replace(policy, statements=tuple(one for one in policy.statements if one.effect == effect))


def _tidy(statements: Sequence[Statement]) -> list[Statement]:
    steps: tuple[Callable[[Sequence[Statement]], list[Statement]], ...] = (without_doubles, regrouped)
    current = list(statements)
    for step in steps:
        changed = step(current)
        if _total(changed) < _total(current):
            current = changed
    return current


def _total(statements: Sequence[Statement]) -> int:
    return sum(size(one.document()) for one in statements)


def _with_own_sids(statements: Sequence[Statement]) -> Iterator[Statement]:
    """A Sid that is taken gets a number: Sids are unique in a document. IAM User Guide, "Sid"."""
    taken: set[str] = set()
    for one in statements:
        sid, turn = one.sid, 1
        while sid is not None and sid in taken:
            turn += 1
            sid = f"{one.sid}{turn}"
        taken |= {sid} if sid else set()
        yield replace(one, sid=sid)
