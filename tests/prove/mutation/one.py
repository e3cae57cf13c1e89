"""`python one.py FAULT [all]`: the fault planted, and the first check that catches it, or all that do, as JSON."""

from __future__ import annotations

import json
import sys
from itertools import islice

from checks import caught_by
from faults import FAULTS

if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if name != "none":
        FAULTS[name]()
    print(json.dumps(list(islice(caught_by(), None if rest else 1))))
