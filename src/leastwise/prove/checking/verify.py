"""A certificate checked from the policies up: the classes, the formula, each lemma and each learned clause.

What it shares with the search is the parser, the rules by which policy types combine, and who may ask; it has its own
operators, its own algebra of values, its own reading of the axioms, its own numbering of the formula and its own check
of clauses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.decide import services
from leastwise.decide.binding import Plan
from leastwise.decide.policies import Entry
from leastwise.decide.settle import bound
from leastwise.language.values import TooHard
from leastwise.model.errors import InputError, LeastwiseError
from leastwise.model.policy import Policy
from leastwise.model.switches import DEFAULT
from leastwise.prove.accounts import accounts_in
from leastwise.prove.axioms import AXIOMS
from leastwise.prove.cases import Variant as Combination
from leastwise.prove.cases import cases
from leastwise.prove.checking.actions import future_signatures, is_known, names_action
from leastwise.prove.checking.document import (
    Certificate,
    Record,
    Variant,
    catalogue_digest,
    certificate_of,
    digest_of,
    side_of,
    switches_of,
    test_of,
)
from leastwise.prove.checking.domains import RESOURCE_ACCOUNT, Facts, about_action, facts_about
from leastwise.prove.checking.encoding import Encoding
from leastwise.prove.checking.lemmas import refuted
from leastwise.prove.checking.rup import flaw
from leastwise.prove.checking.ties import is_tie
from leastwise.prove.classes import ActionClass
from leastwise.prove.compare import Side
from leastwise.prove.personas import Persona, keys_in, personas
from leastwise.prove.written import RESOURCE, Literal, Test

Lemma = tuple[Sequence[Literal], Facts, Collection[str]]
"""The literals that cannot all be true, the requests they are about, and the axioms that this rests on."""


_FALSE: Final = -1
QUESTIONS: Final = ("no new access", "access not granted")
"""The questions that a certificate may answer, each of which asks whether new policies allow what old ones do not."""


class RefusedCertificate(LeastwiseError):  # noqa: N818  # a verdict on the document
    """The certificate does not prove what it says; the message says where."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a certificate was found to prove. `lemmas` are all that it rests on, for a solver to look at again."""

    question: str
    verdict: str
    records: int
    lemmas: tuple[Lemma, ...]
    clauses: int
    axioms: tuple[str, ...]


def verified(data: bytes, *, old: Policy | None = None, new: Policy | None = None) -> Checked:
    """What the certificate proves; raises RefusedCertificate when it does not, InputError when it is none.

    With `old` or `new`, it must be about these documents.
    """
    read = certificate_of(data)
    checker = _Checker(read)
    checker.are_the_hashes_right()
    for given, held in ((old, checker.old), (new, checker.new)):
        if given is not None and (held.document is None or held.document.document() != given.document()):
            raise RefusedCertificate("the certificate is about other policies than those given")
    return checker.checked()


class _Checker:
    """One certificate, and what is rebuilt from its policies."""

    def __init__(self, read: Certificate) -> None:
        self.read = read
        self.old, self.new = (side_of(raw) for raw in (read.old, read.new))
        self.switches = switches_of(read.switches)
        self.axioms = frozenset(read.axioms)
        self.tests = [test_of(one) for one in read.tests]
        self.plans = [bound(side.policies, self.switches).plan for side in (self.old, self.new)]
        self.is_document = self.old.is_document and self.new.is_document
        self.has_layers = not self.is_document or "rcp" in _kinds(self.plans)
        named = [list(_named(plan, side)) for plan, side in zip(self.plans, (self.old, self.new), strict=True)]
        self.entries = list(dict.fromkeys(entry for entries in named for entry in entries))
        self.asking = named[1]
        self.background = [entry for plan in self.plans for entry in plan.entries() if entry not in set(self.entries)]
        keys = frozenset(key for entry in self.entries for key in keys_in(entry))
        self.who = personas(self.entries, keys=keys, is_document=self.is_document)
        try:
            self.accounts = accounts_in(self.entries)
        except TooHard as error:
            raise InputError(f"the policies in the certificate cannot be compared: {error}") from None
        self.lemmas: list[Lemma] = []
        self.clauses = 0
        self._plain: dict[object, bool] = {}

    def are_the_hashes_right(self) -> None:
        """The digests are those of what the certificate holds, and of this catalogue."""
        found = {"old": digest_of(self.read.old), "new": digest_of(self.read.new), "catalogue": catalogue_digest()}
        for name, digest in found.items():
            if self.read.hashes.get(name) != digest:
                raise RefusedCertificate(f"the digest of `{name}` is not that of what it stands for")
        unknown = self.axioms - frozenset(AXIOMS)
        if unknown:
            raise RefusedCertificate(f"there is no axiom `{min(unknown)}`")
        for name in _ONE_READING:
            if getattr(self.switches, name) != getattr(DEFAULT, name):
                raise RefusedCertificate(f"the certificate rests on another position of `{name}`, which is not checked")

    def checked(self) -> Checked:
        """Every class of requests is covered, and each record holds."""
        self._are_the_personas_right()
        self._is_known_covered()
        if self.read.question not in QUESTIONS:
            raise RefusedCertificate(f"there is no certificate for `{self.read.question}`")
        if self.read.verdict == "PASS":
            self._is_future_covered()
        elif self.read.verdict != "PASS_FOR_KNOWN_ACTIONS":
            raise RefusedCertificate(f"a certificate cannot say `{self.read.verdict}`")
        records = [*self.read.known, *self.read.future]
        for number, record in enumerate(records, 1):
            fault = self._fault_of(record)
            if fault:
                raise RefusedCertificate(f"record {number}, {', '.join(record.actions[:3])}: {fault}")
        axioms = {name for _, _, names in self.lemmas for name in names}
        axioms |= {str(tie[0]) for record in records for tie in record.ties if tie[0]}
        told = tuple(name for name in AXIOMS if name in axioms & self.axioms)
        return Checked(self.read.question, self.read.verdict, len(records), tuple(self.lemmas), self.clauses, told)

    def _are_the_personas_right(self) -> None:
        ours = [(one.principal.arn, list(one.arns) if one.arns else None, list(one.other_than)) for one in self.who]
        if ours != [(one.principal, one.arns, one.other_than) for one in self.read.personas]:
            raise RefusedCertificate("the principals looked at are not all who may ask")

    def _about(self, action: str) -> frozenset[Entry]:
        return frozenset(entry for entry in self.entries if names_action(entry.statement, action))

    def _is_known_covered(self) -> None:
        """Each known action that the new policies may allow is in a record for each persona and variant."""
        held = _by_action(self.read.known)
        for action in _known_actions():
            about = self._about(action)
            if self._may_be_allowed(about):
                self._is_covered(action, about, held.get(action, set()))

    def _is_future_covered(self) -> None:
        """Each way in which statements may be about an unknown action is that of a record's example."""
        held: dict[object, set[tuple[int, Variant]]] = {}
        for record in self.read.future:
            for action in record.actions:
                if is_known(action):
                    raise RefusedCertificate(f"`{action}` is known, and stands among the unknown")
                kind = self._about(action), self._rules_of(action)
                held.setdefault(kind, set()).add((record.persona, record.variant))
        for example, about in future_signatures(self.entries, self._services()):
            if self._may_be_allowed(about):
                self._is_covered(example, about, held.get((about, self._rules_of(example)), set()))

    def _services(self) -> tuple[str, ...]:
        """The services to which rules of their own apply, of whose unknown actions none may be left out."""
        free = tuple(prefix.rstrip(":") for prefix in services.UNBOUND_BY_SCPS)
        return (*load_catalogue().header.rcp_prefixes, *free) if self.has_layers else ()

    def _rules_of(self, action: str) -> tuple[object, ...]:
        return _rules_of(action, has_layers=self.has_layers)

    def _may_be_allowed(self, about: Collection[Entry]) -> bool:
        everything = not self.is_document or any(entry.policy.kind == "rcp" for entry in self.asking)
        return everything or any(entry in about and not entry.is_deny for entry in self.asking)

    def _is_covered(self, action: str, about: frozenset[Entry], held: Collection[tuple[int, Variant]]) -> None:
        rules = self._rules_of(action)
        for number, persona in enumerate(self.who):
            for found in self._combinations(action, about, persona):
                way = number, _told_of(found)
                if way in held:
                    continue
                name = about, rules, way
                if name not in self._plain:
                    self._plain[name] = self._is_plain(found)
                if not self._plain[name]:
                    raise RefusedCertificate(f"nothing is shown of `{action}` by {persona.told}")

    def _combinations(self, action: str, about: frozenset[Entry], persona: Persona) -> Iterator[Combination]:
        one = ActionClass(0, about | frozenset(self.background), action)
        return cases(one, persona, self.accounts, is_document=self.is_document)

    def _is_plain(self, found: Combination) -> bool:
        """Whether nothing need be shown: the new policies never allow, the old always do, or both say the same."""
        allowed, refused = self._goal(Encoding(), found)
        return allowed == _FALSE or refused == _FALSE or allowed == -refused

    def _goal(self, encoding: Encoding, found: Combination) -> tuple[int, int]:
        """That the new policies allow, and that the old do not."""
        old, new = (plan.shape(found.case) for plan in self.plans)
        return encoding.shape(new), -encoding.shape(old)

    def _fault_of(self, record: Record) -> str:
        """Why the record does not hold; empty when it does."""
        if not 0 <= record.persona < len(self.who) or not record.actions:
            return "it is about nobody, or about nothing"
        abouts = {self._about(action) for action in record.actions}
        rules = {self._rules_of(action) for action in record.actions}
        if len(abouts) != 1 or len(rules) != 1:
            return "its actions are not of one class"
        (about,) = abouts
        if record.action is not None and not self._are_alike(record):
            return "its actions have other resources or keys than the one looked at"
        persona = self.who[record.persona]
        ways = self._combinations(record.actions[0], about, persona)
        found = next((way for way in ways if _told_of(way) == record.variant), None)
        if found is None:
            return "policies do not combine so"
        encoding = Encoding()
        given = self._goal(encoding, found), list(_of_accounts(found, persona))
        return self._fault_of_clauses(record, persona, encoding, given)

    def _are_alike(self, record: Record) -> bool:
        """Whether what the catalogue says of the record's actions is the same."""
        told = {about_action(action, tuple(sorted({test.on for test in self.tests}))) for action in record.actions}
        return len(told) == 1 and record.action in record.actions

    def _fault_of_clauses(
        self, record: Record, persona: Persona, encoding: Encoding, given: tuple[Sequence[int], Sequence[Literal]]
    ) -> str:
        goal, about_accounts = given
        facts = facts_about(record.action, persona, sorted({test.on for test in self.tests}))
        clauses = [*encoding.clauses, *([literal] for literal in goal)]
        for tie in record.ties:
            literals = self._literals(tie[1:])
            if literals is None or not is_tie(tie[0], literals, self.axioms):
                return "it ties keys that nothing ties"
            clauses.append([encoding.literal(test, holds=holds) for test, holds in literals])
        for lemma in record.lemmas:
            literals = self._literals(lemma.literals)
            if literals is None or not set(lemma.axioms) <= self.axioms:
                return "a lemma speaks of what is not there"
            shown = self._shown(literals, facts, lemma.axioms, about_accounts)
            if shown is None:
                return f"a lemma is not shown: {told_of(literals)}"
            self.lemmas.append(shown)
            clauses.append([-encoding.literal(test, holds=holds) for test, holds in literals])
        trace = [tuple(clause) for clause in record.trace] or [()]
        self.clauses += len(trace)
        wrong = flaw([tuple(clause) for clause in clauses], trace)
        return f"a clause does not follow: {wrong}" if wrong else ""

    def _shown(
        self, literals: list[Literal], facts: Facts, axioms: Collection[str], about_accounts: Sequence[Literal]
    ) -> Lemma | None:
        """The lemma as it was refuted, by itself or with what the record says of accounts; None when it was not."""
        if refuted(literals, facts=facts, axioms=axioms):
            return literals, facts, axioms
        keys = {test.on for test, _ in literals}
        known = [*literals, *(one for one in about_accounts if keys & _BUCKET_OF[one[0].on])]
        more = {*axioms, *({"resource-account"} & self.axioms)}
        if keys == {RESOURCE}:  # it has an owner, as the record says, whether a key tells it or not
            known = [*literals, *(_sent(one) for one in about_accounts if one[0].on == RESOURCE_ACCOUNT)]
            more = {*axioms, "resource-account"}
        return (known, facts, more) if refuted(known, facts=facts, axioms=more) else None

    def _literals(self, numbers: Sequence[object]) -> list[Literal] | None:
        found: list[Literal] = []
        for number in numbers:
            if not isinstance(number, int) or not 0 < abs(number) <= len(self.tests):
                return None
            found.append((self.tests[abs(number) - 1], number > 0))
        return found


_ONE_READING: Final = (
    "arn_star_crosses_colon",
    "wildcard_in_resource_type",
    "variable_in_arn_account",
    "bool_many_values",
    "empty_string_is_null",
    "bare_operator_on_list",
)
"""Switches by which tests themselves mean something else: here they have the meaning of the default position."""

_BUCKET_OF: Final[Mapping[str, frozenset[str]]] = {
    "aws:resourceaccount": frozenset({"aws:resourceaccount", RESOURCE}),
    "aws:principalarn": frozenset({"aws:principalarn", "aws:principalaccount", "kms:calleraccount"}),
}


def _told_of(found: Combination) -> Variant:
    return Variant(found.case.is_same_account, found.case.is_key, found.account)


def _of_accounts(found: Combination, persona: Persona) -> Iterator[Literal]:
    """What a way to combine policies says of the accounts of principal and resource, so far as it says anything."""
    confined = {key for key, _ in found.within}
    account = found.account or persona.principal.account
    if "aws:principalarn" in confined:
        yield Test("aws:principalarn", "ArnLikeIfExists", (f"arn:*:*::{account}:*",), has_variables=False), True
    if "aws:resourceaccount" in confined:
        operator = "StringEqualsIfExists" if found.case.is_same_account else "StringNotEquals"
        yield Test("aws:resourceaccount", operator, (account,), has_variables=False), True


def _sent(literal: Literal) -> Literal:
    """The same of a key that is there."""
    test, holds = literal
    return (replace(test, operator=test.operator.removesuffix("IfExists")), holds)


def told_of(literals: Sequence[Literal]) -> str:
    """The literals in words."""
    said = (f"{test.operator} {test.on} {list(test.values)}{'' if holds else ' not'}" for test, holds in literals)
    return "; ".join(said)


def _by_action(records: Sequence[Record]) -> dict[str, set[tuple[int, Variant]]]:
    found: dict[str, set[tuple[int, Variant]]] = {}
    for record in records:
        for action in record.actions:
            found.setdefault(action, set()).add((record.persona, record.variant))
    return found


def _known_actions() -> Iterator[str]:
    catalogue = load_catalogue()
    for prefix in catalogue.prefixes:
        service = catalogue.service(prefix)
        yield from (action.name.lower() for action in service.actions.values()) if service else ()


def _rules_of(action: str, *, has_layers: bool) -> tuple[object, ...]:
    """The rules of single services that decide how policies combine for the action."""
    own = (
        services.PROVIDER_ACTIONS.get(action),
        action in services.NEVER_DENIED,
        action in services.NO_PERMISSION,
        action in services.BUCKET_POLICY_ACTIONS,
        action in services.ROLE_ACTIONS,
    )
    if not has_layers:
        return own
    prefix, _, name = action.partition(":")
    is_bound = prefix in load_catalogue().header.rcp_prefixes
    is_free = action in services.UNBOUND_BY_RCPS, action.startswith(services.UNBOUND_BY_SCPS)
    return (
        *own,
        is_bound,
        *is_free,
        prefix == "kms",
        prefix == "s3",
        prefix == "kms" and name in services.GRANT_OPERATIONS,
    )


def _kinds(plans: Iterable[Plan]) -> set[str]:
    return {entry.policy.kind for plan in plans for entry in plan.entries()}


def _named(plan: Plan, side: Side) -> Iterator[Entry]:
    """The statements of the policies themselves, without those that stand round a document alone."""
    for entry in plan.entries():
        if side.document is None or entry.policy is side.document:
            yield entry
