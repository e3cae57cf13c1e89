"""Policies in the one version that has policy variables, so that their statements can be compared and put together."""

from __future__ import annotations

from dataclasses import replace

from leastwise.model.policy import VARIABLES_VERSION, Policy, Statement


def with_variables(policy: Policy) -> Policy:
    """The policy in the version that has variables, in which what looks like one is written so that it is none.

    It means the same, and each statement keeps its place. Source: IAM User Guide, "IAM JSON policy elements: Version".
    """
    if policy.has_variables:
        return policy
    return replace(policy, version=VARIABLES_VERSION, statements=tuple(map(_escaped, policy.statements)))


def _escaped(statement: Statement) -> Statement:
    conditions = {
        operator: {key: tuple(value.replace("${", "${$}{") for value in values) for key, values in block.items()}
        for operator, block in statement.conditions.items()
    }
    resources = tuple(text.replace("${", "${$}{") for text in statement.resources)
    return replace(statement, resources=resources, conditions=conditions)
