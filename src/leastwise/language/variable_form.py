"""Whether the policy variables in a text are well formed."""

from __future__ import annotations

import re

from leastwise.language.report import Part
from leastwise.language.wording import shown

_MALFORMED = re.compile(r"\$\{(?!(?:[*?$]|[^\s,'{}]++(?:,\s?'[^'{}]*+')?)\})([^}]{0,80}+)(\}?)")


def check_variables(part: Part, text: str) -> None:
    """Notes the first malformed `${…}` of a text, which AWS takes as it stands."""
    if "${" not in text or not part.has_variables:
        return
    malformed = _MALFORMED.search(text)
    if malformed is None:
        return
    inside, brace = malformed.groups()
    part.note(
        "LW-P51",
        f"the policy variable {shown(malformed[0])} {_told(inside, brace)}",
        "write `${key}` or `${key, 'default'}`",
    )


def _told(inside: str, brace: str) -> str:
    if not brace:
        return "has no closing brace"
    if not inside.strip():
        return "is empty"
    if "," in inside:
        return "has no default in single quotes"
    return "has a space or quote in its key"
