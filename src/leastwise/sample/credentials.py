"""An account's credential report, as AWS writes it."""

from __future__ import annotations

import csv
import io
from datetime import date

from leastwise.sample.authorization import moment
from leastwise.sample.rhythm import last_day
from leastwise.sample.values import Account, Key, User

_COLUMNS = (
    "user arn user_creation_time password_enabled password_last_used password_last_changed password_next_rotation "
    "mfa_active access_key_1_active access_key_1_last_rotated access_key_1_last_used_date "
    "access_key_1_last_used_region access_key_1_last_used_service access_key_2_active access_key_2_last_rotated "
    "access_key_2_last_used_date access_key_2_last_used_region access_key_2_last_used_service cert_1_active "
    "cert_1_last_rotated cert_2_active cert_2_last_rotated additional_credentials_info"
)
COLUMNS = _COLUMNS.split()
_NO_KEY = ("false", "N/A", "N/A", "N/A", "N/A")
_NO_CERTIFICATES = ("false", "N/A", "false", "N/A", "N/A")


def credential_report(account: Account, today: date) -> str:
    """The report: the root user first."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerow(_root(account))
    rows.writerows(_user(user, today) for user in account.users)
    return written.getvalue()


def _root(account: Account) -> tuple[str, ...]:
    arn = f"arn:aws:iam::{account.id}:root"
    password = ("not_supported", "no_information", "not_supported", "not_supported", "true")
    return ("<root_account>", arn, moment(account.joined, arn), *password, *_NO_KEY, *_NO_KEY, *_NO_CERTIFICATES)


def _user(user: User, today: date) -> tuple[str, ...]:
    first, second = ((_key(user, place, today) if len(user.keys) > place else _NO_KEY) for place in (0, 1))
    return (
        user.name,
        user.arn,
        moment(user.created, user.arn),
        *_password(user),
        *first,
        *second,
        *_NO_CERTIFICATES,
    )


def _password(user: User) -> tuple[str, ...]:
    mfa = str(user.has_mfa).lower()
    if not user.has_password:
        return ("false", "N/A", "N/A", "N/A", mfa)
    used = moment(user.password_used, user.arn, "password") if user.password_used else "no_information"
    return ("true", used, moment(user.created, user.arn), "N/A", mfa)


def _key(user: User, place: int, today: date) -> tuple[str, ...]:
    key: Key = user.keys[place]
    last = last_day(user.habits, today) if place == 0 else None
    rotated = moment(key.created, key.id)
    if not last and place == 0 and user.habits:
        last = max((habit.until for habit in user.habits if habit.until), default=None)
    if not last:
        return (str(key.is_active).lower(), rotated, "N/A", "N/A", "N/A")
    service = user.habits[0].action.partition(":")[0]
    return (str(key.is_active).lower(), rotated, moment(last, key.id, "used"), user.region, service)
