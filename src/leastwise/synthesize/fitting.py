"""A policy document made to fit its quota: shorter, split, and only then with action wildcards; always proved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.decide.policies import PolicySet
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy, Statement, size
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof, Verdict
from leastwise.synthesize.fit import packed, split_to_fit, weight
from leastwise.synthesize.pattern_drift import Drift, together
from leastwise.synthesize.same_grants import same_for_known_actions
from leastwise.synthesize.tidy import regrouped, without_doubles
from leastwise.synthesize.wildcards import Wildcard, compressed

_SEVERAL: Final[frozenset[Kind]] = frozenset({"identity", "scp", "rcp"})
_KINDS: Final[frozenset[Kind]] = _SEVERAL | {"boundary", "session"}
_ROOM_FOR_NUMBERS: Final = 16
_SHRINKING: Final = (1.0, 0.97, 0.93, 0.88, 0.8)
_EMPTY: Final = size(Policy(()).document())
_EVERYTHING: Final = Statement("LeastwiseEverything", ("*",), ("*",))


@dataclass(frozen=True, slots=True)
class Fitted:
    """The policies that take the place of a document, and the proofs that they mean the same.

    `gained` proves that they allow nothing more, `lost` that they allow nothing less; `is_by_parts` says that it was
    told by comparing statements part by part, because a policy variable kept the prover from an answer. `steps` says
    what was done.
    """

    policies: tuple[Policy, ...]
    before: int
    limit: int
    attachable: int
    wildcards: tuple[Wildcard, ...]
    steps: tuple[str, ...]
    gained: tuple[Proof, ...]
    lost: tuple[Proof, ...]
    is_by_parts: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """Characters of each policy without white space."""
        return tuple(size(policy.document()) for policy in self.policies)

    @property
    def fits(self) -> bool:
        """Whether there are no more policies than can be attached, each within the limit."""
        return len(self.policies) <= self.attachable and max(self.sizes, default=0) <= self.limit

    @property
    def drift(self) -> Drift:
        """The drift risk of all new wildcards together."""
        return together([one.drift for one in self.wildcards])

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the proofs."""
        is_whole = all(one.verdict is Verdict.PASS for one in (*self.gained, *self.lost))
        return Verdict.PASS if is_whole else Verdict.PASS_FOR_KNOWN_ACTIONS


@dataclass(frozen=True, slots=True)
class _Tried:
    statements: tuple[Statement, ...]
    wildcards: tuple[Wildcard, ...]
    steps: tuple[str, ...]


def fit_policy(
    policy: Policy,
    *,
    limit: int,
    attachable: int,
    catalogue: Catalogue,
    slack: Collection[str] = frozenset(),
    exact: bool = False,
) -> Fitted:
    """The document as up to `attachable` policies of up to `limit` characters that mean the same.

    For actions that the catalogue knows they allow exactly what the document does, but for the actions of `slack`
    where a wildcard takes them in. When nothing fits, the shortest way without new wildcards is returned, which `fits`
    tells. Raises InputError for a type of policy of which this is not asked, and when the proof fails.
    """
    _check(policy.kind, attachable)
    before = size(policy.document())
    sizes = (before, limit, attachable)
    if before <= limit:
        return _proved(policy, [policy], _Tried(policy.statements, (), ()), sizes, catalogue, slack)
    room = limit - size(replace(policy, statements=()).document())
    shorter = _shorter(policy.statements, room, attachable)
    tried = shorter
    if not _fits(shorter.statements, room, attachable):
        tried = _with_wildcards(shorter, room, attachable, catalogue, slack, exact) or shorter
    policies = _policies(policy, tried.statements, room)
    steps = tried.steps if len(policies) == 1 else (*tried.steps, f"split into {len(policies)} policies")
    return _proved(policy, policies, replace(tried, steps=steps), sizes, catalogue, slack)


def _check(kind: Kind, attachable: int) -> None:
    if kind not in _KINDS:
        raise InputError(f"a {kind} policy cannot be split or shortened here", help="give a policy of a principal")
    if attachable > 1 and kind not in _SEVERAL:
        raise InputError(f"there is only one {kind} policy", help="leave out `--attachable`")


def _shorter(statements: Sequence[Statement], room: int, attachable: int) -> _Tried:
    """The statements after as few steps that keep all meaning as make them fit one policy, else several, else all."""
    tried = list(_step_by_step(statements))
    for most in dict.fromkeys((1, attachable)):
        found = next((one for one in tried if _fits(one.statements, room, most)), None)
        if found is not None:
            return found
    return tried[-1]


def _step_by_step(statements: Sequence[Statement]) -> Iterator[_Tried]:
    current, steps = list(statements), list[str]()
    for step, told in (
        (without_doubles, "doubles left out"),
        (regrouped, "statements put together by action and resource"),
        (_without_sids, "Sids left out"),
    ):
        changed = step(current)
        if _total(changed) < _total(current):
            current = changed
            steps.append(f"{told}: {len(current)} statement{'' if len(current) == 1 else 's'}")
        yield _Tried(tuple(current), (), tuple(steps))


def _without_sids(statements: Sequence[Statement]) -> list[Statement]:
    return [replace(statement, sid=None) for statement in statements]


def _total(statements: Sequence[Statement]) -> int:
    return sum(map(weight, statements))


def _fits(statements: Sequence[Statement], room: int, attachable: int) -> bool:
    bins = _bins(statements if attachable == 1 else _pieces(statements, room), room)
    return len(bins) <= attachable and all(sum(map(weight, one)) - 1 <= room for one in bins)


def _pieces(statements: Sequence[Statement], room: int) -> list[Statement]:
    """The statements, each that is too long for a policy of its own cut into several."""
    return [piece for one in statements for piece in _cut(one, room)]


def _cut(statement: Statement, room: int) -> list[Statement]:
    if weight(statement) - 1 <= room:
        return [statement]
    return _numbered(split_to_fit(statement, room + _EMPTY - _ROOM_FOR_NUMBERS))


def _numbered(pieces: list[Statement]) -> list[Statement]:
    if len(pieces) == 1 or pieces[0].sid is None:
        return pieces
    return [replace(piece, sid=f"{piece.sid}Part{i + 1}") for i, piece in enumerate(pieces)]


def _bins(pieces: Sequence[Statement], room: int) -> list[list[Statement]]:
    return [[pieces[i] for i in places] for places in packed(pieces, room + _EMPTY)]


def _with_wildcards(
    shorter: _Tried, room: int, attachable: int, catalogue: Catalogue, slack: Collection[str], exact: bool
) -> _Tried | None:
    """The statements with the wildcards of least drift risk with which the policies fit; None when they cannot."""
    for share in _SHRINKING if attachable > 1 else (1.0,):
        found = compressed(
            shorter.statements,
            room=int(attachable * room * share),
            catalogue=catalogue,
            slack=slack,
            exact=exact,
        )
        if found is None:
            return None
        if _fits(found.statements, room, attachable):
            return _Tried(found.statements, found.wildcards, (*shorter.steps, _told(found.wildcards)))
    return None


def _told(wildcards: Sequence[Wildcard]) -> str:
    return f"{len(wildcards)} action wildcard{'' if len(wildcards) == 1 else 's'} of least drift risk"


def _policies(policy: Policy, statements: Sequence[Statement], room: int) -> list[Policy]:
    may_split = policy.kind in _SEVERAL
    bins = _bins(_pieces(statements, room), room) if may_split else [list(statements)]
    if len(bins) == 1:
        return [replace(policy, statements=tuple(bins[0]), notes=())]
    return [
        replace(policy, statements=tuple(held), name=f"{policy.name}-{number + 1}", notes=())
        for number, held in enumerate(bins)
    ]


def _proved(
    policy: Policy,
    policies: Sequence[Policy],
    tried: _Tried,
    sizes: tuple[int, int, int],
    catalogue: Catalogue,
    slack: Collection[str],
) -> Fitted:
    """The policies with the proofs; raises InputError when one fails."""
    accepted = tuple(sorted(slack)) if tried.wildcards else ()
    gained = _proofs(_with_accepted(policy, accepted), policies, no_new_access)
    lost = _proofs(policy, policies, lambda old, new: no_new_access(new, old))
    found = Fitted(tuple(policies), *sizes, tried.wildcards, tried.steps, gained, lost)
    verdicts = {one.verdict for one in (*gained, *lost) if not one.holds}
    if not verdicts:
        return found
    if verdicts == {Verdict.UNKNOWN} and same_for_known_actions(
        [policy], policies, catalogue=catalogue, slack=accepted
    ):
        return replace(found, is_by_parts=True)
    raise InputError(
        f"what was found is refused: it is not proved to mean the same: {sorted(verdicts)[0].value}",
        help="report this with the document",
    )


def _with_accepted(policy: Policy, accepted: tuple[str, ...]) -> Policy:
    """The policy as wide as its owner accepts: each Allow with the accepted actions too."""
    statements = (
        replace(one, actions=(*one.actions, *accepted)) if one.effect == "Allow" and not one.is_not_action else one
        for one in policy.statements
    )
    return replace(policy, statements=tuple(statements))


_Sides = Policy | PolicySet
_Ask = Callable[[_Sides, _Sides], Proof]


def _proofs(old: Policy, new: Sequence[Policy], ask: _Ask) -> tuple[Proof, ...]:
    """What is allowed without any Deny, and what is denied of everything: each is asked, so that both are the same."""
    several = len(new) > 1 and old.kind == "identity"
    found: list[Proof] = []
    denies = any(_of(one, "Deny") for one in (old, *new))
    for part in (_allows, _denies) if denies else (_allows,):
        first, then = part([old]), part(new)
        if any(one.statements for one in (*first, *then)):
            found.append(
                ask(PolicySet(identity=first), PolicySet(identity=then))
                if several
                else ask(_joined(first), _joined(then))
            )
    return tuple(found)


def _allows(policies: Sequence[Policy]) -> list[Policy]:
    return [replace(one, statements=_of(one, "Allow")) for one in policies]


def _denies(policies: Sequence[Policy]) -> list[Policy]:
    """What the policies leave when all is allowed otherwise."""
    return [replace(one, statements=(_EVERYTHING, *_of(one, "Deny"))) for one in policies]


def _of(policy: Policy, effect: str) -> tuple[Statement, ...]:
    return tuple(one for one in policy.statements if one.effect == effect)


def _joined(policies: Sequence[Policy]) -> Policy:
    """All statements in one document, which means the same where each of the policies is attached at one place."""
    return replace(policies[0], statements=tuple(one for policy in policies for one in policy.statements))
