"""A decision as a terminal shows it and as JSON has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leastwise.decide.changes import Change
from leastwise.decide.evaluate import Decision
from leastwise.model.decision import DEPENDS, Completion, Determining, Rung
from leastwise.model.policy import Statement
from leastwise.surfaces.cli.text import safe, table

SCHEMA = 1
Levels = Mapping[str, Sequence[str]]
"""The names of the levels of SCPs and of RCPs, from root to account."""

_TITLES = {
    "identity": "identity policy",
    "boundary": "boundary",
    "session": "session policy",
    "resource": "resource policy",
    "trust": "trust policy",
    "endpoint": "endpoint policy",
    "scp": "scp",
    "rcp": "rcp",
}
_SHOWN_VALUES = 4
_SHOWN_CHANGES = 3


def decision_lines(decision: Decision, levels: Levels) -> Iterator[str]:
    """The outcome, the ladder, what is left open, what would change it, and what was not considered."""
    yield decision.outcome.value
    yield from _ladder_lines(decision, levels)
    reason = decision.explanation.reason
    if reason:
        yield f"because {safe(reason)}"
    elif decision.settled_by and not decision.determining:
        yield f"because no {_TITLES.get(decision.settled_by, decision.settled_by)} allows it"
    yield from _open_lines(decision)
    for change in decision.changes[:_SHOWN_CHANGES]:
        yield f"it would be {change.outcome} {safe(_change(change))}"
    for turn in decision.turns_on:
        yield f"it turns on an open point: {turn.outcome} with `--switch {turn.switch}={turn.position}`"
    yield f"not considered: {safe('; '.join(decision.not_considered))}"


def _ladder_lines(decision: Decision, levels: Levels) -> list[str]:
    rows: list[tuple[str, str, str, str]] = []
    for rung in decision.ladder:
        result = rung.result.upper() if rung.result == "deny" else rung.result
        if not rung.statements:
            rows.append((_title(rung, levels), result, rung.reason, ""))
        for number, found in enumerate(rung.statements):
            rows.append(
                (
                    _title(rung, levels) if not number else "",
                    result if not number else "",
                    where(found),
                    _what(found.statement),
                )
            )
            rows += [("", "", "", f"when {told}") for told in _conditions(found.statement)]
    return table(rows)


def _title(rung: Rung, levels: Levels) -> str:
    title = _TITLES.get(rung.policy_type, rung.policy_type)
    if not rung.level:
        return title
    names = levels.get(rung.policy_type, ())
    return f"{title} {names[rung.level - 1]}" if rung.level <= len(names) else f"{title} level {rung.level}"


def where(found: Determining) -> str:
    """`deploy.json:12`, or the policy's name and the statement's index."""
    return f"{found.place.source}:{found.place.line}" if found.place else f"{found.policy}#{found.index}"


def _what(statement: Statement) -> str:
    actions = f"{'all but ' if statement.is_not_action else ''}{_few(statement.actions)}"
    resources = f"{'all but ' if statement.is_not_resource else ''}{_few(statement.resources)}"
    return f"{actions} on {resources}" if statement.has_resource else actions


def _conditions(statement: Statement) -> Iterator[str]:
    for operator, block in statement.conditions.items():
        for key, values in block.items():
            yield f"{operator} {key} {_few(values)}"


def _few(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN_VALUES])
    return f"{shown} … and {len(values) - _SHOWN_VALUES} more" if len(values) > _SHOWN_VALUES else shown


def _open_lines(decision: Decision) -> Iterator[str]:
    if decision.outcome is not DEPENDS:
        return
    left = decision.residual
    if left is not None:
        wanted = "ALLOW" if "ALLOW" in decision.possible else "EXPLICIT_DENY"
        yield f"it is {wanted} if {safe(str(left))}"
    for completion in decision.completions:
        yield f"  {completion.outcome:<14} {safe(_facts(completion))}"
    if not decision.is_every_outcome_told:
        yield "  other outcomes may be possible: too much is unknown to try it all"


def _facts(completion: Completion) -> str:
    return ", ".join(f"{key} is {_value(value)}" for key, value in completion.facts) or "whatever else is so"


def _value(value: str) -> str:
    return value if value in ("absent", "yes", "no") else f"`{value}`"


def _change(change: Change) -> str:
    parts = [f"if {key} were {'absent' if value is None else f'`{value}`'}" for key, value in change.context]
    parts += [f"without {where(found)}{_sid(found)}" for found in change.removed]
    parts += [f"with an Allow for it in the {_TITLES.get(kind, kind)}" for kind in change.added]
    return " and ".join(parts)


def _sid(found: Determining) -> str:
    return f" ({found.sid})" if found.sid else ""


def decision_fields(decision: Decision, levels: Levels) -> dict[str, object]:
    """The decision for programs."""
    left = decision.residual
    request = decision.request
    principal = request.principal
    return {
        "schema": SCHEMA,
        "principal": principal if isinstance(principal, str) else principal.arn,
        "action": request.action,
        "resource": request.resource,
        "outcome": decision.outcome.value,
        "settled_by": decision.settled_by,
        "reason": decision.explanation.reason,
        "ladder": [_rung_fields(rung, levels) for rung in decision.ladder],
        "determining": [statement_fields(found) for found in decision.determining],
        "possible": [outcome.value for outcome in decision.possible],
        "is_every_outcome_told": decision.is_every_outcome_told,
        "completions": [{"outcome": one.outcome.value, "facts": dict(one.facts)} for one in decision.completions],
        "residual": {"condition": left.document(), "text": str(left)} if left else None,
        "changes": [_change_fields(change) for change in decision.changes],
        "turns_on": [
            {"switch": turn.switch, "position": turn.position, "outcome": turn.outcome.value}
            for turn in decision.turns_on
        ],
        "not_considered": list(decision.not_considered),
    }


def _rung_fields(rung: Rung, levels: Levels) -> dict[str, object]:
    return {
        "policy_type": rung.policy_type,
        "level": _title(rung, levels).partition(" ")[2] if rung.level else None,
        "result": rung.result,
        "reason": rung.reason,
        "statements": [statement_fields(found) for found in rung.statements],
    }


def statement_fields(found: Determining) -> dict[str, object]:
    """A statement for programs: its policy, its place, and what it says."""
    place = found.place
    return {
        "policy_type": found.policy_type,
        "policy": found.policy,
        "index": found.index,
        "sid": found.sid,
        "place": {"source": place.source, "line": place.line, "column": place.column} if place else None,
        "statement": found.statement.document(),
    }


def _change_fields(change: Change) -> dict[str, object]:
    return {
        "outcome": change.outcome.value,
        "context": dict(change.context),
        "removed": [statement_fields(found) for found in change.removed],
        "added": list(change.added),
    }
