"""The ARNs of `Resource` and `NotResource`, part by part, beside the ARN templates of their service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import room
from leastwise.language.values.globs import Glob, glob_of
from leastwise.language.values.protocol import TooHard
from leastwise.language.values.texts import Texts
from leastwise.lint.document import Written, WrittenStatement
from leastwise.model.policy import KINDS, Kind

WITH_RESOURCE: Final[tuple[Kind, ...]] = tuple(kind for kind in KINDS if kind != "trust")
"""The policy types whose statements name resources."""

PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
"""The partitions file of the AWS SDK (botocore 1.44.5)."""

ENDED: Final = frozenset(
    {
        "builderid",
        "codestar",
        "datazonecontrol",
        "deepcomposer",
        "deeplens",
        "deepracer",
        "elastic-inference",
        "evidently",
        "gamesparks",
        "iot1click",
        "iotevents",
        "iotroborunner",
        "macie",
        "mobilehub",
        "sagemaker-groundtruth-synthetic",
        "sumerian",
        "zocalo",
    }
)
"""Services that AWS has ended or renamed, whose names AWS managed policies still hold."""

ALL_PARTS: Final = 6
_POLICY_VARIABLE = re.compile(r"\$\{[^}]*\}")
_OPEN = re.compile(r"[*?]|\$\{")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_PART_OF_REGION = re.compile(r"[a-z0-9*?-]*")
_NOT_PLACES: Final = frozenset({"global", "aws-global"})
"""What stands for a Region in ARNs of global events. AWS Health User Guide, "Resource- and action-based conditions"."""

_ACCOUNT = re.compile(r"\d{12}")
_PART_OF_ACCOUNT = re.compile(r"[\d*?]*")
_OF_AWS: Final = frozenset({"aws", "aws-managed"})
"""What stands for the account in ARNs of resources that AWS owns."""

_SHARED_BY_AWS: Final = frozenset({"cloudformation", "resource-explorer-2", "securityhub", "ssm"})
"""Services with resources of AWS's own, in whose ARNs the account is empty although the templates have one."""

_ANYTHING: Final = ("", "*")
_WORD = re.compile(r"[a-z0-9-]+")
_CLOSENESS: Final = 0.8


@dataclass(frozen=True, slots=True)
class WrittenArn:
    """An ARN as a policy writes it; the parts that it lacks are `*`, and `has` says how many it has."""

    partition: str
    service: str
    region: str
    account: str
    resource: str
    has: int


@dataclass(frozen=True, slots=True)
class Form:
    """What the ARNs of one resource type look like: service, Region, account, and the resource part as a pattern.

    `is_bare` says that the resource part is one name, in which there can be no slash.
    """

    template: str
    service: str
    region: str
    account: str
    resource: Glob
    is_bare: bool


def arns_of(statement: WrittenStatement) -> Iterator[tuple[Written, WrittenArn]]:
    """The ARNs of the statement's resources."""
    for written in statement.resources:
        arn = arn_of(written.text)
        if arn is not None:
            yield written, arn


@lru_cache(maxsize=16_384)
def arn_of(text: str) -> WrittenArn | None:
    """The ARN's parts, a policy variable being one piece; None for what does not begin as an ARN with its service."""
    parts = _split(text)
    if len(parts) < 3 or parts[0] != "arn":
        return None
    padded = [*parts[1:], *("*" for _ in range(ALL_PARTS - len(parts)))]
    return WrittenArn(padded[0], padded[1], padded[2], padded[3], padded[4], len(parts))


def _split(text: str) -> list[str]:
    """The parts between the first five colons that stand outside policy variables."""
    held = _POLICY_VARIABLE.findall(text)
    parts = _POLICY_VARIABLE.sub("\0", text).split(":", ALL_PARTS - 1)
    waiting = iter(held)
    return [re.sub("\0", lambda _: next(waiting, ""), part) for part in parts] if held else parts


def is_open(part: str) -> bool:
    """Whether wildcards or policy variables leave it open what the part says."""
    return _OPEN.search(part) is not None


@lru_cache(maxsize=1024)
def forms_of(service: str) -> tuple[Form, ...]:
    """The forms of the service's ARNs; none where the catalogue knows none."""
    forms = map(form_of, load_catalogue().index().arns.get(service, ()))
    return tuple(form for form in forms if form is not None)


@lru_cache(maxsize=8192)
def form_of(template: str) -> Form | None:
    """What an ARN template says; None where it has not six parts."""
    parts = template.split(":", ALL_PARTS - 1)
    if len(parts) != ALL_PARTS:
        return None
    _, _, service, region, account, resource = parts
    names = VARIABLE.findall(resource)
    is_bare = len(names) == 1 and resource == f"${{{names[0]}}}" and not room(names[0], allows_colon=False)[1]
    return Form(template, service, region, account, glob_of(VARIABLE.sub("?*", resource)), is_bare)


def forms_for(arn: WrittenArn) -> tuple[Form, ...]:
    """The forms of the service's ARNs that the resource part may have."""
    return _forms_for(arn.service, arn.resource)


@lru_cache(maxsize=16_384)
def _forms_for(service: str, resource: str) -> tuple[Form, ...]:
    return tuple(form for form in forms_of(service) if may_have(resource, form))


@lru_cache(maxsize=65_536)
def may_have(resource: str, form: Form) -> bool:
    """Whether the resource part of an ARN may have the form, whatever its wildcards and variables stand for."""
    written = _written(resource)
    if form.is_bare and any(isinstance(step, str) and "/" in step for step in written.steps):
        return False
    if written.literal is not None:
        return form.resource.matches(written.literal)
    if not _have_ends_alike(written, form.resource):
        return False
    example = _example(written, form.resource)
    if form.resource.matches(example) and written.matches(example):
        return True
    try:
        return not (Texts.globs([written]) & Texts.globs([form.resource])).is_empty()
    except TooHard:
        return True


@lru_cache(maxsize=16_384)
def _written(resource: str) -> Glob:
    return glob_of(_POLICY_VARIABLE.sub("*", resource))


def _example(one: Glob, other: Glob) -> str:
    """A text that fits both where nothing but free wildcards is between their ends, which are alike."""
    heads, tails = (one.literal_head, other.literal_head), (_tail(one), _tail(other))
    return "".join((max(heads, key=len), _inside(one), _inside(other), max(tails, key=len)))


@lru_cache(maxsize=16_384)
def _inside(glob: Glob) -> str:
    """What the pattern asks for between its fixed ends."""
    filled = glob.filled(star="~", single="~")
    return filled[len(glob.literal_head) : len(filled) - len(_tail(glob))]


def _have_ends_alike(one: Glob, other: Glob) -> bool:
    """Whether the fixed text that one begins and ends with may be that of the other."""
    heads, tails = (one.literal_head, other.literal_head), (_tail(one), _tail(other))
    return (heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])) and (
        tails[0].endswith(tails[1]) or tails[1].endswith(tails[0])
    )


def _tail(glob: Glob) -> str:
    last = glob.steps[-1] if glob.steps else ""
    return last if isinstance(last, str) else ""


@lru_cache(maxsize=1)
def services() -> frozenset[str]:
    """Every name that stands for a service in actions or in ARNs."""
    return frozenset({*load_catalogue().prefixes, *load_catalogue().index().arns, *ENDED})


def is_known_partition(arn: WrittenArn) -> bool:
    """Whether the partition is open or one of AWS's."""
    return is_open(arn.partition) or arn.partition in PARTITIONS


def is_known_service(arn: WrittenArn) -> bool:
    """Whether the service is open or, in letters of any case, one that AWS has."""
    return is_open(arn.service) or not arn.service or arn.service.lower() in services()


def is_possible_region(arn: WrittenArn) -> bool:
    """Whether the part may be a Region's name, one that is to come among them."""
    if is_open(arn.region):
        return bool(_PART_OF_REGION.fullmatch(_POLICY_VARIABLE.sub("", arn.region)))
    return not arn.region or arn.region in _NOT_PLACES or bool(_REGION.fullmatch(arn.region))


def is_account(part: str) -> bool:
    """Whether the part is an account's number."""
    return bool(_ACCOUNT.fullmatch(part))


def is_possible_account(arn: WrittenArn) -> bool:
    """Whether the part may be an account's number, or what the service's ARNs have in its place."""
    if is_open(arn.account):
        return bool(_PART_OF_ACCOUNT.fullmatch(_POLICY_VARIABLE.sub("", arn.account)))
    fixed = {form.account for form in forms_of(arn.service)}
    is_fixed = not arn.account or arn.account in _OF_AWS or arn.account in fixed
    return is_fixed or is_account(arn.account)


def lacks_region(arn: WrittenArn) -> bool:
    """Whether the Region is empty in an ARN that always has one."""
    return not arn.region and _all(arn, lambda form: form.region not in _ANYTHING)


def has_region_too_many(arn: WrittenArn) -> bool:
    """Whether a Region stands in an ARN that never has one."""
    forms = (forms_for(arn) or forms_of(arn.service)) if arn.resource.strip("*") else ()
    return bool(_REGION.fullmatch(arn.region)) and bool(forms) and not any(form.region for form in forms)


def lacks_account(arn: WrittenArn) -> bool:
    """Whether the account is empty in an ARN that always has one."""
    is_shared = arn.service in _SHARED_BY_AWS
    return not arn.account and not is_shared and _all(arn, lambda form: form.account not in _ANYTHING)


def has_account_too_many(arn: WrittenArn) -> bool:
    """Whether an account stands in an ARN that never has one."""
    return is_account(arn.account) and _all(arn, lambda form: not form.account)


def _all(arn: WrittenArn, holds: Callable[[Form], bool]) -> bool:
    """Whether it holds of every form that the ARN may have, its resource part telling something of it."""
    forms = forms_for(arn) if arn.resource.strip("*") else ()
    return bool(forms) and all(holds(form) for form in forms)


def has_unknown_form(arn: WrittenArn) -> bool:
    """Whether the resource part fits no ARN of a service whose ARNs are known."""
    is_told = arn.has == ALL_PARTS and arn.account not in _OF_AWS
    return is_told and bool(forms_of(arn.service)) and not forms_for(arn)


def nearest_form(arn: WrittenArn) -> str:
    """An instruction that shows the service's ARN most like the written one, by the word that its resource begins."""
    by_word = {_word(form.template.split(":", ALL_PARTS - 1)[5]): form.template for form in forms_of(arn.service)}
    near = get_close_matches(_word(arn.resource), by_word, n=1, cutoff=_CLOSENESS)
    return f"write it as `{by_word[near[0]]}`" if near else f"see the resource types of `{arn.service}`"


def _word(resource: str) -> str:
    found = _WORD.search(resource.partition("$")[0].lower())
    return found[0] if found else ""


def is_sound(arn: WrittenArn) -> bool:
    """Whether nothing is wrong with any part of the ARN by itself."""
    is_possible = is_known_partition(arn) and arn.service in services() and is_possible_region(arn)
    return (
        is_possible
        and is_possible_account(arn)
        and not (lacks_region(arn) or has_region_too_many(arn) or lacks_account(arn) or has_account_too_many(arn))
        and not has_unknown_form(arn)
    )
