"""From one event to what it asked for: action × resource × context, and what no record shows by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Raw

from leastwise.catalogue.events import CallRule
from leastwise.catalogue.load import Catalogue
from leastwise.model.arn import parse_arn
from leastwise.usage.context import Context, context_of, written
from leastwise.usage.decoders import DECODERS
from leastwise.usage.events import Event, decoded
from leastwise.usage.parameters import NOTHING_ASKED, Parameters, Projection, request_of
from leastwise.usage.plans import ActionPlan, CallPlan, PassRolePlan
from leastwise.usage.resources import (
    NOTHING_NAMED,
    RECORDED,
    REQUESTED,
    UNNAMED,
    Named,
    Place,
    resources_of,
    settled_by_record,
)

INSTANCE_PROFILE = "instance-profile"
"""The row's resource is an instance profile; the role inside it is what was passed."""

LOGGED = ""
PASSED = "passed role"
FORWARDED = "forwarded call"
"""Why a row is there: the call itself, a role in its request, or a call that the service makes in turn."""


class Grant(NamedTuple):
    """One action on one resource that a call needed."""

    action: str
    resource: str
    how: str
    inferred: str
    is_guess: bool
    context: str


class Call(NamedTuple):
    """One kind of call with all that it needed; equal calls are stored once."""

    event_source: str
    event_name: str
    region: str
    recipient: str
    category: str
    kind: str
    grants: tuple[Grant, ...]


class _Resource(msgspec.Struct, gc=False):
    ARN: str | None = None
    ARNPrefix: str | None = None


_RESOURCES = msgspec.json.Decoder(list[_Resource])

NOT_CALLS = frozenset({"AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn", "AwsConsoleSignin", "AwsVpceEvents"})
"""Event types that are no API call by the principal, so that no permission is read from them.

Source: CloudTrail User Guide, "CloudTrail record contents", eventType.
"""


def kind_of(event: Event, rule: CallRule) -> str:
    """`not-a-call` for events that no permission stands behind, else the rule's own kind."""
    return "not-a-call" if event.event_type in NOT_CALLS else rule.kind


class Asked(NamedTuple):
    """What of one event decides which permissions it needed; equal ones need the same."""

    place: Place
    projection: Projection = NOTHING_ASKED
    resources: bytes = b""
    kms_key: bytes | None = None


def call_of(event: Event, plan: CallPlan, asked: Asked, *, catalogue: Catalogue) -> Call:
    """What `event` asked for, by `plan`."""
    grants: tuple[Grant, ...] = ()
    kind = kind_of(event, plan.rule)
    if kind == "mapped":
        grants = _settled(plan, asked) or tuple(dict.fromkeys(_Reader(event, plan, asked).grants(catalogue)))
    return _call(event, kind, asked, grants)


def _call(event: Event, kind: str, asked: Asked, grants: tuple[Grant, ...]) -> Call:
    return Call(
        event_source=event.event_source,
        event_name=event.event_name,
        region=asked.place.region,
        recipient=asked.place.account,
        category=category_of(event),
        kind=kind,
        grants=grants,
    )


def category_of(event: Event) -> str:
    """`Management`, `Data` or `NetworkActivity`; older records say only whether it is management."""
    if event.event_category:
        return event.event_category
    return _CATEGORIES[event.management_event]


_CATEGORIES = {True: "Management", False: "Data", None: ""}


def settled_call(event: Event, plan: CallPlan, asked: Asked) -> Call | None:
    """What `event` asked for, when the resources that its record lists tell it all; else None."""
    kind = kind_of(event, plan.rule)
    grants = _settled(plan, asked) if kind == "mapped" else ()
    return _call(event, kind, asked, grants) if grants else None


def _settled(plan: CallPlan, asked: Asked) -> tuple[Grant, ...]:
    """The grants of a call whose members' names and listed resources tell all; nothing when more must be read."""
    actions = plan.decided(asked.projection) if asked.projection[0] and asked.kms_key is None else None
    if not actions:
        return ()
    named = named_resources(asked.resources)
    if named.prefixes or not named.arns:
        return ()
    grants: list[Grant] = []
    for action in actions:
        found = settled_by_record(action, named.arns)
        if found is None:
            return ()
        grants += [Grant(action.action, arn, how, LOGGED, action.is_guess, "") for arn, how in found]
    return tuple(grants) if len(grants) == 1 else tuple(dict.fromkeys(grants))


class _Reader:
    """One event's request, decoded once for all the actions that it needed."""

    __slots__ = ("asked", "event", "named", "parameters", "plan", "request")

    def __init__(self, event: Event, plan: CallPlan, asked: Asked) -> None:
        self.event = event
        self.plan = plan
        self.asked = asked
        self.named = named_resources(asked.resources)
        self.request = request_of(asked.projection)
        self.parameters = Parameters(self.request)

    def grants(self, catalogue: Catalogue) -> Iterator[Grant]:
        plan, context, place = self.plan, self._context(), self.asked.place
        for action in self._actions() if plan.rule.decoder else plan.actions:
            if action.is_always_needed or self._is_needed(action):
                for resource, how in resources_of(action, self.parameters, named=self.named, place=place):
                    yield Grant(action.action, resource, how, LOGGED, action.is_guess, context)
        for passing in plan.pass_role:
            yield from self._pass_role_grants(passing)
        if self.asked.kms_key is not None:
            yield from self._forwarded_grants(self.asked.kms_key, catalogue)

    def _actions(self) -> Sequence[ActionPlan]:
        decoder = DECODERS[self.plan.rule.decoder]
        return decoder(self.plan, self.parameters, self.request)

    def _context(self) -> str:
        if not self.request:
            return ""
        return written(context_of(self.plan.told, self.parameters, self.request))

    def _is_needed(self, action: ActionPlan) -> bool:
        has = self.parameters.has
        for lookup in action.absent:
            if has(lookup):
                return False
        for lookup in action.present:
            if has(lookup):
                return True
        return not action.present

    def _pass_role_grants(self, passing: PassRolePlan) -> Iterator[Grant]:
        roles = dict.fromkeys(v for p in passing.lookups for v in self.parameters.values(p))
        context: Context = {"iam:PassedToService": (passing.service,)} if passing.service else {}
        kind = "instance-profile" if passing.by_profile else "role"
        for text in roles:
            arn = self._entity(text, kind)
            if arn:
                how = INSTANCE_PROFILE if passing.by_profile else REQUESTED
                yield Grant("iam:PassRole", arn, how, PASSED, passing.is_guess, written(context))

    def _entity(self, text: str, kind: str) -> str | None:
        """The ARN of a role or instance profile given by ARN or by name."""
        arn = parse_arn(text)
        if arn:
            return text if arn.service == "iam" and arn.resource.startswith(f"{kind}/") else None
        if not self.asked.place.account or ":" in text or not text.strip("/"):
            return None
        return f"arn:{self.asked.place.partition}:iam::{self.asked.place.account}:{kind}/{text.lstrip('/')}"

    def _forwarded_grants(self, key: bytes, catalogue: Catalogue) -> Iterator[Grant]:
        """The key that S3 says it used: the caller needed it too, through the service.

        Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"; data of
        iam-policy-autopilot for what S3 calls in turn.
        """
        resource, how = (key.decode("utf-8", "replace"), RECORDED) if key else ("*", UNNAMED)
        for forwarded in catalogue.forwarded("s3", self.event.event_name):
            region = self.asked.place.region
            values: Context = {k: (v.replace("${region}", region),) for k, v in forwarded.context.items()}
            yield Grant(forwarded.action, resource, how, FORWARDED, False, written(values))


def named_resources(raw: bytes) -> Named:
    """What the record's `resources` list: ARNs, and prefixes of ARNs where a call touched many objects."""
    if len(raw) < 3 or raw == b"null":
        return NOTHING_NAMED
    arns = _listed_arns(raw)
    if arns is not None:
        return Named(arns)
    try:
        parts = _RESOURCES.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _named_leniently(decoded(Raw(raw)))
    arns = tuple(dict.fromkeys(p.ARN for p in parts if p.ARN and p.ARN.startswith("arn:")))
    prefixes = tuple(dict.fromkeys(p.ARNPrefix for p in parts if p.ARNPrefix))
    return Named(arns, prefixes)


_ARN_MEMBER = b'"ARN":"'


def _listed_arns(raw: bytes) -> tuple[str, ...] | None:
    """The texts under `ARN` as CloudTrail writes them; None when the JSON must be decoded to tell."""
    if b"\\" in raw:
        return None
    parts = raw.split(_ARN_MEMBER)
    if len(parts) <= raw.count(b'"ARN'):
        return None
    arns: list[str] = []
    for part in parts[1:]:
        arn = part[: part.find(b'"')].decode("utf-8", "replace")
        if not arn.startswith("arn:"):
            return None
        arns.append(arn)
    return tuple(arns)


def _named_leniently(value: object) -> Named:
    parts = [p for p in value if isinstance(p, dict)] if isinstance(value, list) else []
    lowered = [{k.lower(): v for k, v in p.items()} for p in parts]
    arns = [p.get("arn") for p in lowered]
    return Named(tuple(a for a in arns if isinstance(a, str) and a.startswith("arn:")))


__all__ = [
    "FORWARDED",
    "INSTANCE_PROFILE",
    "LOGGED",
    "PASSED",
    "Asked",
    "Call",
    "Grant",
    "call_of",
    "category_of",
    "kind_of",
]
