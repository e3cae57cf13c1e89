"""Files and folders read one by one, each by the reader that knows its shape."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastwise.estate.held import Iam, NotRead, Part
from leastwise.estate.offline.authorization import is_authorization, read_authorization
from leastwise.estate.offline.cloudformation import is_template, read_template
from leastwise.estate.offline.identity_center import TOPIC as IDENTITY_CENTER
from leastwise.estate.offline.identity_center import centers_of, is_identity_center, read_identity_center
from leastwise.estate.offline.organizations import TOPIC as ORGANIZATIONS
from leastwise.estate.offline.organizations import is_organization, organizations_of, read_organization
from leastwise.estate.offline.passed_over import is_passed_over
from leastwise.estate.offline.reading import ENDINGS, Answer, Json, Reading, account_in
from leastwise.estate.offline.reports import (
    is_credential_report,
    is_last_accessed,
    is_report_answer,
    read_credential_report,
    read_last_accessed,
    read_report_answer,
)
from leastwise.estate.offline.resource_policies import is_resource_policy, read_resource_policy
from leastwise.estate.offline.tagged import is_tagged, read_tagged
from leastwise.estate.offline.terraform import is_terraform, read_terraform
from leastwise.estate.offline.yaml_values import yaml_value
from leastwise.language.wording import printable
from leastwise.model.errors import UnreadableFile

Is = Callable[[Reading, Json], bool]
Read = Callable[[Reading, Json], None]
Together = Callable[[Iterable[Answer], Iterable[str]], Iterator[Part]]

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of a file that is read."""

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""How one half of a surrogate pair, or both, is written in JSON."""

_OF_AWS: Final = re.compile(r"AWS::|arn:aws")
"""What tells a broken file in YAML from one that is something else."""

_SHAPES: tuple[tuple[Is, Read], ...] = (
    (is_authorization, read_authorization),
    (is_organization, read_organization),
    (is_report_answer, read_report_answer),
    (is_last_accessed, read_last_accessed),
    (is_tagged, read_tagged),
    (is_identity_center, read_identity_center),
    (is_terraform, read_terraform),
    (is_template, read_template),
    (is_resource_policy, read_resource_policy),
)
"""The shapes of JSON objects, the first that fits."""

_TOGETHER: Mapping[str, Together] = {ORGANIZATIONS: organizations_of, IDENTITY_CENTER: centers_of}
"""What is made, once all files are read, of the answers about a topic and the accounts whose IAM is held."""


@dataclass(frozen=True)
class _File:
    path: Path
    is_named: bool


def read_files(
    paths: Iterable[Path], *, account: str = "", parameters: Mapping[str, str] | None = None
) -> Iterator[Part]:
    """What the files tell, those of folders in the order of their names; raises UnreadableFile where there are none.

    `account` is that of plans, states and templates that name none; `parameters` are values of the templates'
    parameters. A file that cannot be read, or is not understood, is a NotRead with its name and the reason.
    """
    answers: list[Answer] = []
    accounts: set[str] = set()
    for part_or_file in _files(tuple(paths)):
        if isinstance(part_or_file, NotRead):
            yield part_or_file
            continue
        reading = _read_file(part_or_file, account, parameters or {})
        answers += reading.answers
        accounts |= {part.account for part in reading.parts if isinstance(part, Iam)}
        yield from reading.parts
        yield from reading.faults
    for topic, together in _TOGETHER.items():
        yield from together([one for one in answers if one.topic == topic], accounts)


def _files(paths: Sequence[Path]) -> Iterator[_File | NotRead]:
    for path in paths:
        if not path.exists():
            raise UnreadableFile(str(path), "no such file or folder")
    for path in paths:
        if not path.is_dir():
            yield _File(path, is_named=True)
            continue
        found = list(_below(path))
        if not any(isinstance(one, _File) for one in found):
            endings = ", ".join(f"`{one}`" for one in sorted(ENDINGS))
            raise UnreadableFile(str(path), f"the folder holds no file that is read: {endings}")
        yield from found


def _below(folder: Path) -> Iterator[_File | NotRead]:
    """The files below a folder. Hidden ones and other endings are passed over, links out of the folder told."""
    whole = os.path.realpath(folder)
    faults: list[OSError] = []
    for at, folders, names in os.walk(folder, onerror=faults.append):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        links = [one for one in folders if Path(at, one).is_symlink()]
        fitting = [one for one in names if not one.startswith(".") and Path(one).suffix.lower() in ENDINGS]
        for path in sorted(Path(at, one) for one in (*links, *fitting)):
            if not Path(os.path.realpath(path)).is_relative_to(whole):
                yield NotRead("file", f"{printable(str(path))}: a link that leads out of the folder is not followed")
            elif path.is_file():
                yield _File(path, is_named=False)
    for fault in faults:
        yield NotRead("file", f"{printable(str(fault.filename))}: {(fault.strerror or str(fault)).lower()}")


def _read_file(file: _File, account: str, parameters: Mapping[str, str]) -> Reading:
    path = file.path
    name = printable(str(path))
    reading = Reading(name, printable(path.name), account_in(name) or account, account, parameters)
    try:
        content = _content(path)
        if is_credential_report(content):
            read_credential_report(reading, content)
        elif _is_yaml(path, content):
            _read_yaml(reading, content, is_named=file.is_named)
        elif path.suffix.lower() != ".csv":
            _read(reading, _json(content), is_named=file.is_named)
        elif file.is_named:
            raise _NotReadableError("the table has not the columns of a credential report")
    except OSError as error:
        reading.fault("file", (error.strerror or str(error)).lower())
    except _NotReadableError as error:
        reading.fault("file", str(error))
    except RecursionError:
        reading.fault("file", "it is nested too deep")
    return reading


class _NotReadableError(Exception):
    """Why a file is not read."""


def _content(path: Path) -> str:
    if not path.is_file():
        raise _NotReadableError("it is no regular file")
    if path.stat().st_size > LARGEST:
        raise _NotReadableError(f"the file is larger than {LARGEST // 1024**2} MB")
    content = path.read_bytes()
    if not content.strip():
        raise _NotReadableError("the file is empty")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        decoded = content.decode(encoding)
    except UnicodeDecodeError:
        raise _NotReadableError("the file is binary, or no text in UTF-8") from None
    if "\0" in decoded:
        raise _NotReadableError("the file is binary")
    return decoded


def _json(content: str) -> object:
    try:
        body: object = json.loads(content)
        if _SURROGATE.search(content):
            json.dumps(body, ensure_ascii=False).encode()
        return body
    except UnicodeEncodeError:
        raise _NotReadableError("no JSON: it holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        is_cut = error.pos >= len(content.rstrip()) or error.msg.startswith("Unterminated")
        reason = "it is cut off" if is_cut else error.msg.lower()
        raise _NotReadableError(f"no JSON: {reason} ({where})") from None
    except RecursionError:
        raise _NotReadableError("no JSON: it is nested too deep") from None
    except ValueError as error:
        raise _NotReadableError(f"no JSON: {str(error).lower()}") from None


def _is_yaml(path: Path, content: str) -> bool:
    is_told = path.suffix.lower() in (".yaml", ".yml", ".template")
    return is_told and not content.lstrip().startswith(("{", "["))


def _read_yaml(reading: Reading, content: str, *, is_named: bool) -> None:
    """Reads a template or an answer; a folder may hold YAML of any other kind."""
    try:
        body = yaml_value(content)
    except ValueError as error:
        if is_named or _OF_AWS.search(content):
            raise _NotReadableError(str(error)) from None
        return
    if is_named or (isinstance(body, dict) and any(fits(reading, body) for fits, _ in _SHAPES)):
        _read(reading, body, is_named=is_named)


def _read(reading: Reading, body: object, *, is_named: bool) -> None:
    read = next((read for fits, read in _SHAPES if isinstance(body, dict) and fits(reading, body)), None)
    if read is not None and isinstance(body, dict):
        read(reading, body)
    elif isinstance(body, dict) and "lineage" in body and "serial" in body:
        reading.fault("file", "a state is read as `terraform show -json` prints it, not as it is stored")
    elif is_named or not is_passed_over(body):
        reading.fault("file", "not understood: it has the form of no answer of AWS, plan, template or policy")
