"""An estate from files: answers of AWS's command line, reports, policies named by ARN, plans, states and templates.

One shape of file a module. A file that is not understood, or a part of one, is told with the reason; the rest goes on.
"""

from __future__ import annotations

from leastwise.estate.offline.files import read_files

__all__ = ["read_files"]
