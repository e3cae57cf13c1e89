"""A proof as a terminal shows it, as JSON has it, and as results for SARIF."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.decide.facts import owner_of
from leastwise.model.decision import Determining
from leastwise.model.policy import Policy
from leastwise.model.request import Principal, Request
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.axioms import TOLD
from leastwise.prove.compare import Side
from leastwise.prove.verdict import Gap, Proof, Verdict
from leastwise.surfaces.cli.decisions import statement_fields, where
from leastwise.surfaces.cli.text import number, safe
from leastwise.surfaces.formats.requests import asker, request_fields
from leastwise.surfaces.formats.sarif import Result, Rule

SCHEMA = 1
_WIDTH: Final = 98
_SHOWN_ACTIONS: Final = 4
_NAMED_ACTIONS: Final = 100
_SHOWN_CONDITIONS: Final = 6
_SHOWN_GAPS: Final = 10
_SHOWN_DOUBTS: Final = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check is about: the policy, what is said of it when it holds and when not, and what it is held to."""

    rule: Rule
    policy: Policy
    holds: str
    fails: str
    old: str = ""
    switches: Switches = DEFAULT


def proof_lines(proof: Proof, subject: Subject) -> Iterator[str]:
    """The verdict, what it says, and then what it rests on, what shows it false, or what is not settled."""
    yield proof.verdict.value
    yield from _BODIES[proof.verdict](proof, subject)
    for note in proof.notes:
        yield from _wrapped(f"note: {note}")
    for name, position, verdict in proof.turns_on:
        yield from _wrapped(f"note: an open point of AWS's rules matters: {verdict} with `--switch {name}={position}`")


def _pass_lines(proof: Proof, subject: Subject) -> Iterator[str]:
    is_of_all = bool(proof.classes)
    yield from _wrapped(f"{subject.holds}{', whatever actions AWS may yet add' if is_of_all else ''}")
    yield from _grounds(proof)


def _known_lines(proof: Proof, subject: Subject) -> Iterator[str]:
    yield from _wrapped(f"{subject.holds}, as far as actions are known")
    yield from _grounds(proof)
    if proof.future:
        yield "not so for action names that are not known:"
        yield from _gap_lines(proof.future, subject)
    yield from _doubt_lines(proof.undecided)


def _fail_lines(proof: Proof, subject: Subject) -> Iterator[str]:
    yield from _wrapped(subject.fails)
    yield from _gap_lines(proof.difference, subject)
    yield from _doubt_lines(proof.undecided)


def _unknown_lines(proof: Proof, subject: Subject) -> Iterator[str]:
    yield from _wrapped(f"it is not settled that {subject.holds}")
    yield from _doubt_lines(proof.undecided)
    yield from _wrapped(_ADVICE)


_ADVICE: Final = (
    "what may help: say who asks where the check takes `--principal ARN`, write a plain value in the place of a policy "
    "variable, or split the policy and ask for each part; until then take it as not proved"
)
_BODIES: Final = {
    Verdict.PASS: _pass_lines,
    Verdict.PASS_FOR_KNOWN_ACTIONS: _known_lines,
    Verdict.FAIL: _fail_lines,
    Verdict.UNKNOWN: _unknown_lines,
}


def _grounds(proof: Proof) -> Iterator[str]:
    if proof.classes:
        yield f"looked at {number(proof.classes)} {'class' if proof.classes == 1 else 'classes'} of actions"
    if not proof.axioms:
        return
    yield "rests on the policies, and on what holds of every request:"
    for name in proof.axioms:
        axiom = _axiom(name)
        yield from _wrapped(f"{name}: {axiom['says']}", indent="  ", more="    ")
        yield from _wrapped(f"({axiom['source']})", indent="    ", more="     ")


def _axiom(name: str) -> dict[str, str]:
    found: Mapping[str, tuple[str, str]] = {str(axiom): told for axiom, told in TOLD.items()}
    says, source = found.get(name, ("", ""))
    return {"name": name, "says": says, "source": source}


def _gap_lines(gaps: Sequence[Gap], subject: Subject) -> Iterator[str]:
    for place, gap in enumerate(gaps[:_SHOWN_GAPS], 1):
        head = f"{place:>3}  "
        yield from _wrapped(_actions(gap), indent=head, more=" " * len(head))
        for title, lines in _parts(gap, subject):
            for turn, line in enumerate(lines):
                yield f"     {title if not turn else '':<11} {line}"
    if len(gaps) > _SHOWN_GAPS:
        yield f"… and {number(len(gaps) - _SHOWN_GAPS)} more, all of them with `--json`"


def _parts(gap: Gap, subject: Subject) -> Iterator[tuple[str, Sequence[str]]]:
    if gap.who:
        yield "by", [safe(gap.who)]
    if gap.when:
        yield "when", list(_conditions(gap.when))
    allowed_by = _allowing(gap, subject)
    if allowed_by:
        yield "allowed by", [safe(f"{where(one)}{f' ({one.sid})' if one.sid else ''}") for one in allowed_by]
    yield "witness", _command(gap.witness)
    yield "", [_outcomes(gap, subject)]
    if not gap.is_known_form:
        yield "", ["no resource of this form is known to the service data"]


def _conditions(when: Sequence[str]) -> Iterator[str]:
    for told in when[:_SHOWN_CONDITIONS]:
        lines = textwrap.wrap(safe(told), _WIDTH - 17, break_long_words=False, break_on_hyphens=False)
        yield from (line if not turn else f"  {line}" for turn, line in enumerate(lines))
    if len(when) > _SHOWN_CONDITIONS:
        yield f"… and {len(when) - _SHOWN_CONDITIONS} more"


def _actions(gap: Gap) -> str:
    shown = ", ".join(gap.actions[:_SHOWN_ACTIONS])
    more = len(gap.actions) - _SHOWN_ACTIONS
    listed = f"{shown} … and {number(more)} more" if more > 0 else shown
    return listed if gap.is_every_action or len(gap.actions) < 2 else f"at least one of {listed}"


def _outcomes(gap: Gap, subject: Subject) -> str:
    new = f"{gap.new.value} under {subject.policy.name}"
    return f"{new}, {gap.old.value} under {subject.old}" if subject.old else new


def _doubt_lines(undecided: Sequence[str]) -> Iterator[str]:
    for doubt in undecided[:_SHOWN_DOUBTS]:
        yield from _wrapped(f"not settled: {doubt}", more="  ")
    if len(undecided) > _SHOWN_DOUBTS:
        yield f"… and {number(len(undecided) - _SHOWN_DOUBTS)} more"


def _wrapped(text: str, indent: str = "", more: str = "") -> list[str]:
    return textwrap.wrap(
        safe(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _allowing(gap: Gap, subject: Subject) -> list[Determining]:
    """The statements of the policy that allow the witness."""
    decision = evaluate(gap.witness, Side.of(subject.policy).policies, switches=subject.switches)
    own, kind = subject.policy.statements, subject.policy.kind
    allowing = (one for one in decision.determining if one.statement in own and one.statement.effect == "Allow")
    return [replace(one, policy_type=kind) for one in allowing]


def _command(request: Request) -> list[str]:
    """The request as `leastwise can` takes it, on as many lines as it needs."""
    parts = [f"leastwise can {_quoted(_asking(asker(request)))}", request.action, _quoted(request.resource)]
    parts += list(_facts(request))
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) > _WIDTH - 20:
            lines[-1] += " \\"
            lines.append(f"  {part}")
        else:
            lines[-1] += f" {part}"
    return lines


def _asking(principal: Principal) -> str:
    return "anonymous" if principal.kind == "anonymous" else principal.arn


def _facts(request: Request) -> Iterator[str]:
    for key, value in request.context.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            yield f"--absent {_quoted(key)}" if one is None else f"--context {_quoted(f'{key}={_plain(one)}')}"
    principal, account = asker(request), request.resource_account
    yield from (f"--tag {_quoted(f'{key}={value}')}" for key, value in (principal.tags or {}).items())
    if principal.session is not None and principal.entity is not None:
        yield f"--role-arn {_quoted(principal.entity)}"
    if account is not None and account not in (owner_of(request.resource), principal.account):
        yield f"--resource-account {account}"
    yield "--complete"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return shlex.quote(safe(text))


def proof_fields(proof: Proof, subject: Subject) -> dict[str, object]:
    """The proof for programs."""
    first = (*proof.difference, *proof.future)[:1]
    return {
        "schema": SCHEMA,
        "question": proof.question,
        "verdict": proof.verdict.value,
        "witness": _witness_fields(first[0]) if first else None,
        "difference": [_gap_fields(gap, subject) for gap in proof.difference],
        "future": [_gap_fields(gap, subject) for gap in proof.future],
        "undecided": list(proof.undecided),
        "axioms": [_axiom(name) for name in proof.axioms],
        "notes": list(proof.notes),
        "turns_on": [
            {"switch": name, "position": position, "verdict": verdict.value}
            for name, position, verdict in proof.turns_on
        ],
        "classes": proof.classes,
    }


def _gap_fields(gap: Gap, subject: Subject) -> dict[str, object]:
    return {
        "actions": list(gap.actions),
        "is_every_action": gap.is_every_action,
        "who": gap.who,
        "when": list(gap.when),
        "witness": _witness_fields(gap),
        "is_known_form": gap.is_known_form,
        "allowed_by": [statement_fields(one) for one in _allowing(gap, subject)],
    }


def _witness_fields(gap: Gap) -> dict[str, object]:
    return {**request_fields(gap.witness), "old": gap.old.value, "new": gap.new.value}


def proof_results(proof: Proof, subject: Subject) -> tuple[list[Result], list[Rule], list[str]]:
    """A result for each gap, the rules that were asked about, and what could not be settled."""
    results = [_result(gap, subject) for gap in proof.difference]
    results += [_result(gap, subject, is_known=False) for gap in proof.future]
    if proof.verdict is Verdict.FAIL and not results:
        results = [Result(subject.rule, subject.fails, subject.policy.statements[0].place, source=subject.policy.name)]
    doubts = list(proof.undecided) if proof.verdict is Verdict.UNKNOWN else []
    return results, [subject.rule], doubts


def _result(gap: Gap, subject: Subject, *, is_known: bool = True) -> Result:
    place = next((one.place for one in _allowing(gap, subject)), None)
    by = f" by {gap.who}" if gap.who else ""
    when = f", when {'; '.join(gap.when)}" if gap.when else ""
    unknown = "" if is_known else ", an action name that is not known today"
    witness = " ".join(_command(gap.witness)).replace(" \\", "").replace("   ", " ")
    return Result(
        subject.rule,
        safe(f"{subject.fails}: {_actions(gap)}{unknown}{by}{when}. Witness: {witness}"),
        place,
        "error" if is_known else "note",
        source=subject.policy.name,
        same=f"{gap.actions} {gap.who} {gap.when}",
        properties={
            "actions": list(gap.actions[:_NAMED_ACTIONS]),
            "number_of_actions": len(gap.actions),
            "witness": _witness_fields(gap),
        },
    )
