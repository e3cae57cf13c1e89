"""A proposal beside today's policies as a terminal shows it: what goes and comes, the proof, what is rare and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from leastwise.prove.verdict import Proof, Verdict
from leastwise.surfaces.cli.text import iso, number, plural, safe, table
from leastwise.synthesize.change import Line
from leastwise.synthesize.confidence import Confidence
from leastwise.synthesize.documents import proof_document, replay_document
from leastwise.synthesize.sparing import Sparing
from leastwise.synthesize.tighten import Tightened

_SHOWN: Final = 60
_NAMED: Final = 3
_ASKED: Final = 6
_UNITS: Final = ((timedelta(days=2), 86_400, "d"), (timedelta(hours=2), 3_600, "h"), (timedelta(0), 60, "min"))


def diff_lines(found: Tightened, newest: datetime | None) -> Iterator[str]:
    """Each action on a resource that goes or comes, then what shows that the proposal is safe."""
    if found.change is None:
        yield "today's policies are not known: there is nothing to compare with"
    else:
        yield from _signed(found.change.removed, newest)
        yield from _signed(found.change.added, newest)
    yield from shown_lines(found)


def _signed(lines: Sequence[Line], newest: datetime | None) -> Iterator[str]:
    rows = [
        (line.sign, f'"{line.action}"', f'on "{line.resource}"', f"{_evidence(line, newest)}{_when(line)}")
        for line in lines[:_SHOWN]
    ]
    yield from table(rows, indent="")
    if len(lines) > _SHOWN:
        yield f"{lines[0].sign} and {number(len(lines) - _SHOWN)} more: `--json` has them all"


def _evidence(line: Line, newest: datetime | None) -> str:
    if line.sign == "-":
        return ""
    if line.calls:
        return f"{plural(line.calls, 'use')}, last {_ago(line.last, newest)}"
    return f"kept: {line.note}" if line.note else ""


def _when(line: Line) -> str:
    return f"{'  ' if line.sign == '+' else ''}if {line.condition}" if line.condition else ""


def _ago(last: datetime | None, newest: datetime | None) -> str:
    if last is None or newest is None:
        return "at an unknown time"
    gone = newest - last
    _, seconds, unit = next(one for one in _UNITS if gone >= one[0])
    return f"{int(gone.total_seconds()) // seconds} {unit} before the newest call"


def shown_lines(found: Tightened) -> Iterator[str]:
    """The proof and the replay, and what is rare and kept."""
    covered = found.judged.replay.calls
    breaks, undecided = (covered.get(verdict, 0) for verdict in ("breaks", "undecided"))
    seen = sum(covered.get(verdict, 0) for verdict in ("allowed", "breaks", "undecided", "denied already"))
    allowed = covered.get("allowed", 0)
    covers = f"covers all {plural(seen, 'request')} seen"
    if allowed != seen:
        covers = f"covers {number(allowed)} of {plural(seen, 'request')} seen"
    if found.judged.proof is not None and found.judged.proof.holds:
        known = " among the actions known today" if found.judged.proof.verdict is not Verdict.PASS else ""
        yield f"proved: grants nothing that today's policies do not{known}; {covers}"
    else:
        yield f"replayed: {covers}"
    if found.judged.proof is not None and not found.judged.proof.holds:
        yield f"not proved: {_shortfall(found.judged.proof)}"
    if breaks:
        yield f"warning: {plural(breaks, 'call')} would break: `leastwise replay` tells which"
    if undecided:
        yield f"{plural(undecided, 'call')} cannot be decided from the log"
    already = covered.get("denied already", 0)
    if already:
        yield f"{plural(already, 'call')} of the log are denied by today's policies as well"
    for text, several in list(found.unused_matches.items())[:12]:
        others = f" and {len(several) - 3} more" if len(several) > 3 else ""
        yield safe(f"`{text}` also names what nobody used: {', '.join(several[:3])}{others}")
    if found.wildcards:
        yield f"made to fit: {len(found.policies)} policies, with {plural(len(found.wildcards), 'action wildcard')}"
    for pattern in found.wildcards[:12]:
        chance = f"{pattern.drift.changing:.1%} likely to match a new action that writes or manages permissions"
        yield safe(f"wildcard to fit: `{pattern.pattern}` for {', '.join(pattern.matches)}; {chance} within two years")
    yield from _shared_lines(found)
    if found.change is not None and found.change.rare:
        rare = ", ".join(f"{one.action} ({plural(one.calls, 'use')}, {one.rhythm})" for one in found.change.rare[:12])
        more = len(found.change.rare) - 12
        yield safe(f"rare, kept: {rare}{f' and {more} more' if more > 0 else ''}")
    yield from _kept_lines(found)


def _kept_lines(found: Tightened) -> Iterator[str]:
    """What stays unseen, and what else is known of what goes."""
    kept: dict[str, list[str]] = {}
    for one in found.kept:
        kept.setdefault(one.reason, []).extend(one.actions)
    for reason, actions in kept.items():
        yield safe(f"kept unseen: {plural(len(actions), 'action')}{_named(actions)}, because {reason}")
    yield from _removal_lines(found)
    if found.unsure:
        named = ", ".join(f"`{text}`" for text in found.unsure)
        yield safe(f"under {named} all else goes that was not seen, what only data events show among it")


def _named(actions: Sequence[str]) -> str:
    """The names of a few actions."""
    names = list(dict.fromkeys(actions))
    return f" ({', '.join(names)})" if len(names) <= _NAMED else ""


def _removal_lines(found: Tightened) -> Iterator[str]:
    """What goes though it is worth asking about, and what else is known of what goes."""
    if found.sparing is None:
        return
    asked: dict[str, list[str]] = {}
    for one in found.sparing.asked:
        asked.setdefault(str(one), []).append(one.action)
    for reason, actions in asked.items():
        more = f" and {number(len(actions) - _ASKED)} more" if len(actions) > _ASKED else ""
        yield safe(f"taken away, worth asking about: {', '.join(actions[:_ASKED])}{more}: sensitive, {reason}")
    yield from (safe(f"note: {note}") for note in found.sparing.notes)


def _removal_fields(found: Sparing | None) -> dict[str, object] | None:
    """What is known of what goes, as JSON values."""
    if found is None:
        return None
    return {
        "worth_asking": [
            {
                "action": one.action,
                "unused_days": one.days,
                "probability": None if one.soon is None else round(one.soon.chance, 4),
                "reason": str(one),
            }
            for one in found.asked
        ],
        "notes": list(found.notes),
    }


def _shared_lines(found: Tightened) -> Iterator[str]:
    """What each of those who share the policies would get by them that it did not use."""
    others = dict(found.others)
    for one in found.proposal.members:
        share = f"{one.surplus_weight:.0%} of the weight is surplus"
        unused = f"; never used: {', '.join(one.unused_actions[:8])}" if one.unused_actions else ""
        more = f" and {len(one.unused_actions) - 8} more" if len(one.unused_actions) > 8 else ""
        used = f"used {one.used} of {one.used + one.surplus} grants"
        yield safe(f"shared by {one.principal}: {used}, {share}{unused}{more}")
        replayed = others.get(one.principal)
        if replayed is not None:
            broken = replayed.replay.calls.get("breaks", 0)
            allowed = replayed.replay.calls.get("allowed", 0)
            is_proved = replayed.proof is not None and replayed.proof.holds
            proved = "proved within today's policies" if is_proved else "not proved within today's policies"
            yield f"  {plural(allowed, 'call')} still allowed, {number(broken)} would break; {proved}"


def _shortfall(proof: Proof) -> str:
    if proof.witness is not None:
        return safe(f"`{proof.witness.action}` on `{proof.witness.resource}` shows otherwise")
    return safe("; ".join(proof.undecided) or "the prover could not tell")


def tightened_fields(found: Tightened) -> dict[str, object]:
    """What shows that a proposal is safe, as `propose --json` has it."""
    change = found.change
    return {
        "way": found.way,
        "documents": [
            {
                "name": one.name,
                "document": one.policy.document(),
                "in_place_of": one.source.name if one.source else None,
            }
            for one in found.policies
        ],
        "replay": replay_document(found.judged.replay),
        "proof": proof_document(found.judged.proof),
        "within_boundary_and_scps": proof_document(found.judged.bounded),
        "change": None
        if change is None
        else {
            "removed": [_line_fields(line) for line in change.removed],
            "added": [_line_fields(line) for line in change.added],
            "rare": [
                {"action": one.action, "calls": one.calls, "days": one.days, "rhythm": one.rhythm}
                for one in change.rare
            ],
        },
        "shared_by": [
            {
                "principal": one.principal,
                "used_grants": one.used,
                "surplus_grants": one.surplus,
                "unused_actions": list(one.unused_actions),
                "surplus_weight": round(one.surplus_weight, 4),
            }
            for one in found.proposal.members
        ],
        "unused_matches": {pattern: list(several) for pattern, several in found.unused_matches.items()},
        "wildcards": [{"pattern": one.pattern, "matches": list(one.matches)} for one in found.wildcards],
        "not_kept_unseen": list(found.unsure),
        "kept_unseen": [{"actions": list(one.actions), "reason": one.reason} for one in found.kept],
        "removal": _removal_fields(found.sparing),
    }


def _line_fields(line: Line) -> dict[str, object]:
    return {
        "action": line.action,
        "resource": line.resource,
        "condition": line.condition,
        "calls": line.calls,
        "last": iso(line.last),
    }


def confidence_lines(sure: Confidence | None) -> Iterator[str]:
    """How likely something will be missing, and what anybody can check."""
    if sure is None:
        return
    told = "not known" if sure.probability is None else f"{sure.probability:.0%}"
    by = {"fleet": "learned from this log", "pooled": "a rough guess from all principals"}.get(sure.method, sure.method)
    yield f"chance that the next {sure.horizon} days use something else: {told} ({by})"
    yield from (f"  {safe(fact)}" for fact in sure.facts)


def confidence_fields(sure: Confidence | None) -> dict[str, object] | None:
    """The confidence as JSON values."""
    if sure is None:
        return None
    return {
        "probability": None if sure.probability is None else round(sure.probability, 4),
        "horizon_days": sure.horizon,
        "method": sure.method,
        "windows": sure.windows,
        "facts": list(sure.facts),
    }
