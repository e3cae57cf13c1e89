"""Whether policies, all else allowing, stop every request of a scenario, some, or none: settled plainly or proved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from itertools import islice
from operator import and_, or_
from typing import Final, Literal

from msgspec import structs

from leastwise.catalogue.load import load_catalogue
from leastwise.decide import services
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import Levels, PolicySet
from leastwise.estate.effective import is_whole
from leastwise.language.values import ValueSet
from leastwise.lint.examples import example_of
from leastwise.model.decision import ALLOW, EXPLICIT_DENY
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request, Unknown
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.classes import apart_by_layer, known_classes
from leastwise.prove.compare import ALL_IDENTITY, Comparison, Options, Side
from leastwise.prove.personas import Persona
from leastwise.prove.world import is_on_one_of
from leastwise.prove.written import RESOURCE
from leastwise.synthesize.guardrails.risks import Risk

Stops = Literal["all", "part", "nothing", "unknown", "does not bind", "no policy"]
STOPS: Final[tuple[Stops, ...]] = ("all", "part", "nothing", "unknown", "does not bind", "no policy")
_MOST_TRIED: Final = 6
"""Examples of a statement that are tried before the prover is asked."""

_REGION: Final = "us-east-1"
_OF_REGION: Final = "aws:RequestedRegion"
_TLS: Final = "aws:SecureTransport"

Within = tuple[tuple[str, ValueSet | None], ...]


@dataclass(frozen=True)
class Asked:
    """A scenario, asked of one who stands for principals, in the account of this number.

    `within` confines keys, `Resource` among them, to what the question is about. `regions` are those to try first.
    """

    risk: Risk
    who: Principal
    number: str
    within: Within = ()
    regions: tuple[str, ...] = (_REGION,)

    @cached_property
    def limit(self) -> PolicySet:
        """Everything but the scenario."""
        return PolicySet(identity=[self.risk.limit], resource=[leaving(self.number)])

    @cached_property
    def wanted(self) -> PolicySet:
        """The scenario, and nothing else."""
        return PolicySet(identity=[self.risk.wanted], resource=[leaving(self.number)])


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of requests that policies allow and others do not: none, one that shows it, or why not known."""

    is_none: bool
    witness: Request | None = None
    why: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it was not settled."""
        return not self.is_none and self.witness is None


@lru_cache(maxsize=4096)
def leaving(number: str) -> Policy:
    """The policy of a resource that leaves it to the account, as most do, a key's default policy among them."""
    everyone = Statement(None, ("*",), ("*",), principals={"AWS": (number,)})
    return Policy((everyone,), "resource", name="the account")


@dataclass(frozen=True, slots=True, repr=False)
class Spoken:
    """The actions that policies allow at all and on everything, and those that they deny at all and on everything."""

    allowed: int
    whole: int
    denied: int = 0
    denied_whole: int = 0

    def __and__(self, other: Spoken) -> Spoken:
        """Of policies each of which must allow."""
        return Spoken(
            self.allowed & other.allowed,
            self.whole & other.whole,
            self.denied | other.denied,
            self.denied_whole | other.denied_whole,
        )

    def beside(self, unbound: int) -> Spoken:
        """Of policies that do not bind these actions."""
        return Spoken(
            self.allowed | unbound, self.whole | unbound, self.denied & ~unbound, self.denied_whole & ~unbound
        )


EVERYTHING: Final = Spoken(-1, -1)


def spoken(policies: Iterable[Policy], about: int = 0) -> Spoken:
    """What policies that count together say; with `about`, of these actions alone, and the more closely."""
    index = action_index()
    bits = [0, 0, 0, 0]
    for one in (statement for policy in policies for statement in policy.statements):
        place, named = (2 if one.effect == "Deny" else 0), index.bits_of_statement(one)
        if about:
            named = _authorized(named & about, _services(one))
        bits[place] |= named
        if _is_whole_for_all(one):
            bits[place + 1] |= named
    return Spoken(*bits)


def _services(one: Statement) -> tuple[str, ...]:
    """The services that the statement's resources are of; none where they may be of any."""
    parts = [text.split(":", 3) for text in one.resources]
    is_open = one.is_not_resource or any(len(part) < _ARN_PARTS or _OPEN.search(part[2]) for part in parts)
    return () if is_open else tuple(sorted({part[2] for part in parts}))


@lru_cache(maxsize=8192)
def _authorized(bits: int, of: tuple[str, ...]) -> int:
    """Those of the actions that are authorized on resources of one of the services, all where none is named."""
    if not of or not bits:
        return bits
    index = action_index()
    names = (action.name for action in index.actions(bits) if is_on_one_of(action, of))
    return reduce(or_, map(index.bits_of, names), 0)


_ARN_PARTS: Final = 4
_OPEN: Final = re.compile(r"[*?$]|^$")


def _is_whole_for_all(one: Statement) -> bool:
    is_everyone = one.principals is None or "*" in one.principals.get("AWS", ())
    return is_everyone and is_whole(one)


def spoken_by_levels(levels: Levels, unbound: int) -> Spoken:
    """What levels of SCPs or RCPs say, each of which must allow."""
    if isinstance(levels, Unknown):
        return Spoken(-1, unbound, ~unbound, 0)
    held = (level for level in levels if not isinstance(level, Unknown | Policy))
    return reduce(and_, map(spoken, held), EVERYTHING).beside(unbound)


@lru_cache(maxsize=1)
def unbound_by_scps() -> int:
    """The actions that no SCP restricts."""
    return _bits(f"{prefix}*" for prefix in services.UNBOUND_BY_SCPS)


@lru_cache(maxsize=1)
def unbound_by_rcps() -> int:
    """The actions that no RCP restricts."""
    bound = _bits(f"{prefix}:*" for prefix in load_catalogue().header.rcp_prefixes)
    return (action_index().everything & ~bound) | _bits(services.UNBOUND_BY_RCPS)


@lru_cache(maxsize=1)
def _of_their_own() -> int:
    """Actions that policies are not asked about as about others."""
    return _bits((*services.NEVER_DENIED, *services.NO_PERMISSION))


def _bits(patterns: Iterable[str]) -> int:
    return reduce(or_, map(action_index().bits_of, patterns), 0)


@dataclass(frozen=True, slots=True)
class Stopped:
    """How much of a scenario policies stop; a request that they let through, where one came up, or why not known."""

    cell: Stops
    why: tuple[str, ...] = ()
    passing: Request | None = None


def stops(asked: Asked, alone: PolicySet, said: Spoken) -> Stopped:
    """How much of the scenario the policies stop by themselves.

    An action that no statement allows, or that one denies whatever the request, is stopped; where statements allow
    everything and none denies, nothing is. The rest is proved over all requests.
    """
    bits = asked.risk.bits
    if bits & _of_their_own():
        said = Spoken(-1, 0, -1, 0)
    left = bits & said.allowed & ~said.denied_whole
    if not left:
        return Stopped("all")
    if not bits & ~said.whole and not bits & said.denied:
        return Stopped("nothing")
    is_some_stopped = left != bits
    shown = example(asked, alone, left) if is_some_stopped else None
    if shown is not None:
        return Stopped("part", passing=shown)
    allowed = difference(asked, asked.limit, alone, left)
    if allowed.witness is None:
        return Stopped("all") if allowed.is_none else Stopped("unknown", allowed.why)
    if is_some_stopped:
        return Stopped("part", passing=allowed.witness)
    stopped = difference(asked, alone, asked.wanted, bits)
    if stopped.is_open:
        return Stopped("unknown", stopped.why)
    return Stopped("nothing" if stopped.is_none else "part", passing=allowed.witness)


def difference(asked: Asked, old: PolicySet, new: PolicySet, bits: int) -> Found:
    """Whether some request for one of the actions is allowed by the new policies and not by the old ones."""
    persona = Persona(f"`{asked.who.arn}`", asked.who)
    options = Options(personas=(persona,), within=asked.within, first_gap_alone=True, owner=asked.number)
    return compared(Comparison(Side(old), Side(new), options), bits)


def compared(comparison: Comparison, bits: int) -> Found:
    """What the comparison finds for these actions."""
    entries = list(dict.fromkeys(entry for both in comparison.entries for entry in both))
    for one in apart_by_layer(known_classes(entries, bits)):
        comparison.one_class(replace(one, about=one.about | comparison.background))
        if comparison.gaps:
            return Found(False, comparison.gaps[0].witness)
    return Found(not comparison.doubts, why=tuple(comparison.doubts))


def example(asked: Asked, alone: PolicySet, bits: int) -> Request | None:
    """A request of the scenario that the policies plainly allow; None where none was found without the prover."""
    if any(key == RESOURCE for key, _ in asked.within):
        return None  # examples are on any resource
    for statement in _allowing(alone, bits):
        for wanted in asked.risk.requests:
            for request in islice(_examples(asked, statement, wanted, bits), _MOST_TRIED):
                if passes(request, asked, alone):
                    return request
    return None


def passes(request: Request, asked: Asked, policies: PolicySet) -> bool:
    """Whether the request is one of the scenario, and the policies allow it."""
    is_of_it = evaluate(request, asked.limit).outcome is EXPLICIT_DENY
    return is_of_it and evaluate(request, policies).outcome is ALLOW


def _allowing(policies: PolicySet, bits: int) -> Iterator[Statement]:
    index = action_index()
    held: Sequence[Policy] = () if isinstance(policies.identity, Unknown | Policy) else policies.identity
    for one in (statement for policy in held for statement in policy.statements):
        if one.effect == "Allow" and index.bits_of_statement(one) & bits:
            yield one


def _examples(asked: Asked, statement: Statement, wanted: Statement, bits: int) -> Iterator[Request]:
    index = action_index()
    named = index.bits_of_statement(statement) & index.bits_of_statement(wanted) & bits
    for action in index.actions(named):
        for pattern in wanted.resources:
            found = example_of(statement, action, pattern)
            own = example_of(wanted, action, found.resource) if found else None
            if found is not None and own is not None:
                context: dict[str, ContextValue] = {**found.values, **own.values}
                context |= {} if _TLS.lower() in map(str.lower, context) else {_TLS: "true"}
                resource = found.resource.replace(f":{EXAMPLE_ACCOUNT}:", f":{asked.number}:")
                yield from _in_regions(Request(asked.who, action.name, resource, context, asked.number, True), asked)


def _in_regions(request: Request, asked: Asked) -> Iterator[Request]:
    """The request in the Regions where it is likely to be allowed."""
    if _OF_REGION.lower() in map(str.lower, request.context):
        yield request
        return
    for region in asked.regions:
        resource = request.resource.replace(f":{_REGION}:", f":{region}:")
        yield structs.replace(request, resource=resource, context={**request.context, _OF_REGION: region})


ALL: Final = [ALL_IDENTITY]
"""Identity policies of somebody who may do everything, where another layer is asked about."""
