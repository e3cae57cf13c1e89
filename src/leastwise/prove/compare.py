"""The search behind every question: a request that the new policies allow and the old ones do not."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final

from leastwise.catalogue.services import Action
from leastwise.decide.binding import Plan
from leastwise.decide.policies import Entry, PolicySet
from leastwise.decide.settle import bound
from leastwise.decide.shape import Shape
from leastwise.language.values import TooHard
from leastwise.model.decision import DEPENDS
from leastwise.model.policy import Policy, Statement
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.accounts import accounts_in
from leastwise.prove.actions import action_index
from leastwise.prove.atoms import NO_PINS, Atoms, Pins
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.cases import Variant, Within, cases
from leastwise.prove.classes import ActionClass, Asked, apart_by_layer, kinds, known_classes, profiles, services_apart
from leastwise.prove.formula import Formula
from leastwise.prove.future import future_classes
from leastwise.prove.personas import Persona, keys_in, personas
from leastwise.prove.solve import Lemma, Meter, Model, Outside, Refuted, Search, Undecided
from leastwise.prove.variables import letters_world, likely_values, may_stand_in, stand_ins
from leastwise.prove.verdict import Gap
from leastwise.prove.witness import (
    MismatchError,
    Replayed,
    is_of_a_known_form,
    is_of_the_accounts,
    replayed,
    request_of,
    unmet,
)
from leastwise.prove.world import World, is_on_one_of
from leastwise.prove.written import RESOURCE

_BLOCKED: Final = 20
"""Models that are looked past because they turn on what is not known."""
_DOUBTS: Final = 3
"""What may stay open in one class of actions before no more of it is looked at."""

_EVERYTHING: Final = Statement(None, ("*",), ("*",))
ALL_IDENTITY: Final = Policy((_EVERYTHING,), "identity", name="everything")
ALL_RESOURCE: Final = Policy((replace(_EVERYTHING, principals={"AWS": ("*",)}),), "resource", name="everyone")
FULL_RCP: Final = Policy((replace(_EVERYTHING, principals={"AWS": ("*",)}),), "rcp", name="RCPFullAWSAccess")
_OURS: Final = frozenset(map(id, (ALL_IDENTITY, ALL_RESOURCE, FULL_RCP)))


@dataclass(frozen=True, slots=True)
class Side:
    """Policies as they are asked: a set that binds requests, or one document that decides alone."""

    policies: PolicySet
    document: Policy | None = None

    @property
    def is_document(self) -> bool:
        """Whether it is one document that decides alone."""
        return self.document is not None

    @classmethod
    def of(cls, given: Policy | PolicySet) -> Side:
        """The policies as a side; a document is put where nothing else limits or grants."""
        if isinstance(given, PolicySet):
            return cls(given)
        if given.kind == "rcp":
            return cls(PolicySet(identity=ALL_IDENTITY, resource=ALL_RESOURCE, rcps=[[FULL_RCP, given]]), given)
        return cls(PolicySet(identity=ALL_IDENTITY, resource=ALL_RESOURCE, endpoint=given), given)


@dataclass(frozen=True)
class Options:
    """How a question is asked: readings, axioms, who asks, what keys are confined to, and how much is told.

    `owner` is the account of the resources, where the question is about those of one alone.
    """

    switches: Switches = DEFAULT
    axioms: frozenset[Axiom] = ALL
    personas: tuple[Persona, ...] | None = None
    within: Within = ()
    services: tuple[str, ...] = ()
    outside: Outside | None = None
    every_action: bool = False
    first_gap_alone: bool = False
    owner: str | None = None


@dataclass(frozen=True)
class _Combined:
    """The two sides as they combine for a class of actions and who asks, as one formula: what is allowed, what granted.

    `lemmas` are what searches learned that holds for every action of the class.
    """

    old: Shape
    new: Shape
    formula: Formula
    allowed: int
    granted: int
    lemmas: list[Lemma] = field(default_factory=list)

    @classmethod
    def of(cls, old: Shape, new: Shape, pins: Pins = NO_PINS) -> _Combined:
        """The shapes as a formula, with policy variables filled from the pins."""
        formula = Formula(Atoms(pins))
        allowed = formula.shape(new)
        return cls(old, new, formula, allowed, formula.shape(old))

    def keep(self, search: Search) -> None:
        """Keep what the search learned for those that follow."""
        self.lemmas.extend(one for one in search.lemmas[len(self.lemmas) :] if one.is_of_any_action)


@dataclass
class Comparison:
    """One question in the asking, and what has been found."""

    old: Side
    new: Side
    options: Options
    gaps: list[Gap] = field(default_factory=list)
    doubts: dict[str, None] = field(default_factory=dict)
    axioms: set[str] = field(default_factory=set)
    classes: int = 0
    stood_in: bool = False
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        switches = self.options.switches
        self.plans = (bound(self.old.policies, switches).plan, bound(self.new.policies, switches).plan)
        self.entries = [_own(plan) for plan in self.plans]
        every = [entry for entries in self.entries for entry in entries]
        self.background = frozenset(e for plan in self.plans for e in plan.entries() if id(e.policy) in _OURS)
        self.keys = frozenset(key for entry in every for key in keys_in(entry))
        self.accounts = self._accounts(every)
        numbers: dict[Hashable, int] = {}
        self.meanings = {entry: numbers.setdefault(entry.meaning, len(numbers)) for entry in every}
        self.who = self.options.personas or tuple(personas(every, keys=self.keys, is_document=self.is_document))

    def _accounts(self, entries: Iterable[Entry]) -> tuple[str, ...]:
        try:
            return accounts_in(entries)
        except TooHard as error:
            self.doubts[f"account numbers: {error}"] = None
            return ()

    @property
    def is_document(self) -> bool:
        """Whether each side is one document that decides alone."""
        return self.old.is_document and self.new.is_document

    @property
    def has_layers(self) -> bool:
        """Whether policies bind that do not bind every service: SCPs and RCPs, those of an RCP by itself among them."""
        return not self.is_document or any(entry.policy.kind == "rcp" for entries in self.entries for entry in entries)

    def known(self) -> None:
        """Look through the actions that the catalogue knows."""
        for one in self.known_classes():
            self.one_class(one)
            if self._is_done():
                return

    def future(self) -> None:
        """Look through action names that the catalogue does not know."""
        try:
            for one in self.future_classes():
                self.one_class(one)
                if self._is_done():
                    return
        except TooHard as error:
            self.doubts[f"action names: {error}"] = None

    def known_classes(self) -> Iterator[ActionClass]:
        """The catalogue's actions that the new policies may allow, in classes."""
        region = self._region()
        if self.options.services:
            region &= reduce(or_, map(action_index().bits_of, (f"{one}:*" for one in self.options.services)))
        found: Iterable[ActionClass] = known_classes(self._every_entry(), region)
        for one in apart_by_layer(found) if self.has_layers else found:
            yield replace(one, about=one.about | self.background)

    def future_classes(self) -> Iterator[ActionClass]:
        """The names that the catalogue does not know and the new policies may allow, in classes. Raises TooHard."""
        services = self.options.services or (services_apart() if self.has_layers else ())
        entries = self._every_entry()
        asking = [entry for entry in self.entries[1] if not entry.is_deny]
        if self._may_allow_all():
            asking += list(self.background)
            entries += list(self.background)
        for one in future_classes(entries, asking, services):
            if not self.options.services or one.example.partition(":")[0] in self.options.services:
                yield replace(one, about=one.about | self.background)

    def _every_entry(self) -> list[Entry]:
        return list(dict.fromkeys(entry for entries in self.entries for entry in entries))

    def _may_allow_all(self) -> bool:
        """Whether the new policies may allow what no statement of theirs allows."""
        document = self.new.document
        return document is None or document.kind == "rcp"

    def _is_done(self) -> bool:
        return self.options.first_gap_alone and bool(self.gaps)

    def _region(self) -> int:
        """The actions that the new policies may allow."""
        index = action_index()
        if self._may_allow_all():
            return index.everything
        region = 0
        for entry in self.entries[1]:
            if not entry.is_deny:
                region |= index.bits_of_statement(entry.statement)
        return region

    def one_class(self, one: ActionClass) -> None:
        """Look for requests of one class of actions, by everyone who may ask."""
        self.classes += 1
        if self._is_covered(one):
            return
        for persona in self.who:
            for variant in cases(one, persona, self.accounts, is_document=self.is_document):
                if self._is_of_the_owner(persona, variant):
                    self._case(one, persona, variant)
                if self._is_done():
                    return

    def _is_of_the_owner(self, persona: Persona, variant: Variant) -> bool:
        """Whether principal and resource share an account just when the owner that the question tells has it so."""
        owner = self.options.owner
        account = variant.account or persona.principal.account
        return owner is None or self.is_document or variant.case.is_same_account is (account == owner)

    def _is_covered(self, one: ActionClass) -> bool:
        """Whether the old document has every Allow of the new one for the class as it is, and no Deny more."""
        if not self.is_document:
            return False
        old, new = (self._said(entry for entry in entries if entry in one.about) for entries in self.entries)
        return new[0] <= old[0] and old[1] <= new[1]

    def _said(self, entries: Iterable[Entry]) -> tuple[set[int], set[int]]:
        """What the Allow statements say and what the Deny statements say, apart from their actions."""
        said: tuple[set[int], set[int]] = set(), set()
        for entry in entries:
            said[entry.is_deny].add(self.meanings[entry])
        return said

    def _case(self, one: ActionClass, persona: Persona, variant: Variant) -> None:
        old, new = (plan.shape(variant.case) for plan in self.plans)
        options = self.options
        within = (*options.within, *variant.within)
        is_same = variant.case.is_same_account if variant.within or not self.is_document else None
        world = World(None, persona, options.axioms, within=within, is_same_account=is_same)
        both = _Combined.of(old, new)
        if one.bits.bit_count() != 1:  # many actions may be settled at once, without what is known of each
            search = self._search(both, replace(world, has_action_axioms=False))
            answer = search.next()
            if isinstance(answer, Refuted):
                self.axioms |= answer.axioms
                return
            both.keep(search)
        if not one.bits:
            self._settled(world, both, one.example, one.names, is_every=True)
            return
        self._profiles(one, world, both)

    def _profiles(self, one: ActionClass, world: World, both: _Combined) -> None:
        open_before = len(self.doubts)
        for action, names in self._kinds(one, self._asked(both.formula)):
            if len(self.doubts) - open_before >= _DOUBTS:
                return
            is_every = self.options.every_action
            is_found = self._settled(replace(world, action=action), both, action.name, names, is_every=is_every)
            if is_found and not is_every:
                return

    def _kinds(self, one: ActionClass, asked: Asked) -> Iterator[tuple[Action, tuple[str, ...]]]:
        """An action of each kind that the new policies may allow, and the actions that it speaks for."""
        services = self._services(one) if self.is_document and "resources" in self.options.axioms else None
        found: Iterable[tuple[Action, tuple[str, ...]]] = (
            ((several[0], tuple(action.name for action in several)) for several in kinds(one, asked))
            if self.options.every_action
            else ((action, names) for names in (one.names,) for action in profiles(one, asked, services or ()))
        )
        for action, names in found:
            if services is None or is_on_one_of(action, services):
                yield action, names
            else:
                self.axioms.add("resources")

    def _asked(self, formula: Formula) -> Asked:
        """What the formula asks of requests, as far as actions differ in it."""
        keys = {atom.key for atom in formula.variable_of} | {v.key for v in formula.atoms.variables()}
        sent = sorted(keys - {RESOURCE, ""}) if "sent-keys" in self.options.axioms else []
        return Asked(tuple(sent), bool(keys & {RESOURCE, "aws:resourceaccount"}))

    def every_key(self) -> Asked:
        """What any of the statements asks of requests."""
        return Asked(tuple(sorted(self.keys)) if "sent-keys" in self.options.axioms else ())

    def _services(self, one: ActionClass) -> tuple[str, ...] | None:
        """The services that the resources of the new Allow statements name; None where one may be of any service."""
        if self._may_allow_all():
            return None
        found: dict[str, None] = {}
        for entry in self.entries[1]:
            if entry not in one.about or entry.is_deny:
                continue
            if entry.statement.is_not_resource or not entry.statement.has_resource:
                return None
            for text in entry.statement.resources:
                part = text.split(":", 3)
                if len(part) < 3 or not part[2] or set(part[2]) & {"*", "?", "$"}:
                    return None
                found[part[2]] = None
        return tuple(found)

    def _search(self, both: _Combined, world: World) -> Search:
        return Search(
            both.formula,
            both.allowed,
            both.granted,
            world,
            lemmas=list(both.lemmas),
            outside=self.options.outside,
            meter=self.meter,
        )

    def _pinned(self, both: _Combined, world: World, pins: Pins) -> Search:
        return self._search(_Combined.of(both.old, both.new, pins), replace(world, pins=pins))

    def _settled(self, world: World, both: _Combined, action: str, names: tuple[str, ...], *, is_every: bool) -> bool:
        """Whether a gap was found for the action and its like; a doubt is kept where that is not known."""
        found = self._shown(world, both, action)
        if isinstance(found, tuple):
            model, shown = found
            is_known_form = is_of_a_known_form(shown.request, world)
            told = world.persona.told if len(self.who) > 1 else ""
            gap = Gap.of(names, told, model, shown, is_every_action=is_every, is_known_form=is_known_form)
            self._add(gap)
            return True
        if isinstance(found, Refuted):
            self.axioms |= found.axioms
        else:
            self.doubts.update(dict.fromkeys(f"{action}: {why}" for why in found.why))
        return False

    def _add(self, gap: Gap) -> None:
        """The gap, or one more principal to one that says the same."""
        for number, known in enumerate(self.gaps):
            if (known.actions, known.when, known.is_every_action) == (gap.actions, gap.when, gap.is_every_action):
                who = known.who if gap.who in known.who.split(", ") else f"{known.who}, {gap.who}"
                self.gaps[number] = replace(known, who=who)
                return
        self.gaps.append(gap)

    def _shown(self, world: World, both: _Combined, action: str) -> tuple[Model, Replayed] | Refuted | Undecided:
        search = self._search(both, world)
        found = self._first(search, action)
        both.keep(search)
        if not isinstance(found, Undecided):
            return found
        atoms = both.formula.atoms
        if not atoms.variables():
            return found
        if self.is_document and may_stand_in(atoms, both.old, both.new, self.options.switches, world):
            answers = [self._pinned(both, letters_world(world, pins), pins).next() for pins in stand_ins(atoms)]
            if all(isinstance(answer, Refuted) for answer in answers):
                self.stood_in = True
                axioms = frozenset(name for answer in answers if isinstance(answer, Refuted) for name in answer.axioms)
                return Refuted(axioms)
        for pins in likely_values(atoms, world):
            pinned = self._first(self._pinned(both, world, pins), action)
            if isinstance(pinned, tuple):
                return pinned
        return found

    def _first(self, search: Search, action: str) -> tuple[Model, Replayed] | Refuted | Undecided:
        """The first model that a request confirms."""
        for _ in range(_BLOCKED):
            answer = search.next()
            if not isinstance(answer, Model):
                return answer
            if answer.opaque:
                search.block(answer, _opaque_told(answer))
                continue
            for told, model in (search.coarsest(answer), (answer, answer)):
                request = request_of(model, search.world, action)
                shown = replayed(request, self.old.policies, self.new.policies, self.options.switches)
                if shown.shows_access:
                    return told, shown
            if DEPENDS in (shown.old, shown.new):
                search.block(answer, f"what becomes of {request.action} on `{request.resource}` is not known")
                continue
            missed = unmet(answer, request, self.options.switches)
            if not missed and is_of_the_accounts(request, search.world):
                raise MismatchError(f"{request} was to be allowed by the new alone; it is {shown.new}, and {shown.old}")
            keys = sorted({claim.atom.key for claim in missed}) or ["aws:ResourceAccount"]
            search.block(answer, f"keys that belong together: {', '.join(keys)}")
        return Undecided((*search.doubts, "too many requests turn on what is not known"))


def _own(plan: Plan) -> list[Entry]:
    return [entry for entry in plan.entries() if id(entry.policy) not in _OURS]


def _opaque_told(model: Model) -> str:
    variables = dict.fromkeys(v.text for claim in model.opaque for v in claim.atom.variables)
    if variables:
        return f"the policy variable {', '.join(f'`{text}`' for text in variables)}"
    return ", ".join(str(claim.atom) for claim in model.opaque)
