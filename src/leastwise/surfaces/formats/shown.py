"""Text as a person is shown it: what is not seen, or turns the line round, becomes readable."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str) -> str:
    """The text with every control and direction character as an escape that can be read, not obeyed."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
