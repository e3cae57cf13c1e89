"""Amazon API Gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator

from leastwise.estate.answers import Answer
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("apigateway", reads=("apigateway.GetRestApis",))
def rest_apis(api: Api) -> Iterator[Resource]:
    """REST APIs and their policies."""
    for one in api.rows("apigateway.GetRestApis", "items", limit=500):
        yield Resource(
            f"arn:{api.partition}:apigateway:{api.region}::/restapis/{one.text('id')}",
            api.account,
            "apigateway:RestApi",
            api.region,
            _policy(one),
            settings={"EndpointType": ", ".join(one.texts("endpointConfiguration", "types"))},
        )


def _policy(one: Answer) -> dict[str, str]:
    """API Gateway answers with each quote escaped. API Gateway API Reference, "RestApi"."""
    text = one.text("policy")
    if not text:
        return {}
    try:
        return {"policy": json.loads(f'"{text}"') if text.startswith('{\\"') else text}
    except ValueError:
        return {"policy": text}
