"""From one event to what it asked for: action × resource × context, and what no record shows by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
from leastwise.usage.plans import ActionPlan, CallPlan, Lookup, PassRolePlan
from leastwise.usage.resources import (
    NOTHING_NAMED,
    RECORDED,
    REQUESTED,
    UNNAMED,
    Found,
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


_LISTED_ARN = re.compile(rb'"ARN":"(arn:[^"\\\\]*)"')


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
    kind = kind_of(event, plan.rule)
    grants: tuple[Grant, ...] = ()
    if kind == "mapped":
        grants = tuple(_Reader(event, plan, asked).grants(catalogue))
        grants = grants if len(grants) == 1 else tuple(dict.fromkeys(grants))
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


class _Reader:
    """One event's request; its members are decoded only when more than their names is asked for."""

    __slots__ = ("_parameters", "asked", "event", "named", "names", "plan")

    def __init__(self, event: Event, plan: CallPlan, asked: Asked) -> None:
        self.event = event
        self.plan = plan
        self.asked = asked
        self.named = named_resources(asked.resources)
        self.names = plan.known_names(asked.projection) if asked.projection[0] else None
        self._parameters: Parameters | None = None

    @property
    def parameters(self) -> Parameters:
        """The request's members, decoded."""
        if self._parameters is None:
            self._parameters = Parameters(request_of(self.asked.projection))
        return self._parameters

    def grants(self, catalogue: Catalogue) -> Iterator[Grant]:
        plan, context, place = self.plan, self._context(), self.asked.place.values
        for action in self._actions() if plan.rule.decoder else plan.actions:
            if action.is_always_needed or self._is_needed(action):
                for resource, how in self._resources(action, place):
                    yield Grant(action.action, resource, how, LOGGED, action.is_guess, context)
        for passing in plan.pass_role:
            yield from self._pass_role_grants(passing)
        if self.asked.kms_key is not None:
            yield from self._forwarded_grants(self.asked.kms_key, catalogue)

    def _actions(self) -> Sequence[ActionPlan]:
        decoder = DECODERS[self.plan.rule.decoder]
        return decoder(self.plan, self.parameters, request_of(self.asked.projection))

    def _context(self) -> str:
        if self.names is not None and self.names.isdisjoint(self.plan.context_names):
            return ""
        return written(context_of(self.plan.rule.prefix, self.parameters, request_of(self.asked.projection)))

    def _resources(self, action: ActionPlan, place: Mapping[str, str]) -> list[Found]:
        """A record that lists a resource of every type that a parameter could name settles them all."""
        if self.names is not None and self.named.arns and not self.named.prefixes:
            settled = settled_by_record(action, self.named.arns)
            if settled is not None:
                return settled
        return resources_of(action, self.parameters, named=self.named, place=place)

    def _is_needed(self, action: ActionPlan) -> bool:
        if action.present and not any(self._has(p) for p in action.present):
            return False
        return not any(self._has(p) for p in action.absent)

    def _has(self, lookup: Lookup) -> bool:
        if self.names is not None and lookup.transform is None:
            return lookup.name in self.names
        return self.parameters.has(lookup)

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
            values = {k: (v.replace("${region}", region),) for k, v in forwarded.context.items()}
            yield Grant(forwarded.action, resource, how, FORWARDED, False, written(values))


def named_resources(raw: bytes) -> Named:
    """What the record's `resources` list: ARNs, and prefixes of ARNs where a call touched many objects."""
    if len(raw) < 3 or raw == b"null":
        return NOTHING_NAMED
    arns = _LISTED_ARN.findall(raw)
    if len(arns) == raw.count(b'"ARN'):
        return Named(tuple([arn.decode("utf-8", "replace") for arn in arns]))
    try:
        parts = _RESOURCES.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _named_leniently(decoded(Raw(raw)))
    arns = tuple(dict.fromkeys(p.ARN for p in parts if p.ARN and p.ARN.startswith("arn:")))
    prefixes = tuple(dict.fromkeys(p.ARNPrefix for p in parts if p.ARNPrefix))
    return Named(arns, prefixes)


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
