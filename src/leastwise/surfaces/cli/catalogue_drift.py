"""`leastwise catalogue actions` and `catalogue drift`: what AWS released since, and which stored policies match it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from leastwise.catalogue.load import SHIPPED, Catalogue, load_catalogue
from leastwise.model.errors import InputError, UnreadableFile
from leastwise.model.policy import KINDS, Kind, Policy
from leastwise.surfaces.cli.policy_files import policies_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, plural, safe, say
from leastwise.synthesize.released import NewlyMatched, Released, newly_matched, released

SCHEMA = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def actions(workspace: Workspace, as_json: bool) -> None:
    """List every action that the catalogue knows, one a line; keep it for `catalogue drift --since`."""
    known = load_catalogue(workspace.catalogue)
    names = known.index().actions
    if as_json:
        found = [one for name in names if (one := known.action(name))]
        fields = [{"action": one.name, "access_level": one.access_level} for one in found]
        answer(json.dumps({"schema": SCHEMA, "date": known.header.date, "actions": fields}, indent=2))
        return
    for name in names:
        answer(name)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    help="The older catalogue: what `catalogue actions` wrote, a `catalogue.zip`, or a folder of an import.  "
    "[default: the shipped one, where something was imported over it]",
)
@click.option(
    "--type", "kind", type=click.Choice(KINDS), help="What the policies are; otherwise as their elements tell."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def drift(workspace: Workspace, files: tuple[str, ...], since: Path | None, kind: Kind | None, as_json: bool) -> int:
    """Say which patterns of stored policies match actions that were released since an older catalogue.

    FILE is a policy document, `-` for standard input. Exit 0 when no Allow came to match an action of the level Write
    or Permissions management, 1 when one did, 2 when the work could not be done.
    """
    known = load_catalogue(workspace.catalogue)
    new = released(known, _names(since) if since else _shipped_names(workspace))
    policies = [policies_in([path], kind)[0] for path in files]
    found = [(policy, newly_matched(policy, new)) for policy in policies]
    if as_json:
        answer(json.dumps(_fields(found, new, known), indent=2))
    else:
        for line in _lines(found, new):
            answer(line)
    return int(any(one.widens for _, several in found for one in several))


def _shipped_names(workspace: Workspace) -> Sequence[str]:
    if workspace.catalogue is None:
        raise InputError(
            "there is no older catalogue to compare with",
            help="give `--since known.txt`; `leastwise catalogue actions > known.txt` writes one of today",
        )
    return load_catalogue().index().actions


def _names(path: Path) -> Sequence[str]:
    """The action names of an older catalogue in any of its forms."""
    if path.is_dir():
        return Catalogue(SHIPPED, path).index().actions
    if zipfile.is_zipfile(path):
        return Catalogue(path).index().actions
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(str(path), str(getattr(error, "strerror", None) or error).lower()) from None
    names = _from_json(text, path) if text.lstrip()[:1] in ("{", "[") else text.split()
    if not any(":" in name for name in names):
        raise UnreadableFile(str(path), "it names no action")
    return names


def _from_json(text: str, path: Path) -> list[str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(str(path), str(error)[:120].lower()) from None
    listed = found.get("actions") if isinstance(found, dict) else found
    names = [one.get("action") if isinstance(one, dict) else one for one in listed] if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str)]


_Found = Iterable[tuple[Policy, tuple[NewlyMatched, ...]]]


def _lines(found: _Found, new: Sequence[Released]) -> Iterable[str]:
    say(f"{plural(len(new), 'action')} released since")
    for policy, several in found:
        if not several:
            yield f"{safe(policy.name)}: no pattern matches any of them"
        for one in several:
            sid = f" `{safe(one.sid)}`" if one.sid else ""
            yield (
                f"{safe(policy.name)}: statement {one.statement}{sid}, {one.effect} `{safe(one.pattern)}` "
                f"matches {plural(len(one.actions), 'new action')}"
            )
            for action in one.actions:
                yield f"  {action.name}: {action.access_level}, {action.risk}"


def _fields(found: _Found, new: Sequence[Released], known: Catalogue) -> dict[str, object]:
    """What `catalogue drift --json` prints."""
    return {
        "schema": SCHEMA,
        "catalogue": known.header.date,
        "released": len(new),
        "policies": [
            {"policy": policy.name, "widens": any(one.widens for one in several), "patterns": [*map(_pattern, several)]}
            for policy, several in found
        ],
    }


def _pattern(one: NewlyMatched) -> dict[str, object]:
    actions = [{"action": a.name, "access_level": a.access_level, "risk": a.risk} for a in one.actions]
    return {
        "statement": one.statement,
        "sid": one.sid,
        "effect": one.effect,
        "pattern": one.pattern,
        "widens": one.widens,
        "actions": actions,
    }
