"""Resources that a principal uses as patterns, where what was seen arriving says that more of their kind will come.

The names of one kind of resource make a tree of tokens. Where it branches, the branches become one pattern only with
evidence: (a) they are dates; (b) new ones kept arriving through the principal's whole time and they look made by a
machine; (c) the same with chosen names, which is suggested and never applied by itself. Everything else stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from leastwise.language.matching import resource_matches
from leastwise.model.arn import literal
from leastwise.synthesize.tokens import VARIABLE, Token, tokens

EXACT: Final = "exact"
DATES: Final = "dates"
ARRIVALS: Final = "arrivals"
NAMES: Final = "names"
"""The rules: none, (a), (b) and (c)."""

_LEAST_DATED: Final = 4
_LEAST_ARRIVING: Final = 4
_LEAST_NAMES: Final = 5
_LEAST_BRANCHES: Final = 2
_LEAST_LATE: Final = 2
_LATE_NAMES: Final = 0.25
_VARIABLE_SHARE: Final = 0.8
_MOST_MASKS: Final = 3
_LEAST_DAYS: Final = 2
_ARN_PARTS: Final = 6
_GIVEN: Final = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}")
"""An id as EC2 gives it out, `i-0123456789abcdef0`."""
_ENDS: Final = frozenset("/:.")
_RULES: Final = (EXACT, DATES, ARRIVALS, NAMES)


@dataclass(frozen=True, slots=True)
class Seen:
    """A resource and the days, counted from 1970-01-01, on which it was used first and last."""

    resource: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Generalised:
    """A pattern for what was seen; where `is_applied` is False it needs a person's word, and the members are also in
    patterns that do not.
    """

    pattern: str
    members: tuple[str, ...]
    is_applied: bool
    rule: str
    reason: str


def generalised(seen: Sequence[Seen], *, span: tuple[int, int]) -> tuple[Generalised, ...]:
    """Patterns for the resources of one principal, active from the first to the second day of `span`.

    Those that are applied hold every resource that was seen, each once, exact ones too; suggestions come after them.
    No pattern goes across partitions, services, regions, accounts or resource types.
    """
    applied: list[Generalised] = []
    suggested: list[Generalised] = []
    for _, members in sorted(_families(seen).items()):
        certain = list(_patterns(members, span, may_suggest=False))
        known = {one.pattern for one in certain}
        applied += certain
        suggested += [one for one in _patterns(members, span, may_suggest=True) if one.pattern not in known]
    return (*applied, *(replace(one, is_applied=False) for one in suggested if one.rule != EXACT))


def counter_evidence(pattern: str, inventory: Iterable[str]) -> tuple[str, ...]:
    """The known resources that nobody used and that the pattern matches all the same, in order of name."""
    return tuple(sorted({resource for resource in inventory if resource_matches(pattern, resource)}))


def _families(seen: Iterable[Seen]) -> Mapping[tuple[str, ...], list[Seen]]:
    """What was seen by all that no pattern goes across, each resource once."""
    found: dict[tuple[str, ...], dict[str, Seen]] = {}
    for one in seen:
        held = found.setdefault(_family(one.resource), {})
        before = held.get(one.resource, one)
        held[one.resource] = Seen(one.resource, min(one.first, before.first), max(one.last, before.last))
    return {key: [held[name] for name in sorted(held)] for key, held in found.items()}


def _family(resource: str) -> tuple[str, ...]:
    parts = resource.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return (resource,)
    return (*parts[:-1], _kind(parts[2], parts[5]))


def _kind(service: str, name: str) -> str:
    """The resource type as the ARN tells it; for S3 the bucket and whether it is an object, as bucket names are chosen
    one by one.
    """
    if service == "s3":
        bucket, slash, _ = name.partition("/")
        return bucket + slash
    head = name.replace(":", "/").partition("/")
    return head[0] if head[1] else ""


_Path = tuple[Token, ...]


@dataclass(slots=True)
class _Node:
    """Where names go on in several ways; `members` are those that end here."""

    below: dict[str, _Node] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    members: list[Seen] = field(default_factory=list)

    @classmethod
    def of(cls, every: Iterable[tuple[_Path, Seen]]) -> _Node:
        root = cls()
        for path, one in every:
            node = root
            for token in path:
                node.tokens.setdefault(token.text, token)
                node = node.below.setdefault(token.text, _Node())
            node.members.append(one)
        return root

    def every(self) -> list[tuple[_Path, Seen]]:
        """Each member below with the tokens that lead to it from here."""
        found: list[tuple[_Path, Seen]] = []
        waiting: list[tuple[_Path, _Node]] = [((), self)]
        while waiting:
            path, node = waiting.pop()
            found += [(path, one) for one in node.members]
            waiting += [((*path, node.tokens[text]), inner) for text, inner in node.below.items()]
        return found


@dataclass(frozen=True, slots=True)
class _Walk:
    """A place in the tree: the pattern up to it, the rules that made it and what they rest on, and how many names of
    it are chosen ones.
    """

    pattern: str
    rules: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    names: int = 0
    is_ahead: bool = False

    def then(self, token: Token) -> _Walk:
        return replace(self, pattern=self.pattern + literal(token.text), names=self.names + (token.shape == "word"))

    def masked(self, branch: _Branch) -> _Walk:
        return replace(
            self,
            pattern=self.pattern + branch.mask,
            rules=(*self.rules, branch.rule),
            reasons=(*self.reasons, branch.reason),
            is_ahead=self.is_ahead or branch.is_ahead,
        )


@dataclass(frozen=True, slots=True)
class _Branch:
    """Tokens that become one pattern, and the tree of all that comes after them; `is_ahead` for tokens yet to come."""

    mask: str
    rule: str
    reason: str
    inner: _Node
    is_ahead: bool = False


def _patterns(members: Sequence[Seen], span: tuple[int, int], *, may_suggest: bool) -> Iterator[Generalised]:
    head, names = _headed(members)
    root = _Node.of((tokens(name), one) for one, name in zip(members, names, strict=True))
    start = _Walk(literal(head), names=_owning(head, names))
    by_pattern: dict[str, tuple[_Walk, list[str]]] = {}
    for walk, held in _walked(root, start, span, may_suggest):
        by_pattern.setdefault(walk.pattern, (walk, []))[1].extend([] if walk.is_ahead else held)
    for pattern, (walk, held) in sorted(by_pattern.items()):
        rule = max(walk.rules, key=_RULES.index, default=EXACT)
        reason = "; ".join(dict.fromkeys(walk.reasons)) or "used as it is"
        yield Generalised(pattern, tuple(sorted(held)), True, rule, reason)


def _headed(members: Sequence[Seen]) -> tuple[str, list[str]]:
    """The ARN up to its resource type, and the names after it."""
    first = members[0].resource
    parts = first.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return "", [one.resource for one in members]
    kind = _family(first)[-1]
    length = len(first) - len(parts[-1]) + len(kind) + (bool(kind) and not kind.endswith("/"))
    return first[:length], [one.resource[length:] for one in members]


def _owning(head: str, names: Sequence[str]) -> int:
    """How many chosen names the head counts as: a bucket's is one; ids that AWS gives out take one away."""
    service = head.split(":", 3)[2] if head.count(":") > 2 else ""
    if service == "s3":
        return int(head.endswith("/"))
    return -1 if service == "ec2" and all(_GIVEN.fullmatch(name) for name in names) else 0


def _walked(node: _Node, walk: _Walk, span: tuple[int, int], may_suggest: bool) -> Iterator[tuple[_Walk, list[str]]]:
    if node.members:
        yield walk, [one.resource for one in node.members]
    branches, taken = _branches(node, walk, span, may_suggest)
    for branch in branches:
        yield from _walked(branch.inner, walk.masked(branch), span, may_suggest)
    for text, inner in node.below.items():
        if text not in taken:
            yield from _walked(inner, walk.then(node.tokens[text]), span, may_suggest)


def _branches(node: _Node, walk: _Walk, span: tuple[int, int], may_suggest: bool) -> tuple[list[_Branch], set[str]]:
    """The patterns that stand for tokens here, and those tokens."""
    here = [token for token in node.tokens.values() if token.shape != "sign"]
    branches: list[_Branch] = []
    taken: set[str] = set()
    for found in (_dates(node, here), _arrivals(node, here, walk, span, may_suggest)):
        if found:
            branches += found[0]
            taken |= found[1]
    if not taken and may_suggest and walk.names > 0 and (named := _names(node, here, span)):
        return named
    return branches, taken


_Found = tuple[list[_Branch], set[str]]


def _dates(node: _Node, here: Sequence[Token]) -> _Found | None:
    """Rule (a): different dates, and four names or more below them."""
    dated = [token for token in here if token.shape == "date"]
    below = [(token, path, one) for token in dated for path, one in node.below[token.text].every()]
    days = {(token.text, *(t.text for t in path if t.shape == "date")) for token, path, _ in below}
    if len(below) < _LEAST_DATED or len(days) < _LEAST_DAYS:
        return None
    reason = f"{len(days)} different dates in {len(below)} names"
    return _by_mask(node, dated, DATES, reason), {token.text for token in dated}


def _arrivals(
    node: _Node, here: Sequence[Token], walk: _Walk, span: tuple[int, int], may_suggest: bool
) -> _Found | None:
    """Rule (b): ids and numbers that kept arriving, where a chosen name says whose they are."""
    made = [token for token in here if token.shape in VARIABLE and token.shape != "date"]
    is_made = sum(token.shape in VARIABLE for token in here) >= _VARIABLE_SHARE * len(here)
    if len(made) < _LEAST_ARRIVING or not is_made:
        return None
    thirds = _thirds([_first(node.below[token.text]) for token in made], span)
    if not all(thirds) or thirds[2] < _LEAST_LATE:
        return None
    is_owned = walk.names > 0 or all(_has_name(node.below[token.text]) for token in made)
    if not is_owned and not may_suggest:
        return None
    reason = f"{len(made)} ids or numbers, first seen {_told(thirds)}"
    branches = _by_mask(node, made, ARRIVALS if is_owned else NAMES, reason)
    return [*branches, *_longer(node, made, branches)], {token.text for token in made}


def _names(node: _Node, here: Sequence[Token], span: tuple[int, int]) -> _Found | None:
    """Rule (c): chosen names that kept arriving; each is what stands before the next `/`, `:` or `.`."""
    if sum(token.shape in VARIABLE for token in here) >= _VARIABLE_SHARE * max(1, len(here)):
        return None
    if len(here) < _LEAST_BRANCHES:
        return None
    chosen: dict[str, list[tuple[_Path, Seen]]] = {}
    for path, one in node.every():
        if path and path[0].shape != "sign":
            end = next((i for i, token in enumerate(path) if token.text in _ENDS), len(path))
            name = "".join(token.mask if token.shape in VARIABLE else token.text for token in path[:end])
            chosen.setdefault(name, []).append((path[end:], one))
    thirds = _thirds([min(one.first for _, one in rest) for rest in chosen.values()], span)
    if len(chosen) < _LEAST_NAMES or not all(thirds) or thirds[2] < _LATE_NAMES * len(chosen):
        return None
    reason = f"{len(chosen)} names, first seen {_told(thirds)}"
    branch = _Branch("*", NAMES, reason, _Node.of(one for rest in chosen.values() for one in rest))
    return [branch], {token.text for token in here}


def _by_mask(node: _Node, several: Sequence[Token], rule: str, reason: str) -> list[_Branch]:
    """A branch for each mask of the tokens, or one for all of them where they have too many."""
    masks = {token.mask for token in several}
    together: dict[str, list[tuple[_Path, Seen]]] = {}
    for token in several:
        mask = token.mask if len(masks) <= _MOST_MASKS else "*"
        together.setdefault(mask, []).extend(node.below[token.text].every())
    return [_Branch(mask, rule, reason, _Node.of(every)) for mask, every in sorted(together.items())]


def _longer(node: _Node, made: Sequence[Token], branches: Sequence[_Branch]) -> Iterator[_Branch]:
    """One digit more for numbers that count up and are about to need it."""
    numbers = [token.text for token in made if token.shape == "number" and not token.text.startswith("0")]
    longest = max(map(len, numbers), default=0)
    branch = next((one for one in branches if one.mask == "?" * longest), None)
    if branch is None or len(numbers) < len(made):
        return
    by_day = [int(text) for _, text in sorted((_first(node.below[text]), text) for text in numbers)]
    half = len(by_day) // 2
    if max(by_day[:half]) < max(by_day[half:]) and max(by_day) * 2 >= 10**longest:
        reason = f"numbers that count up, {max(by_day)} so far"
        yield replace(branch, mask=branch.mask + "?", reason=reason, is_ahead=True)


def _first(node: _Node) -> int:
    return min(one.first for _, one in node.every())


def _has_name(node: _Node) -> bool:
    """Whether every name goes on with a chosen part that is no file's ending."""
    return all(
        any(token.shape == "word" and before != "." for before, token in _with_before(path)) for path, _ in node.every()
    )


def _with_before(path: _Path) -> Iterator[tuple[str, Token]]:
    before = ""
    for token in path:
        yield before, token
        before = token.text


def _thirds(days: Iterable[int], span: tuple[int, int]) -> tuple[int, int, int]:
    """How many of the days lie in each third of the span."""
    length = max(1, span[1] - span[0] + 1)
    counts = [0, 0, 0]
    for day in days:
        counts[min(2, max(0, (day - span[0]) * 3 // length))] += 1
    return counts[0], counts[1], counts[2]


def _told(thirds: tuple[int, int, int]) -> str:
    return f"in every third of the time: {thirds[0]}, {thirds[1]} and {thirds[2]}"
