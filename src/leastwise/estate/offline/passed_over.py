"""Files in a folder that are plainly something else than a part of an estate."""

from __future__ import annotations

from collections.abc import Mapping

_TRUTH = ("schema", "seed", "faults", "lookalikes")


def is_passed_over(body: object) -> bool:
    """Whether it is log records of CloudTrail, or what is true of a made-up company."""
    if isinstance(body, Mapping) and "Records" in body:
        body = body["Records"]
    if isinstance(body, list):
        return bool(body) and all(isinstance(one, Mapping) and "eventVersion" in one for one in body)
    return isinstance(body, Mapping) and ("eventVersion" in body or all(key in body for key in _TRUTH))
