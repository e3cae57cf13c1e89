"""A boundary tried on the observed requests of those whom it is to bind, or binds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.model.policy import Policy
from leastwise.synthesize.replay import VERDICTS, Options, Replay, Replayed, Verdict, replay
from leastwise.synthesize.trial import Candidate, Trial
from leastwise.usage.observed import Observed, Window


def stopped(
    observed: Observed,
    policy: Policy,
    principals: Sequence[str],
    *,
    estate: Estate | None,
    catalogue: Catalogue,
    window: Window,
    outcomes: frozenset[str],
) -> Replay:
    """What becomes of the requests of these principals with the policy as their boundary; nobody else's are asked."""
    trial = Trial(Candidate(boundary=policy), estate)
    held = frozenset(observed.names(window))
    found = [
        replay(observed, trial, catalogue=catalogue, options=Options(window, one, outcomes))
        for one in principals
        if one in held
    ]
    return together(found)


def together(found: Iterable[Replay]) -> Replay:
    """The replays of different principals as one."""
    requests: Counter[Verdict] = Counter()
    calls: Counter[Verdict] = Counter()
    left_out: Counter[str] = Counter()
    accounts: Counter[tuple[str, Verdict]] = Counter()
    rows: list[Replayed] = []
    notes: dict[str, None] = {}
    times = []
    for one in found:
        requests.update(one.requests)
        calls.update(one.calls)
        left_out.update(one.left_out)
        accounts.update(one.accounts)
        rows += one.rows
        notes |= dict.fromkeys(one.notes)
        times += [time for time in (one.first, one.last) if time is not None]
    ordered = sorted(rows, key=lambda one: (VERDICTS.index(one.verdict), -one.request.events))
    return Replay(
        dict(requests),
        dict(calls),
        tuple(ordered),
        dict(left_out),
        tuple(notes),
        min(times, default=None),
        max(times, default=None),
        accounts=dict(accounts),
    )
