"""Tests as policies write them: what a lemma and a certificate speak of, whatever the search made of them."""

from __future__ import annotations

from dataclasses import dataclass

from leastwise.model.policy import Kind

RESOURCE = "Resource"
"""What a test of the resource is on. No condition key is called so: keys are in lower case."""


@dataclass(frozen=True, slots=True)
class Test:
    """One Resource element, or one condition key under one operator, with its values as written.

    `on` is `Resource` or the key in lower case; `operator` is `Resource` or `NotResource`, or the operator as written.
    `kind` is the policy's, by which short ARNs are completed; `has_variables` says that `${…}` is a variable.
    """

    on: str
    operator: str
    values: tuple[str, ...]
    kind: Kind = "identity"
    has_variables: bool = True


Literal = tuple[Test, bool]
"""A test, and whether it holds."""
