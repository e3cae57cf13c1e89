"""Whether a statement's actions and resources fit a request: case, wildcards, the six parts of an ARN, variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leastwise.language.context import Facts
from leastwise.language.values.globs import Glob, glob_of
from leastwise.language.values.steps import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Steps, Wildcard
from leastwise.language.variables import Piece, Template, Variable, filled, template, variables_of
from leastwise.model.policy import VARIABLES_VERSION, Kind, Statement
from leastwise.model.request import ContextValue, Unknown
from leastwise.model.switches import DEFAULT, Switches

ResourceTest = Callable[[str, Facts], bool | None]
_PARTS = 6
_SERVICE, _ACCOUNT, _RESOURCE = 2, 4, 5
_COMPLETED: frozenset[Kind] = frozenset({"identity", "boundary"})
_COMPLETED_WITH_WILDCARD: frozenset[Kind] = frozenset({"resource", "endpoint"})
_IN_PART: Mapping[Wildcard, Wildcard] = {STAR: STAR_IN_PART, ANY: ANY_IN_PART}


def action_matches(pattern: str, action: str) -> bool:
    """Whether an `Action` pattern names the action: `*` and `?` anywhere, letters in any case.

    Source: IAM User Guide, "IAM JSON policy elements: Action".
    """
    return _action_matcher(pattern.lower())(action.lower())


def names_action(statement: Statement, action: str) -> bool:
    """Whether the statement's Action or NotAction element takes in the action, given in lower case."""
    return statement.is_not_action != any(_action_matcher(pattern.lower())(action) for pattern in statement.actions)


@lru_cache(maxsize=65_536)
def _action_matcher(pattern: str) -> Callable[[str], bool]:
    return glob_of(pattern).matcher()


def resource_matches(
    pattern: str,
    resource: str,
    *,
    kind: Kind = "identity",
    context: Mapping[str, ContextValue] | None = None,
    version: str | None = VARIABLES_VERSION,
    switches: Switches = DEFAULT,
) -> bool | None:
    """Whether a `Resource` pattern of a policy of this kind names the resource; None when that is not known.

    The context is taken as complete. An ARN is compared part by part; `arn_star_crosses_colon="middle"` is the wider
    reading. Source: IAM User Guide, "IAM JSON policy elements: Resource".
    """
    compiled = resource_pattern(pattern, kind, version == VARIABLES_VERSION, switches)
    return compiled.test(resource, Facts(context or {}, is_complete=True))


@dataclass(frozen=True, slots=True)
class ResourcePattern:
    """One value of Resource or NotResource. `glob` is None while variables stand in it or when it matches nothing."""

    text: str
    glob: Glob | None
    template: Template = ()
    is_account_open: bool = False
    has_literal_values: bool = True

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The policy variables in the pattern."""
        return variables_of(self.template)

    def test(self, resource: str, facts: Facts) -> bool | None:
        """Whether the pattern names the resource; None when a variable is not known or a switch leaves it open."""
        if self.glob is not None:
            return self.glob.matches(resource)
        if not self.template:
            return False
        steps = filled(self.template, facts, is_literal=self.has_literal_values)
        if steps is None:
            return False
        if isinstance(steps, Unknown):
            return None if self.widest().matches(resource) else False
        if not Glob(steps).matches(resource):
            return False
        return None if self.is_account_open else True

    def widest(self) -> Glob:
        """The pattern with anything in the place of its variables."""
        return Glob(tuple(STAR if isinstance(step, Variable) else step for step in self.template))


@lru_cache(maxsize=65_536)
def resource_pattern(text: str, kind: Kind, has_variables: bool, switches: Switches = DEFAULT) -> ResourcePattern:
    """The pattern ready to be asked, its ARN completed where the policy's kind completes short ones."""
    steps = template(text, has_variables=has_variables, has_wildcards=True)
    if steps and all(step is STAR for step in steps):
        return ResourcePattern(text, Glob((STAR,)))
    parts = _completed(_parts(steps), kind)
    nothing = ResourcePattern(text, None)
    if parts is None or not _is_allowed(parts, switches):
        return nothing
    joined = _joined(parts, switches)
    settled = plain_steps(joined)
    if settled is not None:
        return ResourcePattern(text, Glob(settled))
    before = [variables_of(tuple(part)) for part in parts[:_RESOURCE]]
    if any(before[:_ACCOUNT]) or (before[_ACCOUNT] and switches.variable_in_arn_account == "never"):
        return nothing
    is_open = bool(before[_ACCOUNT]) and switches.variable_in_arn_account == "unknown"
    return ResourcePattern(text, None, joined, is_open, switches.variable_value_is_literal)


def _parts(steps: Template) -> list[list[Piece]]:
    """The steps of each part; the first five plain colons part them, a variable is one token."""
    parts: list[list[Piece]] = [[]]
    for step in steps:
        if not isinstance(step, str):
            parts[-1].append(step)
            continue
        pieces = step.split(":", _PARTS - len(parts))
        for number, piece in enumerate(pieces):
            if number:
                parts.append([])
            if piece:
                parts[-1].append(piece)
    return parts


def _completed(parts: list[list[Piece]], kind: Kind) -> list[list[Piece]] | None:
    """All six parts, what is missing as `*`; None where the kind of policy takes no short ARN."""
    missing = _PARTS - len(parts)
    if not missing:
        return parts
    has_wildcard = any(step is STAR or step is ANY for part in parts for step in part)
    if kind in _COMPLETED or (kind in _COMPLETED_WITH_WILDCARD and has_wildcard):
        stars: list[list[Piece]] = [[STAR] for _ in range(missing)]
        return [*parts, *stars]
    return None


def _is_allowed(parts: Sequence[Sequence[Piece]], switches: Switches) -> bool:
    """No wildcard in the service; one in the resource type only as the switch has it."""
    if any(not isinstance(step, str) for step in parts[_SERVICE]):
        return False
    return switches.wildcard_in_resource_type or not _is_type_wild(parts[_RESOURCE])


def _is_type_wild(resource: Sequence[Piece]) -> bool:
    for number, step in enumerate(resource):
        if step is STAR or step is ANY:
            return any(isinstance(later, str) and ("/" in later or ":" in later) for later in resource[number + 1 :])
        if isinstance(step, str) and ("/" in step or ":" in step):
            return False
    return False


def plain_steps(steps: Template) -> Steps | None:
    """The steps of a text without variables, None of one with."""
    plain = tuple(step for step in steps if not isinstance(step, Variable))
    return plain if len(plain) == len(steps) else None


def _joined(parts: Sequence[Sequence[Piece]], switches: Switches) -> Template:
    joined: list[Piece] = []
    for number, part in enumerate(parts):
        if number:
            joined.append(":")
        joined.extend(part if number == _RESOURCE else _within(part, switches))
    return _merged(joined)


def _within(part: Sequence[Piece], switches: Switches) -> list[Piece]:
    within = [step if isinstance(step, str | Variable) else _IN_PART[step] for step in part]
    if switches.arn_star_crosses_colon == "middle" and part and part[-1] is STAR:
        within[-1] = STAR
    return within


def _merged(steps: Sequence[Piece]) -> Template:
    merged: list[Piece] = []
    for step in steps:
        if isinstance(step, str) and merged and isinstance(merged[-1], str):
            merged[-1] += step
        else:
            merged.append(step)
    return tuple(merged)


def resource_test(
    statement: Statement, kind: Kind, *, has_variables: bool, switches: Switches = DEFAULT
) -> tuple[ResourceTest, tuple[ResourcePattern, ...]]:
    """How to ask whether the statement's Resource or NotResource takes in a resource, and the patterns it asks by."""
    if not statement.has_resource:
        return _always, ()
    patterns = tuple(resource_pattern(text, kind, has_variables, switches) for text in statement.resources)
    test = _open_test(patterns) if any(p.template for p in patterns) else _settled_test(patterns)
    return (_negated(test) if statement.is_not_resource else test), patterns


def _always(resource: str, facts: Facts) -> bool | None:
    return True


def _settled_test(patterns: Sequence[ResourcePattern]) -> ResourceTest:
    globs = [pattern.glob for pattern in patterns if pattern.glob is not None]
    if any(glob.steps == (STAR,) for glob in globs):
        return _always
    literals = frozenset(text for glob in globs if (text := glob.literal) is not None)
    matchers = tuple(glob.matcher() for glob in globs if glob.literal is None)
    if not matchers:
        return lambda resource, facts: resource in literals
    if len(matchers) == 1 and not literals:
        (only,) = matchers
        return lambda resource, facts: only(resource)
    return lambda resource, facts: resource in literals or any(matcher(resource) for matcher in matchers)


def _open_test(patterns: Sequence[ResourcePattern]) -> ResourceTest:
    def test(resource: str, facts: Facts) -> bool | None:
        is_open = False
        for pattern in patterns:
            answer = pattern.test(resource, facts)
            if answer:
                return True
            is_open = is_open or answer is None
        return None if is_open else False

    return test


def _negated(test: ResourceTest) -> ResourceTest:
    def negated(resource: str, facts: Facts) -> bool | None:
        answer = test(resource, facts)
        return None if answer is None else not answer

    return negated
