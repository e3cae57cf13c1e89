"""A group of rows holds the texts of its own rows and no others, so that a question about one group reads no more."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leastwise.usage.merge import Ids, Rows
from leastwise.usage.store import Store

ROWS = 40_000


def test_a_group_of_rows_holds_its_own_texts_alone(store: Store) -> None:
    names = [f"arn:aws:s3:::logs/{number:040}" for number in range(ROWS // 2)]
    resources = pa.array(names + ["arn:aws:s3:::logs/one"] * (ROWS // 2)).dictionary_encode()
    path = written(store, resources)
    groups = [pq.read_metadata(path).row_group(number) for number in range(3)]
    sizes = [group.column(1).total_uncompressed_size for group in groups]
    assert sizes[0] > 16_000 * 40
    assert sizes[2] < 1_000
    assert resources.to_pylist() == pq.read_table(path, columns=["resource"], partitioning=None)["resource"].to_pylist()


def written(store: Store, resources: pa.Array) -> str:
    """The file of a part with these resources."""
    numbers = pa.array(np.arange(ROWS))
    columns = {
        "principal": pa.array(["arn:aws:iam::111122223333:role/one"] * ROWS),
        "resource": resources,
        "action": pa.array(["s3:GetObject"] * ROWS),
        "first": numbers.cast(pa.timestamp("s")),
        "lasted": pa.array(np.zeros(ROWS, np.int32)),
        "count": pa.array(np.ones(ROWS, np.int64)),
        "evidence": numbers,
    }
    ids = Ids(np.arange(ROWS, dtype=np.uint64), np.arange(ROWS, dtype=np.uint64))
    with store.writing() as writer:
        (part,) = writer.commit([Rows(1, pa.table(columns), ids)], [])
    return str(store.rows_path(part))
