"""Amazon EC2: what is shared, and endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector(
    "ebs",
    reads=("ec2.DescribeSnapshots", "ec2.DescribeSnapshotAttribute", "ec2.GetSnapshotBlockPublicAccessState"),
)
def snapshots(api: Api) -> Iterator[Resource]:
    """EBS snapshots and whom they are shared with; the Region's block on public ones is of the type `ec2:account`."""
    yield from _switch(api, "ec2.GetSnapshotBlockPublicAccessState", "State", "SnapshotBlockPublicAccess")
    yield from api.each(api.rows("ec2.DescribeSnapshots", "Snapshots", OwnerIds=["self"], MaxResults=1000), _snapshot)


@collector("ami", reads=("ec2.DescribeImages", "ec2.DescribeImageAttribute", "ec2.GetImageBlockPublicAccessState"))
def images(api: Api) -> Iterator[Resource]:
    """AMIs and whom they are shared with; the Region's block on public ones is of the type `ec2:account`."""
    yield from _switch(
        api, "ec2.GetImageBlockPublicAccessState", "ImageBlockPublicAccessState", "ImageBlockPublicAccess"
    )
    yield from api.each(api.rows("ec2.DescribeImages", "Images", Owners=["self"]), _image)


@collector("vpc-endpoints", reads=("ec2.DescribeVpcEndpoints",))
def endpoints(api: Api) -> Iterator[Resource]:
    """VPC endpoints and their policies."""
    for one in api.rows("ec2.DescribeVpcEndpoints", "VpcEndpoints"):
        names = ("ServiceName", "VpcEndpointType", "VpcId")
        yield Resource(
            api.arn("ec2", f"vpc-endpoint/{one.text('VpcEndpointId')}"),
            api.account,
            "ec2:vpc-endpoint",
            api.region,
            own_policy(one, "PolicyDocument"),
            settings={name: one.text(name) for name in names if one.has(name)},
        )


def _snapshot(api: Api, one: Answer) -> Resource:
    number = one.text("SnapshotId")
    arn = f"arn:{api.partition}:ec2:{api.region}::snapshot/{number}"
    asked = {"SnapshotId": number, "Attribute": "createVolumePermission"}
    found = api.call("ec2.DescribeSnapshotAttribute", subject=arn, **asked)
    shared = _shared(found, "CreateVolumePermissions")
    return Resource(arn, api.account, "ec2:snapshot", api.region, shared_with=shared)


def _image(api: Api, one: Answer) -> Resource:
    number = one.text("ImageId")
    arn = f"arn:{api.partition}:ec2:{api.region}::image/{number}"
    found = api.call("ec2.DescribeImageAttribute", subject=arn, ImageId=number, Attribute="launchPermission")
    shared = _shared(found, "LaunchPermissions")
    return Resource(arn, api.account, "ec2:image", api.region, shared_with=shared)


def _shared(found: Answer | None, name: str) -> tuple[str, ...]:
    keys = ("UserId", "Group", "OrganizationArn", "OrganizationalUnitArn")
    rows = found.rows(name) if found else ()
    return tuple(one.text(key) for one in rows for key in keys if one.has(key))


def _switch(api: Api, operation: str, name: str, setting: str) -> Iterator[Resource]:
    found = api.call(operation, subject=api.root)
    if found:
        yield Resource(api.root, api.account, "ec2:account", api.region, settings={setting: found.text(name)})
