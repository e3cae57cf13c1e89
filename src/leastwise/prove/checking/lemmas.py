"""Whether what a lemma says cannot all be true of one request: an independent refuter, simple rather than quick.

Every case is tried: the key absent, empty, one value, a list; the account that an ARN tells, or an ARN that tells none.
What cannot be settled counts as possible, so that a lemma which is refuted is true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import Final

from leastwise.language.context import is_list_key
from leastwise.prove.checking.conditions import Condition, condition_of
from leastwise.prove.checking.domains import (
    PRINCIPAL_ACCOUNTS,
    PRINCIPAL_ARN,
    RESOURCE_ACCOUNT,
    Domain,
    Facts,
    domain_of,
    resource_domain,
)
from leastwise.prove.checking.patterns import COLON, EMPTY, NO_COLON, STAR, Language, Step, plain, without_colons
from leastwise.prove.checking.values import Signed, Spelt, is_impossible, satisfies
from leastwise.prove.written import RESOURCE, Literal

__all__ = ["Facts", "refuted"]

Claim = tuple[Condition, bool]
"""A condition, and whether it is to hold."""

_BUCKETS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    RESOURCE: ("resource-account", (RESOURCE_ACCOUNT,)),
    PRINCIPAL_ARN: ("principal", PRINCIPAL_ACCOUNTS),
}
"""An ARN, the group under which keys tell its account, and these keys."""

_IN_PART: Final = Step(NO_COLON, repeats=True)
_BEFORE_ACCOUNT: Final = (*plain("arn:"), *((_IN_PART, COLON) * 3))
_WITH_ACCOUNT: Final = Spelt(((*_BEFORE_ACCOUNT, Step(NO_COLON), _IN_PART, COLON, STAR),))
_OWNED: Final = Spelt(((*_BEFORE_ACCOUNT, *((Step(NO_COLON),) * 12), COLON, STAR),))
"""Resources whose ARN names an account; `aws`, or a name, in its place is none."""
_WITH_EMPTY_ACCOUNT: Final = Spelt(((*_BEFORE_ACCOUNT, COLON, STAR),))
_EMPTY: Final = Spelt(EMPTY)


def refuted(literals: Sequence[Literal], *, facts: Facts, axioms: Collection[str]) -> bool:
    """Whether no request can make all literals true under these axiom groups; False when that is not shown."""
    signs: dict[object, set[bool]] = {}
    for test, holds in literals:
        signs.setdefault(test, set()).add(holds)
    if any(len(both) > 1 for both in signs.values()):
        return True
    claims: dict[str, list[Claim]] = {}
    for test, holds in literals:
        asked = claims.setdefault(test.on, [])
        condition = condition_of(test)
        if condition is not None:
            asked.append((condition, holds))
    return _Refuter(claims, facts, axioms).is_refuted()


class _Refuter:
    """The claims of one lemma, key by key, and what is known of the requests that it is about."""

    def __init__(self, claims: Mapping[str, Sequence[Claim]], facts: Facts, axioms: Collection[str]) -> None:
        self._claims = claims
        self._domains = {key: self._domain(key, facts, axioms) for key in (*claims, RESOURCE, PRINCIPAL_ARN)}
        self._axioms = axioms
        self._fixed = facts.fixed if "principal" in axioms else {}

    def _domain(self, key: str, facts: Facts, axioms: Collection[str]) -> Domain:
        if key == RESOURCE:
            return Domain(may_be_absent=False, values=resource_domain(facts.action, axioms))
        return domain_of(key, facts, axioms)

    def is_refuted(self) -> bool:
        """Whether the claims, all of one bucket, cannot be true together."""
        keys = set(self._claims)
        arn, accounts = self._bucket(keys)
        if len(keys) > 1 and not accounts:
            return False
        if any(map(self._is_impossible, keys)):
            return True
        return bool(accounts) and self._is_torn(arn, accounts)

    def _bucket(self, keys: set[str]) -> tuple[str, list[str]]:
        """The ARN whose account some of the keys tell, and these keys; none where a key stands alone."""
        for arn, (axiom, accounts) in _BUCKETS.items():
            if axiom in self._axioms and keys <= {arn, *accounts}:
                return arn, [key for key in accounts if key in keys]
        return "", []

    def _is_impossible(self, key: str) -> bool:
        """Whether the claims about the key alone cannot be true."""
        return not (self._fits_absent(key) or self._fits_present(key))

    def _fits_absent(self, key: str) -> bool:
        return self._domains[key].may_be_absent and all(c.on_absent is holds for c, holds in self._claims.get(key, ()))

    def _fits_present(self, key: str) -> bool:
        if not self._domains[key].may_be_present:
            return False
        if is_list_key(key):
            return self._fits_list(key, is_list=True)
        return self._fits_one(key, ()) or (not self._is_single(key) and self._fits_list(key, is_list=False))

    def _is_single(self, key: str) -> bool:
        """Whether the key has one value: who asks has one ARN, which has one account, and what follows from it."""
        follows = "principal" in self._axioms and (key in self._fixed or key in (PRINCIPAL_ARN, *PRINCIPAL_ACCOUNTS))
        return key == RESOURCE or "single-valued" in self._axioms or follows

    def _fits_one(self, key: str, more: Sequence[Signed]) -> bool:
        """Whether one value, of which more may be known, fits."""
        claims, known = self._claims.get(key, ()), [*self._domains[key].values, *more]
        if _is_empty_text(known) and all(_of_empty_text(c) is holds for c, holds in claims):
            return True
        return _fits_some_text(claims, known)

    def _fits_list(self, key: str, *, is_list: bool) -> bool:
        """Whether a list fits: all its texts are empty, or it has a text for each claim that asks for one."""
        claims, known = self._claims[key], self._domains[key].values
        if any(holds for condition, holds in claims if condition.reach == "bare"):
            return False
        asked = [(c, holds) for c, holds in claims if c.reach in ("all", "any")]
        nulls = [(c, holds) for c, holds in claims if c.reach == "null"]
        if _is_empty_text(known) and all(_of_empty_text(c) is holds for c, holds in [*asked, *nulls]):
            return True
        if any(c.on_present is not holds for c, holds in nulls):
            return False
        every = [(c, holds) for c, holds in asked if (c.reach == "all") is holds]
        each = [(c, holds) for c, holds in asked if (c.reach == "all") is not holds]
        return _fits_some_text(every, known) and all(_fits_element([*every, e], known, is_list=is_list) for e in each)

    def _is_torn(self, arn: str, accounts: Sequence[str]) -> bool:
        """Whether the claims about an ARN and about its account cannot be true together."""
        if self._fits_absent(arn) and not any(map(self._is_impossible, accounts)):
            return False
        if not self._domains[arn].may_be_present:
            return True
        choices = [[k for k, fits in ((key, True), ("", self._fits_absent(key))) if fits] for key in accounts]
        return not any(self._fits_together(arn, [key for key in chosen if key]) for chosen in product(*choices))

    def _fits_together(self, arn: str, present: Sequence[str]) -> bool:
        """Whether the ARN fits while these keys are present: each is the ARN's account where it has one."""
        if not all(self._domains[key].may_be_present for key in present):
            return False
        told = [_OWNED] if arn == RESOURCE else [_WITH_ACCOUNT, _WITH_EMPTY_ACCOUNT]
        if all(map(self._fits_present, present)) and self._fits_one(arn, [(one, False) for one in told]):
            return True
        if any(key in self._fixed and not self._fits_present(key) for key in present):
            return False
        tied = [key for key in present if key not in self._fixed]
        if arn != RESOURCE and all(map(self._fits_empty, tied)) and self._fits_one(arn, [(_WITH_EMPTY_ACCOUNT, True)]):
            return True
        nulls = [(c, holds) for key in tied for c, holds in self._claims[key] if c.reach == "null"]
        lifted = [one for key in tied for one in self._lifted(key)]
        return all(c.on_present is h for c, h in nulls) and self._fits_one(arn, [(told[0], True), *lifted])

    def _fits_empty(self, key: str) -> bool:
        """Whether the key's one value may be the empty text."""
        fits = all(_of_empty_text(c) is holds for c, holds in self._claims[key])
        return fits and _is_empty_text(self._domains[key].values)

    def _lifted(self, key: str) -> list[Signed]:
        """What is asked of the account, as asked of the ARN that holds it; what is no matter of letters is left out."""
        asked = [*self._domains[key].values, *_asked_of_text(self._claims[key])]
        return [(_of_arn(one.language), sign) for one, sign in asked if isinstance(one, Spelt)]


def _of_arn(accounts: Language) -> Spelt:
    """The ARNs whose account is one of these."""
    return Spelt(tuple((*_BEFORE_ACCOUNT, *without_colons(account), COLON, STAR) for account in accounts))


def _is_empty_text(known: Iterable[Signed]) -> bool:
    """Whether the value may be the empty text for all that is known of it."""
    return all(satisfies("", predicate) is sign for predicate, sign in known)


def _of_empty_text(condition: Condition) -> bool:
    """What holds of one value that is empty, or of a list of such; `ForAllValues` and `Null` take it for none."""
    if condition.reach in ("all", "null"):
        return condition.on_absent
    return condition.takes("")


def _asked_of_text(claims: Iterable[Claim]) -> list[Signed]:
    """What the claims ask of one value that is not empty."""
    asked = [(c.predicate, holds is not c.is_negated) for c, holds in claims if c.reach != "null"]
    return [*asked, (_EMPTY, False)]


def _fits_some_text(claims: Sequence[Claim], known: Sequence[Signed]) -> bool:
    """Whether some text that is not empty fits."""
    if any(c.on_present is not holds for c, holds in claims if c.reach == "null"):
        return False
    return not is_impossible([*known, *_asked_of_text(claims)])


def _fits_element(claims: Sequence[Claim], known: Sequence[Signed], *, is_list: bool) -> bool:
    """Whether some text of a list fits: an empty one among others counts as a value where the key holds lists."""
    takes_empty = [(not is_list and c.reach == "all") or c.takes("") for c, _ in claims]
    if _is_empty_text(known) and all(takes is holds for takes, (_, holds) in zip(takes_empty, claims, strict=True)):
        return True
    return _fits_some_text(claims, known)
