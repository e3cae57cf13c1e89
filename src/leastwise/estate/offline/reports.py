"""What IAM reports about use: the credential report, and when a principal last used which service and action."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from typing import Final

from leastwise.estate.held import Activity, ServiceUse
from leastwise.estate.offline.reading import Json, Reading, account_of, objects, text
from leastwise.estate.offline.resource_policies import ADVICE, arn_in_name

REPORT: Final = "iam.GetCredentialReport"
ACCESSED: Final = "iam.GetServiceLastAccessedDetails"
_FIRST_COLUMNS: Final = ["user", "arn", "user_creation_time"]


def is_credential_report(content: str) -> bool:
    """Whether the text is a credential report in CSV."""
    return content.removeprefix("\ufeff").startswith(",".join(_FIRST_COLUMNS))


def read_credential_report(reading: Reading, content: str) -> None:
    """Keeps the rows, each under the account that its ARN names."""
    rows = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    found: dict[str, list[dict[str, str]]] = {}
    try:
        columns = next(rows)
        for row in rows:
            _keep_row(reading, columns, row, found)
    except csv.Error as error:
        reading.fault(REPORT, f"line {rows.line_num} is no CSV: {error}")
    reading.parts += [Activity(account, credentials=tuple(kept)) for account, kept in sorted(found.items())]


def _keep_row(reading: Reading, columns: list[str], row: list[str], found: dict[str, list[dict[str, str]]]) -> None:
    told = dict(zip(columns, row, strict=False))
    account = account_of(told.get("arn", ""))
    if len(row) != len(columns) or not account:
        reading.fault(
            REPORT, f"the row of `{told.get('user', '')}` is cut off, or has no ARN", subject=told.get("arn", "")
        )
        return
    found.setdefault(account, []).append(told)


def is_report_answer(_reading: Reading, body: Json) -> bool:
    """Whether it is the answer of `get-credential-report`."""
    return "Content" in body and body.get("ReportFormat") == "text/csv"


def read_report_answer(reading: Reading, body: Json) -> None:
    """Keeps the report inside the answer, which is in base64."""
    try:
        content = base64.b64decode(text(body["Content"]), validate=True).decode("utf-8-sig")
    except ValueError:
        content = ""
    if not is_credential_report(content):
        reading.fault(REPORT, "`Content` is no credential report in base64")
        return
    read_credential_report(reading, content)


def is_last_accessed(_reading: Reading, body: Json) -> bool:
    """Whether it is the answer of `get-service-last-accessed-details`."""
    return "JobStatus" in body and ("ServicesLastAccessed" in body or "JobCreationDate" in body)


def read_last_accessed(reading: Reading, body: Json) -> None:
    """Keeps when the principal last used what."""
    arn = text(body.get("Arn")) or arn_in_name(reading.stem)
    account = account_of(arn)
    if not account:
        reading.fault(ACCESSED, f"it is not told about whom the answer is: put `Arn` in front, or {ADVICE}")
        return
    if body["JobStatus"] != "COMPLETED":
        status = text(body["JobStatus"]).lower().replace("_", " ")
        reading.fault(ACCESSED, f"the report is {status}: ask again once it is complete", subject=arn, account=account)
        return
    if body.get("IsTruncated") is True:
        reading.fault(ACCESSED, "the answer is cut off: `IsTruncated` is true", subject=arn, account=account)
    reading.parts.append(Activity(account, last_accessed={arn: tuple(_uses(body))}))


def _uses(body: Json) -> Iterator[ServiceUse]:
    for one in objects(body.get("ServicesLastAccessed")):
        tracked = objects(one.get("TrackedActionsLastAccessed"))
        actions = {text(each.get("ActionName")): text(each.get("LastAccessedTime")) for each in tracked}
        yield ServiceUse(text(one.get("ServiceNamespace")), text(one.get("LastAuthenticated")), actions)
