"""What statements of a document do beside each other, asked of the prover only where that may be in question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.examples import matches_something, matches_what_others_do_not
from leastwise.model.policy import Policy, Statement
from leastwise.prove.actions import action_index

MOST = 400
"""Statements of a document whose effect beside each other is asked for; no quota leaves room for more."""

_EVERYTHING = Statement(None, ("*",), ("*",))


def dead_allows(document: Document) -> Iterator[WrittenStatement]:
    """The Allow statements that match no request, or only such as the document denies."""
    policy = document.policy
    if len(policy.statements) > MOST:
        return
    all_denies = tuple(one for one in policy.statements if one.effect == "Deny")
    nothing = replace(policy, statements=())
    for statement in document.statements:
        said = statement.said
        denies = tuple(one for one in all_denies if _overlap(said, [one]))
        is_denied = bool(denies)
        if said.effect == "Allow" and (_is_narrowed(said) or is_denied):
            if not is_denied and matches_something(said):
                continue
            alone = replace(policy, statements=(said, *denies))
            if _is_nothing_new(nothing, alone):
                yield statement


def idle_denies(document: Document) -> Iterator[WrittenStatement]:
    """The Deny statements that match no request at all, whatever else may allow it."""
    for statement in document.statements:
        said = statement.said
        if said.effect == "Deny" and _is_narrowed(said):
            if said.principals is None and document.policy.kind not in ("trust", "rcp"):
                if _is_nothing_new(replace(document.policy, statements=()), _allowing(document.policy, said)):
                    yield statement
                continue
            everything = _everything(document.policy)
            if everything is None:
                return
            guarded = replace(everything, statements=(*everything.statements, said))
            if _is_nothing_new(guarded, everything):
                yield statement


def redundant(document: Document) -> Iterator[WrittenStatement]:
    """The statements, one at a time, without which the others of the same effect match the same."""
    policy = document.policy
    if len(policy.statements) > MOST:
        return
    for place, statement in enumerate(document.statements):
        said = statement.said
        alike = [one for number, one in enumerate(policy.statements) if number != place and one.effect == said.effect]
        if (
            not alike
            or action_index().bits_of_statement(said) & ~action_index().bits_of_statements(alike)
            or matches_what_others_do_not(said, alike)
        ):
            continue
        pair = _with_and_without(policy, said, place)
        if pair is not None and _is_nothing_new(*pair):
            yield statement


def _is_nothing_new(old: Policy, new: Policy) -> bool:
    from leastwise.prove.queries import verdict_of  # most documents leave nothing to prove
    from leastwise.prove.verdict import Verdict

    return verdict_of(old, new) is Verdict.PASS


def _with_and_without(policy: Policy, said: Statement, place: int) -> tuple[Policy, Policy] | None:
    """What the others allow and what all allow; of a Deny, nothing, and what of its requests the others leave.

    The others are those about some action of the statement: what is new beside these may be new beside all, never
    the other way round.
    """
    others = tuple(one for number, one in enumerate(policy.statements) if number != place and _overlap(one, [said]))
    if said.effect == "Allow":
        return replace(policy, statements=others), replace(policy, statements=(*others, said))
    everything = _everything(policy)
    if everything is None:
        return None
    denies = tuple(one for one in others if one.effect == "Deny")
    if policy.kind not in ("trust", "rcp") and all(one.principals is None for one in (said, *denies)):
        return replace(policy, statements=()), _allowing(policy, said, *denies)
    without = replace(everything, statements=(*everything.statements, *denies))
    return replace(everything, statements=(*without.statements, said)), without


def _allowing(policy: Policy, said: Statement, *denies: Statement) -> Policy:
    """What a Deny matches, as an Allow, without what other Denies do: nothing of it is left where these cover it.

    No action but the statement's own is to be looked at then.
    """
    return replace(policy, statements=(replace(said, effect="Allow"), *denies))


def _everything(policy: Policy) -> Policy | None:
    """A document of the same type that allows everything; None where a document cannot."""
    if policy.kind in ("trust", "rcp"):
        return None
    has_principal = any(one.principals is not None for one in policy.statements)
    principals = {"AWS": ("*",)} if has_principal else None
    return replace(policy, statements=(replace(_EVERYTHING, principals=principals),))


def _is_narrowed(statement: Statement) -> bool:
    """Whether it may be that no request fits: a condition, or resources that the actions may not have."""
    return bool(statement.conditions) or statement.is_not_resource or "*" not in statement.resources


def _overlap(statement: Statement, others: Iterable[Statement]) -> bool:
    return bool(action_index().bits_of_statement(statement) & action_index().bits_of_statements(others))
