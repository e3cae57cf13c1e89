"""The container: one JSON member a service and a home of rules, the same bytes from the same sources."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_EPOCH = (1980, 1, 1, 0, 0, 0)


def slim(value: Any) -> Any:
    """Values as JSON, every field that has its default left out."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: slim(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if not _is_default(field, getattr(value, field.name))
        }
    if isinstance(value, Mapping):
        return {key: slim(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [slim(item) for item in value]
    return value


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default is not dataclasses.MISSING:
        return bool(value == field.default)
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return False


def write(path: Path, members: Mapping[str, Any]) -> None:
    """The members as one archive at `path`, in the order of their names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, compact(members[name]), zipfile.ZIP_DEFLATED, 9)


def compact(value: Any) -> bytes:
    """Slim JSON without spaces, keys as they come."""
    return json.dumps(slim(value), separators=(",", ":"), ensure_ascii=False).encode()
