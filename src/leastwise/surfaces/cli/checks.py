"""`leastwise check-…`: questions about every request at once, each with a proof or a request that shows otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar, get_args

import click

from leastwise.model.errors import InputError
from leastwise.model.policy import KINDS, Policy
from leastwise.model.request import Principal
from leastwise.model.switches import Switches
from leastwise.prove.axioms import ALL, AXIOMS, Axiom
from leastwise.prove.fallback import SOLVERS, SolverName
from leastwise.prove.public import AUDIENCES, DEFINITIONS, Audience, Definition, Trusted, not_public, reachable_from
from leastwise.prove.queries import access_not_granted, no_new_access
from leastwise.prove.verdict import Proof, Verdict
from leastwise.surfaces.cli.compared import among_others
from leastwise.surfaces.cli.policy_files import policies_in
from leastwise.surfaces.cli.policy_options import Given, policy_options, switches_of
from leastwise.surfaces.cli.proofs import Subject, proof_fields, proof_lines, proof_results
from leastwise.surfaces.cli.text import answer, say
from leastwise.surfaces.formats.sarif import Rule, log

F = TypeVar("F", bound=Callable[..., object])

_NEW_ACCESS: Final = Rule("new-access", "The new policy allows a request that the old one does not.")
_OUTSIDE: Final = Rule("outside-the-limit", "The policy allows a request that its limit does not.")
_GRANTED: Final = Rule("access-granted", "The policy grants access that it must not grant.")
_PUBLIC: Final = Rule("public-access", "The policy of a resource lets in somebody whom its owner did not choose.")

_WHOM: Final[dict[Audience, str]] = {
    "internet": "the public",
    "outside": "anybody outside",
    "anonymous": "anonymous callers",
    "services": "AWS services",
    "anyone": "anyone whom it does not name",
}
assert _WHOM.keys() == set(get_args(Audience))


def _answer_options(command: F) -> F:
    """The command takes how the question is read and how the answer is written."""
    for option in (
        click.option("--certificate", metavar="F", help="Write the proof here."),
        click.option("--solver", type=click.Choice(SOLVERS), help="Ask this solver what is too hard for leastwise."),
        click.option("--switch", "switches", multiple=True, metavar="NAME=POSITION", help="Read an open point so."),
        click.option(
            "--without", multiple=True, type=click.Choice(AXIOMS), help="Do not take this group of axioms for granted."
        ),
        click.option("--strict", is_flag=True, help="Exit 1 also when it holds for known actions alone."),
        click.option("--json", "as_json", is_flag=True, help="The same as `-f json`."),
        click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(["text", "json", "sarif"]),
            default="text",
            show_default=True,
            help="How the answer is written.",
        ),
    ):
        command = option(command)
    return command


def _comparison_options(command: F) -> F:
    """The command takes every other policy that binds, and who asks."""
    for option in (
        click.option("--every-action", is_flag=True, help="Look at each action by itself: every one named is a gap."),
        click.option("--principal", metavar="ARN", help="Who asks; otherwise everyone may."),
    ):
        command = option(command)
    return command


def _document_options(command: F) -> F:
    """The command takes the policy type, and every other policy that binds."""
    command = click.option(
        "--at", "level", metavar="LEVEL", help="Level at which an SCP or RCP stands; otherwise below the others."
    )(policy_options(command))
    return click.option(
        "--type", "kind", type=click.Choice(KINDS), help="What the policies are; otherwise as their elements tell."
    )(command)


@click.command("check-no-new-access")
@click.argument("old")
@click.argument("new")
@_document_options
@_comparison_options
@_answer_options
def check_no_new_access(old: str, new: str, **given: object) -> int:
    """Prove that policy NEW allows no request that policy OLD does not, or show one.

    OLD and NEW are files, one of them may be `-` for standard input. Alone, each decides by itself. With other
    policies given, `--boundary F` or `--scp LEVEL=F`, both are asked among them: what binds besides binds on both
    sides. Exit 0 when it holds, 1 when it does not, 2 when that could not be settled.
    """
    return _compared(_NEW_ACCESS, old, new, Given(given))


@click.command("check-within")
@click.argument("policy")
@click.argument("limit")
@_document_options
@_comparison_options
@_answer_options
def check_within(policy: str, limit: str, **given: object) -> int:
    """Prove that everything that POLICY allows is allowed by LIMIT too, or show what is not.

    Both are files, one of them may be `-` for standard input. What is given besides, such as `--scp LEVEL=F`, binds on
    both sides. Exit 0 when it holds, 1 when it does not, 2 when that could not be settled.
    """
    return _compared(_OUTSIDE, limit, policy, Given(given), question="within the limit")


def _compared(rule: Rule, old: str, new: str, options: Given, *, question: str | None = None) -> int:
    documents = _documents((old, new), options)
    principal = options.text("principal")
    first, second = among_others(documents, options)
    proof = no_new_access(
        first,
        second,
        principal=Principal.of(principal) if principal else None,
        switches=_switches(options),
        solver=_solver(options),
        axioms=_axioms(options),
        every_action=options.flag("every_action"),
    )
    holds = f"{_name(new)} allows nothing that {_name(old)} does not"
    fails = f"{_name(new)} allows what {_name(old)} does not"
    subject = Subject(rule, documents[1], holds, fails, documents[0].name, _switches(options))
    return _told(replace(proof, question=question or proof.question), subject, options)


@click.command("check-access-not-granted")
@click.argument("policy")
@click.option("--action", "actions", multiple=True, metavar="PATTERN", help="An action that must not be granted.")
@click.option("--resource", "resources", multiple=True, metavar="PATTERN", help="A resource that must not be reached.")
@_document_options
@_answer_options
def check_access_not_granted(policy: str, actions: tuple[str, ...], resources: tuple[str, ...], **given: object) -> int:
    """Prove that POLICY grants none of these actions on any of these resources, or show what it grants.

    Patterns are written as in a policy. Without `--resource` it is any resource, without `--action` any action. Exit 0
    when it holds, 1 when it does not, 2 when that could not be settled.
    """
    options = Given(given)
    if not actions and not resources:
        raise InputError("there is nothing to look for", help="give `--action PATTERN`, `--resource PATTERN` or both")
    (document,) = documents = _documents((policy,), options)
    (found,) = among_others(documents, options)
    switches = _switches(options)
    proof = access_not_granted(
        found,
        actions or ("*",),
        resources or ("*",),
        switches=switches,
        axioms=_axioms(options),
        solver=_solver(options),
    )
    what = f"{_listed(actions) or 'any action'} on {_listed(resources) or 'any resource'}"
    subject = Subject(
        _GRANTED,
        document,
        f"{_name(policy)} grants none of {what}",
        f"{_name(policy)} grants some of {what}",
        "",
        switches,
    )
    return _told(proof, subject, options)


@click.command("check-no-public-access")
@click.argument("policy")
@click.option("--resource-type", metavar="TYPE", help="Such as `AWS::S3::Bucket`: look at its service's actions alone.")
@click.option(
    "--definition",
    type=click.Choice(DEFINITIONS),
    default="semantic",
    show_default=True,
    help="What public means: somebody outside is let in, or the statements look as S3 has it.",
)
@click.option("--trusted-account", "accounts", multiple=True, metavar="ID", help="An account that is not outside.")
@click.option(
    "--trusted-organisation", "organisations", multiple=True, metavar="ID", help="An organisation that is not outside."
)
@click.option(
    "--audience", type=click.Choice(AUDIENCES), default="internet", show_default=True, help="Who must not be let in."
)
@_answer_options
def check_no_public_access(
    policy: str,
    resource_type: str | None,
    definition: Definition,
    accounts: tuple[str, ...],
    organisations: tuple[str, ...],
    audience: Audience,
    **given: object,
) -> int:
    """Prove that POLICY, that of a resource or a role's trust policy, is not public, or show who is let in.

    Principals that the policy names are its owner's choice and not public. Exit 0 when it holds, 1 when it does not, 2
    when that could not be settled.
    """
    options = Given(given)
    _check_audience(audience, resource_type, definition)
    name, whom = _name(policy), _WHOM[audience]
    (document,) = policies_in([policy], None)
    if document.kind == "identity":
        raise InputError(f"{name} names no principal", help="give the policy of a resource, or a role's trust policy")
    trusted, axioms = Trusted(accounts, organisations), _axioms(options)
    switches = _switches(options)
    if audience == "internet":
        proof = not_public(
            document,
            resource_type,
            definition=definition,
            trusted=trusted,
            switches=switches,
            axioms=axioms,
            solver=_solver(options),
        )
    else:
        proof = reachable_from(
            document, audience, trusted=trusted, switches=switches, axioms=axioms, solver=_solver(options)
        )
    holds, fails = f"{name} grants nothing to {whom}", f"{name} grants access to {whom}"
    return _told(proof, Subject(_PUBLIC, document, holds, fails, "", switches), options)


def _check_audience(audience: Audience, resource_type: str | None, definition: Definition) -> None:
    if audience == "internet":
        return
    for option, is_given in (
        ("--resource-type", resource_type is not None),
        ("--definition", definition != "semantic"),
    ):
        if is_given:
            raise InputError(f"`{option}` is about the public", help=f"leave out `--audience {audience}`")


def _name(path: str) -> str:
    return "standard input" if path == "-" else f"`{path}`"


def _listed(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)


def _documents(paths: Sequence[str], options: Given) -> list[Policy]:
    """The policies of the files, as the type that is given, or as they look, which is said."""
    kind = options.text("kind")
    documents = policies_in(paths, next((one for one in KINDS if one == kind), None))
    if kind is None and documents[0].kind != "identity":
        say(f"note: it has `Principal`, so it is read as a {documents[0].kind} policy; `--type` says otherwise")
    return documents


def _solver(options: Given) -> SolverName | None:
    return next((name for name in SOLVERS if name == options.text("solver")), None)


def _switches(options: Given) -> Switches:
    return switches_of(options.texts("switches"))


def _axioms(options: Given) -> frozenset[Axiom]:
    return ALL - frozenset(name for name in AXIOMS if name in options.texts("without"))


def _told(proof: Proof, subject: Subject, options: Given) -> int:
    """The answer is written, and the certificate where one is asked for; the exit code."""
    form = "json" if options.flag("as_json") else options.text("form")
    if form == "sarif":
        answer(log(*proof_results(proof, subject)))
    elif form == "json":
        answer(json.dumps(proof_fields(proof, subject), indent=2, ensure_ascii=False))
    else:
        for line in proof_lines(proof, subject):
            answer(line)
    is_strict = options.flag("strict")
    if proof.verdict is Verdict.PASS_FOR_KNOWN_ACTIONS:
        say(f"note: proved for known actions alone{'' if is_strict else '; `--strict` ends with 1'}")
    _certify(proof, options)
    return _CODES[proof.verdict] or int(is_strict and proof.verdict is not Verdict.PASS)


_CODES: Final = {
    Verdict.PASS: 0,
    Verdict.PASS_FOR_KNOWN_ACTIONS: 0,
    Verdict.FAIL: 1,
    Verdict.UNKNOWN: 2,
}


def _certify(proof: Proof, options: Given) -> None:
    path = options.text("certificate")
    if path is None:
        return
    if proof.certify is None:
        say(f"note: no certificate was written: {'this check has none' if proof.holds else 'only a PASS has one'}")
        return
    document = json.dumps(proof.certify(), indent=1, ensure_ascii=False) + "\n"
    try:
        Path(path).write_text(document, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
