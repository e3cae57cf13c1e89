"""Texts, patterns and formulas as SMT-LIB 2 writes them, read from a policy's own text without the engine's sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leastwise.model.errors import LeastwiseError


class Unsupported(LeastwiseError):  # noqa: N818
    """A test that has no form for a solver, such as one that turns on a policy variable."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in a row, none of those `without`: at least `least`, and just one with `is_single`."""

    without: str = ""
    least: int = 0
    is_single: bool = False


Pattern = tuple[str | Run, ...]
"""Fixed text and runs of other characters, one after the other."""

STAR, ANY = Run(), Run(least=1, is_single=True)
EVERYTHING: Pattern = (STAR,)
TRUE, FALSE = "true", "false"
ALL_TEXTS, NO_TEXT = "re.all", "re.none"
COLON = ":"

_ARN_PARTS = 6
_SERVICE = 2
_TOKEN = re.compile(r"\$\{(?:(?P<escaped>[*?$])|(?P<variable>[^\s,'{}]+(?:,\s?'[^'{}]*')?))\}|(?P<wildcard>[*?])")
_WORD = "(str.to_re "
_LAST_CODE = 0x2FFFF
"""The last character of SMT-LIB's alphabet."""


def glob(text: str, *, has_variables: bool = False) -> Pattern:
    """The text as a pattern in which `*` and `?` are wildcards; raises Unsupported for a policy variable."""
    return _pattern(text, has_variables, has_wildcards=True)


def plain(text: str, *, has_variables: bool = False) -> str:
    """The text that the policy means, without wildcards; raises Unsupported for a policy variable."""
    return "".join(step for step in _pattern(text, has_variables, has_wildcards=False) if isinstance(step, str))


@lru_cache(maxsize=1 << 14)
def _pattern(text: str, has_variables: bool, has_wildcards: bool) -> Pattern:
    found: list[str | Run] = []
    position = 0
    for token in _TOKEN.finditer(text):
        if token["wildcard"] is None and not has_variables:
            continue
        if token["wildcard"] is not None and not has_wildcards:
            continue
        if token["variable"] is not None:
            raise Unsupported(f"no solver is asked about the policy variable `{token[0]}`")
        found.append(text[position : token.start()])
        found.append(token["escaped"] or (STAR if token["wildcard"] == "*" else ANY))
        position = token.end()
    return joined((*found, text[position:]))


def joined(steps: Iterable[str | Run]) -> Pattern:
    """The steps with neighbouring texts in one, and of equal stars one."""
    done: list[str | Run] = []
    for step in steps:
        if isinstance(step, str) and done and isinstance(done[-1], str):
            done[-1] += step
        elif step != "" and not (isinstance(step, Run) and not step.least and done and done[-1] == step):
            done.append(step)
    return tuple(done)


def parts_of(pattern: Pattern) -> list[Pattern]:
    """The pattern cut at its first five colons."""
    parts: list[list[str | Run]] = [[]]
    for step in pattern:
        if isinstance(step, Run):
            parts[-1].append(step)
            continue
        first, *others = step.split(COLON, _ARN_PARTS - len(parts))
        parts[-1].append(first)
        parts.extend([other] for other in others)
    return [joined(part) for part in parts]


def within_parts(parts: Sequence[Pattern]) -> list[Pattern]:
    """The six parts of an ARN pattern, those before the resource without colons in their wildcards."""
    return [*([_without_colon(part) for part in parts[:-1]]), parts[-1]]


def _without_colon(part: Pattern) -> Pattern:
    return tuple(Run(COLON, step.least, step.is_single) if isinstance(step, Run) else step for step in part)


def from_parts(parts: Sequence[Pattern]) -> Pattern:
    """One pattern of the parts, with colons between them."""
    steps: list[str | Run] = []
    for number, part in enumerate(parts):
        steps += [COLON, *part] if number else part
    return joined(steps)


def arn_value(text: str, *, has_variables: bool = False) -> Pattern | None:
    """What an ARN operator's value matches: six parts compared one by one; None when it matches nothing.

    IAM User Guide, "Condition operators".
    """
    parts = parts_of(glob(text, has_variables=has_variables))
    if len(parts) < _ARN_PARTS or not fits(parts[0], "arn"):
        return None
    return from_parts([("arn",), *within_parts(parts)[1:]])


def resource_parts(text: str, kind: str, *, has_variables: bool = False) -> list[Pattern] | None:
    """The six parts that a Resource value asks for; empty when it takes in every resource, None when it takes in none.

    Source: IAM User Guide, "IAM JSON policy elements: Resource".
    """
    pattern = glob(text, has_variables=has_variables)
    if pattern == EVERYTHING:
        return []
    parts = parts_of(pattern)
    is_wild = any(isinstance(step, Run) for step in pattern)
    missing = _ARN_PARTS - len(parts)
    if missing and kind not in ("identity", "boundary") and not (kind in ("resource", "endpoint") and is_wild):
        return None
    parts += [EVERYTHING] * missing
    if any(isinstance(step, Run) for step in parts[_SERVICE]):
        return None
    return within_parts(parts)


@lru_cache(maxsize=1 << 14)
def _expression(pattern: Pattern) -> re.Pattern[str]:
    return re.compile("".join(map(_python_step, pattern)), re.DOTALL)


def _python_step(step: str | Run) -> str:
    if isinstance(step, str):
        return re.escape(step)
    one = f"[^{re.escape(step.without)}]" if step.without else "."
    return one if step.is_single else f"{one}{{{step.least},}}"


def fits(pattern: Pattern, text: str) -> bool:
    """Whether the whole text matches."""
    return _expression(pattern).fullmatch(text) is not None


def literal(text: str) -> str:
    """The text as an SMT-LIB string; raises Unsupported for characters that SMT-LIB has not."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(letter: str) -> str:
    code = ord(letter)
    if code > _LAST_CODE:
        raise Unsupported(f"no solver takes the character U+{code:04X}")
    if letter == '"':
        return '""'
    return letter if 0x20 <= code < 0x7F and letter != "\\" else f"\\u{{{code:x}}}"


def regex(pattern: Pattern) -> str:
    """The pattern as an SMT-LIB regular expression."""
    return sequence([_step(step) for step in pattern])


def _step(step: str | Run) -> str:
    if isinstance(step, str):
        return word(step)
    one = _other_than(step.without) if step.without else "re.allchar"
    if step.is_single:
        return one
    return sequence([*[one] * step.least, f"(re.* {one})" if step.without else ALL_TEXTS])


def _other_than(letters: str) -> str:
    codes = sorted({ord(letter) for letter in letters})
    ends = zip([-1, *codes], [*codes, _LAST_CODE + 1], strict=True)
    return choice([span(chr(low + 1), chr(high - 1)) for low, high in ends if high - low > 1])


def span(first: str, last: str) -> str:
    """One character from the first to the last."""
    return f"(re.range {literal(first)} {literal(last)})"


def word(text: str) -> str:
    """The regular expression of this one text."""
    return f"{_WORD}{literal(text)})"


def is_word(expression: str) -> bool:
    """Whether it is the regular expression of one text."""
    return expression.startswith(_WORD)


def sequence(expressions: Sequence[str]) -> str:
    """One expression after the other."""
    return _applied("re.++", expressions, word(""))


def choice(expressions: Sequence[str]) -> str:
    """One expression or another."""
    return _applied("re.union", expressions, NO_TEXT)


def any_case(text: str) -> str:
    """The regular expression of the text with its letters up to U+00FF in either case."""
    return sequence([choice([*map(word, _cases(letter))]) for letter in text])


def _cases(letter: str) -> list[str]:
    """The letter and its other case: A to Z, and À to Þ but for the sign `×`."""
    code = ord(letter)
    is_capital = 0x41 <= code <= 0x5A or (0xC0 <= code <= 0xDE and code != 0xD7)
    is_small = 0x61 <= code <= 0x7A or (0xE0 <= code <= 0xFE and code != 0xF7)
    other = 0x20 if is_capital else -0x20 if is_small else 0
    return [letter, chr(code + other)] if other else [letter]


def matches(name: str, pattern: Pattern) -> str:
    """That the text called `name` matches the pattern."""
    return in_regex(name, regex(pattern))


def equals(name: str, text: str) -> str:
    """That the text called `name` is this one."""
    return f"(= {name} {literal(text)})"


def in_regex(name: str, expression: str) -> str:
    """That the text called `name` is one of the expression's."""
    if expression in (ALL_TEXTS, NO_TEXT):
        return TRUE if expression == ALL_TEXTS else FALSE
    if is_word(expression):
        return f"(= {name} {expression.removeprefix(_WORD)}"
    return f"(str.in_re {name} {expression})"


def conj(formulas: Iterable[str]) -> str:
    """That all hold."""
    parts = [one for one in dict.fromkeys(formulas) if one != TRUE]
    return FALSE if FALSE in parts else _applied("and", parts, TRUE)


def disj(formulas: Iterable[str]) -> str:
    """That one holds."""
    parts = [one for one in dict.fromkeys(formulas) if one != FALSE]
    return TRUE if TRUE in parts else _applied("or", parts, FALSE)


def neg(formula: str) -> str:
    """That it does not hold."""
    return {TRUE: FALSE, FALSE: TRUE}.get(formula) or f"(not {formula})"


def implies(one: str, other: str) -> str:
    """That the second holds where the first does."""
    return disj([neg(one), other])


def asserted(formula: str) -> str:
    """The command that asserts it."""
    return f"(assert {formula})"


def _applied(function: str, parts: Sequence[str], when_none: str) -> str:
    if not parts:
        return when_none
    return parts[0] if len(parts) == 1 else f"({function} {' '.join(parts)})"
