"""ARN templates: whether an ARN fits one, filling one, and the most telling template of an action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.events import Target
from leastwise.catalogue.services import Action, Service

_PLACES = frozenset({"Partition", "Region", "Account", "AccountId"})
_FREE = frozenset({"ObjectName", "Key", "KeyName", "UrlEncodedResourceARN"})
_SLASHED = frozenset(
    {
        "Alias",
        "AliasName",
        "BasePath",
        "CertificateNameWithPath",
        "ClientId",
        "EntityPath",
        "EventSourceName",
        "LogGroupName",
        "LogStreamName",
        "MfaTokenIdWithPath",
        "OidcProviderName",
        "ParameterNameWithoutLeadingSlash",
        "PolicyName",
        "RepositoryName",
        "RequestParameterKey",
        "ResourcePath",
        "RouteKey",
        "SecretId",
        "TopicFilter",
        "TopicName",
    }
)


def fits(arn: str, template: str) -> bool:
    """Whether `arn` is one of the template's resources; no variable stands for nothing.

    A log group's ARN may end in `:*`. Source: Amazon CloudWatch Logs User Guide, "Resources".
    """
    return any(pattern.fullmatch(arn) for pattern in patterns(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with each variable's value, or `*` where there is none."""
    return VARIABLE.sub(lambda found: values.get(found.group(1), "*"), template)


def best_type(arn: str, action: Action, *, service: Service) -> str | None:
    """The action's resource type that says most about `arn`, or None when it fits none."""
    types = (service.resource_types[u.name] for u in action.resource_types if u.name in service.resource_types)
    pairs = ((kind.name, template) for kind in types for template in kind.templates if fits(arn, template))
    return max(pairs, key=lambda pair: specificity(pair[1]), default=(None, ""))[0]


def best_target(arn: str, targets: Iterable[Target]) -> Target | None:
    """The target whose template says most about `arn`, or None when it fits none."""
    fitting = [target for target in targets if fits(arn, target.template)]
    return max(fitting, key=lambda target: specificity(target.template), default=None)


@lru_cache(maxsize=8192)
def specificity(template: str) -> tuple[int, int]:
    """Greater for a template with more fixed text, and among equals with more variables."""
    return len(VARIABLE.sub("", template)), len(VARIABLE.findall(template))


@lru_cache(maxsize=8192)
def patterns(template: str) -> tuple[re.Pattern[str], ...]:
    """The expressions of which every ARN of the template matches one in full."""
    pattern = re.compile(_expression(template), re.DOTALL)
    if not template.endswith(":log-group:${LogGroupName}"):
        return (pattern,)
    return (pattern, re.compile(_expression(template) + re.escape(":*")))


def _expression(template: str) -> str:
    head, _, resource = template.rpartition(":") if template.count(":") < 5 else _split_resource(template)
    allows_colon = ":" not in resource
    parts = [_place(text) for text in _tokens(head + ":")]
    for index, text in enumerate(_tokens(resource)):
        parts.append(_resource_part(text, allows_colon=allows_colon and index > 0))
    return "".join(parts)


def _split_resource(template: str) -> tuple[str, str, str]:
    parts = template.split(":", 5)
    return ":".join(parts[:5]), ":", parts[5]


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"(\$\{\w+\})", text) if token]


def _place(token: str) -> str:
    if token.startswith("${"):
        return "[^:/]+"
    return re.escape(token).replace(r"\*", "[^:]*")


def _resource_part(token: str, *, allows_colon: bool) -> str:
    if not token.startswith("${"):
        return re.escape(token).replace(r"\*", ".*")
    holds_colon, holds_slash = room(token[2:-1], allows_colon=allows_colon)
    barred = ("" if holds_colon else ":") + ("" if holds_slash else "/")
    return f"[^{barred}]+" if barred else ".+"


def room(variable: str, *, allows_colon: bool) -> tuple[bool, bool]:
    """Whether a variable of an ARN's resource part may hold a colon, and a slash.

    `allows_colon` says that the part has no colon of its own and does not begin with the variable.
    """
    if variable in _FREE:
        return True, True
    if variable in _SLASHED or variable.endswith("WithPath"):
        return False, True
    return allows_colon and variable not in _PLACES, False
