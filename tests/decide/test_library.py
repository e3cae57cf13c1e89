"""What a program may rely on."""

from __future__ import annotations

import subprocess
import sys

import pytest

import leastwise

HEAVY = ("boto3", "botocore", "duckdb", "pyarrow", "numpy", "click", "yaml", "cryptography")

DECIDES = """
import sys
import leastwise as lw
assert "leastwise.decide" not in sys.modules  # a name is loaded when it is asked for
policy = lw.parse_policy({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
request = lw.Request("arn:aws:iam::111122223333:user/u", "s3:GetObject", "arn:aws:s3:::b/k")
print(lw.evaluate(request, lw.PolicySet(identity=[policy])).outcome)
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


@pytest.mark.parametrize("name", leastwise.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    assert getattr(leastwise, name) is not None
    assert name in dir(leastwise)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        _ = leastwise.nothing


def test_deciding_loads_nothing_heavy() -> None:
    ended = subprocess.run([sys.executable, "-c", DECIDES, *HEAVY], capture_output=True, text=True, check=True)
    assert ["ALLOW", ""] == ended.stdout.splitlines()
