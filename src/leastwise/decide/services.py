"""What single services do otherwise: facts of AWS as data, each with the page that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_network
from typing import Final

from leastwise.model.policy import Policy, Statement

ASSUME_ACTIONS: Final = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
ROLE_ACTIONS: Final = ASSUME_ACTIONS | {"sts:tagsession", "sts:setsourceidentity"}
"""Authorized on a role, whose trust policy must allow. IAM User Guide, "Permissions for AssumeRole …"."""

PROVIDER_ACTIONS: Final[Mapping[str, str]] = {
    "sts:assumerolewithsaml": "saml-provider",
    "sts:assumerolewithwebidentity": "oidc-provider",
}

NEVER_DENIED: Final = frozenset({"sts:getcalleridentity"})
"""AWS STS API Reference, GetCallerIdentity: no permission is needed, and an explicit deny does not refuse it."""

NO_PERMISSION: Final = frozenset({"sts:getsessiontoken"})
"""AWS STS API Reference, GetSessionToken: no permission is needed."""

BUCKET_POLICY_ACTIONS: Final = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
"""Always open to the owner's root, never to other accounts. Amazon S3 API Reference, PutBucketPolicy."""

UNBOUND_BY_RCPS: Final = frozenset({"kms:retiregrant"})
"""AWS Organizations User Guide, "Resource control policies (RCPs)"."""

UNBOUND_BY_SCPS: Final = ("mechanicalturk:",)
"""Tasks that no SCP restricts. AWS Organizations User Guide, "Service control policies (SCPs)"."""

WITHOUT_RESOURCE_ACCOUNT: Final = frozenset(
    {
        "auditmanager:updateassessmentframeworkshare",
        "detective:acceptinvitation",
        "ds:acceptshareddirectory",
        "ec2:accepttransitgatewaypeeringattachment",
        "ec2:acceptvpcendpointconnections",
        "ec2:acceptvpcpeeringconnection",
        "ec2:createtransitgatewaypeeringattachment",
        "ec2:createvpcendpoint",
        "ec2:createvpcpeeringconnection",
        "es:acceptinboundconnection",
        "guardduty:acceptadministratorinvitation",
        "macie2:acceptinvitation",
        "route53:associatevpcwithhostedzone",
        "route53:createvpcassociationauthorization",
        "securityhub:acceptadministratorinvitation",
    }
)
_WITHOUT_RESOURCE_ACCOUNT_SERVICE: Final = "ebs:"
SOMETIMES_WITHOUT_RESOURCE_ACCOUNT: Final = frozenset({"events:putevents"})
"""IAM User Guide, "AWS global condition context keys", aws:ResourceAccount: the calls that do not carry it."""


def carries_resource_account(action: str) -> bool | None:
    """Whether requests for the action, given in lower case, have `aws:ResourceAccount`; None for some of them."""
    if action in SOMETIMES_WITHOUT_RESOURCE_ACCOUNT:
        return None
    return action not in WITHOUT_RESOURCE_ACCOUNT and not action.startswith(_WITHOUT_RESOURCE_ACCOUNT_SERVICE)


GRANT_OPERATIONS: Final = frozenset(
    {
        "decrypt",
        "derivesharedsecret",
        "encrypt",
        "generatedatakey",
        "generatedatakeypair",
        "generatedatakeypairwithoutplaintext",
        "generatedatakeywithoutplaintext",
        "generatemac",
        "reencryptfrom",
        "reencryptto",
        "sign",
        "verify",
        "verifymac",
        "creategrant",
        "describekey",
        "getpublickey",
        "retiregrant",
    }
)
"""AWS KMS Developer Guide, "Grants in AWS KMS"."""

ENCRYPTION_CONTEXT: Final = "kms:encryptioncontext:"

_BUCKET_ACL: Final[Mapping[str, frozenset[str]]] = {
    "READ": frozenset({"s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"}),
    "WRITE": frozenset({"s3:putobject", "s3:deleteobject", "s3:deleteobjectversion"}),
    "READ_ACP": frozenset({"s3:getbucketacl"}),
    "WRITE_ACP": frozenset({"s3:putbucketacl"}),
}
_OBJECT_ACL: Final[Mapping[str, frozenset[str]]] = {
    "READ": frozenset({"s3:getobject", "s3:getobjectversion"}),
    "READ_ACP": frozenset({"s3:getobjectacl", "s3:getobjectversionacl"}),
    "WRITE_ACP": frozenset({"s3:putobjectacl", "s3:putobjectversionacl"}),
}


def acl_actions(permission: str, *, is_on_object: bool) -> frozenset[str]:
    """The actions, in lower case, that an ACL permission allows.

    Source: Amazon S3 User Guide, "Access control list (ACL) overview".
    """
    table = _OBJECT_ACL if is_on_object else _BUCKET_ACL
    if permission == "FULL_CONTROL":
        return frozenset[str]().union(*table.values())
    return table.get(permission, frozenset())


_FIXED_KEYS: Final = frozenset(
    {
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:principalorgid",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:userid",
        "aws:vpcsourceip",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    }
)
_POSITIVE: Final = frozenset(
    {"stringequals", "stringlike", "arnequals", "arnlike", "ipaddress", "stringequalsignorecase"}
)
_WIDEST_V4, _WIDEST_V6 = 8, 32
"""The longest prefixes that count as fixed. Amazon S3 User Guide, "The meaning of 'public'"."""


def is_public(policies: Iterable[Policy]) -> bool:
    """Whether S3 takes a bucket policy for public: some Allow to everyone that no fixed value of a listed key narrows.

    Source: Amazon S3 User Guide, "The meaning of 'public'".
    """
    return any(_is_public(statement) for policy in policies for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    if statement.effect != "Allow":
        return False
    everyone = statement.is_not_principal or "*" in (statement.principals or {}).get("AWS", ())
    return everyone and not any(
        operator.lower() in _POSITIVE and key.lower() in _FIXED_KEYS and all(map(_is_fixed, values))
        for operator, block in statement.conditions.items()
        for key, values in block.items()
    )


def _is_fixed(value: str) -> bool:
    """A value without wildcard or variable; a wildcard counts as fixed behind an account, an organisation, a key."""
    return not any(sign in value for sign in ("*", "?", "${")) and ("/" not in value or is_narrow(value))


@lru_cache(maxsize=8192)
def is_narrow(block: str) -> bool:
    """Whether an address block is no wider than what S3 takes for fixed: /8, or /32 of IPv6; text that is none is."""
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return True
    return network.prefixlen >= (_WIDEST_V4 if network.version == 4 else _WIDEST_V6)
