"""`leastwise catalogue`: what AWS says exists, as leastwise ships it or as the user imported it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from leastwise.catalogue.actions import near
from leastwise.catalogue.keys import keys_of
from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.catalogue.reference import import_reference
from leastwise.catalogue.services import Action
from leastwise.model.errors import UnknownAction
from leastwise.surfaces.cli.catalogue_drift import actions, drift
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say, table

SCHEMA = 1
_OVERLAY = "catalogue"


@click.group()
def catalogue() -> None:
    """Look at the service data that leastwise ships, or import newer."""


@catalogue.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def status(workspace: Workspace, as_json: bool) -> None:
    """Say how old the catalogue is, how much it holds, and where it comes from."""
    known = load_catalogue(workspace.catalogue)
    imported = sorted(p.stem for p in (workspace.catalogue / "services").glob("*.json")) if workspace.catalogue else []
    header = known.header
    counts = {name: getattr(header.counts, name) for name in header.counts.__dataclass_fields__}
    if as_json:
        sources = [{"name": s.name, "version": s.version, "licence": s.licence} for s in header.sources]
        fields = {"version": header.version, "date": header.date, "counts": counts, "sources": sources}
        answer(json.dumps({"schema": SCHEMA, **fields, "imported_services": imported}, indent=2))
        return
    answer(f"catalogue {header.version} of {header.date}")
    for line in table(
        [[number(count), name.replace("_", " ")] for name, count in counts.items()], right=frozenset({0})
    ):
        answer(line)
    answer("sources:")
    for line in table([[s.name, s.version, s.licence] for s in header.sources]):
        answer(line)
    if imported:
        answer(f"imported over it: {plural(len(imported), 'service')}: {', '.join(imported)}")


@catalogue.command()
@click.argument("action")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def show(workspace: Workspace, action: str, as_json: bool) -> None:
    """Show one ACTION, such as `s3:GetObject`: level, resource types, condition keys, dependent actions."""
    known = load_catalogue(workspace.catalogue)
    found = known.action(action)
    if found is None:
        raise UnknownAction(action, near(known, action))
    fields = action_fields(found, known)
    if as_json:
        answer(json.dumps({"schema": SCHEMA, **fields}, indent=2))
        return
    for line in _action_lines(found, known):
        answer(line)


def action_fields(action: Action, known: Catalogue) -> dict[str, object]:
    """The action as `catalogue show --json` has it."""
    service = known.service(action.name.partition(":")[0])
    types = service.resource_types if service else {}
    return {
        "action": action.name,
        "access_level": action.access_level,
        "data_plane": action.is_data_plane,
        "resource_types": [
            {
                "name": use.name,
                "required": use.required,
                "arns": list(types[use.name].templates) if use.name in types else [],
            }
            for use in action.resource_types
        ],
        "condition_keys": list(keys_of(known, action)),
        "dependent_actions": list(action.dependent_actions),
    }


def _action_lines(action: Action, known: Catalogue) -> list[str]:
    fields = action_fields(action, known)
    plane = "data plane: logged only where data events are on" if action.is_data_plane else "management events"
    lines = [action.name, f"  level: {action.access_level}", f"  logged as: {plane}"]
    types: list[dict[str, object]] = fields["resource_types"]  # type: ignore[assignment]
    lines.append("  resource types:" if types else "  resource types: none, only `*`")
    for kind in types:
        mark = " (required)" if kind["required"] else ""
        lines.append(f"    {kind['name']}{mark}: {', '.join(kind['arns'])}")  # type: ignore[arg-type]
    for title, key in (("condition keys", "condition_keys"), ("dependent actions", "dependent_actions")):
        names: list[str] = fields[key]  # type: ignore[assignment]
        lines.append(f"  {title}: {', '.join(names) or 'none'}")
    return lines


@catalogue.command(name="import")
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path))
@workspace_option
@click.pass_obj
def import_(workspace: Workspace, source: Path) -> None:
    """Import AWS service reference files that you downloaded; they go over the shipped data, service by service."""
    workspace.make()
    report = import_reference(source, workspace.folder / _OVERLAY)
    answer(
        f"imported {plural(len(report.services), 'service')} with {plural(report.actions, 'action')} "
        f"and {plural(report.operations, 'operation')}: {', '.join(report.services)}"
    )
    for name, reason in report.skipped.items():
        say(f"warning: left out `{safe(name)}`: {safe(reason)}")


catalogue.add_command(actions)
catalogue.add_command(drift)
