"""`leastwise scp|rcp|boundary template`: the library of guard rails, listed, explained and filled."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from leastwise.language.quotas import DOCUMENT_QUOTAS
from leastwise.lint.run import lint_policy
from leastwise.model.errors import InputError, UnreadableFile
from leastwise.model.finding import Finding
from leastwise.model.policy import Kind, Policy
from leastwise.prove.verdict import Proof, Verdict
from leastwise.surfaces.cli.policy_options import Given, pair
from leastwise.surfaces.cli.text import answer, number, safe, say, table
from leastwise.surfaces.formats.guards import FORMS, Artefact, artefact_fields, written
from leastwise.synthesize.guardrails.exceptions import ArnException, Exempt, TagException, exception_of, untouched
from leastwise.synthesize.guardrails.exceptions import written as exception_written
from leastwise.synthesize.guardrails.parameters import Parameter
from leastwise.synthesize.guardrails.purpose import excepts_somebody, kept
from leastwise.synthesize.guardrails.templates import Template, filled_as, template, templates

F = TypeVar("F", bound=Callable[..., object])
SCHEMA = 1
_NAMES: Mapping[Kind, str] = {"scp": "an SCP", "rcp": "an RCP", "boundary": "a permissions boundary"}


def template_command(kind: Kind) -> click.Command:
    """The command for templates of a policy type."""
    command = click.argument("name", required=False)(_command(kind))
    for option in reversed(_options(kind)):
        command = option(command)
    return click.command("template", help=_help(kind))(command)


def _help(kind: Kind) -> str:
    return f"""Print {_NAMES[kind]} from a template of the library; without NAME, list the templates.

    A parameter that is a list takes its values after commas, or by `--set` again. `--explain` prints what a template
    is for, what it breaks, its parameters and its cases. `--prove` proves for every request that the policy as it is
    filled refuses what it is for."""


def _options(kind: Kind) -> list[Callable[[F], F]]:
    exceptions = [
        click.option(
            "--except",
            "exceptions",
            multiple=True,
            metavar="ARN|KEY=VALUE",
            help="Leave out principals by a pattern of their ARN, or by a tag; may be repeated.",
        ),
        click.option("--break-glass", metavar="ARN", help="Leave out the role for emergencies."),
    ]
    return [
        click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="Set a parameter; may be repeated."),
        click.option("--set-file", metavar="F", help="Parameters from a file in TOML or JSON."),
        *(exceptions if kind != "boundary" else []),
        click.option("--target", "targets", multiple=True, metavar="ID", help="What it is attached to; repeatable."),
        click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(sorted(FORMS)),
            default="json",
            show_default=True,
            help="Format of the policy.",
        ),
        click.option("--explain", is_flag=True, help="Print the page of the template."),
        click.option("--prove", is_flag=True, help="Prove that the policy refuses what it is for."),
        click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, with its proof if asked for."),
    ]


def _command(kind: Kind) -> Callable[..., int]:
    def command(name: str | None, **given: object) -> int:
        options = Given(given)
        if name is None:
            _list(kind, options)
            return 0
        found = template(name)
        if kind not in found.types:
            types = " and ".join(f"`leastwise {one} template {name}`" for one in found.types)
            raise InputError(f"`{name}` has no policy of this type", help=f"its command is {types}")
        if options.flag("explain"):
            _explain(found, kind, options)
            return 0
        return _fill(found, kind, options)

    return command


def _list(kind: Kind, options: Given) -> None:
    found = [one for one in templates().values() if kind in one.types]
    if options.flag("as_json"):
        answer(json.dumps({"schema": SCHEMA, "templates": [page_fields(one) for one in found]}, indent=2))
        return
    for line in table([(one.name, one.title) for one in found], indent=""):
        answer(line)
    say(f"next: leastwise {kind} template NAME --explain")


def _explain(found: Template, kind: Kind, options: Given) -> None:
    if options.flag("as_json"):
        answer(json.dumps({"schema": SCHEMA, **page_fields(found)}, indent=2))
        return
    for line in page_lines(found, kind):
        answer(line)


def page_fields(one: Template) -> dict[str, object]:
    """The page of a template as JSON values."""
    return {
        "name": one.name,
        "types": list(one.types),
        "title": one.title,
        "purpose": one.purpose,
        "breaks": list(one.breaks),
        "exceptions": list(one.exceptions),
        "sources": list(one.sources),
        "parameters": [_parameter_fields(parameter) for parameter in one.parameters],
        "cases": [
            {"type": case.type, "name": case.case.name, "action": case.case.action, "expected": case.case.expected}
            for case in one.scenarios
        ],
    }


def _parameter_fields(one: Parameter) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "is_list": one.form.is_list,
        "meaning": one.meaning,
        "default": None if one.default is None else list(one.default),
        "example": list(one.example),
    }


def page_lines(one: Template, kind: Kind) -> Iterator[str]:
    """The page of a template, with the cases of its policy of this type."""
    yield f"{one.name}: {one.title}"
    yield ""
    yield one.purpose
    yield from _listed("what it breaks", one.breaks)
    yield from _listed("exceptions that are usual", one.exceptions)
    yield from _listed("parameters", [_parameter_told(parameter) for parameter in one.parameters])
    cases = [f"{case.case.name}: {case.case.expected}" for case in one.scenarios if case.type == kind]
    yield from _listed("cases, which hold for its examples", cases)
    yield from _listed("sources", one.sources)


def _listed(head: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{head}:"
        yield from (f"  - {line}" for line in lines)


def _parameter_told(one: Parameter) -> str:
    if one.default is None:
        return f"{one.name} (required): {one.meaning}; {one.form.told}"
    default = ", ".join(one.default) or "none"
    return f"{one.name}: {one.meaning}; {one.form.told}; if not set: {default}"


def _fill(found: Template, kind: Kind, options: Given) -> int:
    values, exceptions = _values(found, options), _exceptions(kind, options)
    policy = filled_as(found, kind, values, exceptions=exceptions)
    proof = kept(found, kind, values, exceptions=exceptions) if options.flag("prove") else None
    artefact = Artefact(policy.name, policy, options.texts("targets"), found.title)
    if options.flag("as_json"):
        fields = {"schema": SCHEMA, "template": found.name, **artefact_fields(artefact)}
        answer(json.dumps({**fields, "exceptions": [*map(exception_written, exceptions)], **_proved(proof)}, indent=2))
    else:
        answer(_within_quota(written([artefact], options.text("form") or "json"), policy, options))
    _tell(found, kind, policy, proof)
    if exceptions and not excepts_somebody(found, kind, values, exceptions=exceptions):
        say("warning: the exceptions leave nobody out: nobody whom they name is refused without them")
    for one in exceptions:
        if isinstance(one, TagException):
            say(f"note: whoever may set the tag {safe(exception_written(one))} on a principal or session is left out")
    return _code(proof)


def _proved(proof: Proof | None) -> dict[str, object]:
    return {} if proof is None else {"verdict": proof.verdict.value, "undecided": list(proof.undecided)}


def _code(proof: Proof | None) -> int:
    if proof is None or proof.holds:
        return 0
    return 1 if proof.verdict is Verdict.FAIL else 2


def _within_quota(text: str, policy: Policy, options: Given) -> str:
    """The JSON as it is easy to read, or small where Organizations would count its white space against its quota."""
    quota = DOCUMENT_QUOTAS[policy.kind]
    if options.text("form") == "json" and quota.counts_space and len(text) > quota.default:
        return json.dumps(policy.document(), separators=(",", ":"), ensure_ascii=False)
    return text


def _tell(found: Template, kind: Kind, policy: Policy, proof: Proof | None) -> None:
    say(f"purpose: {safe(found.purpose)}")
    for line in found.breaks:
        say(f"breaks: {safe(line)}")
    told = [(note.message, note.help) for note in policy.notes] or [(one.message, one.help) for one in _faults(policy)]
    for message, hint in told:
        say(f"warning: {safe(message)}: {safe(hint or '')}")
    for line in untouched(policy) if kind != "boundary" else ():
        say(f"warning: {safe(line)}")
    for other in found.types:
        if other != kind:
            say(f"its other half: leastwise {other} template {found.name}")
    if proof is not None:
        _tell_proof(proof)


def _faults(policy: Policy) -> list[Finding]:
    """What the values that were given make wrong, such as an action that does not exist."""
    found = lint_policy(policy.document(), kind=policy.kind, name=policy.name)
    return [one for one in found if one.severity != "suggestion"]


def _tell_proof(proof: Proof) -> None:
    say(f"{proof.verdict.value}: that it refuses what it is for, proved for {number(proof.classes)} classes of actions")
    witness = proof.witness
    if witness is not None:
        say(f"not refused: {safe(witness.action)} on {safe(witness.resource)}")
    for line in proof.undecided:
        say(f"not known: {safe(line)}")


def _exceptions(kind: Kind, options: Given) -> tuple[Exempt, ...]:
    if kind == "boundary":
        return ()
    found = [exception_of(text) for text in options.texts("exceptions")]
    glass = options.text("break_glass")
    if glass is not None:
        one = exception_of(glass)
        if not isinstance(one, ArnException) or any(sign in glass for sign in "*?"):
            raise InputError(f"`{glass}` is no ARN of one role", help="write `arn:aws:iam::111122223333:role/NAME`")
        found.append(one)
    return tuple(found)


def _values(found: Template, options: Given) -> dict[str, list[str]]:
    """The parameters of the file, then those that are set one by one, which take their place."""
    lists = {one.name for one in found.parameters if one.form.is_list}
    path = options.text("set_file")
    values = _in_file(path) if path is not None else {}
    own: dict[str, list[str]] = {}
    for text in options.texts("values"):
        name, value = pair(text, "parameter")
        several = [one.strip() for one in value.split(",") if one.strip()] if name in lists else [value]
        own.setdefault(name, []).extend(several)
    return {**values, **own}


def _in_file(path: str) -> dict[str, list[str]]:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(path, _reason(error)) from None
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise UnreadableFile(path, str(error)[:120].lower()) from None
    return {str(name): _several(value, str(name), path) for name, value in found.items()}


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not text in UTF-8"


def _several(value: object, name: str, path: str) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in listed):
        raise InputError(f"`{name}` in `{path}` is neither a text nor a list of texts", help='write `name = ["value"]`')
    return [str(one) for one in listed]
