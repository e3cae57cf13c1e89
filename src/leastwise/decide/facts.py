"""The facts of one request: what was given, and the keys that follow from the principal and the resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from leastwise.decide.services import carries_resource_account
from leastwise.language.context import Fact, Facts, doubled, fact_of
from leastwise.model.request import UNKNOWN, Request, principal_of
from leastwise.model.switches import Switches

SESSION_KEY: Final = "leastwise:session"
CANONICAL_KEY: Final = "leastwise:canonical-id"
"""Facts of the principal that no condition key tells and that a Principal element asks for."""

_TAG = "aws:principaltag/"
_REQUEST_TAG = "aws:requesttag/"
_OF_AN_ORGANISATION = ("aws:principalorgid", "aws:principalorgpaths")


_MOST_LOWERED = 8_192


class _Lowered(dict[str, str]):
    """Keys and actions in lower case, of those asked last; a look-up is quicker than a conversion."""

    def __missing__(self, text: str) -> str:
        if len(self) >= _MOST_LOWERED:
            self.clear()
        found = self[text] = text.lower()
        return found


_LOWERED: Final = _Lowered()


class RequestFacts(Facts):
    """The facts of one request; those that can be derived are worked out when first asked for."""

    __slots__ = ("action", "owner", "principal", "request", "resource")

    def __init__(self, request: Request, switches: Switches) -> None:
        context, principal, resource = request.context, request.principal, request.resource
        for key, value in context.items():  # as Facts does it, without a call for each request
            self[_LOWERED[key]] = value if value.__class__ is str else fact_of(value)
        self.is_complete = request.context_is_complete
        self.principal = principal = principal_of(principal) if isinstance(principal, str) else principal
        self.action = _LOWERED[request.action]
        self.resource = resource
        self.owner = request.resource_account or owner_of(resource) or principal.account
        if len(self) != len(context):
            self.update(dict.fromkeys(doubled(context), UNKNOWN))
        if not switches.fas_keeps_source_ip and self.get("aws:viaawsservice") == "true":
            self["aws:sourceip"] = UNKNOWN
        self.request = request

    def __missing__(self, key: str) -> Fact:
        derive = _DERIVED.get(key)
        if derive is not None:
            fact = derive(self)
        elif key.startswith(_TAG):
            fact = self._tag(key[len(_TAG) :])
        else:
            fact = self.otherwise()
        self[key] = fact
        return fact

    @property
    def either(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that were given in several cases of letters, each with its values."""
        return doubled(self.request.context)

    @property
    def told_owner(self) -> str:
        """The resource's account as the request or the ARN tells it; empty when it was taken to be the principal's."""
        return self.request.resource_account or owner_of(self.resource)

    def otherwise(self) -> Fact:
        """What a key is that was not given and cannot be derived."""
        return None if self.is_complete else UNKNOWN

    def _tag(self, name: str) -> Fact:
        tags = self.principal.tags
        if tags is None:
            return None if self.principal.kind in ("service", "anonymous", "federated") else self.otherwise()
        return next((value for key, value in tags.items() if key.lower() == name), None)


def owner_of(resource: str) -> str:
    """The account that the ARN names as owner, empty where it names none, as of an S3 bucket."""
    if resource.startswith(_OF_NO_ACCOUNT):
        return ""
    arn = resource.split(":", 5)
    return arn[4] if len(arn) == 6 and arn[4].isdigit() else ""


_OF_NO_ACCOUNT: Final = "arn:aws:s3:::"
"""What most of the ARNs without an account begin with."""


def _principal_arn(facts: RequestFacts) -> Fact:
    principal = facts.principal
    if principal.kind in ("anonymous", "federated"):
        return None
    if principal.kind == "service":
        return None if facts.is_complete else UNKNOWN
    if principal.entity is not None:
        return principal.entity
    if not facts.is_complete:
        return UNKNOWN
    return f"arn:{principal.partition}:iam::{principal.account}:role/{principal.name}"


def _principal_account(facts: RequestFacts) -> Fact:
    return facts.principal.account or (None if facts.principal.kind == "federated" else facts.otherwise())


def _username(facts: RequestFacts) -> Fact:
    return facts.principal.name if facts.principal.kind == "user" else None


def _userid(facts: RequestFacts) -> Fact:
    principal = facts.principal
    if principal.kind in ("root", "anonymous"):
        return principal.account
    if principal.kind == "federated-user":
        return f"{principal.account}:{principal.name}"
    if principal.user_id is None:
        return facts.otherwise()
    return f"{principal.user_id}:{principal.session}" if principal.session else principal.user_id


_TYPES: Mapping[str, str] = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated-user": "FederatedUser",
    "anonymous": "Anonymous",
}


def _principal_type(facts: RequestFacts) -> Fact:
    return _TYPES.get(facts.principal.kind) or facts.otherwise()


def _is_service(facts: RequestFacts) -> Fact:
    if facts.principal.kind in ("anonymous", "federated"):
        return None
    return "true" if facts.principal.kind == "service" else "false"


def _service_name(facts: RequestFacts) -> Fact:
    return facts.principal.name if facts.principal.kind == "service" else None


def _resource_account(facts: RequestFacts) -> Fact:
    carried = carries_resource_account(facts.action)
    if carried is None:
        return facts.otherwise()
    return _owner(facts) if carried else None


def _access_point(facts: RequestFacts) -> Fact:
    """The ARN of the S3 access point through which a request goes, from that of its object."""
    start, found, rest = facts.resource.partition(":accesspoint/")
    is_one = found and start.startswith("arn:") and ":s3:" in start
    return f"{start}{found}{rest.partition('/')[0]}" if is_one else facts.otherwise()


def _access_point_account(facts: RequestFacts) -> Fact:
    arn = facts["s3:dataaccesspointarn"]
    return owner_of(arn) or facts.otherwise() if isinstance(arn, str) else facts.otherwise()


def _owner(facts: RequestFacts) -> Fact:
    is_known = bool(facts.told_owner) or facts.is_complete
    return facts.owner if is_known and facts.owner.isdigit() else facts.otherwise()


def _organisation(facts: RequestFacts) -> Fact:
    """Services and anonymous callers belong to no organisation."""
    return None if facts.principal.kind in ("service", "anonymous", "federated") else facts.otherwise()


def _tag_keys(facts: RequestFacts) -> Fact:
    """The tag keys of a request are those of its tags."""
    names = tuple(key[len(_REQUEST_TAG) :] for key, value in facts.items() if key.startswith(_REQUEST_TAG) and value)
    return names or facts.otherwise() if facts.is_complete else UNKNOWN


def _called_via(position: int) -> Callable[[RequestFacts], Fact]:
    def derive(facts: RequestFacts) -> Fact:
        chain = facts["aws:calledvia"]
        return chain[position] if isinstance(chain, tuple) and chain else facts.otherwise()

    return derive


def _session(facts: RequestFacts) -> Fact:
    """A role that asks does so in some session; which one follows from nothing else."""
    return facts.principal.session or (UNKNOWN if facts.principal.kind == "role" else None)


def _canonical(facts: RequestFacts) -> Fact:
    return facts.principal.canonical_id or UNKNOWN


_DERIVED: Mapping[str, Callable[[RequestFacts], Fact]] = {
    "aws:principalarn": _principal_arn,
    "aws:principalaccount": _principal_account,
    "aws:username": _username,
    "aws:userid": _userid,
    "aws:principaltype": _principal_type,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    **dict.fromkeys(_OF_AN_ORGANISATION, _organisation),
    "aws:resourceaccount": _resource_account,
    "s3:dataaccesspointarn": _access_point,
    "s3:dataaccesspointaccount": _access_point_account,
    "s3:resourceaccount": _owner,
    "kms:calleraccount": _principal_account,
    "aws:tagkeys": _tag_keys,
    "aws:calledviafirst": _called_via(0),
    "aws:calledvialast": _called_via(-1),
    SESSION_KEY: _session,
    CANONICAL_KEY: _canonical,
}
"""IAM User Guide, "AWS global condition context keys": the keys that follow from who asks and whose resource it is."""

FOLLOWING_KEYS: Final = frozenset(_DERIVED)
"""The keys that cannot be changed by themselves."""
