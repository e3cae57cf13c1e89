"""Questions about every request at once, each answered by a proof or by a request that shows otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from leastwise.decide.evaluate import Decision, evaluate_many
from leastwise.decide.policies import PolicySet
from leastwise.decide.settle import reads_alike
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal, Request
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.axioms import ALL, AXIOMS, Axiom
from leastwise.prove.certificate import certificate
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.fallback import SolverName, outside
from leastwise.prove.personas import Persona
from leastwise.prove.verdict import Proof, Verdict

_STOOD_IN = (
    "a letter stood for the value of a policy variable: the verdict is argued for every value and not in a form that a "
    "certificate can hold"
)
_LEFT_OUT = (
    "service-linked roles, and the management account as that of the principal or the resource, were not looked at: "
    "SCPs and RCPs do not bind them"
)
_NO_STATEMENTS: tuple[Statement, ...] = ()


def no_new_access(
    old: Policy | PolicySet,
    new: Policy | PolicySet,
    *,
    principal: Principal | None = None,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
    every_action: bool = False,
    solver: SolverName | None = None,
) -> Proof:
    """Whether the new policies allow no request that the old ones do not.

    Documents decide alone; a `PolicySet` binds as it would bind a request. `principal` says who asks, where that is
    one; otherwise everyone may. `every_action` looks at each kind of action of a class, so that the difference names
    no action that is not part of it. `solver` is asked what is too hard for leastwise, where the extra `solvers` is
    installed. Raises RequestError when a document is compared with a policy set.
    """
    if isinstance(old, Policy) != isinstance(new, Policy):
        raise RequestError("a document cannot be compared with a policy set", help="give two of the same form")
    who = None if principal is None else (Persona(f"`{principal.arn}`", principal),)
    options = Options(switches, axioms, who, outside=outside(solver), every_action=every_action)
    return asked("no new access", Side.of(old), Side.of(new), options)


def verdict_of(old: Policy | PolicySet, new: Policy | PolicySet, *, switches: Switches = DEFAULT) -> Verdict:
    """The verdict of `no_new_access` alone, which is found sooner where there is new access."""
    options = Options(switches, first_gap_alone=True)
    return asked("no new access", Side.of(old), Side.of(new), options).verdict


def within(
    policy: Policy | PolicySet,
    limit: Policy | PolicySet,
    *,
    principal: Principal | None = None,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
    every_action: bool = False,
    solver: SolverName | None = None,
) -> Proof:
    """Whether everything that the policy allows is allowed by the limit too."""
    found = no_new_access(
        limit,
        policy,
        principal=principal,
        switches=switches,
        axioms=axioms,
        every_action=every_action,
        solver=solver,
    )
    return replace(found, question="within the limit")


def access_not_granted(
    policy: Policy | PolicySet,
    actions: Sequence[str] = ("*",),
    resources: Sequence[str] = ("*",),
    *,
    switches: Switches = DEFAULT,
    axioms: frozenset[Axiom] = ALL,
    every_action: bool = False,
    solver: SolverName | None = None,
) -> Proof:
    """Whether the policy allows none of these actions, given as in a policy, on any of these resources."""
    if not actions or not resources:
        raise RequestError("there is nothing to look for", help="give one action or resource at least")
    everything = Statement(None, ("*",), ("*",))
    refused = Statement(None, tuple(actions), tuple(resources), effect="Deny")
    kind = policy.kind if isinstance(policy, Policy) and policy.kind in ("resource", "trust") else "identity"
    if kind != "identity":
        everything, refused = (replace(one, principals={"AWS": ("*",)}) for one in (everything, refused))
    limit = Policy((everything, refused), "identity" if kind == "identity" else "resource", name="everything else")
    side = Side.of(policy)
    old = Side.of(limit) if side.is_document else Side(Side.of(limit).policies)
    return asked(
        "access not granted", old, side, Options(switches, axioms, outside=outside(solver), every_action=every_action)
    )


def equivalent(old: Policy | PolicySet, new: Policy | PolicySet, *, switches: Switches = DEFAULT) -> Proof:
    """Whether both allow the same requests; the difference holds what the new ones allow more, `lost` what less."""
    gained = no_new_access(old, new, switches=switches)
    if gained.verdict is Verdict.FAIL:
        return replace(gained, question="equivalent")
    lost = no_new_access(new, old, switches=switches)
    worst = max((gained, lost), key=lambda one: _ORDER.index(one.verdict))
    axioms = tuple(axiom for axiom in AXIOMS if axiom in (*gained.axioms, *lost.axioms))
    return replace(worst, question="equivalent", axioms=axioms)


_ORDER = (Verdict.PASS, Verdict.PASS_FOR_KNOWN_ACTIONS, Verdict.UNKNOWN, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Needless:
    """A statement without effect: its place in the document, from 0, and the proof that it has none."""

    index: int
    statement: Statement
    proof: Proof


def dead_statements(policy: Policy, *, switches: Switches = DEFAULT) -> tuple[Needless, ...]:
    """The statements that never decide anything: an Allow that matches no request or only denied ones, a Deny of
    nothing that is allowed.
    """
    return tuple(_needless(policy, _dead, switches))


def redundant_statements(policy: Policy, *, switches: Switches = DEFAULT) -> tuple[Needless, ...]:
    """The statements without which, one at a time, the document means the same."""
    return tuple(_needless(policy, _redundant, switches))


_Pair = Callable[[Policy, Statement, tuple[Statement, ...]], tuple[Policy, Policy]]


def _needless(policy: Policy, pair: _Pair, switches: Switches) -> Iterator[Needless]:
    for index, statement in enumerate(policy.statements):
        others = tuple(one for place, one in enumerate(policy.statements) if place != index)
        old, new = pair(policy, statement, others)
        proof = no_new_access(old, new, switches=switches)
        if proof.holds:
            yield Needless(index, statement, proof)


def _dead(policy: Policy, statement: Statement, others: tuple[Statement, ...]) -> tuple[Policy, Policy]:
    if statement.effect == "Deny":
        return policy, replace(policy, statements=others)
    denies = tuple(one for one in others if one.effect == "Deny")
    return replace(policy, statements=_NO_STATEMENTS), replace(policy, statements=(statement, *denies))


def _redundant(policy: Policy, statement: Statement, others: tuple[Statement, ...]) -> tuple[Policy, Policy]:
    without = replace(policy, statements=others)
    return (policy, without) if statement.effect == "Deny" else (without, policy)


def still_granted(
    policies: PolicySet, observed: Iterable[Request], *, switches: Switches = DEFAULT
) -> tuple[Decision, ...]:
    """The decisions on those observed requests that the policies do not allow for certain; none when all still work."""
    decisions = evaluate_many(observed, policies, switches=switches)
    return tuple(decision for decision in decisions if decision.outcome.value != "ALLOW")


def asked(question: str, old: Side, new: Side, options: Options) -> Proof:
    """The answer to whether `new` allows nothing that `old` does not."""
    known = Comparison(old, new, options)
    known.known()
    if known.gaps or known.doubts:
        return _proof(Verdict.FAIL if known.gaps else Verdict.UNKNOWN, question, known, known)
    future = Comparison(old, new, options)
    future.future()
    is_open = bool(future.gaps or future.doubts)
    return _proof(Verdict.PASS_FOR_KNOWN_ACTIONS if is_open else Verdict.PASS, question, known, future)


def _proof(verdict: Verdict, question: str, known: Comparison, future: Comparison) -> Proof:
    is_shown = verdict in (Verdict.PASS, Verdict.PASS_FOR_KNOWN_ACTIONS)
    by_solver = known.meter.by_solver + (0 if future is known else future.meter.by_solver)
    options = known.options
    is_of_everyone = options.personas is None and not options.within and not options.services
    is_certain = is_shown and is_of_everyone and not (known.stood_in or future.stood_in or by_solver)
    certify = partial(certificate, question, verdict, known.old, known.new, options) if is_certain else None
    return Proof(
        verdict,
        question,
        tuple(known.gaps),
        () if future is known else tuple(future.gaps),
        tuple(future.doubts),
        tuple(axiom for axiom in AXIOMS if axiom in known.axioms | future.axioms),
        notes=tuple(_notes(known, future, by_solver)) if is_shown else (),
        classes=known.classes,
        switches=options.switches,
        certify=certify,
        ask_again=partial(_verdict, known.old, known.new, options, verdict),
    )


def _notes(known: Comparison, future: Comparison, by_solver: int) -> Iterator[str]:
    has_ceilings = any(entry.policy.kind in ("scp", "rcp") for entries in known.entries for entry in entries)
    if has_ceilings and not known.is_document and known.options.personas is None:
        yield _LEFT_OUT
    if known.stood_in or future.stood_in:
        yield _STOOD_IN
    if by_solver and known.options.outside is not None:
        yield f"{known.options.outside.name} settled {by_solver} of its lemmas, which leastwise gave up on"


def _verdict(old: Side, new: Side, options: Options, verdict: Verdict, switches: Switches) -> Verdict:
    """The verdict under other switches; the same where neither side is read otherwise."""
    if all(reads_alike(side.policies, options.switches, switches) for side in (old, new)):
        return verdict
    return asked("", old, new, replace(options, switches=switches, first_gap_alone=True)).verdict
