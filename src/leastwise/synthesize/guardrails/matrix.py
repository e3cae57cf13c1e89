"""Risk scenarios against policy types: what each layer stops by itself, for each principal, and where nothing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final, Literal

from leastwise.decide.policies import Levels, PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import has_account, organization_keys
from leastwise.estate.documents import Parsed
from leastwise.estate.tree import Level
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Policy
from leastwise.model.request import UNKNOWN, Principal, Request
from leastwise.synthesize.guardrails.bearing import Asker, Bearings, facts_of
from leastwise.synthesize.guardrails.reaching import EVERY_KEY, Confirmed, Reached, Reaching, is_key
from leastwise.synthesize.guardrails.risks import Risk
from leastwise.synthesize.guardrails.stops import (
    ALL,
    EVERYTHING,
    Asked,
    Found,
    Spoken,
    Stopped,
    Stops,
    Within,
    difference,
    example,
    leaving,
    passes,
    spoken,
    spoken_by_levels,
    stops,
    unbound_by_rcps,
    unbound_by_scps,
)

Layer = Literal["scp", "rcp", "boundary", "session", "identity", "resource", "endpoint"]
LAYERS: Final[tuple[Layer, ...]] = ("scp", "rcp", "boundary", "session", "identity", "resource", "endpoint")
Standing = Literal["several layers", "one layer", "together", "gap", "unknown"]
STANDINGS: Final[tuple[Standing, ...]] = ("several layers", "one layer", "together", "gap", "unknown")
_ABSOLUTE: Final[tuple[Layer, ...]] = ("scp", "rcp", "resource", "endpoint")
"""Layers that no policy of a resource can make up for."""

Cells = tuple[Stops, ...]
"""What each of the layers stops, in their order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a scenario stands for a principal: by each layer, and by all of them.

    `witness` is a request of a gap, which the estate's policies allow. `why` says what is not known, or what lets the
    request past a layer that would stop it.
    """

    cells: Cells
    standing: Standing
    witness: Request | None = None
    why: tuple[str, ...] = ()

    @property
    def stopping(self) -> tuple[Layer, ...]:
        """The layers that stop every request of it."""
        return tuple(layer for layer, cell in zip(LAYERS, self.cells, strict=True) if cell == "all")


@dataclass(frozen=True, slots=True)
class Row:
    """A principal, or whoever is outside, as seen by an account; `answers` are those to the risks, in their order."""

    principal: str
    account: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Given:
    """Policies that requests meet besides those of the estate: a session policy, and a VPC endpoint of the estate."""

    session: Policy | None = None
    endpoint: str | None = None


NOTHING_GIVEN: Final = Given()


@dataclass(frozen=True, slots=True)
class _Held:
    """One layer of a principal: the numbers of its policies by level, what it says, and why it is not all known.

    `numbers` is None where it is not known which policies there are.
    """

    numbers: tuple[tuple[int, ...], ...] | None
    said: Spoken
    cell: Stops | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """A principal as it is asked about; equal ones have equal `key`s."""

    asker: Asker
    layers: tuple[_Held, ...]
    within: Within
    key: tuple[object, ...]


_Single = Literal["boundary", "session", "identity", "endpoint"]
_ASKED: Final[tuple[Layer, ...]] = ("scp", "rcp", "boundary", "session", "identity", "endpoint")


@dataclass
class Matrix:
    """The work on one estate; equal questions are asked once."""

    estate: Estate
    risks: Sequence[Risk]
    given: Given = NOTHING_GIVEN
    bearings: Bearings = field(default_factory=Bearings)
    _cells: dict[tuple[object, ...], Stopped] = field(default_factory=dict)
    _wholes: dict[tuple[object, ...], Found] = field(default_factory=dict)
    _classes: dict[tuple[object, ...], int] = field(default_factory=dict)
    _sets: dict[tuple[object, ...], PolicySet] = field(default_factory=dict)
    _asked: dict[tuple[object, ...], Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.regions = regions_of(self.estate)
        self.about = reduce(or_, (risk.bits for risk in self.risks), 0)
        self.wanted = [risk.wanted for risk in self.risks if not all("*" in one.resources for one in risk.requests)]
        self.reaching = Reaching(self.estate, self.bearings, self.given.session, self.given.endpoint)

    def rows(self, principals: Iterable[str]) -> Iterator[Row]:
        """A row for each principal, given by its ARN."""
        for arn in principals:
            who = self.estate.principal(arn)
            case = self._case(who)
            on = self.reaching.on(case.asker)
            yield Row(arn, who.account, tuple(self._answer(risk, case, on) for risk in self.risks))

    def _answer(self, risk: Risk, case: _Case, on: Reached) -> Answer:
        layers = dict(zip(_ASKED, case.layers, strict=True))
        found = {layer: self._cell(risk, case, layer, held) for layer, held in layers.items()}
        found["resource"] = Stopped(*self.reaching.cell(risk, case.asker, on))
        cells = tuple(found[layer].cell for layer in LAYERS)
        stopping = [layer for layer, cell in zip(LAYERS, cells, strict=True) if cell == "all"]
        why = tuple(text for layer in LAYERS if found[layer].cell == "unknown" for text in found[layer].why)
        if not stopping:
            together = self._whole(risk, case, cells, why)
            return together if together.standing == "gap" else self._with_granted(risk, case, on, together)
        alone = Answer(cells, "several layers" if len(stopping) > 1 else "one layer", None, why)
        is_final = any(layer in _ABSOLUTE for layer in stopping)
        return alone if is_final else self._with_granted(risk, case, on, alone)

    def _with_granted(self, risk: Risk, case: _Case, on: Reached, otherwise: Answer) -> Answer:
        """The answer, where a resource's own policy, grant or ACL may let in what identity policies leave out."""
        past = self.reaching.granted(risk, case.asker, on)
        if past.witness is not None:
            told: Cells = tuple("part" if cell == "all" else cell for cell in otherwise.cells)
            return Answer(told, "gap", past.witness, past.why)
        why = tuple(dict.fromkeys((*otherwise.why, *past.why)))
        is_open = bool(past.why) or otherwise.cells[LAYERS.index("resource")] == "unknown"
        return replace(otherwise, standing="unknown", why=why) if is_open else otherwise

    def _whole(self, risk: Risk, case: _Case, cells: Cells, why: tuple[str, ...]) -> Answer:
        """The answer of all layers together, where none of them stops the scenario by itself."""
        found = self._asked_of_all(risk, case)
        if found.is_none:
            return Answer(cells, "together", None, why)
        if found.witness is None:
            return Answer(cells, "unknown", None, tuple(dict.fromkeys((*why, *found.why))))
        shown = self._shown(risk, case, found.witness)
        if shown.witness is not None:
            return Answer(cells, "gap", shown.witness)
        return Answer(cells, "together" if shown.is_none else "unknown", None, tuple(dict.fromkeys((*why, *shown.why))))

    def _shown(self, risk: Risk, case: _Case, witness: Request) -> Confirmed:
        """A request that the estate allows; where the witness is none, of one on another resource."""
        passed: tuple[str, ...] = ()
        why: tuple[str, ...] = ()
        while True:
            shown = self._there(risk, case, witness)
            if shown.witness is not None:
                return shown
            why = (*why, *shown.why)
            passed = (*passed, self._passed(case, witness))
            if not passed[-1] or len(passed) > _MOST_PASSED:
                return Confirmed(why=why)
            found = self._besides(risk, case, passed)
            if found.witness is None:
                return Confirmed(is_none=found.is_none and not why, why=(*why, *found.why))
            witness = found.witness

    def _there(self, risk: Risk, case: _Case, witness: Request) -> Confirmed:
        """The witness as the estate allows it, or another one on the same resource, or on one of the keys."""
        shown = self.reaching.confirmed(witness, case.asker)
        held = self.reaching.held(witness, case.asker)
        if shown.witness is not None or (held is None and not is_key(witness)):
            return shown
        if is_key(witness):
            return self.reaching.on_keys(risk, case.asker)
        assert held is not None  # a resource without a policy of its own is settled above
        return self.reaching.on_one(risk, case.asker, held)

    def _passed(self, case: _Case, witness: Request) -> str:
        """What is looked past where a witness shows nothing: all keys, or the resource; empty where that is no help."""
        held = self.reaching.held(witness, case.asker)
        return EVERY_KEY if is_key(witness) else held.arn if held is not None else ""

    def _besides(self, risk: Risk, case: _Case, own: Sequence[str]) -> Found:
        """What all layers together let through on other resources than these."""
        asked = self._question(risk, case, self.reaching.besides(own, case.asker))
        return difference(asked, asked.limit, self._set(case), risk.bits)

    def _asked_of_all(self, risk: Risk, case: _Case) -> Found:
        key = (case.key, risk.name)
        found = self._wholes.get(key)
        if found is None:
            asked, policies = self._question(risk, case), self._set(case)
            bits = risk.bits
            for held in case.layers:
                bits &= held.said.allowed & ~held.said.denied_whole
            passing = self._cell(risk, case, "identity", case.layers[_ASKED.index("identity")]).passing
            shown = passing if passing is not None and passes(passing, asked, policies) else None
            shown = example(asked, policies, bits) if shown is None else shown
            found = self._wholes[key] = (
                Found(False, shown) if shown is not None else difference(asked, asked.limit, policies, bits)
            )
        return found

    def _cell(self, risk: Risk, case: _Case, layer: Layer, held: _Held) -> Stopped:
        if held.cell is not None:
            return Stopped(held.cell, (held.fault,) if held.fault else ())
        who = case.asker.stand_in
        key = (layer, held.numbers, who.arn, case.asker.number, case.within, risk.name)
        found = self._cells.get(key)
        if found is None:
            asked = self._question(risk, case)
            found = stops(asked, self._alone(layer, held, case), held.said)
            if held.fault and found.cell == "part":
                found = Stopped("unknown", (held.fault,))
            self._cells[key] = found
        return found

    def _question(self, risk: Risk, case: _Case, within: Within = ()) -> Asked:
        if within:
            return Asked(risk, case.asker.stand_in, case.asker.number, (*case.within, *within), self.regions)
        key = (risk.name, case.asker.stand_in.arn, case.asker.number, case.within)
        if key not in self._asked:
            self._asked[key] = Asked(risk, case.asker.stand_in, case.asker.number, case.within, self.regions)
        return self._asked[key]

    def _alone(self, layer: Layer, held: _Held, case: _Case) -> PolicySet:
        """The layer, with everything else allowing."""
        key = (layer, held.numbers, case.asker.number)
        if key not in self._sets:
            bare = PolicySet(identity=ALL, resource=[leaving(case.asker.number)])
            self._sets[key] = self._with(bare, layer, held)
        return self._sets[key]

    def _set(self, case: _Case) -> PolicySet:
        """All layers together."""
        key = ("all", case.key)
        if key not in self._sets:
            found = PolicySet(identity=ALL, resource=[leaving(case.asker.number)])
            for layer, held in zip(_ASKED, case.layers, strict=True):
                found = self._with(found, layer, held)
            self._sets[key] = found
        return self._sets[key]

    def _with(self, given: PolicySet, layer: Layer, held: _Held) -> PolicySet:
        if held.cell in ("does not bind", "no policy"):
            return given
        if layer in ("scp", "rcp"):
            levels: Levels = UNKNOWN if held.numbers is None else [self._policies(level) for level in held.numbers]
            return replace(given, scps=levels) if layer == "scp" else replace(given, rcps=levels)
        policies = self._policies((held.numbers or ((),))[0])
        if layer == "boundary":
            return replace(given, boundary=policies[0])
        if layer == "session":
            return replace(given, session=policies)
        return replace(given, endpoint=policies) if layer == "endpoint" else replace(given, identity=policies)

    def _policies(self, numbers: Sequence[int]) -> list[Policy]:
        return [self.bearings.made[number].policy for number in numbers]

    def _case(self, who: Principal) -> _Case:
        layers = self._parsed(who)
        every = [one.policy for held in layers for level in held.levels for one in level]
        facts = facts_of(who, organization_keys(self.estate, who, who.account))
        is_told = any(self.bearings.is_told_apart(who.account, one) for one in self.wanted)
        number = who.account if is_told else self.bearings.number_for(who.account, every)
        case = self._made(Asker(who, facts, number, any(layers[2].levels)), layers)
        if any(self.bearings.made[n].is_own for held in case.layers for level in held.numbers or () for n in level):
            return self._made(Asker(who, facts, who.account, any(layers[2].levels), is_itself=True), layers)
        return case

    def _made(self, asker: Asker, layers: Sequence[_Layer]) -> _Case:
        held = tuple(self._held(asker, name, layer) for name, layer in zip(_ASKED, layers, strict=True))
        within = self._within(asker.who)
        key = (asker.stand_in.arn, asker.number, within, *((one.numbers, one.cell) for one in held))
        return _Case(asker, held, within, key)

    def _within(self, who: Principal) -> Within:
        tree = self.estate.tree_of(who.account)
        return () if tree is None else (("aws:resourceorgid", _literal(tree.organization.id)),)

    def _held(self, asker: Asker, name: Layer, layer: _Layer) -> _Held:
        if layer.cell in ("does not bind", "no policy"):
            return _Held(None, EVERYTHING, layer.cell)
        unbound = {"scp": unbound_by_scps(), "rcp": unbound_by_rcps()}.get(name, 0)
        if layer.cell is not None:
            return _Held(None, spoken_by_levels(UNKNOWN, unbound), layer.cell, layer.fault)
        numbers = tuple(self._ordered({self.bearings.of(one.policy, asker) for one in level}) for level in layer.levels)
        fault = next((f"{one.policy.name}: {one.fault}" for level in layer.levels for one in level if one.fault), "")
        return _Held(numbers, self._said(numbers, unbound), fault=fault)

    def _ordered(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """The policies in the order of their texts, so that what is found first depends on nothing else."""
        return tuple(sorted(numbers, key=lambda number: self.bearings.made[number].body))

    def _said(self, numbers: tuple[tuple[int, ...], ...], unbound: int) -> Spoken:
        key = (numbers, bool(unbound))
        found = self._spoken.get(key)
        if found is None:
            found = EVERYTHING
            for level in numbers:
                found = found & spoken(self._policies(level), self.about)
            found = self._spoken[key] = found.beside(unbound)
        return found

    _spoken: dict[tuple[object, ...], Spoken] = field(default_factory=dict)

    def _parsed(self, who: Principal) -> tuple[_Layer, ...]:
        """The layers of a principal as the estate holds them."""
        estate, holder = self.estate, self.estate.holder(who)
        is_free = who.in_management_account or who.is_service_linked
        boundary = estate.boundary(holder) if holder else None
        identity = tuple(estate.identity(holder)) if holder else ()
        session = self.given.session if who.kind == "role" and not who.is_service_linked else None
        endpoint = self.reaching.endpoint_policies()
        return (
            _FREE if is_free else _levels(estate.levels(who.account, "scp"), f"SCPs of account {who.account}"),
            _FREE if is_free else _levels(estate.levels(who.account, "rcp"), f"RCPs of account {who.account}"),
            _ABSENT if boundary is None or who.kind == "root" else _Layer(((boundary,),)),
            _ABSENT if session is None else _Layer(((Parsed(session),),)),
            _Layer((identity,)) if holder and has_account(who) else _ABSENT,
            _ABSENT if not endpoint else _Layer((endpoint,)),
        )


def regions_of(estate: Estate) -> tuple[str, ...]:
    """Regions in which requests are likely to be allowed: where there are resources, most of them first."""
    counted = Counter(one.region for one in estate.resources.values() if one.region)
    return tuple(name for name, _ in counted.most_common(_MOST_REGIONS)) or (_REGION,)


_MOST_REGIONS: Final = 3
_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class _Layer:
    levels: tuple[tuple[Parsed, ...], ...]
    cell: Stops | None = None
    fault: str = ""


_FREE: Final = _Layer((), "does not bind")
_ABSENT: Final = _Layer((), "no policy")
_MOST_PASSED: Final = 8
"""Resources with policies of their own that are looked past for a request on another one."""


def _levels(found: Sequence[Level] | None, told: str) -> _Layer:
    if found is None:
        return _Layer((), "unknown", f"{told}: they are not in the snapshot")
    return _Layer(tuple(level.policies for level in found)) if found else _ABSENT


def _literal(text: str) -> Texts:
    return Texts.literals([text])
