"""Which request parameters may name a resource, by the way AWS names members after template variables."""

from __future__ import annotations

import re
from functools import lru_cache

VARIABLE = re.compile(r"\$\{(\w+)\}")
PLACE_VARIABLES = frozenset({"Partition", "Region", "Account"})
_GENERIC = frozenset({"resource", "", "u", "uu", "unique"})
_OPAQUE = frozenset({"UUID", "Uuid", "OpaqueId", "RandomString", "UniqueAttributesHex", "ClusterUuid", "ExpressId"})
_SUFFIX = re.compile(r"(identifier|name|arn|uuid|uid|guid|id)$")
_TELLING_SUFFIX = re.compile(r"(Identifier|Name|Arn|ARN|UUID|Uuid|Id|ID)$")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_ID_FORMS = ("{}arn", "{}id", "{}identifier", "{}uuid")
_NAME_FORMS = ("{}name", "{}")
_PLURAL_FORMS = ("{}arns", "{}ids", "{}identifiers", "{}names", "{}s")
_LAST_RESORT = (
    "resourcearn",
    "sourcearn|arn",
    "targetarn|arn",
    "resourceid",
    "resourceidentifier",
    "resourcename",
    "resource",
    "arn",
    "id",
    "identifier",
    "name",
)


def variables(template: str) -> tuple[str, ...]:
    """The variables of an ARN template that a request must fill, in order."""
    return tuple(v for v in VARIABLE.findall(template) if v not in PLACE_VARIABLES)


def plain(name: str) -> str:
    """`name` in lower case without punctuation and without AWS's `WithPath`."""
    return _NOT_LETTERS.sub("", name.lower()).removesuffix("withpath")


@lru_cache(maxsize=4096)
def parameter_names(variable: str, template: str, resource_type: str) -> tuple[str, ...]:
    """Parameter names that may hold the variable's value, best first, all in lower case."""
    own = plain(variable)
    if variable in _OPAQUE and len(variables(template)) > 1:
        return (own,)
    stem = _SUFFIX.sub("", own)
    is_naming = variable in naming(template)
    stems = [] if stem in _GENERIC else [stem]
    segment = _segment_before(template, variable)
    if segment and (is_naming or (stems and _has_word_after(template, variable))):
        stems.append(segment)
    if is_naming:
        stems.append(_singular(plain(resource_type)))
    names = [own, *_forms(dict.fromkeys(stems), prefers_name=own.endswith("name"))]
    if is_naming:
        names += _LAST_RESORT
    if _follows_its_name(variable, template):
        names = [name for name in names if not name.endswith(("name", "names"))]
    elif is_naming and variable != variables(template)[-1]:
        names = [name for name in names if not name.endswith(("id", "ids", "identifier", "uuid"))]
    return tuple(dict.fromkeys(names))


def naming(template: str) -> tuple[str, ...]:
    """The variables that tell one resource of the type from another: the last, and its name before it."""
    every = variables(template)
    names = tuple(v for v in every if v not in _OPAQUE) or every
    return names[-2:] if names and _follows_its_name(names[-1], template) else names[-1:]


def _follows_its_name(variable: str, template: str) -> bool:
    names = variables(template)
    at = names.index(variable)
    is_id = plain(variable).endswith(("id", "identifier"))
    return is_id and at > 0 and names[at - 1].endswith("Name") and _same_stem(names[at - 1], variable)


def _has_word_after(template: str, variable: str) -> bool:
    """Whether a word stands between this variable and the next, so that the word before is this one's."""
    after = template.split(f"${{{variable}}}", 1)[1].split("${", 1)[0]
    return any(letter.isalpha() for letter in after)


def _same_stem(name: str, identifier: str) -> bool:
    stem = _SUFFIX.sub("", plain(identifier))
    return stem in _GENERIC or stem == _SUFFIX.sub("", plain(name))


@lru_cache(maxsize=4096)
def tail_names(variable: str, resource_type: str) -> tuple[str, ...]:
    """Names by the last words of a type or variable: `policyArn` for an automated reasoning policy."""
    words = _words(resource_type)
    tails = ["".join(words[start:]) for start in range(1, len(words))]
    own = _words(_TELLING_SUFFIX.sub("", variable.removesuffix("WithPath")))
    tails += ["".join(own[start:]) for start in range(1, len(own))]
    tails += [plain(resource_type).removesuffix("v2")] if resource_type.lower().endswith("v2") else []
    stems = dict.fromkeys(_singular(tail) for tail in tails if len(tail) > 2)
    return tuple(dict.fromkeys(_forms(stems, prefers_name=plain(variable).endswith("name"))))


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name)]


def _forms(stems: dict[str, None], *, prefers_name: bool) -> list[str]:
    singular = (*_NAME_FORMS, *_ID_FORMS) if prefers_name else (*_ID_FORMS, *_NAME_FORMS)
    return [form.format(stem) for form in (*singular, *_PLURAL_FORMS) for stem in stems if stem]


def _segment_before(template: str, variable: str) -> str:
    before = template.split(f"${{{variable}}}", 1)[0].rstrip("/:")
    word = re.split(r"[/:}]", before)[-1]
    return _singular(plain(word))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ss", "as", "is", "us")) or len(word) < 4:
        return word
    return word.removesuffix("s")
