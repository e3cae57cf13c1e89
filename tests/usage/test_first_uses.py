"""When each principal first used each action, from a store of made logs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from made_logs import ALICE, a_record, added, write_logs

from leastwise.usage.first_uses import FirstUse, first_uses
from leastwise.usage.observed import Window, opened
from leastwise.usage.store import Store

DAY = 86_400
MAY = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp()) // DAY


def test_the_first_use_of_each_action_is_told_and_no_denied_one(tmp_path: Path) -> None:
    denied = a_record(1, eventName="DeleteObject", errorCode="AccessDenied", readOnly=False)
    records = [denied, *(a_record(day * DAY + 5) for day in (9, 3, 6)), a_record(7 * DAY, eventName="GetObjectTagging")]
    store = Store(tmp_path / "usage")
    added(store, write_logs(tmp_path / "logs", {"one.json.gz": records}), processes=1)
    with opened(store) as observed:
        expected = [FirstUse(ALICE, "s3:GetObject", MAY + 3), FirstUse(ALICE, "s3:GetObjectTagging", MAY + 7)]
        assert expected == first_uses(observed)
        later = Window(since=datetime(2024, 5, 5, tzinfo=UTC))
        assert MAY + 6 == first_uses(observed, later)[0].day
