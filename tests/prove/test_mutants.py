"""Faults planted in the prover, one at a time: a fixed set of checks catches each.

A fault is a function of `mutation/faults.py`, planted in a process of its own; the checks are those of
`mutation/checks.py`, in their order, the quickest first. The table names the first that catches it. A fault that none
catches is a hole in the tests: it is closed by a check more, never by leaving out the fault.

================================================  ============
fault                                             caught by
================================================  ============
string like without question mark                 tables
numeric less than takes the limit                 tables
a v4 block takes v6 addresses                     tables
string not equals is not negated                  tables
if exists is ignored on an absent key             tables
for all values needs the key                      tables
a date from on leaves out its instant             tables
arn stars cross colons                            tables
arn not equals holds of no arn                    tables
case counts when it is ignored                    tables
the search leaves out a class of letters          globs
the search knows no letter but those of patterns  letters
a star makes its own state idle                   globs
a star stops at a colon                           globs
a star of one part crosses colons                 globs
words left out are forgotten                      globs
what begins otherwise is thought to match         globs
the search stops at the first branch              globs
mfa is thought to be always told                  axioms
a listed key is thought never sent                axioms
no action is thought to take a star               axioms
the account is read from the part before          axioms
lists are thought to hold one value               axioms
users are thought not to ask                      axioms
an address is thought to need no endpoint at all  axioms
dates are thought to end with the year            axioms
one of several is read as all of them             ceilings
the last deny is forgotten                        ceilings
the first ceiling is forgotten                    ceilings
a statement is taken without its last condition   axioms
a gate is not bound to its parts                  axioms
a model needs fewer claims than it does           axioms
old denies are no matter for what is covered      proofs
a not resource is read as resource                axioms
actions outside a statement are forgotten         ceilings
the last action of a pattern is left out          names
other accounts are not looked at                  layers
a learned clause loses a literal                  traces
a core loses an assumption                        clauses
a clause of two is not watched                    clauses
a lemma leaves out a claim                        certificates
a lemma does not name its axioms                  certificates
================================================  ============
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MUTATION = Path(__file__).parent / "mutation"
sys.path[:0] = [] if str(MUTATION) in sys.path else [str(MUTATION)]

from faults import FAULTS  # noqa: E402  # found by the path above

LIMIT = 900
CAUGHT = [line.rsplit(maxsplit=1) for line in (__doc__ or "").split("caught by\n")[1].splitlines()[1:-1]]
"""The rows of the table: fault, check."""


def caught(fault: str) -> list[tuple[str, str]]:
    """The first check that catches the fault, with what it found; none for none."""
    command = [sys.executable, str(MUTATION / "one.py"), fault]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT)
    return [(check, found) for check, found in json.loads(done.stdout)]


def test_every_fault_is_in_the_table() -> None:
    assert list(FAULTS) == [fault.strip().replace(" ", "_") for fault, _ in CAUGHT]
    assert len(FAULTS) >= 20


def test_every_fault_can_be_planted() -> None:
    planting = "from faults import FAULTS; [plant() for plant in FAULTS.values()]"
    subprocess.run([sys.executable, "-c", planting], cwd=MUTATION, check=True, timeout=LIMIT)


@pytest.mark.slow
def test_without_a_fault_nothing_is_caught() -> None:
    assert [] == caught("none")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(fault: str) -> None:
    assert caught(fault)
