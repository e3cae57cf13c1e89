"""What the log could not show about a principal, each with its number and what would settle it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leastwise.catalogue.events import CallRule
from leastwise.catalogue.load import Catalogue
from leastwise.synthesize.grants import Names, known_path
from leastwise.usage.observed import Use
from leastwise.usage.outcomes import DENIED, FAILED, SUCCEEDED
from leastwise.usage.requests import INSTANCE_PROFILE
from leastwise.usage.resources import BY_NAME, PATTERN, RECORDED, REQUESTED, UNNAMED


@dataclass(frozen=True, slots=True)
class Unknown:
    """One thing that is not known: a code, what it is about, how many calls, and a sentence."""

    code: str
    subject: str
    calls: int
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the questions below look at; `granted` are the actions of the proposal, `on_everything` those
    that it grants on `*` because calls named no resource.
    """

    principal: str
    uses: Sequence[Use]
    granted: frozenset[str]
    on_everything: frozenset[str]
    names: Names
    catalogue: Catalogue
    data_seen: frozenset[str]
    outcomes: frozenset[str]


def unknowns(facts: Facts) -> list[Unknown]:
    """Everything that the log could not show, in a fixed order."""
    return [found for question in _QUESTIONS for found in question(facts)]


def _not_editable(facts: Facts) -> Iterator[Unknown]:
    reason = not_editable(facts.principal)
    if reason:
        yield Unknown("not-editable", facts.principal, 0, reason)


def not_editable(principal: str) -> str:
    """Why nobody can put an identity policy on the principal; empty when its owner can."""
    if ":role/aws-service-role/" in principal:
        return "a service-linked role's policies cannot be edited; this is what it used"
    if principal.endswith(":root"):
        return "the root user's permissions cannot be narrowed by an identity policy; use an SCP"
    if ":role/aws-reserved/sso.amazonaws.com/" in principal:
        return "the role belongs to an Identity Center permission set: edit that, for all who hold it"
    if not principal.startswith("arn:") or ":iam::" not in principal:
        return "no identity policy can be put on this principal; it is allowed by resource policies"
    return ""


def _data_events(facts: Facts) -> Iterator[Unknown]:
    """Calls that only data events log, of services whose data events are nowhere in the logs."""
    used = Counter(u.action.partition(":")[0] for u in facts.uses if u.action)
    missing = facts.catalogue.data_plane_prefixes() - facts.data_seen
    for prefix in sorted(missing & used.keys()):
        text = f"no data event of `{prefix}` is in these logs: its object and item calls may be needed and are not here"
        yield Unknown("data-events-off", prefix, used[prefix], text)
    if not facts.data_seen:
        text = "no data event of any service is in these logs: use of S3 objects, DynamoDB items, Lambda functions \
and the like is not seen"
        yield Unknown("data-events-off", "*", 0, text)


def _unnamed(facts: Facts) -> Iterator[Unknown]:
    """Actions that could be scoped, called without naming a resource."""
    calls: Counter[str] = Counter()
    for use in _counted(facts):
        if use.how == UNNAMED and use.action in facts.on_everything:
            calls[use.action] += use.count
    for action, count in sorted(calls.items()):
        text = f"{_calls(count)} of `{action}` named no resource: granted on `*`"
        yield Unknown("named-no-resource", action, count, text)


def _instance_profiles(facts: Facts) -> Iterator[Unknown]:
    calls: Counter[str] = Counter()
    for use in _counted(facts):
        if use.how == INSTANCE_PROFILE and not facts.names.profile_roles.get(use.resource):
            calls[use.resource] += use.count
    for profile, count in sorted(calls.items()):
        name = profile.rpartition("/")[2]
        text = (
            f"the role in instance profile `{name}` was passed and no log names it: iam:PassRole is missing; "
            f"say it with `--instance-profile {name}=ROLE_ARN`"
        )
        yield Unknown("passed-role-unknown", profile, count, text)


def _failed(facts: Facts) -> Iterator[Unknown]:
    """Calls that ended in an error other than a denial, of actions that are not granted for it."""
    if FAILED in facts.outcomes:
        return
    calls: Counter[tuple[str, str]] = Counter()
    for use in facts.uses:
        if use.outcome == FAILED and use.action and use.action not in facts.granted:
            calls[use.action, use.error_code] += use.count
    for (action, code), count in sorted(calls.items()):
        text = f"{_calls(count)} of `{action}` failed with `{code}`, no denial, and none succeeded: not granted"
        yield Unknown("only-failed", action, count, text)


def _denied(facts: Facts) -> Iterator[Unknown]:
    calls: Counter[tuple[str, str]] = Counter()
    for use in facts.uses:
        if use.outcome == DENIED:
            calls[use.denied_action or use.action or f"{use.event_source}:{use.event_name}", use.denied_by] += use.count
    for (action, by), count in sorted(calls.items()):
        told = f" by {by}" if by else ""
        also = " (other calls of it succeeded)" if action in facts.granted else ": not granted"
        yield Unknown("denied", action, count, f"{_calls(count)} of `{action}` denied{told}{also}")


def _unmapped(facts: Facts) -> Iterator[Unknown]:
    calls: Counter[str] = Counter()
    for use in facts.uses:
        if use.kind == "unmapped":
            calls[f"{use.event_source}:{use.event_name}"] += use.count
    for name, count in sorted(calls.items()):
        yield Unknown(
            "unmapped", name, count, f"{_calls(count)} of `{name}`: no IAM action is known, nothing is granted"
        )


def _chosen_ids(facts: Facts) -> Iterator[Unknown]:
    """Resources that the principal made itself under ids that AWS chose: the next ones will have other ids."""
    made = {u.resource for u in _counted(facts) if u.how == PATTERN and u.resource.endswith("/*")}
    held: Counter[str] = Counter()
    for resource in {u.resource for u in _counted(facts) if u.how in (RECORDED, REQUESTED)}:
        pattern = resource.rpartition("/")[0] + "/*"
        if pattern in made:
            held[pattern] += 1
    for pattern, count in sorted(held.items()):
        text = (
            f"{count} granted ids match `{pattern}`, of which it also makes new ones: AWS chooses other ids for those"
        )
        yield Unknown("ids-chosen-by-aws", pattern, 0, text)


def _guesses(facts: Facts) -> Iterator[Unknown]:
    calls: Counter[tuple[str, str]] = Counter()
    for use in _counted(facts):
        if use.is_guess and use.action in facts.granted:
            calls[use.action, use.event_name] += use.count
    for (action, event), count in sorted(calls.items()):
        text = f"that `{event}` needs `{action}` is a guess from its name, not read anywhere"
        yield Unknown("guess", action, count, text)


def _conditional(facts: Facts) -> Iterator[Unknown]:
    """Actions that a call needs only in a case that its record does not tell."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for (source, name), count in _events(facts).items():
        rule = facts.catalogue.call(source, name)
        for action, when in _may_need(rule, facts):
            found.setdefault((action, when), Counter())[name] += count
    for (action, when), events in sorted(found.items()):
        because = f" ({when})" if when else ""
        text = f"{', '.join(f'`{e}`' for e in sorted(events))} may also need `{action}`{because}, which no record shows"
        yield Unknown("dependent", action, events.total(), text)


def _may_need(rule: CallRule, facts: Facts) -> Iterator[tuple[str, str]]:
    told = {action for action, _ in rule.conditional}
    for action, when in rule.conditional:
        if action not in facts.granted and _log_is_silent_on(action, rule, facts):
            yield action, when
    for own in rule.actions:
        known = facts.catalogue.action(own.action)
        for action in known.dependent_actions if known else ():
            if action not in facts.granted and action not in told and _log_is_silent_on(action, rule, facts):
                yield action, ""


def _log_is_silent_on(action: str, rule: CallRule, facts: Facts) -> bool:
    """Whether its use would leave no record of its own, so that not seeing it says nothing."""
    if action.lower() == "iam:passrole":
        return not rule.pass_role
    known = facts.catalogue.action(action)
    if known is None:
        return False
    prefix, _, name = action.partition(":")
    if known.is_data_plane:
        return prefix not in facts.data_seen
    return facts.catalogue.call(f"{prefix}.amazonaws.com", name).kind != "mapped"


def _events(facts: Facts) -> Mapping[tuple[str, str], int]:
    events: Counter[tuple[str, str]] = Counter()
    for use in _counted(facts):
        events[use.event_source, use.event_name] += use.count
    return events


def _paths(facts: Facts) -> Iterator[Unknown]:
    calls = sum(u.count for u in _counted(facts) if u.how == BY_NAME and not known_path(u.resource, facts.names))
    if calls:
        text = "IAM entities that requests name without their path are granted under any path, by name"
        yield Unknown("path-unknown", "iam", calls, text)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"


def _counted(facts: Facts) -> Iterable[Use]:
    return (u for u in facts.uses if u.outcome in facts.outcomes)


_QUESTIONS: tuple[Callable[[Facts], Iterator[Unknown]], ...] = (
    _not_editable,
    _instance_profiles,
    _data_events,
    _unnamed,
    _chosen_ids,
    _conditional,
    _guesses,
    _paths,
    _failed,
    _denied,
    _unmapped,
)

__all__ = ["DENIED", "FAILED", "SUCCEEDED", "Facts", "Unknown", "not_editable", "unknowns"]
