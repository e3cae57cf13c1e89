"""`leastwise verify-proof`: a certificate checked from its policies up, and by a solver where one is asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from leastwise.model.errors import UnreadableFile
from leastwise.model.policy import Policy
from leastwise.prove.axioms import TOLD
from leastwise.prove.checking.document import certificate_of, kinds_in
from leastwise.prove.checking.verify import Checked, Lemma, RefusedCertificate, told_of, verified
from leastwise.prove.smt import SolverName, check, script
from leastwise.prove.smt_facts import is_plain, is_unsat
from leastwise.prove.verdict import Verdict
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.text import answer, plural, safe

SCHEMA: Final = 1
_LIMIT_MS: Final = 10_000
_AS_FAR: Final = {
    Verdict.PASS.value: "whatever actions AWS may yet add",
    Verdict.PASS_FOR_KNOWN_ACTIONS.value: "as far as actions are known",
}


@dataclass(frozen=True, slots=True)
class SecondWord:
    """What a solver says of the lemmas: how many it refuted, and how many needed none."""

    solver: SolverName
    decided: int
    plain: int


@click.command("verify-proof")
@click.argument("file")
@click.option("--old", metavar="FILE", help="It must be about this old policy.")
@click.option("--new", metavar="FILE", help="It must be about this new policy.")
@click.option("--solver", type=click.Choice(["z3", "cvc5"]), help="Have each lemma refuted by this solver as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def verify_proof(file: str, old: str | None, new: str | None, solver: SolverName | None, as_json: bool) -> int:
    """Check FILE, a certificate as `--certificate` writes it, without the search that found the proof.

    Exit 0 when it proves what it says, 1 when it does not, 2 when it is no certificate or could not be checked.
    """
    data = _content(file)
    kinds = kinds_in(certificate_of(data))
    documents = [
        None if path is None else policy_in(path, kind or "identity")
        for path, kind in zip((old, new), kinds, strict=True)
    ]
    try:
        checked, second = _checked(data, documents, solver)
    except RefusedCertificate as refusal:
        if as_json:
            answer(json.dumps({"schema": SCHEMA, "verified": False, "reason": refusal.message}, indent=2))
        else:
            answer("REFUSED")
            answer(safe(refusal.message))
        return 1
    if as_json:
        answer(json.dumps(_fields(checked, second), indent=2, ensure_ascii=False))
        return 0
    for line in _lines(checked, second):
        answer(line)
    return 0


def _content(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableFile(path, (error.strerror or str(error)).lower()) from None


def _checked(
    data: bytes, documents: list[Policy | None], solver: SolverName | None
) -> tuple[Checked, SecondWord | None]:
    """What the certificate proves, and what the solver says. Raises RefusedCertificate."""
    if solver is not None:
        check(script([]), solver, limit_ms=_LIMIT_MS)  # to hear now that it is not installed
    old, new = documents
    checked = verified(data, old=old, new=new)
    return checked, None if solver is None else _second_word(checked.lemmas, solver)


def _second_word(lemmas: tuple[Lemma, ...], solver: SolverName) -> SecondWord:
    decided = plain = 0
    for literals, facts, axioms in lemmas:
        if is_plain(literals):
            plain += 1
            continue
        found = is_unsat(literals, facts, axioms, solver, _LIMIT_MS)
        if not found:
            why = "does not decide" if found is None else "finds a way to satisfy"
            raise RefusedCertificate(f"{solver} {why} a lemma: {told_of(literals)}")
        decided += 1
    return SecondWord(solver, decided, plain)


def _lines(checked: Checked, second: SecondWord | None) -> Iterator[str]:
    yield "VERIFIED"
    yield f"{checked.verdict}: the new policies allow nothing that the old ones do not, {_AS_FAR[checked.verdict]}"
    yield f"asked as: {safe(checked.question)}"
    yield (
        f"{plural(checked.records, 'record')}, {plural(len(checked.lemmas), 'lemma')}, "
        f"{plural(checked.clauses, 'learned clause')}"
    )
    if second is not None:
        plain = f"; {plural(second.plain, 'lemma')} needed none" if second.plain else ""
        yield f"{second.solver} refuted {plural(second.decided, 'lemma')}{plain}"
    if checked.axioms:
        yield "rests on the policies, and on what holds of every request:"
    for axiom in _axioms(checked):
        yield f"  {axiom['name']}: {axiom['says']}"
        yield f"    ({axiom['source']})"


def _axioms(checked: Checked) -> Iterator[dict[str, str]]:
    for name, (says, source) in TOLD.items():
        if name in checked.axioms:
            yield {"name": name, "says": says, "source": source}


def _fields(checked: Checked, second: SecondWord | None) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "verified": True,
        "reason": None,
        "question": checked.question,
        "verdict": checked.verdict,
        "records": checked.records,
        "lemmas": len(checked.lemmas),
        "clauses": checked.clauses,
        "axioms": list(_axioms(checked)),
        "solver": second and {"name": second.solver, "decided": second.decided, "needed_none": second.plain},
    }
