"""Attach every published guard rail of a folder to a made-up company, one at a time, and ask everything of it.

`try_guard_rails.py FOLDER` reads the JSON lists of `name`, `kind` and `document` there. Each SCP and RCP goes through
the tree, a replay, a merge and the risk matrix; a policy of a bucket or an endpoint through the matrix. It prints a
line for each, and ends with 1 when one of them fails or a merged one is not proved to mean the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import Organization, OrganizationPolicy, Resource, Resources
from leastwise.estate.offline import read_files
from leastwise.surfaces.cli.matrix import shipped
from leastwise.synthesize.guardrails.deputies import holes
from leastwise.synthesize.guardrails.layers import Layers
from leastwise.synthesize.guardrails.matrix import Given, Matrix
from leastwise.synthesize.guardrails.merge import merged
from leastwise.synthesize.guardrails.nodes import node_named
from leastwise.synthesize.guardrails.risks import risks_in
from leastwise.synthesize.guardrails.tried import tried
from leastwise.synthesize.replay import Options, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.observed import Observed, opened
from leastwise.usage.store import Store

Example = dict[str, object]
NODE = "Workloads"
ATTACHED = "p-example0000"
PRINCIPALS = 12
RISKS = risks_in(shipped(), {}, source="risks.toml")[0]
SIZE = ("--accounts", "10", "--roles", "100", "--days", "30", "--date", "2026-06-01")


def examples(folder: Path) -> Iterator[Example]:
    """The examples of all files of the folder."""
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        for one in found if isinstance(found, list) else []:
            if isinstance(one, dict) and one.get("kind") in ("scp", "rcp", "resource", "vpc_endpoint"):
                yield one


def company(folder: Path) -> tuple[Snapshot, Store]:
    """A made-up company and its logs."""
    program, made = str(Path(sys.executable).with_name("leastwise")), folder / "made"
    for words in (["sample", str(made), *SIZE], ["--workspace", str(folder), "logs", "add", str(made / "logs")]):
        subprocess.run([program, *words], check=True, capture_output=True)
    held = [path for path in sorted(made.iterdir()) if path.is_dir() and path.name != "logs"]
    return gathered(read_files(held), taken="2026-06-01T00:00:00Z"), Store(folder / "usage")


def attached(snapshot: Snapshot, example: Example) -> Snapshot:
    """The company with the example: at the unit, on its first bucket, or as the policy of an endpoint."""
    text, kind = json.dumps(example["document"]), example["kind"]
    if kind in ("scp", "rcp"):
        return replace(snapshot, organizations=tuple(_at_node(one, kind, text) for one in snapshot.organizations))
    account = _with_resources(snapshot)
    sets = snapshot.resources[account]
    if kind == "vpc_endpoint":
        made = Resource(_endpoint(account), account, "ec2:vpc-endpoint", "us-east-1", {"policy": text})
        more = (*sets, Resources(account, "ec2", "us-east-1", (made,)))
        return replace(snapshot, resources={**snapshot.resources, account: more})
    changed = tuple(
        msgspec.structs.replace(one, resources=tuple(_on_bucket(each, text) for each in one.resources)) for one in sets
    )
    return replace(snapshot, resources={**snapshot.resources, account: changed})


def _endpoint(account: str) -> str:
    return f"arn:aws:ec2:us-east-1:{account}:vpc-endpoint/vpce-0e4a3b1c5d6f7a8b9"


def _with_resources(snapshot: Snapshot) -> str:
    """The first account with resources."""
    return next(name for name, sets in sorted(snapshot.resources.items()) if any(one.resources for one in sets))


def _at_node(one: Organization, kind: object, text: str) -> Organization:
    policy = OrganizationPolicy(ATTACHED, "example", "scp" if kind == "scp" else "rcp", text)
    nodes = tuple(
        msgspec.structs.replace(node, **{f"{kind}s": (*getattr(node, f"{kind}s"), ATTACHED)})
        if node.name == NODE
        else node
        for node in one.nodes
    )
    return msgspec.structs.replace(one, nodes=nodes, policies=(*one.policies, policy))


def _on_bucket(one: Resource, text: str) -> Resource:
    return msgspec.structs.replace(one, policies={"policy": text}) if one.type == "s3:bucket" else one


def asked(snapshot: Snapshot, example: Example, observed: Observed) -> str:
    """What the tree, a replay, a merge and the matrix say of the example, in a line."""
    estate = Estate(attached(snapshot, example))
    kind, told = example["kind"], []
    if kind in ("scp", "rcp"):
        nodes, node = node_named(estate, NODE)
        layers = Layers(nodes, kind)  # type: ignore[arg-type]
        mine = [part for stage in layers.stages() for part in stage.parts if ATTACHED in part.policy]
        told.append(f"{len(mine)} statements: {', '.join(sorted({part.effect for part in mine}))}")
        told.append(f"{len(list(layers.escapes()))} missing, {len(list(holes(layers))) if kind == 'rcp' else 0} open")
        policy = next(one for one in layers.policies(node) if ATTACHED in layers.title(one))
        told.append(_tried(Estate(snapshot), observed, policy, node.id, kind))
        if policy.statements and "not known" not in {part.effect for part in mine}:
            told.append(f"merged: {merged([policy], kind, catalogue=load_catalogue()).verdict}")  # type: ignore[arg-type]
    given = Given(endpoint=_endpoint(_with_resources(snapshot))) if kind == "vpc_endpoint" else Given()
    rows = list(Matrix(estate, RISKS, given).rows(sorted(estate.holders)[:PRINCIPALS]))
    told.append(f"{sum(one.standing == 'gap' for row in rows for one in row.answers)} gaps")
    return "; ".join(told)


def _tried(estate: Estate, observed: Observed, policy, node: str, kind: object) -> str:  # type: ignore[no-untyped-def]
    placed = (Placed(policy, node),)
    candidate = Candidate(scps=placed) if kind == "scp" else Candidate(rcps=placed)
    found = tried(replay(observed, Trial(candidate, estate), catalogue=load_catalogue(), options=Options()))
    return f"{len(found.breaks)} groups break, {len(found.undecided)} open"


def main() -> int:
    """Ask of every example; 1 when one of them fails."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        snapshot, store = company(Path(folder))
        with opened(store) as observed:
            for one in examples(Path(sys.argv[1])):
                began = time.perf_counter()
                try:
                    told = asked(snapshot, one, observed)
                except Exception as error:
                    failed += 1
                    told = f"FAILED: {type(error).__name__}: {error}"
                failed += "merged: FAIL" in told or "merged: UNKNOWN" in told
                print(f"{one['kind']:12} {time.perf_counter() - began:5.1f} s  {one['name']}: {told}", flush=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
