"""An independent, slow reading of patterns, for comparison."""

from functools import cache
from itertools import product

from hypothesis import strategies as st

from leastwise.language.values.globs import ANY, ANY_IN_PART, STAR, STAR_IN_PART

_PATTERN_LETTERS = "ab:"
_TEXT_LETTERS = "ab:c"

STEPS = st.lists(
    st.one_of(st.sampled_from([ANY, STAR, ANY_IN_PART, STAR_IN_PART]), st.text(_PATTERN_LETTERS, max_size=2)),
    max_size=6,
).map(tuple)
PLAIN_STEPS = st.lists(st.one_of(st.sampled_from([ANY, STAR]), st.text("ab", min_size=1, max_size=2)), max_size=4).map(
    tuple
)
TEXTS = st.text(_TEXT_LETTERS, max_size=8)


def all_texts(letters: str, up_to: int) -> list[str]:
    """Every text over the letters, shortest first."""
    return ["".join(found) for size in range(up_to + 1) for found in product(letters, repeat=size)]


def slowly_matches(steps: tuple, text: str) -> bool:
    """By trying every way, letter by letter."""

    @cache
    def fits(step: int, at: int) -> bool:
        if step == len(steps):
            return at == len(text)
        token = steps[step]
        if isinstance(token, str):
            return text.startswith(token, at) and fits(step + 1, at + len(token))
        eats = at < len(text) and (token in (ANY, STAR) or text[at] != ":")
        if token in (ANY, ANY_IN_PART):
            return eats and fits(step + 1, at + 1)
        return fits(step + 1, at) or (eats and fits(step, at + 1))

    return fits(0, 0)
