"""Cases for a policy in its place: who asks for what, and what is to become of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import Levels, PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.model.decision import Outcome
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request, Unknown, principal_of

DENY: Final = "DENY"
EXPECTATIONS: Final = (*(one.value for one in Outcome), DENY)
_FIELDS: Final = (
    "name",
    "principal",
    "tags",
    "action",
    "resource",
    "resource_account",
    "context",
    "absent",
    "complete",
    "expected",
)
_EVERYTHING: Final = Statement("Everything", ("*",), ("*",))
_EVERYONE: Final = replace(_EVERYTHING, principals={"AWS": ("*",)})
EVERYTHING: Final = Policy((_EVERYTHING,), "identity", name="everything")
FULL_ACCESS: Final = Policy((_EVERYTHING,), "scp", name="FullAWSAccess")
FULL_RCP_ACCESS: Final = Policy((_EVERYONE,), "rcp", name="RCPFullAWSAccess")
OPEN: Final = Policy((_EVERYONE,), "resource", name="everyone")
_ACCOUNT: Final = "the account"
STAND_INS: Final = frozenset({*(one.name for one in (EVERYTHING, FULL_ACCESS, FULL_RCP_ACCESS, OPEN)), _ACCOUNT})
"""The names of policies that are put beside those that are tried."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the outcome it is to have; `DENY` is either denial. `place` says where it was written."""

    name: str
    principal: str
    action: str
    resource: str
    expected: str
    tags: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    is_complete: bool = False
    resource_account: str | None = None
    place: str = ""

    def request(self) -> Request:
        """The request; raises RequestError for one that nobody could make."""
        who = Principal.of(self.principal, tags=self.tags if self.tags or self.is_complete else None)
        return Request(who, self.action, self.resource, self.context, self.resource_account, self.is_complete)


@dataclass(frozen=True, slots=True)
class Beside:
    """What binds besides the policies that are tried: identity policies instead of one that allows all, and SCPs."""

    identity: tuple[Policy, ...] = ()
    scps: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what became of it; `doubts` say which policies of a snapshot are not known."""

    case: Case
    decision: Decision
    doubts: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the outcome is the one that was expected."""
        found = self.decision.outcome
        if self.case.expected == DENY:
            return found in (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
        return found.value == self.case.expected


def tried(case: Case, kind: Kind, policies: Sequence[Policy], *, beside: Beside | None = None) -> Tried:
    """The case decided under the policies in their place."""
    return Tried(case, evaluate(case.request(), in_place(kind, policies, case, beside=beside or Beside())))


def tried_in(estate: Estate, case: Case, kind: Kind, policies: Sequence[Policy]) -> Tried:
    """The case decided under all that binds its principal in the snapshot, with the policies put to it.

    SCPs and RCPs stand on a level of their own below those of the account, a boundary in the place of the principal's.
    Raises InputError for a principal that the snapshot does not have.
    """
    who = estate.principal(case.principal)
    if case.tags:
        who = replace(who, tags={**(who.tags or {}), **case.tags})
    binding = binding_of(estate, who, case.action, case.resource, context=case.context, is_complete=case.is_complete)
    request = binding.request
    if case.resource_account:
        request = msgspec.structs.replace(request, resource_account=case.resource_account)
    return Tried(case, evaluate(request, _put_to(binding.policies, kind, policies)), binding.doubts)


def _put_to(found: PolicySet, kind: Kind, policies: Sequence[Policy]) -> PolicySet:
    if kind == "boundary":
        return replace(found, boundary=_the_one(policies))
    if kind == "scp":
        return replace(found, scps=_with(found.scps, _levels(policies)))
    return replace(found, rcps=_with(found.rcps, [[FULL_RCP_ACCESS, *policies]]))


def _with(levels: Levels, below: Sequence[Sequence[Policy]]) -> Levels:
    return levels if isinstance(levels, Unknown) else [*levels, *below]


def _the_one(policies: Sequence[Policy]) -> Policy:
    if len(policies) != 1:
        raise InputError("a principal has one permissions boundary", help="name one policy")
    return policies[0]


def in_place(kind: Kind, policies: Sequence[Policy], case: Case, *, beside: Beside) -> PolicySet:
    """The policies where they bind the case's principal, with everything else allowing.

    A boundary stands over an identity policy that allows all, and resources let in the principal's account, which
    leaves the boundary its say. SCPs stand on the second of two levels beside FullAWSAccess, or without it where one of
    them allows by itself, as an allow list does. RCPs stand beside RCPFullAWSAccess, on a resource whose policy allows
    everyone. Source: AWS Organizations User Guide, "SCP evaluation".
    """
    own = beside.identity or (EVERYTHING,)
    if kind == "boundary":
        delegated = _open_to_account_of(case)
        return PolicySet(identity=own, boundary=_the_one(policies), resource=delegated, scps=_levels(beside.scps))
    if kind == "scp":
        return PolicySet(identity=own, resource=OPEN, scps=_levels((*beside.scps, *policies)))
    rcps = [[FULL_RCP_ACCESS, *policies]]
    return PolicySet(identity=own, resource=OPEN, scps=_levels(beside.scps), rcps=rcps)


def _levels(scps: Sequence[Policy]) -> list[list[Policy]]:
    """The root with FullAWSAccess, and a level below with the SCPs; none where there are none."""
    if not scps:
        return []
    allows = any(one.effect == "Allow" for policy in scps for one in policy.statements)
    return [[FULL_ACCESS], [*scps] if allows else [FULL_ACCESS, *scps]]


def _open_to_account_of(case: Case) -> Policy:
    account = principal_of(case.principal).account
    delegated = replace(_EVERYTHING, principals={"AWS": (account,)})
    return Policy((delegated,), "resource", name=_ACCOUNT)


def cases_in(found: object, places: Sequence[str]) -> tuple[Case, ...]:
    """The cases of a file's `case` list; `places` say where each stands. Raises InputError with the place."""
    if not isinstance(found, list) or not found:
        raise InputError("there is no case", help="write a `[[case]]` with `principal`, `action` and `expected`")
    return tuple(_case(one, place) for one, place in zip(found, _every(places, len(found)), strict=True))


def _every(places: Sequence[str], count: int) -> list[str]:
    return list(places) if len(places) == count else [f"case {number}" for number in range(1, count + 1)]


def _case(found: object, place: str) -> Case:
    if not isinstance(found, Mapping):
        raise InputError(f"{place}: it is no case", help="write its fields as names with values")
    for name in found:
        if name not in _FIELDS:
            raise InputError(f"{place}: no field `{name}`", help=f"fields are {', '.join(_FIELDS)}")
    expected = _text(found, "expected", place).upper()
    if expected not in EXPECTATIONS:
        raise InputError(f"{place}: `{expected}` is no outcome", help=f"outcomes are {', '.join(EXPECTATIONS)}")
    action = _text(found, "action", place)
    if ":" not in action or any(sign in action for sign in "*?"):
        raise InputError(f"{place}: `{action}` is no action", help="write one action, such as `s3:GetObject`")
    case = Case(
        _text(found, "name", place, default=action),
        _text(found, "principal", place),
        action,
        _text(found, "resource", place, default="*"),
        expected,
        dict(_pairs(found.get("tags", {}), "tags", place)),
        _context(found, place),
        found.get("complete") is True,
        _text(found, "resource_account", place, default="") or None,
        place,
    )
    try:
        evaluate(case.request(), PolicySet())
    except InputError as error:
        raise InputError(f"{place}: {error.message}", help=error.help) from None
    return case


def _text(found: Mapping[str, object], name: str, place: str, *, default: str | None = None) -> str:
    value = found.get(name, default)
    if isinstance(value, str):
        return value
    fault = f"`{name}` is missing" if value is None else f"`{name}` is no text"
    raise InputError(f"{place}: {fault}", help=f'write `{name} = "…"`')


def _pairs(found: object, name: str, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(found, Mapping) or not all(isinstance(value, str) for value in found.values()):
        raise InputError(f"{place}: `{name}` is no table of texts", help=f'write `{name} = {{ team = "data" }}`')
    yield from ((str(key), str(value)) for key, value in found.items())


def _context(found: Mapping[str, object], place: str) -> dict[str, ContextValue]:
    given, absent = found.get("context", {}), found.get("absent", [])
    if not isinstance(given, Mapping):
        raise InputError(f"{place}: `context` is no table", help='write `context = { "aws:RequestedRegion" = "…" }`')
    if not isinstance(absent, list) or not all(isinstance(one, str) for one in absent):
        raise InputError(f"{place}: `absent` is no list of keys", help='write `absent = ["aws:SourceVpc"]`')
    return {**{str(key): _value(str(key), value, place) for key, value in given.items()}, **dict.fromkeys(absent)}


def _value(key: str, value: object, place: str) -> ContextValue:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str | bool | int | float) for one in value):
        return value
    raise InputError(f"{place}: `{key}` has no value of a key", help="write a text, a number, true, false, or a list")
