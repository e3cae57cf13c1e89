"""Answer nine questions about every user and role of one account: `estate_audit.py FILE` prints them as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from leastwise.estate.ask import who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Role
from leastwise.estate.offline import read_files
from leastwise.estate.patterns import who_can_pattern

QUESTIONS = (
    ("secretsmanager:GetSecretValue", "*"),
    ("ssm:GetParameter*", "*"),
    ("kms:Decrypt", "*"),
    ("s3:GetObject", "*"),
    ("s3:PutObject", "*"),
    ("iam:*", "*"),
    ("sts:AssumeRole", "role"),
    ("ec2:RunInstances", "*"),
    ("lambda:InvokeFunction", "*"),
)
"""Action and resource of each: may a principal make any such request? `role` stands for every role of the account."""

VERDICTS = {True: "allowed", None: "unknown"}


def main() -> None:
    """Print, for each question, who may do it or may be able to; everybody else may not."""
    estate = Estate(gathered(read_files([Path(sys.argv[1])])))
    answers = {action: dict(_answers(estate, action, resource)) for action, resource in QUESTIONS}
    print(json.dumps({"principals": sorted(estate.holders), "answers": answers}))


def _answers(estate: Estate, action: str, resource: str) -> Iterator[tuple[str, str]]:
    if resource != "role":
        for reach in who_can_pattern(estate, action, resource, "any"):
            yield reach.principal, VERDICTS[reach.holds]
        return
    for arn in [arn for arn, one in estate.holders.items() if isinstance(one, Role)]:
        for answer in who_can(estate, action, arn):  # what turns on the context alone is allowed under some
            yield answer.principal, "allowed"


if __name__ == "__main__":
    main()
