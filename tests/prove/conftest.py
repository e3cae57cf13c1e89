"""What the tests of this folder share can be imported by them."""

import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
sys.path[:0] = [] if HERE in sys.path else [HERE]
