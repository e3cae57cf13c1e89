"""`leastwise scp|rcp|boundary test`: cases of a file, tried on policies in their place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from leastwise.estate.assemble import Estate
from leastwise.estate.offline.yaml_values import yaml_value
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.decision import DEPENDS, Outcome
from leastwise.model.errors import InputError, UnreadableFile
from leastwise.model.policy import Kind, Policy
from leastwise.surfaces.cli.estates import held_in, masked, masked_fields, secrets_in
from leastwise.surfaces.cli.policy_files import listed_in
from leastwise.surfaces.cli.text import answer, plural, safe, say
from leastwise.surfaces.formats.junit import Failure
from leastwise.surfaces.formats.junit import cases as junit_cases
from leastwise.synthesize.guardrails.scenarios import STAND_INS, Beside, Case, Tried, cases_in, tried, tried_in

SCHEMA: Final = 1
_FIELDS: Final = ("type", "policy", "policies", "identity", "scps", "snapshot", "complete", "case")
_HEAD: Final = re.compile(r"^[ \t]*\[\[[ \t]*case[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True)
class _Scenarios:
    """A file of cases: the policies that are tried, what stands beside them or the snapshot's path, and the cases."""

    name: str
    kind: Kind
    policies: tuple[Policy, ...]
    beside: Beside
    snapshot: str | None
    cases: tuple[Case, ...]

    def results(self) -> list[Tried]:
        """Every case tried, in their order."""
        if self.snapshot is None:
            return [tried(case, self.kind, self.policies, beside=self.beside) for case in self.cases]
        estate = Estate(read_snapshot(Path(self.snapshot)))
        return [_tried_in(estate, case, self.kind, self.policies) for case in self.cases]


def scenarios_command(kind: Kind) -> click.Command:
    """The command for cases of a policy type."""

    @click.command("test", help=_help(kind))
    @click.argument("scenarios", metavar="SCENARIOS")
    @click.option("--policy", "policies", multiple=True, metavar="F", help="The policy to try; may be repeated.")
    @click.option("--snapshot", metavar="F", help="Try it on all that binds the principals in this snapshot.")
    @click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(sorted(FORMS)),
        default="text",
        show_default=True,
        help="Format of the answer.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
    def command(scenarios: str, policies: tuple[str, ...], snapshot: str | None, form: str, as_json: bool) -> int:
        found = _read(scenarios, kind, policies, snapshot)
        results = found.results()
        for line in FORMS["json" if as_json else form](found, results):
            answer(line)
        failed = sum(not one.holds for one in results)
        for doubt in dict.fromkeys(doubt for one in results for doubt in one.doubts):
            say(f"not known: {safe(doubt)}")
        say(f"{plural(len(results), 'case')}: {len(results) - failed} as expected, {failed} not")
        return int(failed > 0)

    return command


def _help(kind: Kind) -> str:
    named = {"scp": "SCPs", "rcp": "RCPs", "boundary": "a permissions boundary"}[kind]
    return f"""Try the cases of the file SCENARIOS on {named} in place, where everything else allows.

    The file is TOML, JSON or YAML. It names the policy with `policy`, or `--policy` does. Ends with 1 when a case has
    another outcome than it expects."""


def _tried_in(estate: Estate, case: Case, kind: Kind, policies: Sequence[Policy]) -> Tried:
    try:
        return tried_in(estate, case, kind, policies)
    except InputError as error:
        raise InputError(f"{case.place}: {error.message}", help=error.help) from None


def _read(path: str, kind: Kind, given: Sequence[str], snapshot: str | None) -> _Scenarios:
    text = _text(path)
    found = _parsed(text, path)
    for name in found:
        if name not in _FIELDS:
            raise InputError(f"no field `{name}` in `{path}`", help=f"fields are {', '.join(_FIELDS)}")
    if found.get("type", kind) != kind:
        raise InputError(f"`{path}` is for another policy type", help=f"`leastwise {found['type']} test` tries it")
    folder = Path(path).parent
    named = [str(folder / one) for one in (*_names(found, "policy", path), *_names(found, "policies", path))]
    sources = list(given) or named
    if not sources:
        raise InputError(f"`{path}` names no policy", help='write `policy = "guard.json"`, or give `--policy F`')
    beside = Beside(
        _policies([str(folder / one) for one in _names(found, "identity", path)], "identity"),
        _policies([str(folder / one) for one in _names(found, "scps", path)], "scp"),
    )
    own = _snapshot(found, path, snapshot)
    listed = _completed(found)
    cases = cases_in(listed, _places(text, path, len(listed) if isinstance(listed, list) else 0))
    return _Scenarios(path, kind, _policies(sources, kind), beside, own, cases)


def _snapshot(found: Mapping[str, object], path: str, given: str | None) -> str | None:
    """The path of the snapshot, if one is named; raises InputError where other policies are named besides."""
    named = [str(Path(path).parent / one) for one in _names(found, "snapshot", path)]
    if len(named) > 1:
        raise InputError(f"`snapshot` in `{path}` names several", help='write `snapshot = "FILE"`')
    snapshot = given or next(iter(named), None)
    if snapshot and ("identity" in found or "scps" in found):
        raise InputError(f"`{path}` names a snapshot and policies beside", help="leave out `identity` and `scps`")
    return snapshot


def _policies(paths: Iterable[str], kind: Kind) -> tuple[Policy, ...]:
    return tuple(policy for path in paths for policy in listed_in(path, kind))


def _completed(found: Mapping[str, object]) -> object:
    """The cases, each with the `complete` of the file where it has none of its own."""
    cases = found.get("case")
    if "complete" not in found or not isinstance(cases, list):
        return cases
    return [{"complete": found["complete"], **one} if isinstance(one, Mapping) else one for one in cases]


def _names(found: Mapping[str, object], name: str, path: str) -> list[str]:
    value = found.get(name, [])
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in listed):
        raise InputError(f"`{name}` in `{path}` is no file", help=f'write `{name} = "FILE"`, or a list of files')
    return [str(one) for one in listed]


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(path, (error.strerror or str(error)).lower()) from None
    except UnicodeDecodeError:
        raise UnreadableFile(path, "it is not text in UTF-8") from None


def _parsed(text: str, path: str) -> Mapping[str, object]:
    read = _READERS.get(Path(path).suffix.lower(), tomllib.loads)
    try:
        found = read(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(path, str(error)[:160].lower()) from None
    if not isinstance(found, Mapping):
        raise UnreadableFile(path, "it holds no fields")
    return found


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".json": json.loads,
    ".yaml": yaml_value,
    ".yml": yaml_value,
}
"""How a file is read, by the end of its name; any other is TOML."""


def _places(text: str, path: str, count: int) -> list[str]:
    """Where each `[[case]]` stands; in the other forms cases have a number alone."""
    lines = [text.count("\n", 0, found.end()) + 1 for found in _HEAD.finditer(text)]
    if len(lines) == count:
        return [f"{path}:{line}" for line in lines]
    return [f"{path}: case {number}" for number in range(1, count + 1)]


def _by(one: Tried) -> list[dict[str, object]]:
    return [
        {"policy_type": by.policy_type, "policy": by.policy, "statement": by.index, "sid": by.sid}
        for by in one.decision.determining
        if by.policy not in STAND_INS
    ]


def _why(one: Tried) -> str:
    """What settled the case: its statements, the policy type that has none, or what it turns on."""
    if one.decision.outcome is DEPENDS:
        return f"it turns on: {one.decision.residual}"
    named = [f"{by['policy']} statement {by['statement']} ({by['sid'] or 'without Sid'})" for by in _by(one)]
    if named:
        return f"by {', '.join(named)}"
    if one.decision.outcome is Outcome.ALLOW:
        return "no statement of it denies this"
    return f"no statement allows it: {one.decision.settled_by}"


def _secrets(results: Sequence[Tried]) -> frozenset[str]:
    return secrets_in(policy for one in results for policy in held_in(one.decision.policies))


def _text_lines(found: _Scenarios, results: Sequence[Tried]) -> Iterator[str]:
    secrets = _secrets(results)
    for one in results:
        case, outcome = one.case, one.decision.outcome.value
        if one.holds:
            yield masked(safe(f"ok    {case.name}: {outcome}"), secrets)
            continue
        yield masked(safe(f"FAIL  {case.name}: expected {case.expected}, found {outcome}"), secrets)
        yield masked(safe(f"      {case.place}: {case.principal} {case.action} {case.resource}"), secrets)
        yield masked(safe(f"      {_why(one)}"), secrets)


def _json_lines(found: _Scenarios, results: Sequence[Tried]) -> Iterator[str]:
    fields = {
        "schema": SCHEMA,
        "file": found.name,
        "type": found.kind,
        "policies": [one.name for one in found.policies],
        "failed": sum(not one.holds for one in results),
        "cases": [_case_fields(one) for one in results],
    }
    yield json.dumps(masked_fields(fields, _secrets(results)), indent=2, ensure_ascii=False)


def _case_fields(one: Tried) -> dict[str, object]:
    case = one.case
    return {
        "name": case.name,
        "place": case.place,
        "principal": case.principal,
        "action": case.action,
        "resource": case.resource,
        "expected": case.expected,
        "outcome": one.decision.outcome.value,
        "holds": one.holds,
        "by": _by(one),
        "turns_on": str(one.decision.residual) if one.decision.outcome is DEPENDS else None,
    }


def _junit_lines(found: _Scenarios, results: Sequence[Tried]) -> Iterator[str]:
    secrets = _secrets(results)
    cases = [(masked(one.case.name, secrets), _failure(one, secrets)) for one in results]
    yield junit_cases(f"leastwise {found.kind} test", found.name, cases)


def _failure(one: Tried, secrets: Iterable[str]) -> Failure | None:
    if one.holds:
        return None
    case = one.case
    message = f"expected {case.expected}, found {one.decision.outcome.value}"
    text = f"{case.place}\n{case.principal} {case.action} {case.resource}\n{_why(one)}"
    return Failure(case.name, "failure", message, masked(text, secrets))


FORMS: Final[Mapping[str, Callable[[_Scenarios, Sequence[Tried]], Iterable[str]]]] = {
    "text": _text_lines,
    "json": _json_lines,
    "junit": _junit_lines,
}
"""How the cases are told, by the name that `-f` takes."""
