"""Whether what is claimed of one key, or of the resource, can be true of a request: a value, or the claims that clash.

Keys that tell parts of one ARN are looked at together with it: the account of the principal and of the resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from leastwise.language.values import TooHard, ValueSet, meet
from leastwise.language.values.formulas import All, Leaf, Node, Some, conj, disj
from leastwise.language.values.globs import Glob, literal_glob
from leastwise.language.values.steps import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Step
from leastwise.language.values.texts import Texts
from leastwise.prove.atoms import Atom
from leastwise.prove.world import OF_NO_ACCOUNT, Domain, World
from leastwise.prove.written import RESOURCE

PRINCIPAL: Final = "aws:principalarn"
_ACCOUNT_KEYS: Final = frozenset({"aws:principalaccount", "kms:calleraccount"})
_OWNER: Final = "aws:resourceaccount"
_ABSENT: Final = None
_EMPTY_LIST: Final = ("",)
_NOT_EMPTY: Final = ~Texts.literals([""])

Value = str | tuple[str, ...] | None
"""One value, the values of a list, or None for absent."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An atom, said to hold or not."""

    atom: Atom
    holds: bool

    @property
    def allowed(self) -> ValueSet:
        """The single values that fit the claim."""
        accepted = self.atom.accepted
        assert accepted is not None  # opaque atoms are not claimed of values
        return accepted if self.holds else ~accepted

    @property
    def fits_absent(self) -> bool:
        """Whether the claim is true when the key is absent."""
        clause = self.atom.clause
        return clause is not None and clause.on_absent is self.holds

    @property
    def reach(self) -> str:
        """How a present key is asked."""
        return self.atom.clause.reach if self.atom.clause else "single"

    @property
    def speaks_of_all(self) -> bool:
        """Whether every value of a list must fit, and not just one."""
        return (self.reach == "every") is self.holds


@dataclass(frozen=True, slots=True)
class Possible:
    """The claims can be true, with this value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Clash:
    """The claims of `core` cannot be true together, given the axioms named."""

    core: tuple[Claim, ...]
    axioms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unsettled:
    """It could not be settled whether the claims can be true; `why` says what was too hard."""

    key: str
    why: str


Finding = Possible | Clash | Unsettled


@dataclass(frozen=True, slots=True)
class _Given:
    """Everything that one question about a key takes for true, each part of which may be left out."""

    claims: tuple[Claim, ...]
    sets: tuple[tuple[str, ValueSet], ...]
    never_absent: str | None
    always_absent: str | None
    is_single: bool


def bucket_of(atom: Atom) -> str:
    """The key under which the claims of an atom are looked at."""
    return PRINCIPAL if atom.key in _ACCOUNT_KEYS else RESOURCE if atom.key == _OWNER else atom.key


def settle(key: str, claims: Sequence[Claim], world: World) -> Finding:
    """Whether the claims of one bucket can all be true in the world."""
    if key == RESOURCE:
        return _resource(claims, world)
    if key == PRINCIPAL:
        return _principal(claims, world)
    return _settled(key, _given(claims, world.domain(key), world))


def settled_alone(key: str, claims: Sequence[Claim], world: World) -> Finding:
    """Whether the claims of one key can be true, whatever other keys say of the same ARN."""
    return _settled(key, _given(claims, world.domain(key), world))


def _given(claims: Sequence[Claim], domain: Domain, world: World) -> _Given:
    is_list = any(claim.atom.clause is not None and claim.atom.clause.is_list for claim in claims)
    is_single = not is_list and "single-valued" in world.axioms
    return _Given(tuple(claims), domain.sets, domain.never_absent, domain.always_absent, is_single)


def _settled(key: str, given: _Given) -> Finding:
    try:
        value, is_possible = _tried(given)
        return Possible(value) if is_possible else _clash(given)
    except TooHard as error:
        return Unsettled(key, str(error))


def _tried(given: _Given) -> tuple[Value, bool]:
    """A value that fits, and whether there is one; absence first."""
    if given.never_absent is None and all(claim.fits_absent for claim in given.claims):
        return _ABSENT, True
    if given.always_absent is not None:
        return None, False
    is_list = any(claim.atom.clause is not None and claim.atom.clause.is_list for claim in given.claims)
    domain = [one for _, one in given.sets]
    if not is_list and not any(claim.reach == "never" and claim.holds for claim in given.claims):
        found = _within(domain, [claim.allowed for claim in given.claims if claim.reach != "never"])
        if found is not None or given.is_single:
            return found, found is not None
    return _list(given.claims, domain)


def _list(claims: Sequence[Claim], domain: Sequence[ValueSet]) -> tuple[Value, bool]:
    """A list of values that fits: bare operators never hold of one with several values."""
    asked = [claim for claim in claims if claim.reach in ("every", "some")]
    if any(claim.holds for claim in claims if claim.reach in ("single", "never")):
        return None, False
    common = [*domain, *(claim.allowed for claim in asked if claim.speaks_of_all)]
    each = [claim.allowed for claim in asked if not claim.speaks_of_all]
    found = [_element([*common, one]) for one in each] or [_element(common)]
    if None not in found and not any(found):
        found.append(_member([*common, _NOT_EMPTY]))  # the empty value may stand beside another
    if None not in found and any(found):
        return tuple(dict.fromkeys(one for one in found if one is not None)), True
    is_empty_list = all(_holds_of_empty(claim) is claim.holds for claim in asked)
    fits = is_empty_list and all("" in one for one in domain)
    return _EMPTY_LIST, fits


def _within(domain: Sequence[ValueSet], asked: Sequence[ValueSet]) -> str | None:
    """A text of all the sets, None when there is none: what is asked first, which often settles it. Raises TooHard."""
    if asked and domain:
        found = _member(asked)
        if found is None or all(found in one for one in domain):
            return found
    return _by_part(domain, asked)


def _by_part(domain: Sequence[ValueSet], asked: Sequence[ValueSet]) -> str | None:
    """As `_member`, one after the other for the parts of a domain that is made of many, such as ARN templates."""
    parts = [(one, one.formula.parts) for one in domain if isinstance(one, Texts) and isinstance(one.formula, Some)]
    if not parts:
        return _member([*domain, *asked])
    wide, parts_of_it = parts[-1]
    others = [one for one in domain if one is not wide]
    too_hard: TooHard | None = None
    for part in parts_of_it:
        try:
            found = _member([Texts(part), *others, *asked])
        except TooHard as error:
            too_hard = error
            continue
        if found is not None:
            return found
    if too_hard is not None:
        raise too_hard
    return None


def _element(sets: Sequence[ValueSet]) -> str | None:
    """A value of a list, one that is not empty where there is one."""
    found = _member([*sets, _NOT_EMPTY])
    return _member(sets) if found is None else found


def _holds_of_empty(claim: Claim) -> bool:
    """Whether the atom of the claim holds of a list whose one value is empty."""
    clause = claim.atom.clause
    assert clause is not None and claim.atom.accepted is not None
    return clause.on_absent if clause.reach == "every" else "" in claim.atom.accepted


def _member(sets: Sequence[ValueSet]) -> str | None:
    """A text of all the sets, None when there is none; raises TooHard."""
    if not sets:
        return "x"
    texts = [one for one in sets if isinstance(one, Texts)]
    joined: dict[str, ValueSet] = {"text": Texts(conj(one.formula for one in texts))} if texts else {}
    for one in sets:
        if not isinstance(one, Texts):
            joined[one.family] = joined[one.family] & one if one.family in joined else one
    if len(joined) == 1:
        return next(iter(joined.values())).member()
    meeting = meet(tuple(joined.values()))
    if not meeting.is_settled:
        raise TooHard("sets of several families")
    return meeting.member


Check = Callable[[_Given], "tuple[Value, bool]"]


def _clash(given: _Given, tried: Check = _tried) -> Clash:
    """The fewest claims and axioms that clash already: axioms are left out first, then claims, one by one."""
    given = _fewer_axioms(given, tried)
    kept = list(given.claims)
    for claim in given.claims:
        rest = [one for one in kept if one is not claim]
        if _is_clash(replace(given, claims=tuple(rest)), tried):
            kept = rest
    named = {name for name, _ in given.sets} | {given.never_absent, given.always_absent}
    if given.is_single:
        named.add("single-valued")
    return Clash(tuple(kept), frozenset(name for name in named if name))


def _fewer_axioms(given: _Given, tried: Check) -> _Given:
    for one in _variants(given):
        if _is_clash(one, tried):
            return _fewer_axioms(one, tried)
    return given


def _variants(given: _Given) -> Iterator[_Given]:
    """What is given, with one axiom left out."""
    if given.is_single:
        yield replace(given, is_single=False)
    if given.never_absent:
        yield replace(given, never_absent=None)
    if given.always_absent:
        yield replace(given, always_absent=None)
    for out in given.sets:
        if out[0]:
            yield replace(given, sets=tuple(one for one in given.sets if one is not out))


def _is_clash(given: _Given, tried: Check) -> bool:
    try:
        return not tried(given)[1]
    except TooHard:
        return False


def _resource(claims: Sequence[Claim], world: World) -> Finding:
    """Claims about the resource, and those about its account so far as the ARN tells it."""
    own = [claim for claim in claims if claim.atom.key == RESOURCE]
    accounts = [claim for claim in claims if claim.atom.key == _OWNER]
    if accounts:
        alone = _settled(_OWNER, _given(accounts, world.domain(_OWNER), world))
        if not isinstance(alone, Possible):
            return alone
    domain = world.domain(RESOURCE)
    given = _Given(tuple(own), domain.sets, "", None, True)
    present = world.domain(_OWNER).never_absent
    if accounts and "resource-account" in world.axioms and present is not None:
        return _lifted(RESOURCE, given, accounts, _of_owner, ("resource-account", present))
    return _settled(RESOURCE, given)


def _principal(claims: Sequence[Claim], world: World) -> Finding:
    """Claims about the principal's ARN, and those about its account."""
    own = [claim for claim in claims if claim.atom.key == PRINCIPAL]
    accounts = [claim for claim in claims if claim.atom.key != PRINCIPAL]
    for key in dict.fromkeys(claim.atom.key for claim in accounts):
        alone = _settled(key, _given([c for c in accounts if c.atom.key == key], world.domain(key), world))
        if not isinstance(alone, Possible):
            return alone
    domain = world.domain(PRINCIPAL)
    accounts = [claim for claim in accounts if world.domain(claim.atom.key).never_absent == "principal"]
    if accounts and domain.never_absent == "principal":
        given = _Given(tuple(own), domain.sets, domain.never_absent, None, True)
        return _lifted(PRINCIPAL, given, accounts, _of_principal, ("principal",))
    if not own:
        return Possible(None)
    return _settled(PRINCIPAL, _given(own, domain, world))


def _lifted(
    key: str, given: _Given, accounts: Sequence[Claim], lift: Callable[[Texts], Texts], axioms: Sequence[str]
) -> Finding:
    """Claims about an account, as claims about the ARN that holds it."""
    sets = {claim: lift(claim.allowed) for claim in accounts if isinstance(claim.allowed, Texts)}

    def tried(one: _Given) -> tuple[Value, bool]:
        more = tuple(("", sets[claim]) for claim in one.claims if claim in sets)
        rest = tuple(claim for claim in one.claims if claim.atom.key == key)
        return _tried(_Given(rest, (*one.sets, *more), one.never_absent, one.always_absent, one.is_single))

    both = _Given((*given.claims, *sets), given.sets, given.never_absent, given.always_absent, given.is_single)
    try:
        value, is_possible = tried(both)
    except TooHard as error:
        return Unsettled(key, str(error))
    if is_possible:
        return Possible(value)
    clash = _clash(both, tried)
    has_account = any(claim in sets for claim in clash.core)
    return Clash(clash.core, clash.axioms | {name for name in axioms if name} if has_account else clash.axioms)


_PART: Final = (STAR_IN_PART, ":")
_BEFORE_ACCOUNT: Final[tuple[Step, ...]] = ("arn:", *_PART, *_PART, *_PART)
_IN_PART: Final = {STAR: STAR_IN_PART, ANY: ANY_IN_PART}


@lru_cache(maxsize=4096)
def _of_principal(accounts: Texts) -> Texts:
    """The ARNs whose account is one of these."""
    return Texts(_arns_of(accounts.formula))


@lru_cache(maxsize=4096)
def _of_owner(accounts: Texts) -> Texts:
    """The resources whose ARN names one of these accounts, or none."""
    return Texts(_arns_of(accounts.formula)) | OF_NO_ACCOUNT


def _arns_of(node: Node) -> Node:
    if isinstance(node, All):
        return conj(_arns_of(part) for part in node.parts)
    if isinstance(node, Some):
        return disj(_arns_of(part) for part in node.parts)
    globs = [literal_glob(text) for text in sorted(node.what)] if isinstance(node.what, frozenset) else [node.what]
    return _signed(globs, holds=node.holds)


def _signed(globs: Iterable[Glob], *, holds: bool) -> Node:
    leaves = [Leaf(Glob((*_BEFORE_ACCOUNT, *_in_part(glob.steps), ":", STAR), glob.ignore_case)) for glob in globs]
    return disj(leaves) if holds else conj(Leaf(leaf.what, holds=False) for leaf in leaves)


def _in_part(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step if isinstance(step, str) else _IN_PART.get(step, step)
