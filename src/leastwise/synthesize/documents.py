"""Replays and proofs as JSON values, and what policies are called as files."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from leastwise.synthesize.replay import VERDICTS, Replay

if TYPE_CHECKING:
    from leastwise.prove.verdict import Proof


_UNSAFE = re.compile(r"[^\w+=,.@-]")


def stem(name: str) -> str:
    """The name of a policy as the name of a file."""
    return _UNSAFE.sub("-", name.rpartition("/")[2])[:128] or "policy"


def replay_document(found: Replay) -> dict[str, object]:
    """The replay as JSON values: counts by verdict, and each request that is not as it was."""
    return {
        "first": _iso(found.first),
        "last": _iso(found.last),
        "counts": {
            verdict.replace(" ", "_"): {
                "requests": found.requests.get(verdict, 0),
                "calls": found.calls.get(verdict, 0),
            }
            for verdict in VERDICTS
        },
        "requests": [
            {
                "verdict": one.verdict.replace(" ", "_"),
                "principal": one.request.principal,
                "action": one.request.action,
                "resource": None if one.request.is_any else one.request.resource,
                "is_one_of_several": one.request.is_any,
                "calls": one.request.events,
                "first": _iso(one.request.first),
                "last": _iso(one.request.last),
                "was_denied": one.was_denied,
                "by": [
                    {"policy_type": by.policy_type, "policy": by.policy, "statement": by.index, "sid": by.sid}
                    for by in one.by
                ],
                "reason": one.reason,
                "turns_on": list(one.keys),
            }
            for one in found.rows
        ],
        "left_out": dict(found.left_out),
        "not_considered": list(found.notes),
    }


def proof_document(proof: Proof | None) -> dict[str, object] | None:
    """The proof as JSON values; None where nothing was proved."""
    if proof is None:
        return None
    witness = proof.witness
    return {
        "verdict": str(proof.verdict),
        "witness": None if witness is None else {"action": witness.action, "resource": witness.resource},
        "undecided": list(proof.undecided),
    }


def _iso(time: datetime | None) -> str | None:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else None
