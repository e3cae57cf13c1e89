"""What puts scripts to z3 and cvc5: an optional extra, so that these tests have a make target of their own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
for folder in map(str, (ROOT / "bench", ROOT / "tests" / "agree")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

collect_ignore_glob = [] if find_spec("z3") and find_spec("cvc5") else ["test_*.py"]
