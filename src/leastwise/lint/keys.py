"""Condition keys as a policy writes them: which there are, how AWS spells them, and which actions send them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from leastwise.catalogue.keys import UNLISTED, condition_key
from leastwise.catalogue.load import load_catalogue
from leastwise.language.context import SENT_SINGLE, is_list_key
from leastwise.lint.breadth import actions_of, named_by
from leastwise.lint.document import Condition, Written, WrittenStatement
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_sent

_GLOBAL_NAMES: Final = (
    "aws:AssumedRoot",
    "aws:CalledVia",
    "aws:CalledViaAWSMCP",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:IsMcpServiceAction",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgMasterAccountId",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SignInSessionArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSMCPService",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
)
"""IAM User Guide, "AWS global condition context keys"; the organization's management account is in managed policies."""

GLOBAL_KEYS: Final[Mapping[str, str]] = {name.lower(): name for name in _GLOBAL_NAMES}
"""Every global key but those of tags, in lower case, as AWS spells it."""

_TAG_FAMILIES: Final = ("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/")

REPLACED: Final[Mapping[str, str]] = {
    "aws:arn": "aws:PrincipalArn` or `aws:SourceArn",
    "aws:sourceowner": "aws:SourceAccount",
}
"""Old global keys, and what AWS gives for them. IAM User Guide, "Access Analyzer policy check reference"; Amazon SNS
Developer Guide, "Example cases for Amazon SNS access control"."""

_SERVICE_OF: Final[Mapping[str, str]] = {
    "catalog": "aws-marketplace",
    "cognito-identity-auth": "cognito-identity",
    "cognito-identity-unauth": "cognito-identity",
    "identitycenter": "sso",
    "saml": "sts",
}
"""Prefixes of keys that are no service's own prefix, and the service under which the reference lists them."""

_TWO_SPELLINGS: Final = frozenset(
    {
        "codebuild:buildarn",
        "codebuild:projectarn",
        "ec2:sourceinstancearn",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
"""Keys that the IAM User Guide and the Service Authorization Reference spell differently."""

_REQUEST_TAGS: Final = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")


def is_global(key: str) -> bool:
    """Whether the key, in lower case, has the prefix of the global keys."""
    return key.startswith("aws:")


def is_of_provider(key: str) -> bool:
    """Whether the key, in lower case, tells what an identity provider says; which there are is the provider's."""
    prefix = key.partition(":")[0]
    return "." in prefix or prefix == "saml"


def is_placeholder(key: str) -> bool:
    """Whether part of the key is yet to be filled in."""
    return any(sign in key for sign in "<>{}[]")


def is_about_tags(key: str) -> bool:
    """Whether the key, in lower case, tells of tags in the request or on the resource, which not every action has."""
    return key.startswith(_REQUEST_TAGS)


def lacks_tag_key(key: str) -> bool:
    """Whether the key, in lower case, is one of tags that does not say which tag."""
    stem = key.removesuffix("/") + "/"
    if is_global(key):
        return stem in (family.lower() for family in _TAG_FAMILIES)
    return stem.endswith("tag/") and _spelled_in_service(key) is None and _spelled_in_service(f"{stem}x") is not None


def has_service(key: str) -> bool:
    """Whether the key's prefix, in lower case, is one under which the catalogue has keys."""
    prefix = key.partition(":")[0]
    return prefix in _SERVICE_OF or load_catalogue().service(prefix) is not None


def is_known(key: str) -> bool:
    """Whether AWS has the key, given in lower case; keys of identity providers all count as known."""
    return is_of_provider(key) or key in UNLISTED or spelled(key) is not None


@lru_cache(maxsize=8192)
def spelled(key: str) -> str | None:
    """The key as AWS spells it, the name of a tag as it stands; None where the catalogue has not the key."""
    lowered = key.lower()
    if not is_global(lowered):
        return _spelled_in_service(key)
    for family in _TAG_FAMILIES:
        if lowered.startswith(family.lower()) and len(key) > len(family):
            return family + key[len(family) :]
    return GLOBAL_KEYS.get(lowered)


@lru_cache(maxsize=8192)
def _spelled_in_service(key: str) -> str | None:
    name = _name_in_service(key)
    if name is None:
        return None
    fixed = name.partition("${")[0].partition("<")[0]
    return fixed + key[len(fixed) :]


def _name_in_service(key: str) -> str | None:
    """The name that the catalogue has for the key, variable parts and all."""
    catalogue = load_catalogue()
    prefix = key.partition(":")[0].lower()
    found = condition_key(catalogue, key)
    if found is not None:
        return found.name
    home = catalogue.service(_SERVICE_OF.get(prefix, ""))
    listed = home.condition_keys.get(key.lower()) if home else None
    return listed.name if listed else None


def has_two_spellings(key: str) -> bool:
    """Whether AWS's own pages spell the key, given in lower case, in two ways."""
    return key in _TWO_SPELLINGS


def is_single(key: str) -> bool:
    """Whether the key, given in lower case, certainly holds one value at most."""
    if is_of_provider(key):
        return key.endswith(":sub")
    return is_known(key) and not is_list_key(key) and key not in SENT_SINGLE


@lru_cache(maxsize=16_384)
def is_sent_by_one_of(key: str, pattern: str) -> bool:
    """Whether requests for one of the actions of a policy's pattern may have the key, given in lower case."""
    own = key.partition(":")[0] + ":"
    actions = named_by(pattern)
    return any(is_sent(key, action) for action in actions if action.name.startswith(own)) or any(
        is_sent(key, action) for action in actions if not action.name.startswith(own)
    )


def actions_without(statement: WrittenStatement, condition: Condition) -> tuple[list[Written], list[Written]]:
    """The actions as written that never send the condition's key, and those that may; unknown actions are neither."""
    lacking: list[Written] = []
    sending: list[Written] = []
    for written, actions in actions_of(statement):
        if actions:
            (sending if is_sent_by_one_of(condition.lowered, written.text) else lacking).append(written)
    return lacking, sending


def has_unknown_action(statement: WrittenStatement) -> bool:
    """Whether the statement names an action that the catalogue does not know."""
    return any(not action_index().bits_of(written.text) for written in statement.actions)


def of_services(statement: WrittenStatement) -> Iterator[Condition]:
    """The statement's conditions on keys that services define and the catalogue has."""
    for condition in statement.conditions:
        key = condition.lowered
        if not is_global(key) and not is_of_provider(key) and is_known(key):
            yield condition
