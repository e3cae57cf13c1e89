"""Amazon S3: buckets, access points, and what the account blocks."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Acl, Resource

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NO_BLOCK = ("NoSuchPublicAccessBlockConfiguration",)


@collector(
    "s3",
    scope="account",
    reads=(
        "s3.ListBuckets",
        "s3.GetBucketLocation",
        "s3.GetBucketPolicy",
        "s3.GetBucketAcl",
        "s3.GetPublicAccessBlock",
        "s3.GetBucketOwnershipControls",
    ),
)
def buckets(api: Api) -> Iterator[Resource]:
    """Buckets: their policies, ACLs, Block Public Access and ownership controls."""
    return api.each(api.rows("s3.ListBuckets", "Buckets", MaxBuckets=1000), _bucket)


@collector(
    "s3-account",
    scope="account",
    reads=(
        "s3control.GetPublicAccessBlock",
        "s3control.ListMultiRegionAccessPoints",
        "s3control.GetMultiRegionAccessPointPolicy",
    ),
)
def account(api: Api) -> Iterator[Resource]:
    """The account's own Block Public Access, of the type `s3:account`, and its Multi-Region Access Points."""
    found = api.call("s3control.GetPublicAccessBlock", subject=api.root, absent=_NO_BLOCK, AccountId=api.account)
    yield Resource(api.root, api.account, "s3:account", settings=_blocks(found))
    if api.partition == "aws":
        yield from _multi_region(api)


@collector(
    "s3-access-points",
    reads=("s3control.ListAccessPoints", "s3control.GetAccessPoint", "s3control.GetAccessPointPolicy"),
)
def access_points(api: Api) -> Iterator[Resource]:
    """Access points, their policies and Block Public Access."""
    for one in api.rows("s3control.ListAccessPoints", "AccessPointList", AccountId=api.account):
        name, arn = one.text("Name"), one.text("AccessPointArn")
        asked = {"AccountId": api.account, "Name": name}
        details = api.call("s3control.GetAccessPoint", subject=arn, **asked)
        found = api.call("s3control.GetAccessPointPolicy", subject=arn, absent=("NoSuchAccessPointPolicy",), **asked)
        names = ("NetworkOrigin", "Alias", "BucketAccountId")
        yield Resource(
            arn,
            api.account,
            "s3:accesspoint",
            api.region,
            own_policy(found, "Policy"),
            settings=_blocks(details) | {key: one.text(key) for key in names if one.has(key)},
            bucket=one.text("Bucket"),
        )


@collector("s3-directory-buckets", reads=("s3.ListDirectoryBuckets", "s3.GetBucketPolicy"))
def directory_buckets(api: Api) -> Iterator[Resource]:
    """Directory buckets and their policies; public access to them is always blocked."""
    for one in api.rows("s3.ListDirectoryBuckets", "Buckets", MaxDirectoryBuckets=1000):
        name = one.text("Name")
        arn = api.arn("s3express", f"bucket/{name}")
        found = api.call("s3.GetBucketPolicy", subject=arn, absent=("NoSuchBucketPolicy",), Bucket=name)
        yield Resource(arn, api.account, "s3express:bucket", api.region, own_policy(found, "Policy"))


def _location(api: Api, name: str) -> str:
    """The bucket's Region by its old ways of saying so. S3 API Reference, "GetBucketLocation"."""
    found = api.call("s3.GetBucketLocation", subject=_arn(api, name), Bucket=name)
    told = found.text("LocationConstraint") if found else ""
    return {"": "us-east-1", "EU": "eu-west-1"}.get(told, told) if found else ""


def _bucket(api: Api, one: Answer) -> Resource:
    """A bucket as its own Region tells of it."""
    name = one.text("Name")
    region = one.text("BucketRegion") or _location(api, name)
    arn = _arn(api, name)

    def read(operation: str, *absent: str) -> Answer | None:
        return api.call(operation, subject=arn, absent=absent, region=region, Bucket=name)

    policy = read("s3.GetBucketPolicy", "NoSuchBucketPolicy")
    acl = read("s3.GetBucketAcl")
    blocks = read("s3.GetPublicAccessBlock", *_NO_BLOCK)
    ownership = read("s3.GetBucketOwnershipControls", "OwnershipControlsNotFoundError")
    settings = _blocks(blocks)
    for rule in ownership.rows("OwnershipControls", "Rules") if ownership else ():
        settings["ObjectOwnership"] = rule.text("ObjectOwnership")
    if acl:
        settings["OwnerId"] = acl.text("Owner", "ID")
    grants = tuple(_grant(one) for one in acl.rows("Grants")) if acl else ()
    return Resource(arn, api.account, "s3:bucket", region, own_policy(policy, "Policy"), acl=grants, settings=settings)


def _grant(one: Answer) -> Acl:
    who = one.row("Grantee")
    group = who.text("URI").rpartition("/")[2]
    return Acl(group or who.text("ID") or who.text("EmailAddress"), one.text("Permission"))


def _blocks(found: Answer | None, name: str = "PublicAccessBlockConfiguration") -> dict[str, bool | str]:
    if found is None or not found.has(name):
        return {}
    return {block: found.flag(name, block) for block in _BLOCKS}


def _multi_region(api: Api) -> Iterator[Resource]:
    """Multi-Region Access Points, of which us-west-2 alone tells. S3 User Guide, "Multi-Region Access Points"."""
    place = {"AccountId": api.account, "region": "us-west-2"}
    for one in api.rows("s3control.ListMultiRegionAccessPoints", "AccessPoints", **place):
        arn = api.arn("s3", f"accesspoint/{one.text('Alias')}")
        none = ("NoSuchAccessPointPolicy",)
        asked = {**place, "Name": one.text("Name")}
        found = api.call("s3control.GetMultiRegionAccessPointPolicy", subject=arn, absent=none, **asked)
        policies = own_policy(found, "Policy", "Established", "Policy")
        settings = _blocks(one, "PublicAccessBlock")
        yield Resource(arn, api.account, "s3:multiregionaccesspoint", "", policies, settings=settings)


def _arn(api: Api, name: str) -> str:
    return f"arn:{api.partition}:s3:::{name}"
