"""Who asks for what, on what, given which facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Final, Literal

import msgspec

from leastwise.model.arn import Arn, parse_arn
from leastwise.model.errors import RequestError


class Unknown(Enum):
    """What stands in the place of a key, a policy or a fact that is not known."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN

PrincipalKind = Literal["user", "role", "root", "federated-user", "service", "anonymous", "federated"]

_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|amazonaws\.eu|aws\.internal)")
_BUILT_IN_PROVIDERS = ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")
"""OIDC providers without an ARN of their own. IAM User Guide, "AWS JSON policy elements: Principal"."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_SERVICE_ROLE_PATH = "aws-service-role/"
_SERVICE_ROLE_NAME = "AWSServiceRoleFor"
_HELP = "write the ARN of a user, role, session or root, a service such as `lambda.amazonaws.com`, or `anonymous`"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks.

    `arn` is what was asked with: an ARN, a service principal, an identity provider, or `*` for anonymous. `entity` is
    the ARN that `aws:PrincipalArn` carries, so a session's role; None when it is not known, as a session's ARN does
    not tell the path of its role. `issuer` is the ARN of the user that a federated user's session is of, if known.
    `session` is the session's name, None when not known or none. `tags` are those of principal and session together,
    None when not known.
    """

    kind: PrincipalKind
    arn: str
    partition: str = "aws"
    account: str = ""
    name: str = ""
    entity: str | None = None
    issuer: str | None = None
    session: str | None = None
    user_id: str | None = None
    canonical_id: str | None = None
    tags: Mapping[str, str] | None = field(default=None, hash=False)
    in_management_account: bool = False

    @classmethod
    def of(
        cls,
        text: str,
        *,
        role_arn: str | None = None,
        user_arn: str | None = None,
        user_id: str | None = None,
        canonical_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        in_management_account: bool = False,
    ) -> Principal:
        """The principal that `text` names, with what else is known of it; raises RequestError."""
        named = principal_of(text)
        if role_arn is not None:
            named = _with_role(named, role_arn)
        return replace(
            named,
            issuer=user_arn,
            user_id=user_id,
            canonical_id=canonical_id,
            tags=None if tags is None else dict(tags),
            in_management_account=in_management_account,
        )

    @property
    def is_service_linked(self) -> bool:
        """Whether this is a service-linked role, which neither SCPs nor RCPs bind."""
        return self.kind == "role" and (
            self.name.startswith(_SERVICE_ROLE_NAME) or f":role/{_SERVICE_ROLE_PATH}" in (self.entity or "")
        )


def _with_role(named: Principal, role_arn: str) -> Principal:
    role = principal_of(role_arn)
    if named.kind != "role" or role.kind != "role" or (role.account, role.name) != (named.account, named.name):
        raise RequestError(f"`{role_arn}` is not the role of `{named.arn}`", help="give the role that was assumed")
    return replace(named, entity=role.arn)


_ORIGIN = "arn:aws:iam::cloudfront:user/"
"""An origin access identity, which is of no account of a customer. Amazon CloudFront Developer Guide, "Restrict access
to an Amazon S3 origin"."""


@lru_cache(maxsize=16_384)
def principal_of(text: str) -> Principal:
    """The principal that `text` names; raises RequestError when it names none."""
    if text in ("*", "anonymous"):
        return Principal("anonymous", "*", account="anonymous")
    if text in _BUILT_IN_PROVIDERS:
        return Principal("federated", text)
    if _SERVICE.fullmatch(text):
        return Principal("service", text, name=text)
    arn = parse_arn(text)
    found = _named(text, arn) if arn and (_ACCOUNT.fullmatch(arn.account) or text.startswith(_ORIGIN)) else None
    if found is None:
        raise RequestError(f"cannot make out the principal `{text}`", help=_HELP)
    return found


def _named(text: str, arn: Arn) -> Principal | None:
    partition, service, account, resource = arn.partition, arn.service, arn.account, arn.resource
    kind, _, rest = resource.partition("/")
    name = rest.rpartition("/")[2]
    if service == "iam" and resource == "root":
        return Principal("root", text, partition, account, "root", entity=text)
    if not name:
        return None
    if service == "iam" and kind in ("user", "role"):
        return Principal("user" if kind == "user" else "role", text, partition, account, name, entity=text)
    if service == "iam" and kind in ("saml-provider", "oidc-provider"):
        return Principal("federated", text, partition, account, rest)
    if service == "sts" and kind == "federated-user":
        return Principal("federated-user", text, partition, account, rest, entity=text)
    if service == "sts" and kind == "assumed-role" and rest.count("/") == 1:
        role, _, session = rest.partition("/")
        return Principal("role", text, partition, account, role, session=session)
    return None


ContextValue = str | bool | int | float | Sequence[str] | Unknown | None


class Request(msgspec.Struct, frozen=True, gc=False):
    """One action on one resource by one principal.

    `context` maps condition keys, in any case, to a value, to a list where AWS sends a list, to UNKNOWN, or to None for
    a key known to be absent. A key that is not in it is unknown, unless `context_is_complete`: then it is absent.
    `resource_account` owns the resource; None takes it from the ARN, and where that has none, from the principal.
    `resource_is_aws_managed` is for the keys that AWS manages in an account.
    """

    principal: str | Principal
    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = {}
    resource_account: str | None = None
    context_is_complete: bool = False
    resource_in_management_account: bool = False
    resource_is_aws_managed: bool = False

    @property
    def is_out_of_reach_of_rcps(self) -> bool:
        """Whether the resource is one that no RCP binds: the management account's, or an AWS managed key."""
        return self.resource_in_management_account or self.resource_is_aws_managed
