"""A proof as a document that another program can check: what was compared, and for each class why it holds.

For each class of actions, persona and way to combine policies there is one record: the tests that its lemmas speak of,
the lemmas, and the clauses that the search learned, of which each follows from what stands before it by unit
propagation, and the last is empty. `docs/reference/certificates.md` says how the formula is numbered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from leastwise.decide.policies import PolicySet, listed
from leastwise.decide.shape import Shape
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy
from leastwise.model.request import Unknown
from leastwise.prove.atoms import Atoms
from leastwise.prove.axioms import AXIOMS
from leastwise.prove.cases import Variant, cases
from leastwise.prove.checking.document import KIND, SCHEMA, catalogue_digest, digest
from leastwise.prove.classes import ActionClass, kinds
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.formula import Formula
from leastwise.prove.personas import Persona
from leastwise.prove.solve import Lemma, Refuted, Search
from leastwise.prove.verdict import Verdict
from leastwise.prove.world import World
from leastwise.prove.written import Test


def certificate(question: str, verdict: Verdict, old: Side, new: Side, options: Options) -> dict[str, object]:
    """The proof that `new` allows nothing that `old` does not, as JSON values.

    Raises RequestError when the question confines keys or leaves out principals, for which there is no certificate, and
    when a class does not hold.
    """
    if options.personas is not None:
        raise RequestError("there is no certificate of a question about some principals", help="ask about everyone")
    if options.within or options.services:
        raise RequestError("there is no certificate of a question about an audience", help="leave out --certificate")
    writer = _Writer(old, new, options)
    known = list(writer.known())
    future = list(writer.future()) if verdict is Verdict.PASS else []
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "question": question,
        "verdict": str(verdict),
        "switches": asdict(options.switches),
        "axioms": [name for name in AXIOMS if name in options.axioms],
        "old": side_document(old),
        "new": side_document(new),
        "hashes": {
            "old": digest(side_document(old)),
            "new": digest(side_document(new)),
            "catalogue": catalogue_digest(),
        },
        "personas": [persona_document(one) for one in writer.comparison.who],
        "tests": [asdict(test) for test in writer.tests],
        "known": known,
        "future": future,
    }


def side_document(side: Side) -> dict[str, object]:
    """The policies of one side as JSON values."""
    policies = side.policies
    if side.document is not None:
        return {"document": _document(side.document)}
    if policies.access_point or policies.grants or policies.acl or policies.public_access_block:
        raise RequestError(
            "there is no certificate where grants, ACLs, access points or Block Public Access decide too",
            help="leave out --certificate",
        )
    return {
        "identity": _documents(policies, "identity"),
        "boundary": None if policies.boundary is None else _documents(policies, "boundary")[0],
        "session": _documents(policies, "session"),
        "resource": _documents(policies, "resource"),
        "endpoint": _documents(policies, "endpoint"),
        "scps": [_listed(level) for level in _levels(policies.scps)],
        "rcps": [_listed(level) for level in _levels(policies.rcps)],
    }


def _levels(levels: object) -> list[object]:
    if isinstance(levels, Unknown):
        raise _unknown()
    return list(levels)  # type: ignore[call-overload, no-any-return]


def _documents(policies: PolicySet, name: str) -> list[dict[str, object]]:
    return _listed(getattr(policies, name))


def _listed(policies: object) -> list[dict[str, object]]:
    known = listed(policies)  # type: ignore[arg-type]
    if isinstance(known, Unknown):
        raise _unknown()
    return [_document(policy) for policy in known]


def _unknown() -> RequestError:
    return RequestError("there is no certificate while a policy is not known", help="give every policy")


def _document(policy: Policy) -> dict[str, object]:
    return {"kind": policy.kind, "name": policy.name, "policy": policy.document()}


def persona_document(persona: Persona) -> dict[str, object]:
    """Who asks, as JSON values."""
    return {
        "who": persona.told,
        "principal": persona.principal.arn,
        "arns": None if persona.arns is None else list(persona.arns),
        "other_than": list(persona.other_than),
    }


class _Writer:
    """The records of one question."""

    def __init__(self, old: Side, new: Side, options: Options) -> None:
        self.comparison = Comparison(old, new, options)
        self.tests: dict[Test, int] = {}

    def known(self) -> Iterator[dict[str, object]]:
        """The records of the actions that the catalogue knows."""
        for one in self.comparison.known_classes():
            yield from self._class(one)

    def future(self) -> Iterator[dict[str, object]]:
        """The records of the names that it does not know."""
        for one in self.comparison.future_classes():
            yield from self._class(one)

    def _class(self, one: ActionClass) -> Iterator[dict[str, object]]:
        comparison = self.comparison
        for number, persona in enumerate(comparison.who):
            for variant in cases(one, persona, comparison.accounts, is_document=comparison.is_document):
                for record in self._records(one, persona, variant):
                    yield {"persona": number, "variant": variant.told(), **record}

    def _records(self, one: ActionClass, persona: Persona, variant: Variant) -> Iterator[dict[str, object]]:
        comparison = self.comparison
        old, new = (plan.shape(variant.case) for plan in comparison.plans)
        world = World(None, persona, comparison.options.axioms, within=variant.within)
        names = [name.lower() for name in one.names]
        plain = self._record(old, new, replace(world, has_action_axioms=False))
        if plain is not None:
            yield {"actions": names, "action": None, **plain}
            return
        for several in kinds(one, comparison.every_key()):
            found = self._record(old, new, replace(world, action=several[0]))
            if found is None:
                raise RequestError(f"there is no proof for `{several[0].name}`", help="leave out the certificate")
            names = [action.name.lower() for action in several]
            yield {"actions": names, "action": names[0], **found}

    def _record(self, old: Shape, new: Shape, world: World) -> dict[str, object] | None:
        formula = Formula(Atoms())
        allowed = formula.shape(new)
        search = Search(formula, allowed, formula.shape(old), world, is_tagged=False)
        if not isinstance(search.next(), Refuted):
            return None
        if search.solver is None:
            return {"lemmas": [], "ties": [], "trace": []}
        return {
            "lemmas": [self._lemma(lemma) for lemma in search.lemmas],
            "ties": [[axiom, *self._numbers(formula, clause)] for axiom, clause in search.axiom_clauses],
            "trace": [list(clause) for clause in search.solver.trace],
        }

    def _lemma(self, lemma: Lemma) -> dict[str, object]:
        literals = [self._literal(claim.atom.test, claim.holds) for claim in lemma.core]
        return {"literals": literals, "axioms": sorted(lemma.axioms)}

    def _literal(self, test: Test | None, holds: bool) -> int:
        assert test is not None  # lemmas speak of what policies write
        number = self.tests.setdefault(test, len(self.tests)) + 1
        return number if holds else -number

    def _numbers(self, formula: Formula, clause: tuple[int, ...]) -> list[int]:
        """The clause over tests instead of variables."""
        return [self._literal(formula.atom_of[abs(literal)].test, literal > 0) for literal in clause]
