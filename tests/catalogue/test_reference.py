"""A user's own service reference files laid over the shipped catalogue; the services are invented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import resolver

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.reference import ImportReport, import_reference
from leastwise.model.errors import InputError, UnreadableFile

TEAPOT = {
    "Name": "teapot",
    "Version": "v1.4",
    "Actions": [
        {
            "Name": "BrewTea",
            "ActionConditionKeys": ["teapot:Leaf"],
            "Annotations": {"Properties": {"IsWrite": True}},
            "Resources": [{"Name": "pot"}],
        },
        {"Name": "ListPots", "Annotations": {"Properties": {"IsList": True}}},
        {"Name": "TagResource", "Annotations": {"Properties": {"IsTaggingOnly": True, "IsWrite": True}}},
        {"Name": "GetPot", "Resources": [{"Name": "pot"}]},
    ],
    "ConditionKeys": [{"Name": "teapot:Leaf", "Types": ["ArrayOfString"]}],
    "Operations": [
        {
            "Name": "BrewTea",
            "AuthorizedActions": [
                {"Name": "BrewTea", "Service": "teapot"},
                {"Name": "Decrypt", "Service": "kms"},
            ],
            "SDK": [{"Name": "Teapot", "Method": "brew_tea", "Package": "Boto3"}],
        },
        {"Name": "DescribePot", "AuthorizedActions": [{"Name": "GetPot", "Service": "teapot"}]},
        {"Name": "Whistle"},
    ],
    "Resources": [{"Name": "pot", "ARNFormats": ["arn:${Partition}:teapot:${Region}:${Account}:pot/${PotName}"]}],
}
LAMBDA = {
    "Name": "lambda",
    "Actions": [
        {
            "Name": "CreateFunction",
            "Annotations": {"Properties": {"IsWrite": True}},
            "Resources": [{"Name": "function"}],
        },
        {"Name": "FoldFunction", "Annotations": {"Properties": {"IsWrite": True}}},
    ],
    "Operations": [
        {
            "Name": "CreateFunction",
            "AuthorizedActions": [
                {"Name": "CreateFunction", "Service": "lambda"},
                {"Name": "PassRole", "Service": "iam"},
                {"Name": "DescribeVpcs", "Service": "ec2"},
            ],
        },
        {"Name": "FoldFunction", "AuthorizedActions": [{"Name": "FoldFunction", "Service": "lambda"}]},
    ],
    "Resources": [
        {
            "Name": "function",
            "ARNFormats": ["arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"],
        }
    ],
}


@pytest.fixture
def overlay(tmp_path: Path) -> tuple[Path, ImportReport]:
    """An overlay of two files, beside one that is no service reference."""
    source, into = tmp_path / "downloaded", tmp_path / "overlay"
    source.mkdir()
    (source / "teapot.json").write_text(json.dumps(TEAPOT))
    (source / "lambda.json").write_text(json.dumps(LAMBDA))
    (source / "index.json").write_text(json.dumps([{"service": "teapot", "url": "x"}]))
    return into, import_reference(source, into)


def test_the_report_counts_and_names_what_was_left_out(overlay: tuple[Path, ImportReport]) -> None:
    _, report = overlay
    assert (report.services, report.actions, report.operations) == (("lambda", "teapot"), 6, 4)
    assert [Path(path).name for path in report.skipped] == ["index.json"]


def test_new_services_and_actions_are_found(overlay: tuple[Path, ImportReport]) -> None:
    catalogue = load_catalogue(overlay[0])
    action = catalogue.action("teapot:brewtea")
    assert action is not None
    assert (
        action.name,
        action.access_level,
        action.condition_keys,
    ) == ("teapot:BrewTea", "Write", ("teapot:Leaf",))
    assert "teapot" in catalogue.prefixes
    assert catalogue.action("lambda:FoldFunction") is not None
    assert {"teapot:BrewTea", "lambda:FoldFunction"} <= set(catalogue.index().actions)


@pytest.mark.parametrize(
    ("name", "level"),
    [("BrewTea", "Write"), ("ListPots", "List"), ("TagResource", "Tagging"), ("GetPot", "Read")],
)
def test_annotations_become_levels(overlay: tuple[Path, ImportReport], name: str, level: str) -> None:
    action = load_catalogue(overlay[0]).action(f"teapot:{name}")
    assert action is not None
    assert level == action.access_level


def test_keys_know_their_type(overlay: tuple[Path, ImportReport]) -> None:
    service = load_catalogue(overlay[0]).service("teapot")
    assert service is not None
    key = service.condition_keys["teapot:leaf"]
    assert (key.type, key.multi_valued) == ("String", True)


def test_an_imported_service_replaces_the_shipped_one(overlay: tuple[Path, ImportReport]) -> None:
    assert load_catalogue().action("lambda:GetFunction") is not None
    assert load_catalogue(overlay[0]).action("lambda:GetFunction") is None
    assert load_catalogue(overlay[0]).action("s3:GetObject") is not None


def test_what_the_files_do_not_tell_is_kept(overlay: tuple[Path, ImportReport]) -> None:
    action = load_catalogue(overlay[0]).action("lambda:CreateFunction")
    assert action is not None
    assert "iam:PassRole" in action.dependent_actions
    assert [(use.name, use.required) for use in action.resource_types] == [("function", True)]


def test_operations_lead_to_actions_and_resources(overlay: tuple[Path, ImportReport]) -> None:
    rule = load_catalogue(overlay[0]).call("teapot.amazonaws.com", "DescribePot")
    found = resolver.resources(rule, {"potName": "brown-betty"})
    assert found == {"teapot:GetPot": ["arn:aws:teapot:eu-west-1:111122223333:pot/brown-betty"]}


def test_other_services_actions_are_conditional(overlay: tuple[Path, ImportReport]) -> None:
    catalogue = load_catalogue(overlay[0])
    assert [name for name, _ in catalogue.call("teapot.amazonaws.com", "BrewTea").conditional] == ["kms:Decrypt"]
    created = catalogue.call("lambda.amazonaws.com", "CreateFunction20150331")
    assert "ec2:DescribeVpcs" in dict(created.conditional)
    assert "iam:PassRole" not in dict(created.conditional)
    assert {"role"} == {name for rule in created.pass_role for name in rule.parameters}


def test_an_operation_without_actions_stays_unmapped(overlay: tuple[Path, ImportReport]) -> None:
    assert load_catalogue(overlay[0]).call("teapot.amazonaws.com", "Whistle").kind == "unmapped"


def test_a_folder_without_any_reference_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("[]")
    with pytest.raises(InputError, match="no service reference") as caught:
        import_reference(tmp_path, tmp_path / "overlay")
    assert "index.json" in str(caught.value.help)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file or folder"):
        import_reference(tmp_path / "none", tmp_path / "overlay")


def test_a_file_with_a_wrong_field_is_left_out_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "downloaded"
    source.mkdir()
    (source / "teapot.json").write_text(json.dumps(TEAPOT))
    (source / "bad.json").write_text(json.dumps({"Name": "bad", "Actions": [{"Name": 7}]}))
    report = import_reference(source, tmp_path / "overlay")
    assert list(report.skipped.values()) == ["expected `str`, got `int` - at `$.actions[0].name`"]


def test_an_overlay_must_be_a_folder_of_imports(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="imported service references"):
        load_catalogue(tmp_path)


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "downloaded"
    source.mkdir()
    (source / "teapot.json").write_text(json.dumps(TEAPOT))
    (source / "evil.json").write_text(json.dumps({"Name": "../evil", "Actions": []}))
    report = import_reference(source, tmp_path / "overlay")
    assert report.services == ("teapot",)
    assert list(report.skipped.values()) == ["`../evil` is no service prefix"]
