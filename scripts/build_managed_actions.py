"""Write which actions the AWS managed policies in the package allow: `build_managed_actions.py`, after the policies
or the catalogue changed. The same policies and catalogue give the same file.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed

TARGET = Path(__file__).parents[1] / "src/leastwise/catalogue/data/managed-actions.json.gz"
FEWEST, MOST = 2, 400


def main() -> None:
    """The table is in the package."""
    TARGET.write_bytes(gzip.compress(table(), 9, mtime=0))
    print(f"{TARGET.stat().st_size:,} bytes")


def table() -> bytes:
    """The policies with a number of actions that tells something, each action by its place."""
    kept = [one for one in allowed_by_managed(load_catalogue()) if FEWEST <= len(one.actions) <= MOST]
    actions = sorted({action for one in kept for action in one.actions})
    places = {action: place for place, action in enumerate(actions)}
    policies = {one.name: sorted(places[action] for action in one.actions) for one in kept}
    return json.dumps({"actions": actions, "policies": policies}, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
