"""What one key, or the resource, may be in requests of one action by one persona, with the axioms that say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.keys import KEY_VARIABLE, UNLISTED, sent_with
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import room
from leastwise.catalogue.services import Action
from leastwise.decide.domains import ALWAYS, of_type
from leastwise.decide.services import carries_resource_account
from leastwise.language.context import type_of_key
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.language.values.steps import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Step
from leastwise.language.values.texts import Texts
from leastwise.prove.atoms import Pins
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.personas import Persona
from leastwise.prove.written import RESOURCE

ARN: Final = Texts.globs([arn_glob(glob_of("arn:?*:?*:*:*:?*").steps) or glob_of("arn:*")])
WELL_FORMED: Final = Texts.literals(["*"]) | ARN
"""What a request may be about: nothing in particular, or something with an ARN."""

_OF_AN_ACCOUNT: Final = Texts.globs([arn_glob(glob_of(f"arn:*:*:*:{'?' * 12}:*").steps) or glob_of("arn:*")])
OF_NO_ACCOUNT: Final = WELL_FORMED & ~_OF_AN_ACCOUNT
"""Resources whose account their name does not tell, such as a bucket, or what AWS owns."""


def owned_by(account: str) -> Texts:
    """Resources whose ARN names the account."""
    found = arn_glob((*glob_of("arn:*:*:*:").steps, account, *glob_of(":*").steps))
    return Texts.globs([found] if found else [])


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
_TRAVELLING_PREFIXES: Final = ("saml:", "sts:")
"""Keys that stay with a session whatever service it calls. IAM User Guide, "IAM and AWS STS condition context keys"."""

_TAGS: Final = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
_SERVICE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})


@dataclass(frozen=True, slots=True)
class Domain:
    """What holds of one key whatever a policy asks: sets that hold its values, and whether it may be absent.

    Each set and each saying about absence has the axiom that it rests on, `""` where it rests on none.
    """

    sets: tuple[tuple[str, ValueSet], ...] = ()
    never_absent: str | None = None
    always_absent: str | None = None


NO_DOMAIN: Final = Domain()


@dataclass(frozen=True)
class World:
    """The requests that are looked at: one action, None for a name not in the catalogue, by one persona.

    `pins` are keys taken to have one value; `within` are sets that keys are confined to by the question itself.
    `is_same_account` says whether principal and resource share an account, None where that is no matter.
    """

    action: Action | None
    persona: Persona
    axioms: frozenset[Axiom] = ALL
    pins: Pins = field(default_factory=dict)
    within: tuple[tuple[str, ValueSet | None], ...] = ()
    has_action_axioms: bool = True
    is_same_account: bool | None = None
    _domains: dict[str, Domain] = field(default_factory=dict, init=False, compare=False)

    def domain(self, key: str) -> Domain:
        """What holds of the key, or of the resource."""
        found = self._domains.get(key)
        if found is None:
            found = self._domains[key] = self._resource() if key == RESOURCE else self._of(key)
        return found

    def _resource(self) -> Domain:
        sets: list[tuple[str, ValueSet]] = [("", WELL_FORMED)]
        if "resources" in self.axioms and self.action is not None and self.has_action_axioms:
            sets.append(("resources", resources_of(self.action)))
        sets += [("", found) for name, found in self.within if name == RESOURCE and found is not None]
        owner = self.pins.get("aws:resourceaccount")
        if owner is not None:
            sets.append(("resource-account", OF_NO_ACCOUNT | owned_by(owner)))
        return Domain(tuple(sets))

    def _of(self, key: str) -> Domain:
        if key in self.pins:
            value = self.pins[key]
            if value is None:
                return Domain(always_absent="")
            confined = (("", found) for name, found in self.within if name == key and found is not None)
            return Domain((("", Texts.literals([value])), *confined), "")
        for name, found in self.within:
            if name == key and found is None:
                return Domain(always_absent="")
        sets: list[tuple[str, ValueSet]] = [("", found) for name, found in self.within if name == key and found]
        absent, present = self._absent(key), self._present(key)
        if key == "aws:principalarn" and sets:
            present = ""
        if "principal" in self.axioms:
            is_fixed, fact = self.persona.fixed(key)
            if is_fixed and isinstance(fact, str):
                sets.append(("principal", Texts.literals([fact])))
                present = "principal"
            elif key == "aws:principalarn" and self.persona.arn_set is not None:
                sets.append(("principal", self.persona.arn_set))
                present = "principal"
            elif key in ("aws:principalaccount", "kms:calleraccount") and not self.persona.is_exact and absent is None:
                present = "principal"
        if "typed-keys" in self.axioms:
            sets += [("typed-keys", one) for one in of_type(type_of_key(key))]
        return Domain(tuple(sets), present, absent)

    def _absent(self, key: str) -> str | None:
        if "principal" in self.axioms and self.persona.fixed(key) == (True, None):
            return "principal"
        if "service-keys" in self.axioms and key in _SERVICE_KEYS and self.persona.principal.kind != "service":
            return "service-keys"
        if "sent-keys" in self.axioms and self.action is not None and self.has_action_axioms:
            return None if is_sent(key, self.action) else "sent-keys"
        return None

    def _present(self, key: str) -> str | None:
        if "always-sent" not in self.axioms or self.persona.principal.kind in ("anonymous", "federated"):
            return None
        if key == "aws:resourceaccount":
            name = self.action.name.lower() if self.action and self.has_action_axioms else ""
            return "always-sent" if name and carries_resource_account(name) else None
        return "always-sent" if key in ALWAYS else None


@lru_cache(maxsize=65_536)
def is_sent(key: str, action: Action) -> bool:
    """Whether requests for the action may have the key, as the catalogue lists it."""
    if key in _TRAVELLING or key in UNLISTED or key.startswith(_TRAVELLING_PREFIXES):
        return True
    prefix = key.partition(":")[0]
    if prefix == "aws":
        return not key.startswith(_TAGS) or _is_listed(key, action)
    if "." in prefix or load_catalogue().service(prefix) is None:
        return True
    return _is_listed(key, action)


def _is_listed(key: str, action: Action) -> bool:
    exact, patterns = _listed(action)
    return key in exact or any(pattern.fullmatch(key) for pattern in patterns)


@lru_cache(maxsize=8192)
def _listed(action: Action) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    names = sent_with(load_catalogue(), action)
    exact = frozenset(name for name in names if not KEY_VARIABLE.search(name))
    patterns = (KEY_VARIABLE.sub("\0", name) for name in names if name not in exact)
    return exact, tuple(re.compile(re.escape(text).replace("\0", ".+")) for text in patterns)


@lru_cache(maxsize=8192)
def resources_of(action: Action) -> Texts:
    """Every text that a request for the action may be about: ARNs of its resource types, or `*`."""
    sets = [_texts_of(template) for template in templates_of(action)]
    if not sets or not any(use.required for use in action.resource_types):
        sets.append(Texts.literals(["*"]))
    return Texts.union(sets)


def is_resource_of(action: Action, text: str) -> bool:
    """Whether the text is among `resources_of` the action."""
    if text == "*":
        return not templates_of(action) or not any(use.required for use in action.resource_types)
    return any(_texts_of(template).test()(text) for template in templates_of(action))


@lru_cache(maxsize=65_536)
def is_on_one_of(action: Action, services: tuple[str, ...]) -> bool:
    """Whether a resource that the action is authorized on may be of one of these services, as its ARN names it."""
    named = {template.split(":", 3)[2] for template in templates_of(action)}
    return any(name in services or "$" in name or "*" in name for name in named)


@lru_cache(maxsize=8192)
def templates_of(action: Action) -> tuple[str, ...]:
    """The ARN templates of the action's resource types, each once."""
    service = load_catalogue().service(action.name.partition(":")[0])
    kinds = service.resource_types if service else {}
    return tuple(
        dict.fromkeys(t for use in action.resource_types if use.name in kinds for t in kinds[use.name].templates)
    )


@lru_cache(maxsize=8192)
def _texts_of(template: str) -> Texts:
    """The ARNs that fit the template, as `leastwise.catalogue.resources.fits` has it."""
    parts = template.split(":", 5)
    head = [step for part in parts[:5] for step in (*_outer(part), ":")]
    resource = parts[5] if len(parts) == 6 else ""
    rooms = [room(name, allows_colon=_may_hold_colon(resource, name)) for name in VARIABLE.findall(resource)]
    within = Texts.globs([Glob((*head, *_inner(resource)))])
    if resource.startswith("log-group:") and resource.endswith("${LogGroupName}"):
        within = within | Texts.globs([Glob((*head, *_inner(resource), ":*"))])
    if "*" in resource or any(holds_slash for _, holds_slash in rooms):
        return within
    more_slashes = [step for _ in range(resource.count("/") + 1) for step in (STAR, "/")]
    return within & ~Texts.globs([Glob((*head, *more_slashes, STAR))])


def _may_hold_colon(resource: str, name: str) -> bool:
    return ":" not in resource and not resource.startswith(f"${{{name}}}")


def _outer(part: str) -> Iterator[Step]:
    """One of the first five parts: a variable is one letter or more, none of them a colon."""
    for text, name in _tokens(part):
        yield from _stars(text, STAR_IN_PART)
        if name:
            yield from (ANY_IN_PART, STAR_IN_PART)


def _inner(resource: str) -> Iterator[Step]:
    for text, name in _tokens(resource):
        yield from _stars(text, STAR)
        if name:
            holds_colon, _ = room(name, allows_colon=_may_hold_colon(resource, name))
            yield from ((ANY, STAR) if holds_colon else (ANY_IN_PART, STAR_IN_PART))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Plain text and the variable that follows it, empty at the end."""
    position = 0
    for found in VARIABLE.finditer(text):
        yield text[position : found.start()], found.group(1)
        position = found.end()
    yield text[position:], ""


def _stars(text: str, star: Step) -> Iterator[Step]:
    for number, run in enumerate(text.split("*")):
        if number:
            yield star
        if run:
            yield run
