"""The command line in a process and a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def leastwise(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command printed, and its exit code."""
    command = [sys.executable, "-m", "leastwise", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
