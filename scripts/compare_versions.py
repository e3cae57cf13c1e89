"""Decide every consecutive pair of policy versions: `make versions HISTORY=FILE [WITHIN=NAME]`.

FILE is gzipped JSON Lines, each with `arn`, `version`, `created` and `document`. For each arn every version is compared
with the one before it, and what new access there is, is counted by what gives it. With `WITHIN`, every policy's newest
version is asked whether it stays inside that named policy. Exit 1 if any answer is UNKNOWN, 2 if the file cannot be
read.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations, pairwise
from pathlib import Path
from time import perf_counter

from leastwise.language.parse import parse_draft
from leastwise.model.policy import Policy, Statement
from leastwise.prove.queries import no_new_access, within
from leastwise.prove.verdict import Proof, Verdict

Documents = Mapping[str, Sequence[tuple[str, Policy]]]
"""The versions of each arn, oldest first, by their names."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One question: what it was about, its answer, and the seconds that it took."""

    name: str
    proof: Proof
    seconds: float
    cause: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the summary."""
    options = _options(arguments)
    try:
        history = read(options.history)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read `{options.history}`: {error}", file=sys.stderr)
        return 2
    decided = [list(versions(history, step=options.step))]
    print("\n".join(told("consecutive versions", decided[0])))
    if options.within:
        limit = next((policies[-1][1] for arn, policies in history.items() if arn.endswith(f"/{options.within}")), None)
        if limit is None:
            print(f"no policy is named `{options.within}`", file=sys.stderr)
            return 2
        decided.append(list(newest(history, limit)))
        print("\n".join(["", *told(f"newest versions within {options.within}", decided[1])]))
    return int(any(one.proof.verdict is Verdict.UNKNOWN for several in decided for one in several))


def read(path: Path) -> Documents:
    """The versions that a file holds; raises OSError, ValueError or KeyError."""
    found: dict[str, list[tuple[tuple[int, str], str, Policy]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            policy, _ = parse_draft(row["document"], name=row["arn"].rpartition("/")[2])
            if policy is None:
                raise ValueError(f"{row['arn']} {row['version']} is no policy")
            order = (int(row["version"].lstrip("v")), row.get("created", ""))
            found.setdefault(row["arn"], []).append((order, row["version"], policy))
    return {
        arn: [(version, policy) for _, version, policy in sorted(rows, key=lambda row: row[0])]
        for arn, rows in found.items()
    }


def versions(history: Documents, *, step: int = 1) -> Iterator[Decided]:
    """Every version against the one before it; with a step, every so many of these pairs."""
    pairs = [(arn, one, other) for arn, rows in history.items() for one, other in pairwise(rows)]
    for arn, (before, old), (after, new) in pairs[::step]:
        started = perf_counter()
        proof = no_new_access(old, new)
        seconds = perf_counter() - started
        cause = cause_of(old, new) if proof.verdict is Verdict.FAIL else ""
        yield Decided(f"{arn} {before} to {after}", proof, seconds, cause)


def newest(history: Documents, limit: Policy) -> Iterator[Decided]:
    """Every policy's newest version against the limit."""
    for arn, rows in history.items():
        started = perf_counter()
        proof = within(rows[-1][1], limit)
        yield Decided(arn, proof, perf_counter() - started)


def cause_of(old: Policy, new: Policy) -> str:
    """What widened: the part, or the fewest parts, without whose change there is no new access.

    Actions are cut down to those of the old policy; statements that are otherwise alike get the old one's resources or
    conditions; old Deny statements are added again.
    """
    for count in (1, 2):
        for parts in combinations(_CUTS, count):
            cut = reduce(lambda policy, part: _CUTS[part](old, policy), parts, new)
            if no_new_access(old, cut).holds:
                return " and ".join(parts)
    return "more than two of these"


def _without_new_actions(old: Policy, new: Policy) -> Policy:
    """The new policy, denied each action that no Allow of the old one names."""
    allows = [statement for statement in old.statements if statement.effect == "Allow"]
    if any(statement.is_not_action for statement in allows):
        return new
    names = tuple(dict.fromkeys(one for statement in allows for one in statement.actions))
    return _with(new, [Statement(None, names or ("none:none",), ("*",), effect="Deny", is_not_action=True)])


def _with_old(*parts: str) -> Callable[[Policy, Policy], Policy]:
    """Statements get these parts of the old statement that is otherwise alike, where there is one alone."""

    def cut(old: Policy, new: Policy) -> Policy:
        before: dict[object, list[Statement]] = {}
        for statement in old.statements:
            before.setdefault(_without(statement, parts), []).append(statement)
        return replace(new, statements=tuple(_cut(statement, before, parts) for statement in new.statements))

    return cut


def _cut(statement: Statement, before: Mapping[object, Sequence[Statement]], parts: Sequence[str]) -> Statement:
    alike = before.get(_without(statement, parts), ())
    if len(alike) != 1:
        return statement
    return replace(statement, **{part: getattr(alike[0], part) for part in parts})


def _without(statement: Statement, parts: Sequence[str]) -> Hashable:
    """What is said but for some parts, whatever the order."""
    plain = replace(statement, sid=None, actions=tuple(sorted(map(str.lower, statement.actions))))
    kept = {name: getattr(plain, name) for name in _PARTS if name not in parts}
    return json.dumps(kept, sort_keys=True, default=str)


_PARTS = ("effect", "actions", "is_not_action", "resources", "is_not_resource", "conditions")


def _with_old_denies(old: Policy, new: Policy) -> Policy:
    return _with(new, [statement for statement in old.statements if statement.effect == "Deny"])


def _with(policy: Policy, more: Iterable[Statement]) -> Policy:
    return replace(policy, statements=(*policy.statements, *more))


_CUTS: Mapping[str, Callable[[Policy, Policy], Policy]] = {
    "actions": _without_new_actions,
    "resources": _with_old("resources", "is_not_resource"),
    "conditions": _with_old("conditions"),
    "Denys": _with_old_denies,
}


def told(title: str, decided: Sequence[Decided]) -> Iterator[str]:
    """The summary, a line each."""
    verdicts = Counter(str(one.proof.verdict) for one in decided)
    yield f"{title}: {len(decided):,}"
    yield from (f"  {verdict}: {count:,}" for verdict, count in verdicts.most_common())
    causes = Counter(one.cause for one in decided if one.cause)
    if causes:
        yield f"  widened: {causes.total():,}, by"
        yield from (f"    {cause}: {count:,}" for cause, count in causes.most_common())
    taken = sorted(one.seconds for one in decided)
    if taken:
        marks = {"p50": taken[len(taken) // 2], "p95": taken[int(len(taken) * 0.95)], "max": taken[-1]}
        yield "  ms: " + ", ".join(f"{name} {seconds * 1e3:,.1f}" for name, seconds in marks.items())
        yield f"  slowest: {max(decided, key=lambda one: one.seconds).name}"
    for one in decided:
        if one.proof.verdict is Verdict.UNKNOWN:
            yield f"  UNKNOWN {one.name}: {'; '.join(one.proof.undecided[:3])}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("history", type=Path, help="gzipped JSON Lines with arn, version, created, document")
    parser.add_argument("--within", metavar="NAME", help="ask of each newest version whether it is inside this policy")
    parser.add_argument("--step", type=int, default=1, help="decide every so many pairs only")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
