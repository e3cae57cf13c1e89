"""What the axiom groups say of one key, and of the resource, whatever the policies ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from leastwise.catalogue.keys import KEY_VARIABLE, UNLISTED, sent_with
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import room
from leastwise.catalogue.services import Action
from leastwise.language.context import type_of_key
from leastwise.prove.checking.conditions import arn_like
from leastwise.prove.checking.patterns import (
    ALL_LETTERS,
    COLON,
    NO_COLON,
    STAR,
    Language,
    Letters,
    Pattern,
    Step,
    plain,
    words,
    written,
)
from leastwise.prove.checking.values import Predicate, Read, Signed, Spelt
from leastwise.prove.personas import Persona

PRINCIPAL_ARN: Final = "aws:principalarn"
PRINCIPAL_ACCOUNTS: Final = ("aws:principalaccount", "kms:calleraccount")
RESOURCE_ACCOUNT: Final = "aws:resourceaccount"

_IN_PART: Final = Step(NO_COLON, repeats=True)
_SOME_IN_PART: Final = (Step(NO_COLON), _IN_PART)
_BEFORE_ACCOUNT: Final = (*plain("arn:"), *_SOME_IN_PART, COLON, *_SOME_IN_PART, COLON, _IN_PART, COLON)
_AFTER_ACCOUNT: Final = (COLON, Step(ALL_LETTERS), STAR)
_ARN: Final[Language] = ((*_BEFORE_ACCOUNT, _IN_PART, *_AFTER_ACCOUNT),)
_ANY_ARN: Final[Language] = ((*plain("arn:"), *((_IN_PART, COLON) * 4), STAR),)

_ALWAYS_SENT: Final = frozenset(
    {
        "aws:securetransport",
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:viaawsservice",
        "aws:userid",
        "aws:principaltype",
    }
)
_WITHOUT_RESOURCE_ACCOUNT: Final = frozenset(
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
        "events:putevents",
        "guardduty:acceptadministratorinvitation",
        "macie2:acceptinvitation",
        "route53:associatevpcwithhostedzone",
        "route53:createvpcassociationauthorization",
        "securityhub:acceptadministratorinvitation",
    }
)
"""IAM User Guide, "AWS global condition context keys", aws:ResourceAccount; and every action of `ebs`."""

_SERVICE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_TAG_KEYS: Final = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
_TRAVELLING: Final = frozenset(
    {
        "ec2:sourceinstancearn",
        "ec2:roledelivery",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
        "codebuild:buildarn",
        "codebuild:projectarn",
        "glue:roleassumedby",
        "glue:credentialissuingservice",
        "identitystore:userid",
    }
)
_TRAVELLING_PREFIXES: Final = ("saml", "sts")
"""Keys of a session, whatever service it calls. IAM User Guide, "IAM and AWS STS condition context keys"."""

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Facts:
    """The requests that a lemma is about.

    `action` is in lower case, None for a name that the catalogue does not know. The rest follows from who asks:
    `fixed` holds keys with their one value, None for absent; `principal_arns` are ARN patterns of which
    aws:PrincipalArn fits one, None where it is not restricted; `other_than` are ARN patterns that it does not fit.
    `is_service` is False where it is known that no AWS service asks; `is_stranger` is True where an anonymous caller or
    a provider's user asks, of whose requests it is not known what they always have.
    """

    action: str | None
    fixed: Mapping[str, str | None]
    principal_arns: tuple[str, ...] | None
    other_than: tuple[str, ...] = ()
    is_service: bool = True
    is_stranger: bool = False


def facts_about(action: str | None, persona: Persona, keys: Iterable[str]) -> Facts:
    """What the groups may take from the action and from who asks, as far as these keys go."""
    fixed = {key: fact for key in keys for is_fixed, fact in (persona.fixed(key),) if is_fixed}
    named = {key: fact if isinstance(fact, str) else None for key, fact in fixed.items()}
    kind = persona.principal.kind
    is_stranger = kind in ("anonymous", "federated")
    return Facts(action, named, persona.arns, persona.other_than, kind == "service", is_stranger)


@dataclass(frozen=True, slots=True)
class Domain:
    """What holds of a key before anything is asked of it: whether it may be absent or present, and its values."""

    may_be_absent: bool = True
    may_be_present: bool = True
    values: tuple[Signed, ...] = ()


def domain_of(key: str, facts: Facts, axioms: Collection[str]) -> Domain:
    """What the groups say of the key."""
    values = [(one, True) for one in _TYPES.get(type_of_key(key), ())] if "typed-keys" in axioms else []
    is_absent = ("sent-keys" in axioms and is_sent(key, facts.action) is False) or (
        "service-keys" in axioms and key in _SERVICE_KEYS and not facts.is_service
    )
    is_present = "always-sent" in axioms and not facts.is_stranger and _is_always_sent(key, facts.action)
    if "principal" in axioms:
        fixed = facts.fixed.get(key, "")
        is_absent = is_absent or fixed is None
        is_present = is_present or _follows(key, facts)
        values += _of_principal(key, facts)
    return Domain(is_absent or not is_present, not is_absent, tuple(values))


_TYPES: Final[Mapping[str, tuple[Predicate, ...]]] = {
    "Bool": (Spelt(words(["true", "false"])),),
    "Numeric": (Read("number", "reads"),),
    "Date": (Read("date", "reads"),),
    "IPAddress": (Read("address", "reads"),),
    "ARN": (Spelt(_ANY_ARN),),
}


def _is_always_sent(key: str, action: str | None) -> bool:
    if key == RESOURCE_ACCOUNT:
        return action is not None and action not in _WITHOUT_RESOURCE_ACCOUNT and not action.startswith("ebs:")
    return key in _ALWAYS_SENT


def _follows(key: str, facts: Facts) -> bool:
    """Whether who asks tells that the key is there; a service may still not send it."""
    if is_sent(key, facts.action) is not True:
        return False
    has_arn = facts.fixed.get(PRINCIPAL_ARN) is not None or bool(facts.principal_arns)
    return facts.fixed.get(key) is not None or (has_arn and key in (PRINCIPAL_ARN, *PRINCIPAL_ACCOUNTS))


def _of_principal(key: str, facts: Facts) -> Iterator[Signed]:
    fixed = facts.fixed.get(key)
    if fixed is not None:
        yield Spelt(words([fixed])), True
    if key == PRINCIPAL_ARN and facts.principal_arns:
        yield Spelt(_arns(facts.principal_arns)), True
    if key == PRINCIPAL_ARN and facts.other_than:
        yield Spelt(_arns(facts.other_than)), False


def _arns(texts: tuple[str, ...]) -> Language:
    return tuple(p for text in texts for p in arn_like(written(text, has_escapes=False, has_wildcards=True)))


@lru_cache(maxsize=4096)
def is_sent(key: str, action: str | None) -> bool | None:
    """Whether requests for the action may have the key; None when that is not known."""
    prefix = key.partition(":")[0]
    if prefix == "aws" and not key.startswith(_TAG_KEYS):
        return True
    known = _known(action)
    if known is None or key in _TRAVELLING or key in UNLISTED or prefix in _TRAVELLING_PREFIXES or "." in prefix:
        return None
    if prefix != "aws" and load_catalogue().service(prefix) is None:
        return None
    return any(_names(name, key) for name in sent_with(load_catalogue(), known))


def _known(action: str | None) -> Action | None:
    service = load_catalogue().service(action.partition(":")[0]) if action else None
    return service.actions.get(action.partition(":")[2]) if action and service else None


def _names(name: str, key: str) -> bool:
    """Whether the catalogue's name, a variable part of which is any text but the empty one, is the key's."""
    parts = KEY_VARIABLE.split(name)
    return re.fullmatch(".+".join(map(re.escape, parts)), key, re.DOTALL) is not None


def resource_domain(action: str | None, axioms: Collection[str]) -> tuple[Signed, ...]:
    """What every resource is: `*` or an ARN; under `resources` also one that the action is authorized on."""
    well_formed: Signed = (Spelt((*words(["*"]), *_ARN)), True)
    known = _known(action)
    if "resources" not in axioms or known is None:
        return (well_formed,)
    return well_formed, (Spelt(_resources_of(known)), True)


@lru_cache(maxsize=256)
def _resources_of(action: Action) -> Language:
    service = load_catalogue().service(action.name.partition(":")[0])
    kinds = service.resource_types if service else {}
    templates = [t for use in action.resource_types if use.name in kinds for t in kinds[use.name].templates]
    found = [pattern for template in dict.fromkeys(templates) for pattern in language_of(template)]
    if not templates or not any(use.required for use in action.resource_types):
        found.append(plain("*"))
    return tuple(found)


def language_of(template: str) -> Language:
    """The ARNs of a template of the catalogue; that of a log group may end in `:*`."""
    parts = template.split(":", 5)
    head: list[Step] = []
    for part in parts[:-1]:
        head += [*_filled(part, lambda name: NO_COLON, Step(NO_COLON, repeats=True)), COLON]
    resource = parts[-1]
    pattern = (*head, *_filled(resource, lambda name: _room(name, resource), STAR))
    is_log_group = template.endswith(":log-group:${LogGroupName}")
    return (pattern, (*pattern, *plain(":*"))) if is_log_group else (pattern,)


def _room(name: str, resource: str) -> Letters:
    is_first = resource.startswith(f"${{{name}}}")
    holds_colon, holds_slash = room(name, allows_colon=":" not in resource and not is_first)
    barred = "".join(sign for sign, is_held in ((":", holds_colon), ("/", holds_slash)) if not is_held)
    return Letters(frozenset(barred), is_rest=True)


def _filled(text: str, letters_of: Callable[[str], Letters], star: Step) -> Pattern:
    """The text with one letter or more for each variable, and any number for each star."""
    steps: list[Step] = []
    for place, piece in enumerate(_VARIABLE.split(text)):
        if place % 2:
            letters = letters_of(piece)
            steps += [Step(letters), Step(letters, repeats=True)]
            continue
        for number, run in enumerate(piece.split("*")):
            steps += [star] if number else []
            steps += plain(run)
    return tuple(steps)


def about_action(action: str, keys: tuple[str, ...]) -> tuple[object, ...]:
    """What the axioms take from the catalogue about an action: two with the same are alike for these keys."""
    known = _known(action)
    resources = None if known is None else _resources_of(known)
    return resources, tuple(is_sent(key, action) for key in keys), _is_always_sent(RESOURCE_ACCOUNT, action)
