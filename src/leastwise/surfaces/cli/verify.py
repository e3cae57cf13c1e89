"""`leastwise verify`: a proposal worked out again from what it rests on, on any machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from leastwise import __version__
from leastwise.catalogue.load import load_catalogue
from leastwise.surfaces.cli.bundles import is_signed, signing_is_here, strays, text_of
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, plural, safe
from leastwise.synthesize.bundle import Verification, verified
from leastwise.usage.heap import no_collection

SCHEMA: Final = 1


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="It must be signed by the owner of this Ed25519 public key, in PEM.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def verify(workspace: Workspace, bundle: Path, key: Path | None, as_json: bool) -> int:
    """Work out BUNDLE again from its own content: every request decided, every proof made, every policy linted anew.

    Exit status 1 when anything in it does not follow from its inputs, or a byte was changed.
    """
    text = text_of(bundle)
    with no_collection():
        found = verified(text, catalogue=load_catalogue(workspace.catalogue), version=__version__)
    faults = list(found.faults)
    if not faults:
        faults += [f"`{name}` is not what the bundle says" for name in strays(bundle, text)]
    if key is not None:
        signing_is_here()
        if not is_signed(bundle, key):
            faults.append(f"it is not signed by the owner of `{key}`")
    if as_json:
        answer(json.dumps(_fields(found, faults, is_signed_by=str(key) if key else None), indent=2))
    else:
        for line in _lines(found, faults):
            answer(safe(line))
    return int(bool(faults))


def _lines(found: Verification, faults: list[str]) -> Iterator[str]:
    for fault in faults:
        yield f"refused: {fault}"
    if not faults and found.bundle is not None and found.judged is not None:
        counts = found.judged.replay.calls
        yield f"verified: {plural(len(found.bundle.policies), 'document')} for {found.bundle.principal}"
        yield f"  replay: {counts.get('allowed', 0):,} calls still allowed, {counts.get('breaks', 0):,} would break"
        proof = found.judged.proof
        if proof is not None:
            yield f"  proof: {proof.verdict}, {proof.question} beside the policies of its snapshot"
    yield from (f"note: {note}" for note in found.notes)


def _fields(found: Verification, faults: list[str], *, is_signed_by: str | None) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "verdict": "FAIL" if faults else "PASS",
        "faults": faults,
        "notes": list(found.notes),
        "principal": found.bundle.principal if found.bundle else None,
        "key": is_signed_by,
    }
