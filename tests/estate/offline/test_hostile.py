"""Whatever stands in a file, reading ends with parts and faults, never with an error of ours."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from made_plans import PLAN, TEMPLATE
from test_organizations import WHOLE
from test_resource_policies import ENDPOINTS
from written import snapshot, write

from leastwise.estate.offline.yaml_values import yaml_value

ODD: tuple[object, ...] = (
    None,
    True,
    7,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": []},
    {"Ref": "x"},
    [7, "x"],
    "\ud800",
)


def bodies(folder: Path) -> list[tuple[str, object]]:
    """One answer of each kind, a plan and a template, by file name."""
    kinds: dict[tuple[str, ...], Path] = {}
    for path in sorted(folder.rglob("*.json")):
        words = path.stem.split("-")
        kinds.setdefault((path.parent.name, *words[:4]), path)
    told = [(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in kinds.values()]
    made = [("plan.json", PLAN), ("stack.json", yaml_value(TEMPLATE)), ("endpoints.json", ENDPOINTS)]
    return [*told, *WHOLE.items(), *made]


def changed(value: object, chance: random.Random, rate: float) -> object:
    """The value with some of its parts replaced by odd ones."""
    if chance.random() < rate:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: changed(one, chance, rate) for key, one in list(value.items())[:40]}
    return [changed(one, chance, rate) for one in value[:6]] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(12))
def test_no_file_breaks_the_reading(tmp_path: Path, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = {name: json.dumps(changed(body, chance, 0.01 + 0.01 * seed)) for name, body in bodies(folder)}
    assert snapshot(write(tmp_path, files), account="111122223333").source == "files"


@pytest.mark.parametrize("levels", [20, 150, 400, 2000])
def test_nesting_is_read_or_told(tmp_path: Path, levels: int) -> None:
    deep = '{"Fn::Join":["",[' * levels + '"x"' + "]]}" * levels
    trust = f'"AssumeRolePolicyDocument": {deep}'
    files = {
        "stack.json": f'{{"Resources": {{"R": {{"Type": "AWS::IAM::Role", "Properties": {{{trust}}}}}}}}}',
        "details.json": f'{{"RoleDetailList": [{{"Arn": "arn:aws:iam::111122223333:role/a", {trust}}}]}}',
        "plan.json": f'{{"format_version": "1.2", "values": {{}}, "prior_state": {deep}}}',
    }
    assert snapshot(write(tmp_path, files), account="111122223333").not_read
