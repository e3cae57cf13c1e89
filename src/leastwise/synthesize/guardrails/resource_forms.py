"""Resources by their ARNs: which actions are authorized on them, what is in them, and which a scenario is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Statement
from leastwise.prove.actions import action_index
from leastwise.prove.world import is_on_one_of
from leastwise.synthesize.guardrails.risks import Risk, possible_bits


def must_say(arn: str) -> bool:
    """Whether its own policy must allow: AWS KMS Developer Guide, "Key policies in AWS KMS"."""
    return ":kms:" in arn and ":key/" in arn


_BITS: Final[dict[tuple[str, int], int]] = {}
_MOST_FORMS: Final = 4096


def bits_on(arn: str, bits: int) -> int:
    """Those of the known actions that are authorized on the resource, or on what is in it."""
    at = name_at(arn)
    form = ":".join([*arn[:at].split(":")[:3], "", "", *arn[:at].split(":")[5:]])
    found = _BITS.get((form, bits))
    if found is None:
        if len(_BITS) >= _MOST_FORMS:
            _BITS.clear()
        found = _BITS[form, bits] = _bits_on(arn, bits)
    return found


def _bits_on(arn: str, bits: int) -> int:
    service = (arn.split(":")[2],)
    own = tuple(action.name for action in action_index().actions(bits) if is_on_one_of(action, service))
    return possible_bits(Statement(None, own, (arn, f"{arn}/*", f"{arn}:*"))) if own else 0


def name_at(arn: str) -> int:
    """Where the last part of the ARN begins."""
    return max(arn.rfind("/"), arn.rfind(":")) + 1


def texts_on(arns: Sequence[str]) -> Texts:
    """The resources, and what is in them; a key has nothing in it."""
    inside = [text for arn in arns if not must_say(arn) for text in (f"{arn}/*", f"{arn}:*")]
    return Texts.globs([glob_of(text) for text in (*arns, *inside)])


def is_among(risk: Risk, arn: str) -> bool:
    """Whether the scenario may be about the resource, or something in it."""
    return any(_overlap(pattern, arn) for one in risk.requests for pattern in one.resources)


def _overlap(pattern: str, arn: str) -> bool:
    if pattern == "*" or glob_of(pattern).matches(arn) or pattern.startswith((f"{arn}/", f"{arn}:")):
        return True
    head = pattern.partition("*")[0].partition("?")[0]
    return arn.startswith(head) or head.startswith(f"{arn}/")


def is_covered(risk: Risk, arns: Sequence[str]) -> bool:
    """Whether all that the scenario is about is in one of the resources."""
    return all(
        any(pattern == arn or pattern.startswith((f"{arn}/", f"{arn}:")) for arn in arns)
        for one in risk.requests
        for pattern in one.resources
    )


def renamed(one: Statement, arn: str, other: str) -> Statement:
    """The statement with another resource in the place of one."""
    return replace(one, resources=tuple(text.replace(arn, other) for text in one.resources))
