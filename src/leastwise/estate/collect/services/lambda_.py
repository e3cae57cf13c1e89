"""AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource

_NONE = ("ResourceNotFoundException",)
_READS = ("lambda.ListFunctions", "lambda.ListAliases", "lambda.GetPolicy", "lambda.ListFunctionUrlConfigs")


@collector("lambda", reads=_READS)
def functions(api: Api) -> Iterator[Resource]:
    """Functions, their versions and aliases, the policies of each, and whether a function URL asks who calls."""
    for found in api.each(api.rows("lambda.ListFunctions", "Functions", FunctionVersion="ALL"), _version):
        yield from found


@collector("lambda-layers", reads=("lambda.ListLayers", "lambda.ListLayerVersions", "lambda.GetLayerVersionPolicy"))
def layers(api: Api) -> Iterator[Resource]:
    """Versions of layers and their policies."""
    for layer in api.rows("lambda.ListLayers", "Layers"):
        name = layer.text("LayerArn")
        for one in api.rows("lambda.ListLayerVersions", "LayerVersions", subject=name, LayerName=name):
            arn, number = one.text("LayerVersionArn"), int(one.text("Version"))
            found = api.call(
                "lambda.GetLayerVersionPolicy", subject=arn, absent=_NONE, LayerName=name, VersionNumber=number
            )
            yield Resource(arn, api.account, "lambda:layerVersion", api.region, own_policy(found, "Policy"))


def _version(api: Api, one: Answer) -> tuple[Resource, ...]:
    arn, version = one.text("FunctionArn"), one.text("Version")
    if version == "$LATEST":
        return tuple(_function(api, arn.removesuffix(f":{version}")))
    return (_qualified(api, arn, "lambda:function version", {}),)


def _function(api: Api, arn: str) -> Iterator[Resource]:
    """A function without a qualifier, then its aliases; an alias may have a URL of its own."""
    asked = {url.text("FunctionArn"): url.text("AuthType") for url in _urls(api, arn)}
    found = api.call("lambda.GetPolicy", subject=arn, absent=_NONE, FunctionName=arn)
    policies, settings = own_policy(found, "Policy"), _settings(asked, arn)
    yield Resource(arn, api.account, "lambda:function", api.region, policies, settings=settings)
    for alias in api.rows("lambda.ListAliases", "Aliases", subject=arn, FunctionName=arn):
        yield _qualified(api, alias.text("AliasArn"), "lambda:function alias", asked)


def _qualified(api: Api, arn: str, kind: str, asked: dict[str, str]) -> Resource:
    name, _, qualifier = arn.rpartition(":")
    found = api.call("lambda.GetPolicy", subject=arn, absent=_NONE, FunctionName=name, Qualifier=qualifier)
    policies, settings = own_policy(found, "Policy"), _settings(asked, arn)
    return Resource(arn, api.account, kind, api.region, policies, settings=settings)


def _urls(api: Api, arn: str) -> Iterator[Answer]:
    return api.rows("lambda.ListFunctionUrlConfigs", "FunctionUrlConfigs", subject=arn, FunctionName=arn)


def _settings(asked: dict[str, str], arn: str) -> dict[str, bool | str]:
    return {"FunctionUrlAuthType": asked[arn]} if arn in asked else {}
