"""Policies for a principal held against what it asked for and what it is granted: replayed, proved, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leastwise.catalogue.load import Catalogue
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Unknown
from leastwise.prove.queries import no_new_access, within
from leastwise.prove.verdict import Proof
from leastwise.synthesize.replay import Replay, Requests, decided
from leastwise.synthesize.today import Today
from leastwise.synthesize.trial import Candidate, Trial


@dataclass(frozen=True)
class Judged:
    """The policies with the replay and the proofs.

    `proof` says whether they grant nothing that today's identity policies do not, `bounded` whether boundary and SCPs
    let all of it through; None where there is nothing to hold them against.
    """

    policies: tuple[Policy, ...]
    replay: Replay
    proof: Proof | None
    bounded: Proof | None


def judged(
    policies: Sequence[Policy], asked: Requests, estate: Estate | None, was: Today | None, catalogue: Catalogue
) -> Judged:
    """What becomes of the requests under the policies, and what these are beside today's."""
    trial = Trial(Candidate(identity=tuple(policies)), estate)
    return Judged(
        tuple(policies),
        decided(asked, trial, catalogue=catalogue),
        None if was is None else _proof(was, policies),
        None if was is None else _bounded(was, policies),
    )


def _proof(was: Today, policies: Sequence[Policy]) -> Proof | None:
    if not was.is_known:
        return None
    return no_new_access(PolicySet(was.policies), PolicySet(policies), principal=was.principal)


def _bounded(was: Today, policies: Sequence[Policy]) -> Proof | None:
    limit = was.binding
    if isinstance(limit.boundary, Unknown) or isinstance(limit.scps, Unknown) or not (limit.boundary or limit.scps):
        return None
    everything = Policy((Statement(None, ("*",), ("*",)),), name="everything")
    limits = PolicySet([everything], boundary=limit.boundary, scps=limit.scps)
    return within(PolicySet(policies), limits, principal=was.principal)
